// provider.mjs PKI PORT CERTIFICATE=PORT...: a strict OpenID provider (panva's oidc-provider) on loopback, with everything that an OAuth 2.0
// connection of a workflow needs; in clear, and behind certificates. The clients' secrets are in the environment: CLIENT_SECRET, ODD_SECRET.
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { Provider } from 'oidc-provider';

import { clients, heldBack, life } from './clients.mjs';
import { device, interact, page } from './person.mjs';
import { resource, tell, write } from './resource.mjs';
import { Store } from './store.mjs';

const [pki, port, ...certified] = process.argv.slice(2);
const { CLIENT_SECRET: secret, ODD_SECRET: oddSecret } = process.env;
const issuer = `http://127.0.0.1:${port}`;
const DAY = 86400;
const signing = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });

const provider = new Provider(issuer, {
  adapter: Store,
  clients: clients({ secret, oddSecret, pki }),
  jwks: { keys: [{ ...signing, use: 'sig', alg: 'RS256' }] },
  cookies: { keys: ['canary'] },
  // `api:admin` is unknown, so it is dropped and nothing is said of it.
  scopes: ['openid', 'offline_access', 'api:read', 'api:write'],
  clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
  pkce: { required: () => true },
  rotateRefreshToken: true,
  issueRefreshToken: async (ctx, client) => client.grantTypeAllowed('refresh_token'),
  expiresWithSession: async () => false,
  findAccount: async (ctx, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
  // Asks each time: what a person has allowed once is not remembered.
  loadExistingGrant: async (ctx) => {
    const id = ctx.oidc.result?.consent?.grantId;
    return id ? ctx.oidc.provider.Grant.find(id) : undefined;
  },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  renderError: async (ctx, out) => {
    ctx.type = 'html';
    ctx.body = page('This does not work', `<pre>${out.error}: ${out.error_description ?? ''}</pre>`);
  },
  ttl: {
    AccessToken: (ctx, token, client) => life(client), ClientCredentials: (ctx, token, client) => life(client),
    AuthorizationCode: 60, DeviceCode: 60, RefreshToken: DAY, Grant: DAY, Session: DAY, Interaction: 600, IdToken: 600,
  },
  features: {
    devInteractions: { enabled: false }, clientCredentials: { enabled: true }, introspection: { enabled: true },
    deviceFlow: { enabled: true, ...device },
    revocation: { enabled: true, allowedPolicy: async (ctx, client, token) => token.clientId === client.clientId },
    rpInitiatedLogout: { enabled: false },
  },
});

provider.use(async (ctx, next) => {
  if (ctx.path.startsWith('/__test/')) return tell(ctx);
  if (ctx.path.startsWith('/api/')) return resource(provider, ctx);
  if (ctx.path.startsWith('/interaction/')) return interact(provider, ctx);
  // As a proxy does that renames: an assertion for this address is for nobody.
  if (ctx.path === '/renamed/token') ctx.path = '/token';
  if (ctx.method !== 'POST' || ctx.path !== '/token') return next();
  const at = Date.now();
  await next();
  write(ctx, at);
  return pause(heldBack(ctx.oidc?.client));
});
provider.on('server_error', (ctx, error) => console.error(error));
for (const [name, tls] of certified.map((word) => word.split('='))) {
  const shown = { key: readFileSync(`${pki}/${name}.key`), cert: readFileSync(`${pki}/${name}.crt`) };
  createServer(shown, provider.callback()).listen(Number(tls), '127.0.0.1');
}
provider.listen(Number(port), '127.0.0.1');
