//! OAuth 2.0, before a strict `OpenID` provider: every way in which a client proves itself, tokens in every state, each part wrong in turn.

use serde_json::{Value, json};

use super::row::{Row, oauth2};

/// The rows.
pub(super) fn rows() -> Vec<Row> {
    [clients(), keys(), refused(), scopes(), stored(), dead(), endpoints(), introspected()].concat()
}

/// Asks whose token it is. What needs a scope is asked elsewhere.
fn me() -> Value {
    at("/api/me")
}

fn at(path: &str) -> Value {
    let accept = json!({"status": 200, "json": {"$.sub": "exists"}});
    json!({"http": {"request": format!("GET {path}"), "accept": accept, "account": "$.sub"}})
}

/// Obtains a token and stops there, or asks the issuer about the one that there is.
fn token() -> Value {
    json!({"oauth-token": {}})
}

/// A client that acts for itself.
fn machine(name: &'static str, client: &'static str) -> Row {
    oauth2(name, "client-credentials", client, ("client_secret", "$client_secret")).probe(me())
}

/// A client that acts for a person, with the token that it has.
fn person(name: &'static str, token: &'static str) -> Row {
    oauth2(name, "authorization-code", "web", ("access_token", token))
        .with("client_secret", "$client_secret")
        .probe(me())
}

fn clients() -> Vec<Row> {
    let post = |row: Row| row.set("client_auth", "post");
    let odd = |row: Row| row.secret("$odd_secret");
    vec![
        machine("openid: secret", "machine").of("machine"),
        machine("openid: secret, by Basic", "machine").set("client_auth", "basic"),
        post(machine("openid: secret in the form", "machine-post")).of("machine-post"),
        machine("openid: id and secret of odd characters", "odd:id +%&=\"/").secret("$odd_secret").of("odd:id +%&=\"/"),
        post(odd(machine("openid: the same in the form", "odd:post +%&=\"/"))).of("odd:post +%&=\"/"),
        machine("openid: the token alone", "machine").probe(token()),
        machine("openid: secret wrong", "machine").secret("canary-wrong-8Hd5").fails("client-rejected", "auth"),
        post(machine("openid: secret in the form wrong", "machine-post").secret("canary-wrong-8Hd5"))
            .fails("client-rejected", "auth"),
        machine("openid: odd id, secret wrong", "odd:id +%&=\"/").fails("client-rejected", "auth"),
        machine("openid: client unknown", "canary-nobody").fails("client-rejected", "auth"),
        machine("openid: client unknown, the token alone", "canary-nobody")
            .probe(token())
            .fails("client-rejected", "auth"),
        machine("openid: no proof of a client that has to give one", "machine")
            .set("client_auth", "none")
            .fails("client-rejected", "auth"),
    ]
}

/// Assertions. What is wrong with one, this provider does not say.
fn keys() -> Vec<Row> {
    let signed = |name: &'static str, client: &'static str, key: &'static str| {
        machine(name, client).set("client_auth", "private-key-jwt").keyed("private_key", key)
    };
    vec![
        signed("openid: assertion by RSA", "machine-rs256", "$pki/rsa.key").of("machine-rs256"),
        signed("openid: assertion by a key of P-256", "machine-es256", "$pki/jwt_ec.key").of("machine-es256"),
        signed("openid: assertion, key named", "machine-es256", "$pki/jwt_ec.key").set("key_id", "ES256"),
        signed("openid: assertion by another RSA key", "machine-rs256", "$pki/rsa_other.key")
            .fails("client-rejected", "auth"),
        signed("openid: assertion by another key of P-256", "machine-es256", "$pki/good.key")
            .fails("client-rejected", "auth"),
        signed("openid: assertion for somebody else", "machine-rs256", "$pki/rsa.key")
            .set("token_url", "http://127.0.0.1:$oauth2/renamed/token")
            .fails("client-rejected", "auth"),
        signed("openid: assertion of a client that has a secret", "machine", "$pki/rsa.key")
            .fails("client-rejected", "auth"),
    ]
}

fn refused() -> Vec<Row> {
    vec![
        machine("openid: a grant that the client may not use", "web").fails("config-invalid", "auth"),
        oauth2(
            "openid: a grant that the provider does not know",
            "password",
            "web",
            ("client_secret", "$client_secret"),
        )
        .set("username", "alice")
        .with("password", "$alice")
        .probe(me())
        .fails("config-invalid", "auth"),
        machine("openid: a scope that is not the client's", "machine-reader")
            .set("scopes", json!(["api:read", "api:write"]))
            .fails("config-invalid", "auth"),
    ]
}

fn scopes() -> Vec<Row> {
    let asks = |name: &'static str, scopes: Value| machine(name, "machine").set("scopes", scopes);
    vec![
        asks("openid: scopes, and granted", json!(["api:read", "api:write"])).requires("api:write"),
        asks("openid: scopes as a text", json!("api:read api:write")).probe(at("/api/orders")).requires("api:write"),
        asks("openid: a scope is dropped silently", json!(["api:read", "api:admin"]))
            .requires("api:admin")
            .fails("permission-missing", "authz")
            .warns("scopes-dropped"),
        asks("openid: the same, the token alone", json!(["api:read", "api:admin"]))
            .requires("api:admin")
            .probe(token())
            .fails("permission-missing", "authz"),
        // An answer without scopes says by the RFC that all were granted; this provider says so when none was.
        asks("openid: the only scope is dropped silently", json!(["api:admin"]))
            .requires("api:admin")
            .warns("scopes-unknown"),
        asks("openid: a scope that was not asked for", json!(["api:read"]))
            .probe(at("/api/orders"))
            .fails("permission-missing", "authz"),
        person("openid: stored, without the scope", "$token_narrow")
            .probe(at("/api/orders"))
            .fails("permission-missing", "authz"),
        person("openid: stored, nobody says its scopes", "$token_narrow").requires("api:admin").warns("scopes-unknown"),
        introspects(person("openid: stored, the issuer says its scopes", "$token_narrow").requires("api:admin"))
            .probe(token())
            .fails("permission-missing", "authz"),
        introspects(person("openid: stored, the issuer says that it has the scope", "$token_fresh"))
            .probe(token())
            .requires("api:write")
            .of("alice"),
    ]
}

fn stored() -> Vec<Row> {
    let public = |name, grant, client, token| {
        oauth2(name, grant, client, ("access_token", token)).set("client_auth", "none").probe(me()).of("alice")
    };
    vec![
        person("openid: stored", "$token_fresh").of("alice"),
        person("openid: stored, good until tomorrow", "$token_fresh").set("expires_at", "$tomorrow").of("alice"),
        person("openid: stored, accepted after its time", "$token_fresh")
            .set("expires_at", "$hour_ago")
            .warns("clock-skew"),
        person("openid: stored, with a refresh token", "$token_fresh")
            .with("refresh_token", "$refresh_other")
            .of("alice"),
        person("openid: stored, with its scope", "$token_fresh").probe(at("/api/orders")).of("alice"),
        public("openid: stored, of a public client", "authorization-code", "public", "$token_public"),
        public("openid: stored, of a device", "device-code", "tv", "$token_device"),
    ]
}

/// Tokens that are good no more. Nothing allows a refresh.
fn dead() -> Vec<Row> {
    let expired = |row: Row| row.set("expires_at", "$hour_ago").fails("credential-expired", "auth");
    vec![
        expired(person("openid: stored, expired, and the connection says so", "$token_expired")),
        expired(person("openid: the same, with a refresh token", "$token_expired"))
            .with("refresh_token", "$refresh_other"),
        person("openid: stored, expired, and the server says so", "$token_expired")
            .probe(at("/api/dated"))
            .fails("credential-expired", "auth"),
        // The RFC's own sentence names four reasons: it says of none that it is the one.
        person("openid: stored, expired, and nobody says so", "$token_expired").fails("credential-rejected", "auth"),
        person("openid: stored, revoked", "$token_revoked").fails("credential-rejected", "auth"),
        person("openid: stored, of a family that is dead", "$token_dead").fails("credential-rejected", "auth"),
        person("openid: stored, never issued", "canary-token-never-issued-7Pz").fails("credential-rejected", "auth"),
    ]
}

fn endpoints() -> Vec<Row> {
    let url = |name, url: &'static str| machine(name, "machine").set("token_url", url);
    let issuer = |name, issuer: &'static str| {
        oauth2(name, "client-credentials", "machine", ("client_secret", "$client_secret"))
            .without("token_url")
            .set("issuer", issuer)
            .probe(me())
    };
    vec![
        url("openid: token_url at a wrong path", "http://127.0.0.1:$oauth2/tokens").fails("not-found", "assert"),
        url("openid: token_url where nobody listens", "http://127.0.0.1:$dead/token")
            .unknown("connect-refused", "connect"),
        url("openid: token_url at a page", "http://127.0.0.1:$nginx/login").fails("unexpected-response", "assert"),
        url("openid: token_url at an API", "http://127.0.0.1:$nginx/nothing").fails("unexpected-response", "assert"),
        url("openid: token_url at a server that is silent", "http://127.0.0.1:$odd_silent/token")
            .unknown("response-timeout", "auth"),
        url("openid: token_url behind TLS", "https://localhost:$oauth2_tls/token").set("ca_file", "$ca").of("machine"),
        url("openid: token_url behind TLS, its CA unknown", "https://localhost:$oauth2_tls/token")
            .fails("tls-untrusted", "tls"),
        url("openid: token_url behind another CA", "https://localhost:$oauth2_untrusted/token")
            .set("ca_file", "$ca")
            .fails("tls-untrusted", "tls"),
        issuer("openid: by its issuer", "http://127.0.0.1:$oauth2").of("machine"),
        issuer("openid: by its issuer, with a slash", "http://127.0.0.1:$oauth2/").of("machine"),
        issuer("openid: issuer of another name", "http://localhost:$oauth2").fails("config-invalid", "auth"),
        issuer("openid: issuer without metadata", "http://127.0.0.1:$nginx").fails("not-found", "assert"),
    ]
}

fn introspects(row: Row) -> Row {
    row.set("introspection_url", "http://127.0.0.1:$oauth2/token/introspection")
}

/// The issuer is asked about the token, and nothing else is.
fn introspected() -> Vec<Row> {
    let about = |name, token_text| introspects(person(name, token_text)).probe(token());
    vec![
        about("openid: introspected", "$token_fresh").of("alice"),
        about("openid: introspected, expired", "$token_expired")
            .set("expires_at", "$hour_ago")
            .fails("credential-expired", "auth"),
        about("openid: introspected, expired, and nobody says so", "$token_expired")
            .fails("credential-rejected", "auth"),
        about("openid: introspected, revoked", "$token_revoked").fails("credential-rejected", "auth"),
        about("openid: introspected, never issued", "canary-token-never-issued-7Pz")
            .fails("credential-rejected", "auth"),
        about("openid: introspected, client secret wrong", "$token_fresh")
            .with("client_secret", "canary-wrong-8Hd5")
            .fails("client-rejected", "auth"),
        person("openid: introspected, by its issuer", "$token_fresh")
            .without("token_url")
            .set("issuer", "http://127.0.0.1:$oauth2")
            .probe(token())
            .of("alice"),
    ]
}
