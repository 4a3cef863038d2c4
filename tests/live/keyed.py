"""keyed.py PORT SECRET PASSWORD: a server that verifies requests that a keyed hash signs, in the ways of four vendors, and holds sessions.

/query      in the query, the time in milliseconds: code -1022 for a wrong signature, -1021 for the time, -2015 for the key
/header     in a header, the key in base64, the body signed: words in `message`
/basic      as the password of HTTP Basic, over five lines
/lines      over every part of the request, with a number that is taken once
/ahead/...  the same, with a clock that is an hour ahead
/replay/... the same, with every other number taken for used
/login      opens one session a user; a second one is refused while it lasts (but for those named many-...)
/me         wants the token of an open session
/session    DELETE ends it
"""

import base64
import email.utils
import hashlib
import hmac
import json
import secrets
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, quote

PORT, SECRET, PASSWORD = int(sys.argv[1]), sys.argv[2], sys.argv[3]
KEY = "canary-key-id"
used, sessions, replays, lock = set(), {}, 0, threading.Lock()


def tag(algorithm, *parts):
    return hmac.new(SECRET.encode(), "".join(parts).encode(), algorithm)


class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        self.body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        raw, _, self.raw_query = self.path.partition("?")
        parts = raw.split("/")
        self.shift = 3600 if parts[1] == "ahead" else 0
        self.replays = parts[1] == "replay"
        check = getattr(self, "do_" + parts[-1], None)
        status, answer = check() if check else (404, {"message": "no such path"})
        self.say(status, answer)

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def now(self):
        return time.time() + self.shift

    def used(self, number):
        global replays
        with lock:
            replays += self.replays
            taken = number in used or (self.replays and replays % 2 == 1)
            used.add(number)
        return taken

    def do_query(self):
        signed, _, signature = self.raw_query.rpartition("&signature=")
        fields = parse_qs(signed)
        if self.headers.get("x-key") != KEY:
            return 401, {"code": -2015}
        if not hmac.compare_digest(tag("sha256", signed, self.body).hexdigest(), signature):
            return 400, {"code": -1022}
        if abs(self.now() * 1000 - int(fields["timestamp"][0])) > 5000:
            return 400, {"code": -1021}
        return 200, {"ok": True}

    def do_header(self):
        given = self.headers.get
        if given("x-access-key") != KEY:
            return 401, {"message": "invalid api key"}
        signed = given("x-access-timestamp", "") + self.command + self.path + self.body
        right = base64.b64encode(tag("sha256", signed).digest()).decode()
        if not hmac.compare_digest(right, given("x-access-sign", "")):
            return 401, {"message": "invalid signature"}
        if abs(self.now() - float(given("x-access-timestamp"))) > 30:
            return 401, {"message": "request timestamp expired"}
        return 200, {"ok": True}

    def do_basic(self):
        scheme, _, encoded = self.headers.get("authorization", "").partition(" ")
        user, _, signature = base64.b64decode(encoded or "Og==").decode().partition(":")
        pairs = sorted(parse_qsl(self.raw_query, keep_blank_values=True))
        query = "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs)
        date = self.headers.get("date", "")
        lines = "\n".join([date, self.command, self.headers["host"].lower(), self.path.split("?")[0], query])
        if scheme != "Basic" or user != KEY or not hmac.compare_digest(tag("sha1", lines).hexdigest(), signature):
            return 401, {"code": 40103}
        if abs(email.utils.parsedate_to_datetime(date).timestamp() - self.now()) > 300:
            return 401, {"code": 40104}
        return 200, {"ok": True}

    def do_lines(self):
        given = {}
        for pair in self.headers.get("authorization", "").removeprefix("LIVE ").split(", "):
            name, _, value = pair.partition("=")
            given[name] = value.strip('"')
        digest = hashlib.sha256(self.body.encode()).hexdigest()
        md5 = base64.b64encode(hashlib.md5(self.body.encode()).digest()).decode()
        kind = self.headers.get("content-type", "")
        lines = "\n".join([given.get("ts", ""), given.get("nonce", ""), self.command, self.path, digest, md5, kind, KEY])
        if given.get("id") != KEY:
            return 401, {"error": "key"}
        if not hmac.compare_digest(tag("sha512", lines).hexdigest().upper(), given.get("mac", "")):
            return 401, {"error": "signature"}
        moment = time.strptime(given["ts"], "%Y-%m-%dT%H:%M:%SZ")
        if abs(self.now() - (time.mktime(moment) - time.timezone)) > 60:
            return 401, {"error": "time"}
        if self.used(given["nonce"]):
            return 401, {"error": "nonce"}
        return 200, {"ok": True}

    def do_login(self):
        if self.headers.get("content-type") == "application/json":
            given = json.loads(self.body)
        else:
            given = dict(parse_qsl(self.body))
        user, password = given.get("user", ""), given.get("password")
        if password != PASSWORD:
            return 401, {"error": "wrong user or password"}
        with lock:
            if user in sessions.values() and not user.startswith("many-"):
                return 409, {"error": "a session of this user is open"}
            token = secrets.token_urlsafe(24)
            sessions[token] = user
        self.cookie = token
        return 200, {"ok": True, "session": {"token": token, "more": secrets.token_hex(16)}}

    def token(self):
        cookies = dict(pair.split("=", 1) for pair in self.headers.get("cookie", "").split("; ") if "=" in pair)
        return self.headers.get("authorization", "").removeprefix("Bearer ") or cookies.get("LIVE", "")

    def do_me(self):
        user = sessions.get(self.token())
        if user is None:
            return 401, {"error": "no session"}
        return (403, {"error": "not allowed"}) if self.path.startswith("/denied/") else (200, {"ok": True, "user": user})

    def do_session(self):
        with lock:
            return (200, {"ok": True}) if sessions.pop(self.token(), None) else (401, {"error": "no session"})

    cookie = None

    def say(self, status, answer):
        body = json.dumps(answer).encode()
        self.send_response_only(status)
        self.send_header("Date", email.utils.formatdate(self.now(), usegmt=True))
        if self.cookie:
            self.send_header("Set-Cookie", f"LIVE={self.cookie}; Path=/; HttpOnly")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.cookie = None

    def log_message(self, *arguments):
        pass


ThreadingHTTPServer(("127.0.0.1", PORT), Server).serve_forever()
