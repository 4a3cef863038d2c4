"""Obtains grants from the OpenID provider of the live suite, as programs and the person before them would, by nothing of tugtest's.

usage: grant.py PORT SECRET table                  one NAME=VALUE a line: a token in every state that the rows need
       grant.py PORT SECRET code CLIENT [SCOPE]    the answer of the token endpoint, by an authorization code with PKCE
       grant.py PORT SECRET device CLIENT [SCOPE]  the same, by a device code
       grant.py PORT - log [CLIENT]                every token request that the provider has seen, as JSON
       grant.py PORT - tokens                      every token that it has issued
       grant.py PORT - browse URL [deny]           opens URL as a person would, allows or denies; prints where that ended
       grant.py PORT - approve USER_CODE [deny]    types the code of a device, and allows it or not
"""

import base64
import hashlib
import http.cookiejar
import json
import re
import secrets
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
SCOPE = "openid offline_access api:read"


class Loopback(urllib.request.HTTPRedirectHandler):
    """Follows redirects at the provider; where one leads elsewhere, that is where the browser would end."""

    def __init__(self, base):
        self.base = base

    def redirect_request(self, request, file, code, message, headers, url):
        if not url.startswith(self.base + "/"):
            raise Ended(url)
        return super().redirect_request(request, file, code, message, headers, url)


class Ended(Exception):
    """Where a browser was sent that is not the provider."""


class Provider:
    def __init__(self, port, secret):
        self.base, self.secret = f"http://127.0.0.1:{port}", secret

    def fetch(self, url, form=None, headers=None, opener=None):
        """Status, address and text of an answer, whatever its status."""
        body = urllib.parse.urlencode(form).encode() if form is not None else None
        request = urllib.request.Request(urllib.parse.urljoin(self.base, url), body, headers or {})
        try:
            with (opener or urllib.request.build_opener()).open(request, timeout=10) as answer:
                return answer.status, answer.url, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.url, error.read().decode()

    def browser(self):
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        return urllib.request.build_opener(jar, Loopback(self.base))

    def answer_pages(self, opener, url, form, answer):
        """Fills in page after page, until there is none to fill in or the browser is sent elsewhere; returns where that is."""
        try:
            for _ in range(6):
                status, url, page = self.fetch(url, form, opener=opener)
                assert status == 200, (status, url, page)
                action = re.search(r'<form[^>]*?(?: action="([^"]*)")?>', page)
                if action is None:
                    return url
                form = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', page))
                url = urllib.parse.urljoin(url, action[1] or url)
                if 'name="answer"' in page:
                    form["answer"] = answer
        except Ended as end:
            return str(end)
        raise AssertionError("a page after a page")

    def browse(self, url, answer="grant"):
        """Opens an authorization URL, and logs in and allows or denies. Returns the address that the browser is sent to."""
        return self.answer_pages(self.browser(), url, None, answer)

    def approve(self, user_code, answer="grant"):
        """Types the code that a device shows, and allows or denies."""
        opener = self.browser()
        _, url, page = self.fetch("/device", opener=opener)
        form = {"xsrf": re.search(r'name="xsrf" value="([^"]*)"', page)[1], "user_code": user_code}
        return self.answer_pages(opener, url, form, answer)

    def post(self, path, client, form):
        """Posts a form as this client: public ones state their id alone. Status and JSON of the answer."""
        form, headers = dict(form), {}
        if client in ("public", "tv", "tv-brief"):
            form["client_id"] = client
        else:
            pair = ":".join(urllib.parse.quote_plus(part) for part in (client, self.secret))
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        status, _, text = self.fetch(path, form, headers)
        return status, json.loads(text or "null")

    def issued(self, client, form):
        status, answer = self.post("/token", client, form)
        assert status == 200, (client, form.get("grant_type"), status, answer)
        return answer

    def code(self, client, scope=SCOPE):
        """An authorization code grant with PKCE."""
        verifier, state, back = secrets.token_urlsafe(48), secrets.token_urlsafe(16), "http://127.0.0.1:1/callback"
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {"response_type": "code", "client_id": client, "redirect_uri": back, "scope": scope, "state": state,
                 "code_challenge": challenge, "code_challenge_method": "S256"}
        end = self.browse(f"{self.base}/auth?{urllib.parse.urlencode(query)}")
        told = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(end).query))
        assert told.get("state") == state and told.get("iss") == self.base, end
        return self.issued(client, {"grant_type": "authorization_code", "code": told["code"], "redirect_uri": back,
                                    "code_verifier": verifier})

    def device(self, client, scope=SCOPE):
        """A device grant."""
        status, asked = self.post("/device/auth", client, {"scope": scope})
        assert status == 200, asked
        form = {"grant_type": DEVICE, "device_code": asked["device_code"]}
        assert self.post("/token", client, form)[1]["error"] == "authorization_pending"
        self.approve(asked["user_code"])
        return self.issued(client, form)

    def refresh(self, client, token):
        return self.post("/token", client, {"grant_type": "refresh_token", "refresh_token": token})

    def revoke(self, client, token):
        status, _ = self.post("/token/revocation", client, {"token": token})
        assert status == 200

    def log(self, client=None):
        """Every token request that the provider has seen, of one client or of all."""
        return json.loads(self.fetch("/__test/log" + (f"?client={client}" if client else ""))[2])

    def tokens(self):
        return json.loads(self.fetch("/__test/tokens")[2])

    def me(self, token):
        return self.fetch("/api/me", headers={"Authorization": f"Bearer {token}"})[0]


def fingerprint(token):
    """What the provider's log calls a refresh token."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def moment(seconds):
    """A time by RFC 3339, this many seconds from now."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


def table(provider):
    """Tokens in every state, checked for being in it."""
    fresh, narrow, public = provider.code("web", SCOPE + " api:write"), provider.code("web"), provider.code("public")
    device, brief = provider.device("tv"), provider.code("fleeting")
    revoked = provider.code("web")
    provider.revoke("web", revoked["refresh_token"])
    dead = provider.code("web")
    status, rotated = provider.refresh("web", dead["refresh_token"])
    assert status == 200, rotated
    replay = provider.refresh("web", dead["refresh_token"])
    assert replay[0] == 400 and replay[1]["error"] == "invalid_grant", replay
    family = provider.refresh("web", rotated["refresh_token"])
    assert family[0] == 400 and family[1]["error"] == "invalid_grant", family
    time.sleep(brief["expires_in"] + 1)
    tokens = {
        "token_fresh": fresh["access_token"], "token_narrow": narrow["access_token"], "token_public": public["access_token"],
        "token_device": device["access_token"], "token_expired": brief["access_token"], "token_revoked": revoked["access_token"],
        "token_dead": rotated["access_token"], "refresh_dead": rotated["refresh_token"],
        "refresh_other": fresh["refresh_token"],
    }
    for name, token in tokens.items():
        alive = name.removeprefix("token_") in ("fresh", "narrow", "public", "device")
        assert not name.startswith("token_") or provider.me(token) == (200 if alive else 401), name
    return tokens | {"hour_ago": moment(-3600), "tomorrow": moment(80000)}


def main(port, secret, what, *rest):
    provider = Provider(port, None if secret == "-" else secret)
    if what == "table":
        for name, value in table(provider).items():
            print(f"{name}={value}")
    elif what in ("code", "device"):
        granted = getattr(provider, what)(*rest)
        print(json.dumps(granted | {"refresh_hash": fingerprint(granted["refresh_token"])}))
    elif what in ("log", "tokens"):
        print(json.dumps(getattr(provider, what)(*rest)))
    else:
        print(getattr(provider, what)(rest[0], *(rest[1:] or ["grant"])))


if __name__ == "__main__":
    main(*sys.argv[1:])
