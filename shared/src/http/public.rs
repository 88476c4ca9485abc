//! Which addresses a user may make us call (reliability: requests to addresses that users give us):
//! `https` on port 443 or 8443, on hosts that are public. Names are resolved by us, and the address
//! that was checked is the one that is called.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use futures::FutureExt as _;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::FetchError;

/// Resolves names to public addresses only.
pub(super) struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|at| is_public(at.ip())).collect();
            if public.is_empty() {
                return Err("no public address".into());
            }
            let addresses: Addrs = Box::new(public.into_iter());
            Ok(addresses)
        }
        .boxed()
    }
}

/// The URL, if it may be called as far as its text tells.
pub(super) fn check(url: &str) -> Result<Url, FetchError> {
    let url = Url::parse(url.trim()).map_err(|_| FetchError::NotPublic)?;
    let port = url.port_or_known_default();
    let plain = url.username().is_empty() && url.password().is_none();
    // the parser reads decimal, octal and hexadecimal hosts as the address that they are
    let public = match url.host() {
        Some(Host::Ipv4(ip)) => is_public(ip.into()),
        Some(Host::Ipv6(ip)) => is_public(ip.into()),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            let inner = ["localhost", "internal", "local", "localdomain"];
            let last = name.rsplit('.').next().unwrap_or_default();
            name.contains('.') && !inner.contains(&last)
        }
        None => false,
    };
    let fits = url.scheme() == "https" && matches!(port, Some(443 | 8443)) && plain && public;
    fits.then_some(url).ok_or(FetchError::NotPublic)
}

/// Whether an address belongs to the public internet.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b));
    !special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(v4) = ip.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    let [a, b, c, d, e, f, ..] = ip.segments();
    let special = ip.is_loopback()
        || ip.is_unspecified()
        || ip.is_multicast()
        || ip.is_unique_local()
        || ip.is_unicast_link_local()
        // v4-compatible
        || [a, b, c, d, e, f] == [0; 6]
        // site-local, long deprecated
        || (a & 0xffc0) == 0xfec0
        // documentation
        || (a == 0x2001 && b == 0xdb8)
        || (a == 0x3fff && b < 0x1000)
        // Teredo and the other protocol assignments below 2001:200::
        || (a == 0x2001 && b < 0x200)
        // 6to4, NAT64, discard-only, segment routing
        || a == 0x2002
        || (a == 0x64 && b == 0xff9b)
        || (a == 0x100 && [b, c, d] == [0; 3])
        || a == 0x5f00;
    !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_hosts_may_be_called() {
        for url in [
            "https://example.com/a.png",
            "https://example.com:8443/a?b=c",
            "https://93.184.215.14/a",
            "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/a",
            " https://bücher.example/x ",
        ] {
            assert!(check(url).is_ok(), "{url}");
        }
        for url in [
            "http://example.com/a.png",
            "https://example.com:8080/",
            "https://user@example.com/",
            "https://user:pass@example.com/",
            "https://localhost/",
            "https://localhost./",
            "https://printer.local/",
            "https://metadata.google.internal/",
            "https://intranet/",
            "https://127.0.0.1:9001/",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://169.254.169.254/latest/",
            "https://169.254.100.1:9001/",
            "https://10.0.0.1/",
            "https://172.16.9.9/",
            "https://192.168.1.1/",
            "https://100.64.0.1/",
            "https://192.0.0.8/",
            "https://192.0.2.1/",
            "https://192.88.99.1/",
            "https://198.18.0.1/",
            "https://198.51.100.7/",
            "https://203.0.113.7/",
            "https://224.0.0.1/",
            "https://240.0.0.1/",
            "https://255.255.255.255/",
            "https://0.0.0.0/",
            "https://[::]/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[::10.0.0.1]/",
            "https://[fc00::1]/",
            "https://[fe80::1]/",
            "https://[fec0::1]/",
            "https://[ff02::1]/",
            "https://[2001:db8::1]/",
            "https://[3fff::1]/",
            "https://[2001::1]/",
            "https://[2002:a00:1::]/",
            "https://[64:ff9b::a00:1]/",
            "https://[64:ff9b:1::1]/",
            "https://[100::1]/",
            "https://[5f00::1]/",
            "ftp://example.com/",
            "file:///etc/passwd",
            "",
            "https://",
        ] {
            assert_eq!(check(url), Err(FetchError::NotPublic), "{url}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_called() {
        let resolved = Resolver.resolve("localhost".parse().unwrap()).await;
        assert!(resolved.is_err());
    }
}
