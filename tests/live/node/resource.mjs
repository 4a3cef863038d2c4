// What the tokens are for (RFC 6750), and what the tests ask of the provider.
//
//   /api/me       any token that lives; says no more of another than the RFC's own sentence
//   /api/dated    the same, and says of an expired one that it has expired
//   /api/orders   needs api:write
import { createHash } from 'node:crypto';

const REALM = 'Bearer realm="live"';
// RFC 6750 section 3.1, of invalid_token. It holds the word "expired" and does not say that this one has.
const ANY_REASON = 'The access token provided is expired, revoked, malformed, or invalid for other reasons.';
const EXPIRED = 'The access token expired';

function refuse(ctx, status, error, description, more = '') {
  ctx.status = status;
  ctx.set('WWW-Authenticate', error ? `${REALM}, error="${error}", error_description="${description}"${more}` : REALM);
  ctx.body = error ? { error, error_description: description } : { error: 'no token' };
}

/** Answers a request for the protected resource. */
export async function resource(provider, ctx) {
  const [, token] = /^Bearer ([\w~+/.-]+=*)$/.exec(ctx.get('authorization')) ?? [];
  if (!token) return refuse(ctx, 401);
  const kept = { ignoreExpiration: true };
  const found = (await provider.AccessToken.find(token, kept)) ?? (await provider.ClientCredentials.find(token, kept));
  const expired = found?.isExpired && ctx.path === '/api/dated';
  if (!found || found.isExpired) return refuse(ctx, 401, 'invalid_token', expired ? EXPIRED : ANY_REASON);
  const scope = found.scope ?? '';
  if (ctx.path === '/api/orders' && !scope.split(' ').includes('api:write')) {
    return refuse(ctx, 403, 'insufficient_scope', 'this needs another scope', ', scope="api:write"');
  }
  ctx.body = { sub: found.accountId ?? found.clientId, client: found.clientId, scope };
  return undefined;
}

const requests = [];
const tokens = new Set();
const hash = (token) => (token ? createHash('sha256').update(token).digest('hex').slice(0, 16) : null);

/** Writes a token request down, with its answer. */
export function write(ctx, at) {
  const { body, params, client } = ctx.oidc ?? {};
  const answer = ctx.body && typeof ctx.body === 'object' ? ctx.body : {};
  for (const name of ['access_token', 'refresh_token', 'id_token']) if (answer[name]) tokens.add(answer[name]);
  requests.push({
    at, client: client?.clientId ?? params?.client_id ?? null, grant: body?.grant_type ?? null,
    outcome: answer.error ?? (ctx.status === 200 ? 'ok' : String(ctx.status)),
    presented: hash(body?.refresh_token), issued: hash(answer.refresh_token), scope: answer.scope ?? null,
  });
}

/** `/__test/log[?client=NAME]`: every token request. `/__test/tokens`: everything that was issued, to look for in what a tool prints. */
export function tell(ctx) {
  const { client } = ctx.query;
  if (ctx.path === '/__test/log') ctx.body = requests.filter((one) => !client || one.client === client);
  else if (ctx.path === '/__test/tokens') ctx.body = [...tokens];
  else ctx.status = 404;
}
