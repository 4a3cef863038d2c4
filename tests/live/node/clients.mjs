// The clients. Each is named for what is special about it; secrets are the suite's canaries, keys are made anew with its certificates.
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const PERSON = ['authorization_code', 'refresh_token'];
// A native client may have any port of loopback (RFC 8252 section 7.3).
const BACK = ['', 'callback'].flatMap((path) => ['127.0.0.1', 'localhost', '[::1]'].map((host) => `http://${host}/${path}`));

const jwks = (file, alg) => ({ keys: [{ ...createPublicKey(readFileSync(file)).export({ format: 'jwk' }), use: 'sig', alg, kid: alg }] });

function machine(client_id, more) {
  return { client_id, grant_types: ['client_credentials'], redirect_uris: [], response_types: [], scope: 'api:read api:write', ...more };
}

function person(client_id, more) {
  return {
    client_id, application_type: 'native', grant_types: PERSON, redirect_uris: BACK, response_types: ['code'],
    scope: 'openid offline_access api:read api:write', ...more,
  };
}

export function clients({ secret, oddSecret, pki }) {
  const signs = (alg, file) => ({
    token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: alg, jwks: jwks(`${pki}/${file}.key`, alg),
  });
  const none = { token_endpoint_auth_method: 'none' };
  return [
    machine('machine', { client_secret: secret }),
    machine('machine-post', { client_secret: secret, token_endpoint_auth_method: 'client_secret_post' }),
    machine('machine-reader', { client_secret: secret, scope: 'api:read' }),
    machine('odd:id +%&="/', { client_secret: oddSecret }),
    machine('odd:post +%&="/', { client_secret: oddSecret, token_endpoint_auth_method: 'client_secret_post' }),
    machine('machine-rs256', signs('RS256', 'rsa')),
    machine('machine-es256', signs('ES256', 'jwt_ec')),
    person('web', { client_secret: secret }),
    person('web-post', { client_secret: secret, token_endpoint_auth_method: 'client_secret_post' }),
    person('web-rs256', signs('RS256', 'rsa')),
    person('brief', { client_secret: secret }), // its access tokens live for 5 s
    person('fleeting', { client_secret: secret }), // 2 s
    person('crowd', { client_secret: secret }), // one that many wait for
    person('public', none),
    person('tv', { ...none, grant_types: [DEVICE, 'refresh_token'], redirect_uris: [], response_types: [] }),
    person('tv-brief', { ...none, grant_types: [DEVICE, 'refresh_token'], redirect_uris: [], response_types: [] }),
  ];
}

const LIFE = { brief: 5, 'tv-brief': 5, fleeting: 2 };

/** How many seconds an access token of this client lives. */
export const life = (client) => LIFE[client.clientId] ?? 86400;

const HELD_BACK = { fleeting: 25, crowd: 400 };

/** How many milliseconds an answer to this client is held back, when everything has been done already. */
export const heldBack = (client) => HELD_BACK[client?.clientId] ?? 0;
