"""An FTP server of pyftpdlib: alice may do everything, reader may only read, anybody may look around.

usage: pyftpd.py plain|tls|implicit PORT FIRST_PASSIVE LAST_PASSIVE STATE   Passwords come from the environment.
"""
import os
import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
from pyftpdlib.servers import FTPServer

mode, port, first, last, state = sys.argv[1], *map(int, sys.argv[2:5]), sys.argv[5]
users = DummyAuthorizer()
users.add_user("alice", os.environ["ALICE_PASSWORD"], state + "/home/alice", perm="elradfmwMT")
users.add_user("reader", os.environ["READER_PASSWORD"], state + "/home/reader", perm="elr")
users.add_anonymous(state + "/home/public")


class Handler(FTPHandler if mode == "plain" else TLS_FTPHandler):
    authorizer = users
    banner = "ready."
    passive_ports = range(first, last + 1)
    auth_failed_timeout = 1
    if mode != "plain":
        certfile, keyfile = state + "/pki/good.crt", state + "/pki/good.key"
        tls_control_required = tls_data_required = True
    if mode == "implicit":  # which pyftpdlib does not know: TLS from the first byte, then the banner

        def handle(self):
            self.secure_connection(self.ssl_context)

        def handle_ssl_established(self):
            TLS_FTPHandler.handle(self)


FTPServer(("127.0.0.1", port), Handler).serve_forever()
