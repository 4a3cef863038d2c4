// browser.mjs TUGTEST PORT SECRET [FOLDER]: `tugtest connect` in a real browser (Chromium, headless) against the OpenID provider on PORT.
// A person allows, says no, comes with an old link, and uses a client whose secret is wrong; in light and in dark. Looks at the page that
// each ends on, and at what is on the disk then. With FOLDER, pictures of those pages go there.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [tugtest, port, secret, pictures] = process.argv.slice(2);
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const issuer = `http://127.0.0.1:${port}`;
const scopes = 'openid offline_access api:read';
if (pictures) mkdirSync(pictures, { recursive: true });

/** A connect under way in a workspace of its own. */
class Connect {
  constructor(fields, ...words) {
    this.folder = mkdtempSync(join(tmpdir(), 'tugtest-browser-'));
    writeFileSync(join(this.folder, 'tugtest.yaml'), '# a workspace\n');
    const env = { PATH: process.env.PATH, HOME: this.folder, XDG_CONFIG_HOME: join(this.folder, 'home') };
    const all = ['connect', 'http', '--name', 'eu', '--type', 'oauth2', '--stdin', '--no-browser', ...words];
    this.child = spawn(tugtest, all, { cwd: this.folder, env });
    this.output = '';
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on('data', (text) => { this.output += text; });
    this.ended = new Promise((resolve) => { this.child.on('close', resolve); });
    this.child.stdin.end(JSON.stringify({ fields: { issuer, scopes, ...fields } }));
  }

  /** What it prints, once that fits. */
  async prints(pattern) {
    for (let waited = 0; waited < 20_000; waited += 20) {
      const found = pattern.exec(this.output);
      if (found) return found[1];
      await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
    throw new Error(`it never printed ${pattern}:\n${this.output}`);
  }

  async ends(code, kept) {
    assert.equal(await this.ended, code, this.output);
    const folder = join(this.folder, 'connections');
    const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.yaml')) : [];
    assert.deepEqual(files, kept, this.output);
    const file = kept.map((name) => readFileSync(join(folder, name), 'utf8')).join('');
    for (const text of [this.output, file]) assert(!text.includes(secret), 'the secret of the client is somewhere');
    rmSync(this.folder, { recursive: true });
    return { output: this.output, file };
  }
}

/** That a browser ended on a page of ours, as it was meant. */
async function look(page, name, heading) {
  assert.match(await page.locator('h1').innerText(), heading);
  const text = await page.content();
  const code = new URL(page.url()).searchParams.get('code') ?? '';
  assert(!/<script/.test(text) && !(code.length > 10 && text.includes(code)), 'the code is on the page');
  const { edge, ground, bad } = await page.evaluate(() => ({
    edge: getComputedStyle(document.querySelector('main')).borderTopWidth,
    ground: getComputedStyle(document.body).backgroundColor,
    bad: [...document.querySelectorAll('h1, p, footer, strong, code')].filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== 'inline').length,
  }));
  assert.equal(edge, '5px', 'its style was refused');
  assert.equal(bad, 0, 'something is wider than its place');
  if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`) });
  return ground;
}

const web = { client_id: 'web', client_secret: secret };
const browser = await chromium.launch({
  executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});

async function round(colorScheme, viewport) {
  const name = (what) => `${what}-${colorScheme}-${viewport.width}`;
  const tab = async () => {
    const context = await browser.newContext({ colorScheme, viewport });
    const page = await context.newPage();
    page.complaints = [];
    page.on('console', (message) => {
      // The icon that browsers ask for by themselves is not there.
      if (message.type() === 'error' && !message.location().url.endsWith('/favicon.ico')) page.complaints.push(message.text());
    });
    return page;
  };
  const grounds = [];

  let page = await tab();
  let connect = new Connect(web);
  await page.goto(await connect.prints(/^ {4}(http\S+)$/m));
  await page.click('#grant');
  grounds.push(await look(page, name('connected'), /^Connected with /));
  let { output, file } = await connect.ends(0, ['eu.yaml']);
  assert.match(output, /PASS/);
  assert.match(output, /alice/);
  assert.match(file, /grant: authorization-code\n[^]*sealed: \|\n/);
  assert.deepEqual(page.complaints, []);

  page = await tab();
  connect = new Connect(web, '--redirect', 'localhost');
  await page.goto(await connect.prints(/^ {4}(http\S+)$/m));
  await page.click('#deny');
  grounds.push(await look(page, name('denied'), /^Not connected$/));
  ({ output } = await connect.ends(1, []));
  assert.match(output, /\[interaction-required\]/);

  page = await tab();
  connect = new Connect(web);
  const start = await connect.prints(/^ {4}(http\S+)$/m);
  const back = new URL(start).searchParams.get('redirect_uri');
  await page.goto(`${back}?code=old&state=old`);
  grounds.push(await look(page, name('foreign'), /^This is not the answer/));
  page.complaints.length = 0; // a 400 is one
  await page.goto(start);
  await page.click('#grant');
  await look(page, name('connected'), /^Connected with /);
  await connect.ends(0, ['eu.yaml']);
  assert.deepEqual(page.complaints, []);

  page = await tab();
  connect = new Connect({ ...web, client_secret: `${secret}-wrong` });
  await page.goto(await connect.prints(/^ {4}(http\S+)$/m));
  await page.click('#grant');
  grounds.push(await look(page, name('failed'), /^Not connected$/));
  ({ output } = await connect.ends(1, []));
  assert.match(output, /\[client-rejected\]/);
  assert.equal(new Set(grounds).size, 1, 'all pages are of one colour');
  return grounds[0];
}

const light = await round('light', { width: 1100, height: 760 });
const dark = await round('dark', { width: 1100, height: 760 });
assert.notEqual(light, dark, 'light and dark are the same');
await round('light', { width: 380, height: 720 });

// A public client, and the code for another device.
const page = await (await browser.newContext()).newPage();
let connect = new Connect({ client_id: 'public' });
await page.goto(await connect.prints(/^ {4}(http\S+)$/m));
await page.click('#grant');
await look(page, 'public', /^Connected with /);
await connect.ends(0, ['eu.yaml']);
connect = new Connect({ client_id: 'tv' }, '--device');
await page.goto(await connect.prints(/^ {4}(http\S+user_code=\S+)$/m));
if (await page.locator('#continue').count()) await page.click('#continue');
await page.click('#confirm');
await page.click('#grant');
await page.waitForSelector('#done');
const { file } = await connect.ends(0, ['eu.yaml']);
assert.match(file, /grant: device-code\n/);
await browser.close();
console.log('browser.mjs: allowed, denied, an old link, a wrong client, a public one, another device; in light, in dark, and narrow');
