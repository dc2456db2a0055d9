//! Where the server may listen: on an isolated segment, never on an address that a public network reaches.

use std::net::{IpAddr, Ipv6Addr};

/// Whether an address belongs to this machine alone or to a private segment (RFC 1918, RFC 4193, link-local). The
/// unspecified address is none of these: it means every segment, a public one too.
pub fn is_isolated(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => {
            v6.to_ipv4_mapped().map_or_else(
                || v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
                |v4| is_isolated(IpAddr::V4(v4)),
            ) && v6 != Ipv6Addr::UNSPECIFIED
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_isolated_segments_are_listened_on() {
        for good in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.9",
            "172.16.0.1",
            "169.254.1.1",
            "::1",
            "fd00::1",
            "fe80::1",
            "::ffff:10.0.0.1",
        ] {
            assert!(is_isolated(good.parse().unwrap()), "{good}");
        }
        for bad in [
            "0.0.0.0",
            "::",
            "8.8.8.8",
            "172.32.0.1",
            "2001:db8::1",
            "::ffff:8.8.8.8",
            "100.64.0.1",
        ] {
            assert!(!is_isolated(bad.parse().unwrap()), "{bad}");
        }
    }
}
