//! Floor 1: bytes out. The only client sockets of tugtest, and transport errors as typed obstacles.
