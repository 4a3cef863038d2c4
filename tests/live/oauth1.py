"""oauth1.py PORT CONSUMER_SECRET TOKEN_SECRET CERTIFICATE: a server that verifies OAuth 1.0a signatures with oauthlib and says what is wrong.

/ok       what is signed right is let in
/replay   every other request is told that its nonce was used
/ahead    its clock is an hour ahead of everybody's
/denied   what is signed right may not do this
"""

import email.utils
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from oauthlib.oauth1 import RequestValidator, ResourceEndpoint

PORT, CONSUMER_SECRET, TOKEN_SECRET, CERTIFICATE = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
CONSUMER, TOKEN = "canary-consumer", "canary-token"
with open(CERTIFICATE, "rb") as file:
    PUBLIC_KEY = x509.load_pem_x509_certificate(file.read()).public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
replays = 0


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
        return token == TOKEN

    def validate_realms(self, *arguments, **more):
        return True

    def get_client_secret(self, key, request):
        return CONSUMER_SECRET

    def get_access_token_secret(self, key, token, request):
        return TOKEN_SECRET

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


def now(path):
    return time.time() + (3600 if path == "/ahead" else 0)


class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        path = self.path.split("?")[0]
        validator = Validator(path)
        uri = f"http://{self.headers['host']}{self.path}"
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

    def log_message(self, *arguments):
        pass


ThreadingHTTPServer(("127.0.0.1", PORT), Server).serve_forever()
