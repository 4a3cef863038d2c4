// The person at the browser: a page that asks who they are and whether they allow it. `login_hint=grant:NAME` and `login_hint=deny`
// answer it at once, for browsers that nobody sits before.

const escaped = (text) => String(text ?? '').replace(/[&<>"']/g, (c) => `&#${c.codePointAt(0)};`);

export const page = (title, body) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escaped(title)}</title>
<h1>${escaped(title)}</h1>${body}</html>`;

async function form(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return new URLSearchParams(text);
}

/** Asks, or answers. */
export async function interact(provider, ctx) {
  const asked = await provider.interactionDetails(ctx.req, ctx.res);
  const { client_id: client, scope, login_hint: hint } = asked.params;
  const given = ctx.method === 'POST' ? await form(ctx.req) : new URLSearchParams();
  const [, word, name] = /^(grant|deny):?(\w*)$/.exec(hint ?? '') ?? [];
  const answer = given.get('answer') ?? word;
  if (!answer) {
    ctx.type = 'html';
    ctx.body = page(`${client} asks for access`, `<form method="post">
<p><label>User <input name="user" value="alice"></label></p>
<p><label>Scopes <input name="scope" size="60" value="${escaped(scope)}"></label></p>
<button id="grant" name="answer" value="grant">Allow</button> <button id="deny" name="answer" value="deny">Deny</button></form>`);
    return undefined;
  }
  const finish = (result) => provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: false });
  if (answer === 'deny') return finish({ error: 'access_denied', error_description: 'the person said no' });
  const accountId = given.get('user') || name || 'alice';
  const grant = new provider.Grant({ accountId, clientId: client });
  const wanted = (scope ?? '').split(' ').filter(Boolean);
  const allowed = (given.get('scope') ?? scope ?? '').split(' ').filter(Boolean);
  grant.addOIDCScope(allowed.join(' '));
  const refused = wanted.filter((one) => !allowed.includes(one));
  if (refused.length > 0) grant.rejectOIDCScope(refused.join(' '));
  return finish({ login: { accountId }, consent: { grantId: await grant.save() } });
}

/** The pages of the device flow. */
export const device = {
  async userCodeInputSource(ctx, input, out, error) {
    ctx.type = 'html';
    ctx.body = page('Connect a device', `${error ? `<p id="error">${escaped(error.userCode ? 'No such code' : error.message)}</p>` : ''}${input}
<button id="continue" type="submit" form="op.deviceInputForm">Continue</button>`);
  },
  async userCodeConfirmSource(ctx, input, client, _device, code) {
    ctx.type = 'html';
    ctx.body = page(`Is ${escaped(code)} what ${escaped(client.clientId)} shows?`, `${input}
<button id="confirm" type="submit" form="op.deviceConfirmForm">Continue</button>
<button id="abort" type="submit" form="op.deviceConfirmForm" name="abort" value="yes">Abort</button>`);
  },
  async successSource(ctx) {
    ctx.type = 'html';
    ctx.body = page('The device is connected', '<p id="done">Go back to it.</p>');
  },
};
