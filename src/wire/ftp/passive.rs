//! Reading the replies to `EPSV` and `PASV`. The address in them is never connected to, only compared.

use std::net::IpAddr;

/// What a server offers for a data connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    /// The port to connect to, on the peer of the control connection.
    pub(crate) port: u16,
    /// The address that the reply names, if it names one.
    pub(crate) address: Option<IpAddr>,
}

/// Reads a 229 reply (RFC 2428 section 3): `(|||6446|)`, with any delimiter.
pub(super) fn extended(text: &str) -> Option<Offer> {
    let inside = &text[text.find('(')? + 1..];
    let delimiter = inside.chars().next()?;
    let port = inside.split(delimiter).nth(3)?.trim().parse().ok()?;
    (port != 0).then_some(Offer { port, address: None })
}

/// Reads a 227 reply (RFC 959): six numbers, in whatever brackets, or an IPv6 address and two numbers, as pyftpdlib says it.
pub(super) fn passive(text: &str) -> Option<Offer> {
    let parts: Vec<&str> = text.split(',').collect();
    let [before @ .., high, low] = parts.as_slice() else { return None };
    let first = *before.first()?;
    let octet = |text: &str| text.trim().parse::<u8>().ok();
    let digits = low.trim_start().bytes().take_while(u8::is_ascii_digit).count();
    let port = u16::from(octet(high)?) << 8 | u16::from(octet(&low.trim_start()[..digits])?);
    let begins = first.rfind(|c: char| !(c.is_ascii_hexdigit() || matches!(c, ':' | '.'))).map_or(0, |at| at + 1);
    let address = std::iter::once(&first[begins..]).chain(before[1..].iter().map(|part| part.trim()));
    let address = address.collect::<Vec<_>>().join(".").parse().ok();
    (port != 0).then_some(Offer { port, address })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extended_replies() {
        // RFC 2428's own example, and vsftpd's.
        assert_eq!(extended("Entering Extended Passive Mode (|||6446|)").unwrap().port, 6446);
        assert_eq!(extended("Entering Extended Passive Mode (!!!21100!).").unwrap().port, 21100);
        for text in ["Entering Extended Passive Mode", "(|||0|)", "(|||99999|)", "(|||)", "("] {
            assert_eq!(extended(text), None, "{text}");
        }
    }

    #[test]
    fn passive_replies_in_odd_forms() {
        let offer = |text: &str| passive(text).map(|offer| (offer.port, offer.address.map(|ip| ip.to_string())));
        let v4 = |port, ip: &str| Some((port, Some(ip.to_owned())));
        assert_eq!(offer("Entering Passive Mode (127,0,0,1,82,109)."), v4(21101, "127.0.0.1"));
        assert_eq!(offer("Entering Passive Mode 127,0,0,1,82,109"), v4(21101, "127.0.0.1"));
        assert_eq!(offer("=10, 0, 0, 5, 4, 1"), v4(1025, "10.0.0.5"));
        // vsftpd and pyftpdlib on IPv6, as recorded in servers.md.
        assert_eq!(offer("Entering Passive Mode (0,0,0,0,83,153)."), v4(21401, "0.0.0.0"));
        assert_eq!(offer("Entering passive mode (::1,113,140)."), v4(29068, "::1"));
        for text in ["Entering Passive Mode", "(127,0,0,1,0,0)", "(1,2,3,4,5,999)", "(127,0,0,1,x,y)", ","] {
            assert_eq!(offer(text), None, "{text}");
        }
    }
}
