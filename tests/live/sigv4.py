"""sigv4.py PORT SECRET TOKEN: a server that works AWS signatures out with botocore, and refuses as AWS does.

/ahead...     its clock is an hour ahead of everybody's
/denied...    what is signed right may not do this
/tampered...  something on the way has added a parameter
/expired...   the session of temporary credentials is over
All else that is signed right is let in. Errors of S3 are XML, of everything else JSON.
"""

import email.utils
import hashlib
import json
import sys
import time
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

PORT, SECRET, TOKEN = int(sys.argv[1]), sys.argv[2], sys.argv[3]
KEY, TEMPORARY, REGION = "AKIACANARY", "ASIACANARY", "us-east-1"
STATUS = {"RequestTimeTooSkewed": 403, "AuthorizationHeaderMalformed": 400, "IncompleteSignature": 400}


class Refused(Exception):
    def __init__(self, code, message="no", more=""):
        super().__init__(code)
        self.code, self.message, self.more = code, message, more


class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def now(self):
        return time.time() + (3600 if self.path.startswith("/ahead") else 0)

    def stated(self):
        value = self.headers.get("authorization") or ""
        if not value.startswith("AWS4-HMAC-SHA256 "):
            raise Refused("MissingAuthenticationToken")
        try:
            parts = dict(part.strip().split("=", 1) for part in value.split(" ", 1)[1].split(","))
            key, day, region, service, end = parts["Credential"].split("/")
            return key, day, region, service, end, parts["SignedHeaders"].split(";"), parts["Signature"]
        except (KeyError, ValueError):
            raise Refused("IncompleteSignature") from None

    def verify(self, body):
        key, day, region, service, end, names, signature = self.stated()
        self.service = service
        stamp = self.headers.get("x-amz-date") or ""
        if end != "aws4_request" or not stamp.startswith(day):
            raise Refused("IncompleteSignature")
        if key not in (KEY, TEMPORARY):
            raise Refused("InvalidAccessKeyId" if service == "s3" else "InvalidClientTokenId")
        if region != REGION:
            message = f"The authorization header is malformed; the region '{region}' is wrong; expecting '{REGION}'"
            if service == "s3":
                raise Refused("AuthorizationHeaderMalformed", message, f"<Region>{REGION}</Region>")
            raise Refused("SignatureDoesNotMatch", f"Credential should be scoped to a valid region, not '{region}'.")
        then = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc).timestamp()
        if abs(self.now() - then) > 300:
            if service == "s3":
                raise Refused("RequestTimeTooSkewed")
            raise Refused("SignatureDoesNotMatch", f"Signature expired: {stamp} is now earlier than everybody's clock")
        wanted = {"host", "x-amz-date"} | {name.lower() for name in self.headers if name.lower().startswith("x-amz-")}
        wanted |= {"content-type"} if "content-type" in self.headers else set()
        if service == "s3" and self.headers.get("x-amz-content-sha256") != hashlib.sha256(body).hexdigest():
            raise Refused("XAmzContentSHA256Mismatch")
        if not wanted <= set(names):
            raise Refused("AccessDenied", "There were headers present in the request which were not signed")
        token = TOKEN if key == TEMPORARY else None
        if self.headers.get("x-amz-security-token") != token:
            raise Refused("InvalidToken" if service == "s3" else "InvalidClientTokenId")
        target = self.path + ("&" if "?" in self.path else "?") + "added=1" if self.path.startswith("/tampered") else self.path
        if self.signature(service, names, stamp, target, body, Credentials(key, SECRET, token)) != signature:
            raise Refused("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.")
        if self.path.startswith("/expired"):
            raise Refused("ExpiredToken")
        if self.path.startswith("/denied"):
            raise Refused("AccessDenied")

    def signature(self, service, names, stamp, target, body, credentials):
        headers = {name: ", ".join(self.headers.get_all(name)) for name in names if name in self.headers}
        request = AWSRequest(self.command, f"http://{self.headers['host']}{target}", headers, body)
        request.context["timestamp"] = stamp
        auth = (S3SigV4Auth if service == "s3" else SigV4Auth)(credentials, service, REGION)
        return auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.service = ""
        try:
            self.verify(body)
            self.say(200, "application/json", '{"ok":true}')
        except Refused as refused:
            status = STATUS.get(refused.code, 403)
            if self.service == "s3":
                text = f"<Error><Code>{refused.code}</Code><Message>{refused.message}</Message>{refused.more}</Error>"
                return self.say(status, "application/xml", f'<?xml version="1.0" encoding="UTF-8"?>\n{text}')
            self.say(status, "application/json", json.dumps({"Error": {"Code": refused.code, "Message": refused.message}}))

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def say(self, status, kind, text):
        body = text.encode()
        self.send_response_only(status)
        self.send_header("Date", email.utils.formatdate(self.now(), usegmt=True))
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


ThreadingHTTPServer(("127.0.0.1", PORT), Server).serve_forever()
