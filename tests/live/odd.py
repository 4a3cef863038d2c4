"""Servers that no real program would be configured to be: silent, full, resetting, speaking something else.

usage: odd.py NAME=PORT...   Listens on 127.0.0.1 only, until it is ended.
"""
import asyncio
import contextlib
import socket
import struct
import sys

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


async def hold(reader):
    """Reads and says nothing, until the other side has had enough."""
    while await reader.read(4096):
        pass


async def silent(reader, writer):
    await hold(reader)


async def reset(reader, writer):
    """Resets when it has read something, or soon: at once, the reset could overtake the end of the caller's own handshake."""
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(reader.read(1), 0.3)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def close(reader, writer):
    pass


async def garbage(reader, writer):
    writer.write(bytes(range(128, 256)) * 2 + b"\r\n")
    await writer.drain()
    await hold(reader)


async def ssh(reader, writer):
    writer.write(b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10\r\n")
    await writer.drain()
    await reader.readline()
    writer.write(b"Invalid SSH identification string.\r\n")
    await writer.drain()


async def smtp(reader, writer):
    writer.write(b"220 mail.example.com ESMTP Postfix\r\n")
    while line := await reader.readline():
        quit_now = line.upper().startswith(b"QUIT")
        writer.write(b"221 2.0.0 Bye\r\n" if quit_now else b"502 5.5.2 Error: command not recognized\r\n")
        await writer.drain()
        if quit_now:
            return


async def slow_body(reader, writer):
    """An HTTP answer whose body never comes to its end."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(HEAD + b"Content-Length: 4096\r\n\r\n{\"ok\":")
    await writer.drain()
    await hold(reader)


async def endless(reader, writer):
    """An HTTP answer that is larger than anybody wants (64 MiB, then it stops)."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(HEAD + b"Connection: close\r\n\r\n\"")
    for _ in range(1024):
        writer.write(b"x" * 65536)
        await writer.drain()


def ftp(after_password):
    """An FTP server that is fine up to the password, and then does this."""

    async def serve(reader, writer):
        writer.write(b"220 ready\r\n")
        while line := await reader.readline():
            word = line.split()[0].upper() if line.split() else b""
            if word == b"USER":
                writer.write(b"331 Password required\r\n")
            elif word == b"PASS":
                if after_password is None:
                    await hold(reader)
                    return
                if not after_password:
                    return
                writer.write(after_password)
            elif word == b"QUIT":
                writer.write(b"221 Bye\r\n")
                return
            else:
                writer.write(b"530 Please login with USER and PASS\r\n")
            await writer.drain()

    return serve


SERVERS = {
    "silent": silent,
    "reset": reset,
    "close": close,
    "garbage": garbage,
    "ssh": ssh,
    "smtp": smtp,
    "slow_body": slow_body,
    "endless": endless,
    "ftp_mute": ftp(None),
    "ftp_drop": ftp(b""),
    "ftp_busy": ftp(b"421 Too many connections, try again later\r\n"),
    "ftp_disabled": ftp(b"530 Account disabled\r\n"),
}


def serve(script):
    async def accepted(reader, writer):
        try:
            await script(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    return accepted


def full(port):
    """A listener whose queue is full: the kernel drops further handshakes, as a firewall would."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(0)
    callers = [socket.socket() for _ in range(4)]
    for caller in callers:
        caller.setblocking(False)
        caller.connect_ex(("127.0.0.1", port))
    return listener, callers


async def main(arguments):
    keep = []
    for argument in arguments:
        name, port = argument.split("=")
        if name == "full":
            keep.append(full(int(port)))
        else:
            keep.append(await asyncio.start_server(serve(SERVERS[name]), "127.0.0.1", int(port)))
    await asyncio.Event().wait()


asyncio.run(main(sys.argv[1:]))
