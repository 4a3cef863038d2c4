"""The resolver of the suite's private network: every answer is known. Listens on UDP 127.0.0.53:53.

*.invalid does not exist (NXDOMAIN); servfail.test fails; silent.test gets no answer; metadata.test is 169.254.169.254;
nodata.test exists without an address; every other *.test is 127.0.0.1.
"""
import socket
import struct

NXDOMAIN, SERVFAIL = 3, 2
A = 1


def name_of(query):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("ascii", "replace").lower())
        at += query[at] + 1
    return ".".join(labels), at + 1


def answer(query):
    name, end = name_of(query)
    kind = struct.unpack("!H", query[end : end + 2])[0]
    code, address = 0, None
    if name == "silent.test":
        return None
    if name == "servfail.test":
        code = SERVFAIL
    elif not name.endswith(".test"):
        code = NXDOMAIN
    elif name == "metadata.test":
        address = "169.254.169.254"
    elif name != "nodata.test":
        address = "127.0.0.1"
    found = address is not None and kind == A
    head = query[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, 1 if found else 0, 0, 0)
    record = b"\xc0\x0c" + struct.pack("!HHIH", A, 1, 60, 4) + socket.inet_aton(address) if found else b""
    return head + query[12 : end + 4] + record


listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
listener.bind(("127.0.0.53", 53))
tcp = socket.create_server(("127.0.0.53", 53))  # only to show that we are up; every answer fits in a datagram
while True:
    query, peer = listener.recvfrom(4096)
    try:
        reply = answer(query)
    except (IndexError, struct.error):
        continue
    if reply:
        listener.sendto(reply, peer)
