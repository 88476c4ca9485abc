use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;

use super::*;
use crate::http::{Http, PostError};

/// What may be called.
const GOOD: &[&str] = &[
    "https://example.com/",
    "https://example.com/a.png?b=c#d",
    "https://example.com:443/",
    "https://example.com:8443/a?b=c",
    "https://EXAMPLE.com./x",
    " https://bücher.example/x ",
    "https://xn--bcher-kva.example/",
    "https://a.b.c.d.e.example/",
    "https://1.1.1.1/",
    "https://8.8.8.8:8443/",
    "https://93.184.215.14/a",
    "https://11.0.0.1/",
    "https://100.63.255.255/",
    "https://100.128.0.1/",
    "https://126.255.255.255/",
    "https://128.0.0.1/",
    "https://169.253.255.255/",
    "https://169.255.0.1/",
    "https://172.15.255.255/",
    "https://172.32.0.1/",
    "https://192.0.1.1/",
    "https://192.88.98.1/",
    "https://192.167.255.255/",
    "https://192.169.0.1/",
    "https://198.17.255.255/",
    "https://198.20.0.1/",
    "https://223.255.255.255/",
    // 1.1.1.1 in one number
    "https://16843009/",
    "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/a",
    "https://[2606:4700:4700::1111]:8443/",
    "https://[2001:200::1]/",
    "https://[2a00:1450:4001:80e::200e]/",
    "https://[::ffff:8.8.8.8]/",
    "https://internal.example.com/",
    "https://localhost.example.com/",
    "https://127.0.0.1.example.com/",
];

/// What may not, with a word of the rule that it meets.
const BAD: &[(&str, &str)] = &[
    ("", "no URL"),
    ("https://", "no URL"),
    ("example.com", "no URL"),
    ("//example.com/", "no URL"),
    ("https://exa mple.com/", "no URL"),
    ("https://[::1/", "no URL"),
    ("https://256.1.1.1/", "no URL"),
    ("https://1.2.3.4.5/", "no URL"),
    ("http://example.com/a.png", "only https"),
    ("http://example.com:443/", "only https"),
    ("ftp://example.com/", "only https"),
    ("file:///etc/passwd", "only https"),
    ("gopher://example.com:443/", "only https"),
    ("data:text/plain,a", "only https"),
    ("javascript:alert(1)", "only https"),
    ("wss://example.com/", "only https"),
    ("https://example.com:80/", "ports"),
    ("https://example.com:8080/", "ports"),
    ("https://example.com:22/", "ports"),
    ("https://example.com:9001/", "ports"),
    ("https://example.com:0/", "ports"),
    ("https://user@example.com/", "user name"),
    ("https://user:pass@example.com/", "user name"),
    ("https://:pass@example.com/", "user name"),
    ("https://example.com@127.0.0.1/", "user name"),
    ("https://localhost/", "dot"),
    ("https://localhost./", "dot"),
    ("https://LOCALHOST:8443/", "dot"),
    ("https://intranet/", "dot"),
    ("https://printer.local/", "inside"),
    ("https://a.localhost/", "inside"),
    ("https://a.localdomain/", "inside"),
    ("https://metadata.google.internal/", "inside"),
    ("https://ip-10-0-0-1.ec2.internal/", "inside"),
    ("https://metadata.google.INTERNAL./", "inside"),
    // Lambda's runtime API
    ("https://127.0.0.1:9001/", "ports"),
    ("https://169.254.100.1:9001/", "ports"),
    ("https://127.0.0.1/2018-06-01/runtime", "127.0.0.0/8"),
    ("https://169.254.100.1/", "link-local"),
    ("https://169.254.169.254/latest/meta-data/", "link-local"),
    ("https://169.254.170.2/v2/credentials", "link-local"),
    ("https://127.1/", "127.0.0.0/8"),
    ("https://127.0.1/", "127.0.0.0/8"),
    ("https://127.255.255.254/", "127.0.0.0/8"),
    ("https://2130706433/", "127.0.0.0/8"),
    ("https://017700000001/", "127.0.0.0/8"),
    ("https://0x7f.1/", "127.0.0.0/8"),
    ("https://0x7f000001/", "127.0.0.0/8"),
    ("https://0x7F.0x0.0x0.0x1/", "127.0.0.0/8"),
    ("https://0177.0.0.1/", "127.0.0.0/8"),
    ("https://0177.0.0.01/", "127.0.0.0/8"),
    ("https://127.0.0.1./", "127.0.0.0/8"),
    ("https://①②⑦.0.0.1/", "127.0.0.0/8"),
    ("https://127。0。0。1/", "127.0.0.0/8"),
    ("https://%31%32%37.0.0.1/", "127.0.0.0/8"),
    ("https://0/", "0.0.0.0/8"),
    ("https://0.0.0.0/", "0.0.0.0/8"),
    ("https://0.1.2.3/", "0.0.0.0/8"),
    ("https://10.0.0.1/", "10.0.0.0/8"),
    ("https://10.255.255.255:8443/", "10.0.0.0/8"),
    ("https://0xa.1/", "10.0.0.0/8"),
    ("https://012.0.0.1/", "10.0.0.0/8"),
    ("https://167772161/", "10.0.0.0/8"),
    ("https://100.64.0.1/", "CGNAT"),
    ("https://100.127.255.255/", "CGNAT"),
    ("https://172.16.0.0/", "172.16.0.0/12"),
    ("https://172.16.9.9/", "172.16.0.0/12"),
    ("https://172.31.255.255/", "172.16.0.0/12"),
    ("https://192.168.0.1/", "192.168.0.0/16"),
    ("https://192.168.1.1/", "192.168.0.0/16"),
    ("https://3232235777/", "192.168.0.0/16"),
    ("https://192.0.0.8/", "192.0.0.0/24"),
    ("https://192.0.0.192/", "192.0.0.0/24"),
    ("https://192.0.2.1/", "documentation"),
    ("https://198.51.100.7/", "documentation"),
    ("https://203.0.113.7/", "documentation"),
    ("https://192.88.99.1/", "6to4"),
    ("https://198.18.0.1/", "benchmarks"),
    ("https://198.19.255.255/", "benchmarks"),
    ("https://224.0.0.1/", "multicast"),
    ("https://239.255.255.250/", "multicast"),
    ("https://240.0.0.1/", "240.0.0.0/4"),
    ("https://255.255.255.255/", "broadcast"),
    ("https://[::]/", "itself"),
    ("https://[::1]/", "itself"),
    ("https://[0:0:0:0:0:0:0:1]/", "itself"),
    ("https://[::127.0.0.1]/", "disguised"),
    ("https://[::10.0.0.1]/", "disguised"),
    ("https://[::8.8.8.8]/", "disguised"),
    ("https://[::ffff:127.0.0.1]/", "127.0.0.0/8"),
    ("https://[::ffff:7f00:1]/", "127.0.0.0/8"),
    ("https://[::ffff:10.0.0.1]/", "10.0.0.0/8"),
    ("https://[::ffff:169.254.169.254]/", "link-local"),
    ("https://[::ffff:0:127.0.0.1]/", "disguised"),
    ("https://[64:ff9b::a00:1]/", "NAT64"),
    ("https://[64:ff9b::127.0.0.1]/", "NAT64"),
    ("https://[64:ff9b:1::1]/", "NAT64"),
    ("https://[100::1]/", "discarded"),
    ("https://[2001::1]/", "Teredo"),
    ("https://[2001:0:4136:e378::1]/", "Teredo"),
    ("https://[2001:10::1]/", "Teredo"),
    ("https://[2001:20::1]/", "Teredo"),
    ("https://[2001:1ff:ffff::1]/", "Teredo"),
    ("https://[2001:db8::1]/", "documentation"),
    ("https://[3fff::1]/", "documentation"),
    ("https://[3fff:fff::1]/", "documentation"),
    ("https://[2002:a00:1::]/", "6to4"),
    ("https://[2002:7f00:1::1]/", "6to4"),
    ("https://[5f00::1]/", "segment"),
    ("https://[fc00::1]/", "private"),
    ("https://[fd00:ec2::254]/", "private"),
    ("https://[fdff::1]/", "private"),
    ("https://[fe80::1]/", "link-local"),
    ("https://[febf::1]/", "link-local"),
    ("https://[fe80::1%25eth0]/", "no URL"),
    ("https://[fec0::1]/", "site-local"),
    ("https://[ff02::1]/", "multicast"),
    ("https://[ff0e::1]:8443/", "multicast"),
];

#[test]
fn only_public_hosts_may_be_called() {
    let none = Hosts::default();
    for url in GOOD {
        assert!(check(url, &none).is_ok(), "{url}: {:?}", check(url, &none));
    }
    for (url, word) in BAD {
        let Err(Rule(rule)) = check(url, &none) else {
            panic!("{url} may be called");
        };
        assert!(rule.contains(word), "{url}: {rule}");
    }
    assert!(GOOD.len() + BAD.len() >= 120);
}

#[test]
fn a_host_that_is_allowed_may_be_anywhere() {
    let hosts = Hosts::parse(" Hooks.internal , 10.0.0.5:8080,");
    for url in [
        "http://hooks.internal/a",
        "https://hooks.internal.:9000/",
        "http://10.0.0.5:8080/",
    ] {
        assert!(check(url, &hosts).is_ok(), "{url}");
    }
    for url in [
        "http://10.0.0.5/",
        "https://10.0.0.5:8081/",
        "https://10.0.0.5:8443/",
        "https://a.hooks.internal/",
        "https://hooks.internal.evil.local/",
        "https://me@hooks.internal/",
        "ftp://hooks.internal/",
        "http://example.com/",
    ] {
        assert!(check(url, &hosts).is_err(), "{url}");
    }
    assert!(hosts.name("hooks.internal"));
    assert!(hosts.name("10.0.0.5"));
    assert!(!hosts.name("hooks.internal.example.com"));
    assert!(!Hosts::default().name(""));
}

/// Gives one answer after the other; the last one for ever.
fn resolver(hosts: Hosts, answers: &'static [&'static str]) -> (Resolver, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let look_up: LookUp = Arc::new(move |_| {
        let n = count.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
        let ip: IpAddr = answers[n].parse().unwrap();
        async move { Ok(vec![SocketAddr::new(ip, 0)]) }.boxed()
    });
    (Resolver { hosts, look_up }, asked)
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_called() {
    let resolver = Resolver::new(Hosts::default());
    let resolved = resolver.resolve("localhost".parse().unwrap()).await;
    assert!(resolved.is_err());
    // a name that is allowed may lead into a network, and not to this host
    let allowed = |answers| super::tests::resolver(Hosts::parse("hooks.corp"), answers).0;
    let resolve = async |answers| {
        let name = "hooks.corp".parse().unwrap();
        let found = allowed(answers).resolve(name).await;
        found.map(Iterator::count).unwrap_or(0)
    };
    assert_eq!(resolve(&["10.0.0.5"]).await, 1);
    for own in [
        "127.0.0.1",
        "169.254.169.254",
        "::1",
        "fe80::1",
        "::ffff:127.0.0.1",
        "0.0.0.0",
    ] {
        let answers: &'static [&'static str] = Box::leak(Box::new([own]));
        assert_eq!(resolve(answers).await, 0, "{own}");
    }
}

#[tokio::test]
async fn a_name_that_flips_is_refused_when_it_has_flipped() {
    let (resolver, _) = resolver(
        Hosts::default(),
        &["8.8.8.8", "127.0.0.1", "::ffff:10.0.0.1"],
    );
    let name = || "flips.example".parse().unwrap();
    let first: Vec<_> = resolver.resolve(name()).await.unwrap().collect();
    assert_eq!(first, ["8.8.8.8:0".parse().unwrap()]);
    for _ in 0..2 {
        assert!(resolver.resolve(name()).await.is_err());
    }
}

/// What is connected to is what the one look-up gave: nothing is asked for between check and call.
#[tokio::test]
async fn the_address_that_was_checked_is_the_one_that_is_called() {
    let (resolver, asked) = resolver(Hosts::default(), &["127.0.0.1", "8.8.8.8"]);
    let public = crate::http::client().dns_resolver(Arc::new(resolver));
    let own = crate::http::client().build().unwrap();
    let (public, hosts) = (public.build().unwrap(), Hosts::default());
    let http = Http::Network { own, public, hosts };
    let limit = Duration::from_millis(500);
    let posted = http
        .post_public(
            "https://flips.example:8443/",
            HeaderMap::new(),
            (Bytes::new(), limit),
        )
        .await;
    let inside = PostError::Guarded(Rule("127.0.0.0/8 is this host itself"));
    assert_eq!(posted.unwrap_err(), inside);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}
