"""oauth1.py PORT CONSUMER_SECRET TOKEN_SECRET CERTIFICATE: a server that verifies OAuth 1.0a signatures with oauthlib and says what is wrong.

/ok       what is signed right is let in
/replay   every other request is told that its nonce was used
/ahead    its clock is an hour ahead of everybody's
/denied   what is signed right may not do this

Three legs, by oauthlib's own endpoints; tokens that come of them are good for all of the above:
/request_token  /access_token
/authorize      the person's page: `answer` is what the person clicks, absent for yes
/told           what it has issued, and how each of the three was answered
"""

import email.utils
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from oauthlib.oauth1 import RequestValidator, ResourceEndpoint, WebApplicationServer
from oauthlib.oauth1.rfc5849.errors import OAuth1Error

PORT, CONSUMER_SECRET, TOKEN_SECRET, CERTIFICATE = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
CONSUMER, TOKEN = "canary-consumer", "canary-token"
with open(CERTIFICATE, "rb") as file:
    PUBLIC_KEY = x509.load_pem_x509_certificate(file.read()).public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
replays = 0
# What is issued: temporary credentials with their callback, their verifiers, tokens with their secrets; and what was said of it.
temporary, verifiers, tokens, nonces = {}, {}, {TOKEN: TOKEN_SECRET}, set()
secrets, answers = [], []


class Validator(RequestValidator):
    enforce_ssl = False
    timestamp_lifetime = 10**9  # what is too old is said below, with its reason
    client_key_length = access_token_length = (3, 40)
    dummy_client, dummy_access_token = "dummy-consumer", "dummy-token"

    def __init__(self, path):
        super().__init__()
        self.path, self.problem = path, None

    def check_client_key(self, key):
        return True

    def check_access_token(self, token):
        return True

    def validate_client_key(self, key, request):
        return key == CONSUMER

    def validate_access_token(self, key, token, request):
        return token in tokens

    def validate_realms(self, *arguments, **more):
        return True

    def get_client_secret(self, key, request):
        return CONSUMER_SECRET

    def get_access_token_secret(self, key, token, request):
        return tokens.get(token, "dummy-secret")

    def get_rsa_key(self, key, request):
        return PUBLIC_KEY

    def validate_timestamp_and_nonce(self, key, timestamp, nonce, request, request_token=None, access_token=None):
        global replays
        if abs(now(self.path) - int(timestamp)) > 300:
            self.problem = "timestamp_refused"
        elif self.path == "/replay":
            replays += 1
            if replays % 2 == 1:
                self.problem = "nonce_used"
        return self.problem is None


class Provider(Validator):
    """Storage for the three legs; what is right is oauthlib's decision."""

    dummy_request_token = "dummy-temporary"
    verifier_length = (4, 40)

    def check_request_token(self, token):
        return True

    def check_realms(self, realms):
        return True

    def get_default_realms(self, key, request):
        return []

    def get_realms(self, token, request):
        return []

    def validate_requested_realms(self, *arguments):
        return True

    def validate_redirect_uri(self, key, uri, request):
        return uri == "oob" or uri.startswith("http://127.0.0.1:")

    def get_redirect_uri(self, token, request):
        return temporary[token]["callback"]

    def get_request_token_secret(self, key, token, request):
        return temporary.get(token, {}).get("secret", "dummy-secret")

    def validate_timestamp_and_nonce(self, key, timestamp, nonce, request, request_token=None, access_token=None):
        known = (timestamp, nonce) in nonces
        nonces.add((timestamp, nonce))
        return not known and abs(time.time() - int(timestamp)) <= 300

    def validate_request_token(self, key, token, request):
        return token in temporary

    def verify_request_token(self, token, request):
        return token in temporary

    def validate_verifier(self, key, token, verifier, request):
        return verifiers.get(token) == verifier

    def save_request_token(self, token, request):
        temporary[token["oauth_token"]] = {"secret": token["oauth_token_secret"], "callback": request.redirect_uri}
        secrets.append(token["oauth_token_secret"])

    def save_verifier(self, token, verifier, request):
        verifiers[token] = verifier["oauth_verifier"]
        secrets.append(verifier["oauth_verifier"])

    def save_access_token(self, token, request):
        tokens[token["oauth_token"]] = token["oauth_token_secret"]
        secrets.append(token["oauth_token_secret"])

    def invalidate_request_token(self, key, token, request):
        temporary.pop(token, None)  # good for one exchange, and no more after that


def three_legs(path, *request):
    server = WebApplicationServer(Provider(path))
    if path != "/authorize":
        return (server.create_request_token_response if path == "/request_token" else server.create_access_token_response)(*request)
    given = {name: values[0] for name, values in parse_qs(request[0].partition("?")[2]).items()}
    said, token = given.get("answer"), given.get("oauth_token")
    if said is None or token not in temporary:
        try:
            return server.create_authorization_response(*request)
        except OAuth1Error as error:
            return {}, error.urlencoded, error.status_code
    # oauthlib has no "no"; these are the two in use: X's own, and the word of the Problem Reporting extension.
    no = {"denied": token} if said == "denied" else {"oauth_token": token, "oauth_problem": said}
    return {"Location": temporary[token]["callback"] + "?" + urlencode(no)}, None, 302


def now(path):
    return time.time() + (3600 if path == "/ahead" else 0)


class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        path = self.path.split("?")[0]
        validator = Validator(path)
        uri = f"http://{self.headers['host']}{self.path}"
        if path == "/told":
            return self.send({}, json.dumps({"secrets": secrets, "answers": answers}), 200)
        if path in ("/request_token", "/authorize", "/access_token"):
            headers, text, status = three_legs(path, uri, self.command, body, dict(self.headers))
            answers.append(f"{path} {status}")
            return self.send(headers, text or "", status)
        problem = None
        try:
            valid, request = ResourceEndpoint(validator).validate_protected_resource_request(uri, self.command, body, dict(self.headers))
            log = getattr(request, "validator_log", {}) if request else {}
        except Exception as error:  # an insecure or malformed request
            valid, log, problem = False, {}, getattr(error, "error", "parameter_rejected")
        if not valid and problem is None:
            problem = validator.problem or next((word for part, word in (
                ("client", "consumer_key_unknown"), ("resource_owner", "token_rejected"), ("signature", "signature_invalid"),
            ) if log.get(part) is False), "parameter_absent")
        if valid and path == "/denied":
            return self.say(403, path, "permission_denied")
        return self.say(401, path, problem) if problem else self.say(200, path, None)

    do_GET = do_POST = answer

    def say(self, status, path, problem):
        body = b'{"ok":true}' if problem is None else b'{"ok":false}'
        self.send_response_only(status)
        self.send_header("Date", email.utils.formatdate(now(path), usegmt=True))
        if problem:
            self.send_header("WWW-Authenticate", f'OAuth realm="live", oauth_problem="{problem}"')
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def send(self, headers, text, status):
        self.send_response_only(status)
        for name, value in {**headers, "Content-Length": str(len(text.encode()))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *arguments):
        pass


ThreadingHTTPServer(("127.0.0.1", PORT), Server).serve_forever()
