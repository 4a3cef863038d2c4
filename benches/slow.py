"""An HTTP server that takes its time: every answer comes DELAY milliseconds after its request.

usage: slow.py PORT DELAY TOKEN   Listens on 127.0.0.1 only, until it is ended. GET /served says how many requests came before it.
"""
import asyncio
import sys

PORT, DELAY, TOKEN = int(sys.argv[1]), int(sys.argv[2]) / 1000, sys.argv[3].encode()
BODY = b'{"ok":true,"account":{"id":42,"name":"Bench"}}'
YES = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
NO = b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\nContent-Length: 0\r\n\r\n"


served = 0


class Slow(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.seen = transport, b""

    def data_received(self, data):
        global served
        self.seen += data
        while b"\r\n\r\n" in self.seen:
            head, self.seen = self.seen.split(b"\r\n\r\n", 1)
            if head.startswith(b"GET /served "):
                self.transport.write(b"HTTP/1.0 200 OK\r\n\r\n%d" % served)
                self.transport.close()
                return
            served += 1
            lines = [line.split(b":", 1) for line in head.split(b"\r\n")[1:]]
            token = next((line[1].strip() for line in lines if line[0].lower() == b"authorization"), b"")
            answer = YES if token == b"Bearer " + TOKEN else NO
            asyncio.get_running_loop().call_later(DELAY, self.answer, answer)

    def answer(self, answer):
        if not self.transport.is_closing():
            self.transport.write(answer)


async def main():
    server = await asyncio.get_running_loop().create_server(Slow, "127.0.0.1", PORT, backlog=4096)
    await server.serve_forever()


asyncio.run(main())
