//! Where an FTP connection leads.

use std::net::IpAddr;

use url::Host;

use crate::model::connection::Connection;
use crate::model::endpoint::Address;
use crate::model::verdict::Judgement;

use super::base_url::is_name;
use super::{malformed, missing, quoted};

/// Protocol, host and port of an FTP connection, each in its own field.
pub(super) fn address(connection: &Connection) -> Result<Address, Judgement> {
    let field = |name| connection.public(name).map(str::trim).filter(|text| !text.is_empty());
    let protocol = field("protocol").unwrap_or("ftp");
    if !matches!(protocol, "ftp" | "ftps" | "ftps-implicit" | "sftp") {
        let what = format!("{} is no protocol of this kind", quoted(protocol));
        return Err(malformed("protocol", &what, "Write `ftp`, `ftps`, `ftps-implicit` or `sftp`."));
    }
    let host = host(field("host").ok_or_else(|| missing("host", "so there is no server to ask"))?)?;
    let port = match field("port") {
        None => Address::default_port(protocol),
        Some(text) => text.parse::<u16>().ok().filter(|port| *port > 0).ok_or_else(|| {
            malformed("port", &format!("{} is no port", quoted(text)), "Write a number between 1 and 65535.")
        })?,
    };
    Ok(Address { scheme: protocol.into(), host: host.into(), port })
}

fn host(written: &str) -> Result<String, Judgement> {
    let remedy = "Write the host name alone; protocol, port and directory have fields of their own.";
    let fault = |what: &str| malformed("host", what, remedy);
    if written.contains("://") {
        return Err(fault("it begins with a protocol"));
    }
    if written.contains(['/', '\\']) {
        return Err(fault("there is a path in it"));
    }
    if written.contains('@') {
        return Err(fault("there is a user name in it"));
    }
    if written.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(fault("there is white space in it"));
    }
    let bare = written.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(written);
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return Ok(ip.to_string());
    }
    if written.contains(':') {
        return Err(fault("there is a port in it"));
    }
    match Host::parse(written) {
        Ok(Host::Domain(name)) if is_name(&name) => Ok(name),
        Ok(Host::Ipv4(ip)) => Ok(ip.to_string()),
        _ => Err(fault(&format!("{} cannot be the name of a host", quoted(written)))),
    }
}
