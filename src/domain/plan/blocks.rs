//! From addresses to blocks.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;

use super::Block;
use crate::domain::net::{self, Width};

/// The fewest blocks of a width that hold all addresses, and nothing beside what the width asks for: merging keeps
/// the union as it is.
pub(super) fn blocks(seen: &BTreeMap<IpAddr, u64>, width: Width) -> Vec<Block> {
    let around: Vec<IpNet> = seen.keys().map(|ip| width.around(*ip)).collect();
    let mut nets = IpNet::aggregate(&around);
    nets.sort();
    let block = |net: IpNet| {
        let inside = || seen.iter().filter(|(ip, _)| net.contains(*ip));
        let addresses = inside().count();
        Block {
            net,
            seen: addresses,
            unseen: net::size(&net).saturating_sub(addresses as u128),
            events: inside().map(|(_, events)| events).sum(),
        }
    };
    nets.into_iter().map(block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(list: &[&str]) -> BTreeMap<IpAddr, u64> {
        list.iter().map(|ip| (ip.parse().unwrap(), 1)).collect()
    }

    fn texts(list: &[&str], width: Width) -> Vec<String> {
        blocks(&seen(list), width).iter().map(|b| format!("{} {}+{}", b.net, b.seen, b.unseen)).collect()
    }

    #[test]
    fn merging_admits_no_more_than_was_seen() {
        let list = ["203.0.113.4", "203.0.113.5", "203.0.113.6", "203.0.113.7", "203.0.113.9"];
        assert_eq!(texts(&list, Width::Exact), ["203.0.113.4/30 4+0", "203.0.113.9/32 1+0"]);
        assert_eq!(texts(&list, Width::Site), ["203.0.113.0/24 5+251"]);
    }

    #[test]
    fn families_stay_apart() {
        let list = ["203.0.113.4", "2001:db8::1", "2001:db8::2"];
        let wanted = ["203.0.113.4/32 1+0", "2001:db8::1/128 1+0", "2001:db8::2/128 1+0"];
        assert_eq!(texts(&list, Width::Exact), wanted);
        assert_eq!(texts(&list, Width::Site)[1], "2001:db8::/64 2+18446744073709551614");
    }
}
