//! Which addresses a user may make us call (reliability: requests to addresses that users give us):
//! `https` on port 443 or 8443, on hosts that are public. Names are resolved by us, and the address
//! that was checked is the one that is called. What is refused is told with its [`Rule`].

use std::collections::BTreeSet;
use std::error::Error as StdError;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Why an address may not be called; a sentence for whoever gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Rule(pub &'static str);

/// Hosts that an operator allows although they are not public (`name` or `name:port`). Towards them
/// neither the port nor `https` is asked for, and a name may lead into private networks; to this host
/// itself and to link-local addresses (where Lambda and AWS give out credentials) only an address that
/// is in the list itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts(Arc<BTreeSet<String>>);

impl Hosts {
    /// Out of a list with commas.
    pub fn parse(list: &str) -> Self {
        let hosts = list.split(',').map(|host| host.trim().to_ascii_lowercase());
        Self(Arc::new(hosts.filter(|host| !host.is_empty()).collect()))
    }

    fn allow(&self, url: &Url) -> bool {
        let Some(host) = url.host_str().map(plain) else {
            return false;
        };
        let with_port = url
            .port_or_known_default()
            .map(|port| format!("{host}:{port}"));
        self.0.contains(&host) || with_port.is_some_and(|host| self.0.contains(&host))
    }

    /// Whether a name is allowed with any port, or with one.
    fn name(&self, name: &str) -> bool {
        let name = plain(name);
        let of = |host: &String| {
            host.strip_prefix(&name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        };
        self.0.iter().any(of)
    }
}

fn plain(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

/// Resolves a name; the port is 0.
pub(super) type LookUp =
    Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// Resolves names to public addresses only, and allowed hosts to whatever they are.
pub(super) struct Resolver {
    hosts: Hosts,
    look_up: LookUp,
}

impl Resolver {
    /// By the system's resolver.
    pub(super) fn new(hosts: Hosts) -> Self {
        let look_up: LookUp = Arc::new(|name| {
            async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) }.boxed()
        });
        Self { hosts, look_up }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.hosts.name(name.as_str());
        let found = (self.look_up)(name.as_str().to_owned());
        async move {
            let mut found = found.await?;
            let first = found.first().and_then(|at| rule_of(at.ip()));
            found.retain(|at| match allowed {
                true => !is_own(at.ip()),
                false => rule_of(at.ip()).is_none(),
            });
            if let Some(rule) = first.filter(|_| found.is_empty()) {
                return Err(rule.into());
            }
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        }
        .boxed()
    }
}

/// The rule that a failed call met, where it was one: the name leads to no public address.
pub(super) fn rule_behind(error: &reqwest::Error) -> Option<Rule> {
    let mut cause: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(error) = cause {
        if let Some(rule) = error.downcast_ref::<Rule>() {
            return Some(*rule);
        }
        cause = error.source();
    }
    None
}

/// The URL, if it may be called as far as its text tells.
pub fn check(url: &str, hosts: &Hosts) -> Result<Url, Rule> {
    let url = Url::parse(url.trim()).map_err(|_| Rule("it is no URL"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Rule("only https may be called"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Rule("it may hold no user name and no password"));
    }
    if hosts.allow(&url) {
        return Ok(url);
    }
    if url.host_str().is_some_and(|host| hosts.name(host)) {
        return Err(Rule("its host is allowed with another port only"));
    }
    if url.scheme() != "https" {
        return Err(Rule("only https may be called"));
    }
    if !matches!(url.port_or_known_default(), Some(443 | 8443)) {
        return Err(Rule("only the ports 443 and 8443 may be called"));
    }
    // the parser reads decimal, octal and hexadecimal hosts as the address that they are
    let rule = match url.host() {
        Some(Host::Ipv4(ip)) => rule_of(ip.into()),
        Some(Host::Ipv6(ip)) => rule_of(ip.into()),
        Some(Host::Domain(name)) => rule_of_name(name),
        None => Some(Rule("it has no host")),
    };
    rule.map_or(Ok(url), Err)
}

/// Whether an address is this host itself, or its link: never behind a name, whoever allows that.
fn is_own(ip: IpAddr) -> bool {
    let ip = match ip {
        IpAddr::V6(ip) => ip.to_ipv4_mapped().map_or(IpAddr::V6(ip), IpAddr::V4),
        v4 @ IpAddr::V4(_) => v4,
    };
    let local = match ip {
        IpAddr::V4(ip) => ip.is_link_local() || ip.octets()[0] == 0,
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    local || ip.is_loopback() || ip.is_unspecified() || ip.is_multicast()
}

fn rule_of_name(name: &str) -> Option<Rule> {
    let name = plain(name);
    let inner = ["localhost", "internal", "local", "localdomain"];
    let last = name.rsplit('.').next().unwrap_or_default();
    if !name.contains('.') {
        return Some(Rule("a name without a dot is none of the public internet"));
    }
    inner
        .contains(&last)
        .then_some(Rule("names below it lead inside a network"))
}

/// Why an address does not belong to the public internet; `None` where it does.
fn rule_of(ip: IpAddr) -> Option<Rule> {
    match ip {
        IpAddr::V4(ip) => rule_of_v4(ip),
        IpAddr::V6(ip) => rule_of_v6(ip),
    }
}

fn rule_of_v4(ip: Ipv4Addr) -> Option<Rule> {
    let [a, b, c, _] = ip.octets();
    let rule = match (a, b, c) {
        (0, ..) => "0.0.0.0/8 is this host itself",
        (10, ..) => "10.0.0.0/8 is private",
        (100, 64..=127, _) => "100.64.0.0/10 is a provider's own (CGNAT)",
        (127, ..) => "127.0.0.0/8 is this host itself",
        (169, 254, _) => "169.254.0.0/16 is link-local",
        (172, 16..=31, _) => "172.16.0.0/12 is private",
        (192, 0, 0) => "192.0.0.0/24 is reserved",
        (192, 0, 2) | (198, 51, 100) | (203, 0, 113) => "it is an address of documentation",
        (192, 88, 99) => "192.88.99.0/24 is reserved (6to4 relays)",
        (192, 168, _) => "192.168.0.0/16 is private",
        (198, 18..=19, _) => "198.18.0.0/15 is for benchmarks",
        (224..=239, ..) => "224.0.0.0/4 is multicast",
        (240.., ..) => "240.0.0.0/4 is reserved or broadcast",
        _ => return None,
    };
    Some(Rule(rule))
}

fn rule_of_v6(ip: Ipv6Addr) -> Option<Rule> {
    if let Some(v4) = ip.to_ipv4_mapped() {
        return rule_of_v4(v4);
    }
    let [a, b, c, d, e, f, ..] = ip.segments();
    let rule = match (a, b, c, d) {
        _ if ip.is_loopback() || ip.is_unspecified() => "it is this host itself",
        (0, 0, 0, 0) if e == 0 && f == 0 => "::/96 is a disguised IPv4 address",
        (0, 0, 0, 0) if e == 0xffff => "::ffff:0:0:0/96 is a disguised IPv4 address",
        (0x64, 0xff9b, ..) => "64:ff9b::/32 is a disguised IPv4 address (NAT64)",
        (0x100, 0, 0, 0) => "100::/64 is discarded",
        (0x2001, 0xdb8, ..) => "it is an address of documentation",
        (0x3fff, 0..=0x0fff, ..) => "it is an address of documentation",
        // Teredo and the other protocol assignments
        (0x2001, 0..=0x01ff, ..) => "2001::/23 is reserved for protocols (Teredo)",
        (0x2002, ..) => "2002::/16 is a disguised IPv4 address (6to4)",
        (0x5f00, ..) => "5f00::/16 is for segment routing",
        (0xfc00..=0xfdff, ..) => "fc00::/7 is private",
        (0xfe80..=0xfebf, ..) => "fe80::/10 is link-local",
        (0xfec0..=0xfeff, ..) => "fec0::/10 is site-local",
        (0xff00.., ..) => "ff00::/8 is multicast",
        _ => return None,
    };
    Some(Rule(rule))
}

#[cfg(test)]
mod tests;
