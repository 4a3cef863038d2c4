//! Names to addresses, and TCP. The place where a mocked run is kept on loopback and metadata addresses are refused.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use dns_lookup::LookupErrorKind;
use tokio::net::TcpStream;

use crate::model::endpoint::Endpoint;
use crate::model::phase::Phase;

use super::obstacle::Obstacle;
use super::transcript::Transcript;

/// How far the wire may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Anywhere that a connection names, link-local addresses excepted.
    Anywhere,
    /// Loopback only: mocked runs.
    LoopbackOnly,
}

impl Reach {
    /// Whether we may connect to this address.
    pub fn allows(self, ip: IpAddr) -> Result<(), Obstacle> {
        let ip = ip.to_canonical();
        if self == Reach::LoopbackOnly && !ip.is_loopback() {
            return Err(Obstacle::DestinationRefused(format!(
                "{ip} is not loopback, and a mocked run never leaves it"
            )));
        }
        if is_link_local(ip) {
            return Err(Obstacle::DestinationRefused(format!(
                "{ip} is a link-local or unspecified address (cloud metadata lives there)"
            )));
        }
        Ok(())
    }
}

/// Link-local, unspecified and metadata addresses: never a place for a stored secret.
fn is_link_local(ip: IpAddr) -> bool {
    const EC2_METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    match ip {
        IpAddr::V4(v4) => v4.is_link_local() || v4.octets()[0] == 0,
        IpAddr::V6(v6) => v6.is_unicast_link_local() || v6.is_unspecified() || v6 == EC2_METADATA_V6,
    }
}

/// Connects to an endpoint: resolves its name, tries each address in turn, and says in the transcript which.
pub(super) async fn connect(
    endpoint: &Endpoint,
    reach: Reach,
    budget: Duration,
    transcript: &Transcript<'_>,
) -> Result<TcpStream, Obstacle> {
    let addresses = addresses(endpoint, reach, budget, transcript).await?;
    transcript.enter(Phase::Connect);
    connect_any(&addresses, reach, budget, transcript).await
}

/// The addresses of an endpoint: those of its double, or what its name resolves to.
pub(super) async fn addresses(
    endpoint: &Endpoint,
    reach: Reach,
    budget: Duration,
    transcript: &Transcript<'_>,
) -> Result<Vec<SocketAddr>, Obstacle> {
    if let Some(double) = &endpoint.effective {
        return Ok(vec![double.socket]);
    }
    transcript.enter(Phase::Dns);
    let ips = lookup(&endpoint.declared.host, reach, budget).await?;
    Ok(ips.into_iter().map(|ip| SocketAddr::new(ip, endpoint.declared.port)).collect())
}

/// Tries each address in turn within one budget; the obstacle is that of the last one tried.
pub(super) async fn connect_any(
    addresses: &[SocketAddr],
    reach: Reach,
    budget: Duration,
    transcript: &Transcript<'_>,
) -> Result<TcpStream, Obstacle> {
    let deadline = tokio::time::Instant::now() + budget;
    let mut obstacle = Obstacle::HostNotFound;
    for (index, address) in addresses.iter().enumerate() {
        reach.allows(address.ip())?;
        let rest = u32::try_from(addresses.len() - index).unwrap_or(1);
        let share = deadline.saturating_duration_since(tokio::time::Instant::now()) / rest;
        #[expect(clippy::disallowed_methods, reason = "this is the wire: the reach was checked one line above")]
        let attempt = tokio::time::timeout(share, TcpStream::connect(address)).await;
        obstacle = match attempt {
            Ok(Ok(stream)) => {
                // Probes are short questions; waiting to fill packets would only cost time.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => Obstacle::from_io(&error, Phase::Connect, budget),
            Err(_) => Obstacle::ConnectTimeout(budget),
        };
        if addresses.len() > 1 {
            transcript.note(&format!("{} failed: {}", address.ip(), obstacle.cause()));
        }
    }
    Err(obstacle)
}

/// Resolves a host name within a budget; IP addresses and the special names of RFC 6761 need no resolver.
pub(super) async fn lookup(host: &str, reach: Reach, budget: Duration) -> Result<Vec<IpAddr>, Obstacle> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        reach.allows(ip)?;
        return Ok(vec![ip]);
    }
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    // RFC 6761 sections 6.3 and 6.4.
    if name == "invalid" || name.ends_with(".invalid") {
        return Err(Obstacle::HostNotFound);
    }
    if name == "localhost" || name.ends_with(".localhost") {
        return Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)]);
    }
    if reach == Reach::LoopbackOnly {
        return Err(Obstacle::DestinationRefused("a mocked run asks no resolver".to_owned()));
    }
    let asked = tokio::task::spawn_blocking(move || dns_lookup::lookup_host(&name).map(Iterator::collect::<Vec<_>>));
    let mut ips = match tokio::time::timeout(budget, asked).await {
        Ok(Ok(Ok(ips))) => ips,
        Ok(Ok(Err(error))) => return Err(unresolved(error.kind())),
        Ok(Err(_)) | Err(_) => return Err(Obstacle::DnsUnavailable),
    };
    ips.dedup();
    for ip in &ips {
        reach.allows(*ip)?;
    }
    if ips.is_empty() { Err(Obstacle::HostNotFound) } else { Ok(ips) }
}

/// The resolver's own code tells a name that does not exist from a resolver that does not answer; its text would not.
fn unresolved(kind: LookupErrorKind) -> Obstacle {
    match kind {
        LookupErrorKind::NoName | LookupErrorKind::NoData => Obstacle::HostNotFound,
        _ => Obstacle::DnsUnavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_addresses_are_refused_in_every_spelling() {
        for text in ["169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "fd00:ec2::254", "0.0.0.0", "::"] {
            let ip: IpAddr = text.parse().expect("an address");
            assert!(matches!(Reach::Anywhere.allows(ip), Err(Obstacle::DestinationRefused(_))), "{text}");
        }
        for text in ["127.0.0.1", "::1", "10.0.0.1", "192.168.1.1", "8.8.8.8"] {
            let ip: IpAddr = text.parse().expect("an address");
            assert_eq!(Reach::Anywhere.allows(ip), Ok(()), "{text}");
        }
    }

    #[test]
    fn a_mocked_run_cannot_leave_loopback() {
        let ip: IpAddr = "10.0.0.1".parse().expect("an address");
        assert!(Reach::LoopbackOnly.allows(ip).is_err());
        assert_eq!(Reach::LoopbackOnly.allows(IpAddr::V4(Ipv4Addr::LOCALHOST)), Ok(()));
    }

    #[tokio::test]
    async fn special_names_need_no_resolver() {
        let budget = Duration::from_secs(1);
        assert_eq!(lookup("shop.invalid", Reach::Anywhere, budget).await, Err(Obstacle::HostNotFound));
        assert!(lookup("a.localhost", Reach::LoopbackOnly, budget).await.is_ok());
        assert!(lookup("example.com", Reach::LoopbackOnly, budget).await.is_err());
    }
}
