//! Addresses, blocks and host names as logs and rules write them. It computes with `ipnet` and knows nothing of
//! rules or traffic.
//!
//! One form for each thing: an IPv4 address that is written as IPv6 (`::ffff:203.0.113.7`) is the IPv4 address
//! (RFC 4291, section 2.5.5.2), a block has no host bits, a host name is in lower case without its last dot.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

/// Bits before the IPv4 address in an IPv4-mapped IPv6 address.
const MAPPED: u8 = 96;

/// How coarsely addresses are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Width {
    /// Single addresses: /32 and /128.
    #[default]
    Exact,
    /// /24 and /64: usually one site.
    Site,
    /// /20 and /48: usually one provider's pool.
    Pool,
}

impl Width {
    /// Every width, narrowest first.
    pub const ALL: [Self; 3] = [Self::Exact, Self::Site, Self::Pool];

    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Exact => "single addresses",
            Self::Site => "/24 and /64",
            Self::Pool => "/20 and /48",
        }
    }

    /// The block of this width around an address.
    pub fn around(self, address: IpAddr) -> IpNet {
        let length = match (self, address) {
            (Self::Exact, IpAddr::V4(_)) => 32,
            (Self::Site, IpAddr::V4(_)) => 24,
            (Self::Pool, IpAddr::V4(_)) => 20,
            (Self::Exact, IpAddr::V6(_)) => 128,
            (Self::Site, IpAddr::V6(_)) => 64,
            (Self::Pool, IpAddr::V6(_)) => 48,
        };
        IpNet::new(address, length).map_or(IpNet::from(address), |net| net.trunc())
    }
}

/// Reads an address as logs write it: bare, with a port (`203.0.113.7:443`, `[2001:db8::1]:443`), in brackets,
/// with a zone, or IPv4 in IPv6.
pub fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    if let Ok(with_port) = text.parse::<SocketAddr>() {
        return Some(with_port.ip().to_canonical());
    }
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    let bare = bare.split_once('%').map_or(bare, |(address, _zone)| address);
    bare.parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
}

/// Reads a block as rules write it; an address without a length is a block of one.
pub fn block(text: &str) -> Option<IpNet> {
    let text = text.trim();
    let net = match text.parse::<IpNet>() {
        Ok(net) => net,
        Err(_) => IpNet::from(text.parse::<IpAddr>().ok()?),
    };
    Some(canonical(net).trunc())
}

/// An IPv6 block of IPv4-mapped addresses is the IPv4 block.
fn canonical(net: IpNet) -> IpNet {
    let IpNet::V6(v6) = net else { return net };
    let (Some(v4), Some(length)) = (v6.addr().to_ipv4_mapped(), v6.prefix_len().checked_sub(MAPPED)) else {
        return net;
    };
    IpNet::new(IpAddr::V4(v4), length).unwrap_or(net)
}

/// Number of addresses in a block; the whole of IPv6 counts as `u128::MAX`.
pub fn size(net: &IpNet) -> u128 {
    let host_bits = u32::from(net.max_prefix_len() - net.prefix_len());
    1_u128.checked_shl(host_bits).unwrap_or(u128::MAX)
}

/// A host name in the form in which names are compared.
pub fn host(text: &str) -> String {
    let text = text.trim();
    text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase()
}

/// What `pattern` would cover if a leading `*` stood for any text. Both must be in the form of [`host`].
pub fn wildcard_covers(pattern: &str, name: &str) -> bool {
    pattern.strip_prefix('*').is_some_and(|suffix| name.len() > suffix.len() && name.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_logs_write_them() {
        for (text, wanted) in [
            ("203.0.113.7", "203.0.113.7"),
            (" 203.0.113.7:54321", "203.0.113.7"),
            ("2001:DB8::1", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("fe80::1%eth0", "fe80::1"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("[::ffff:203.0.113.7]:80", "203.0.113.7"),
        ] {
            assert_eq!(address(text).map(|a| a.to_string()).as_deref(), Some(wanted), "{text}");
        }
        for text in ["", "203.0.113", "host.example", "203.0.113.7:x", "203.0.113.0/24"] {
            assert_eq!(address(text), None, "{text}");
        }
    }

    #[test]
    fn blocks_as_rules_write_them() {
        for (text, wanted) in [
            ("203.0.113.7", "203.0.113.7/32"),
            ("203.0.113.7/24", "203.0.113.0/24"),
            ("2001:db8::1", "2001:db8::1/128"),
            ("::ffff:203.0.113.0/120", "203.0.113.0/24"),
            ("::ffff:203.0.113.7", "203.0.113.7/32"),
            ("::/0", "::/0"),
        ] {
            assert_eq!(block(text).map(|n| n.to_string()).as_deref(), Some(wanted), "{text}");
        }
        assert_eq!(block("203.0.113.0/33"), None);
    }

    #[test]
    fn sizes_and_widths() {
        let ip = address("203.0.113.77").unwrap();
        let around = Width::ALL.map(|w| w.around(ip).to_string());
        assert_eq!(around, ["203.0.113.77/32", "203.0.113.0/24", "203.0.112.0/20"]);
        let around = Width::ALL.map(|w| w.around(address("2001:db8:1:2::9").unwrap()).to_string());
        assert_eq!(around, ["2001:db8:1:2::9/128", "2001:db8:1:2::/64", "2001:db8:1::/48"]);
        assert_eq!(size(&block("10.0.0.0/20").unwrap()), 4096);
        assert_eq!(size(&block("::/0").unwrap()), u128::MAX);
    }

    #[test]
    fn names_compare_without_case_and_last_dot() {
        assert_eq!(host(" API.Contoso.com. "), "api.contoso.com");
        assert!(wildcard_covers("*.contoso.com", "a.b.contoso.com"));
        assert!(
            !wildcard_covers("*.contoso.com", "contoso.com")
                && !wildcard_covers("contoso.com", "contoso.com")
        );
    }
}
