//! Which addresses are public: where a file may be fetched from that somebody else named.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address that a foreign text must not lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{address} is not a public address ({why})")]
pub struct NotPublic {
    address: IpAddr,
    why: &'static str,
}

impl NotPublic {
    /// The address.
    #[must_use]
    pub fn address(&self) -> IpAddr {
        self.address
    }
}

/// Networks of IPv4 that are not public.
///
/// Source: IANA's registry of special-purpose addresses for IPv4 and its registry of multicast addresses.
const V4: &[([u8; 4], u32, &str)] = &[
    ([0, 0, 0, 0], 8, "this network"),
    ([10, 0, 0, 0], 8, "private"),
    ([100, 64, 0, 0], 10, "shared by carriers"),
    ([127, 0, 0, 0], 8, "this machine"),
    (
        [169, 254, 0, 0],
        16,
        "link-local, where clouds keep their metadata",
    ),
    ([172, 16, 0, 0], 12, "private"),
    ([192, 0, 0, 0], 24, "protocol assignments"),
    ([192, 0, 2, 0], 24, "documentation"),
    ([192, 88, 99, 0], 24, "6to4 relays"),
    ([192, 168, 0, 0], 16, "private"),
    ([198, 18, 0, 0], 15, "benchmarks"),
    ([198, 51, 100, 0], 24, "documentation"),
    ([203, 0, 113, 0], 24, "documentation"),
    ([224, 0, 0, 0], 4, "multicast"),
    ([240, 0, 0, 0], 4, "reserved"),
];

/// Networks within the global unicast range of IPv6 (2000::/3) that are not public; what lies outside of it is not either.
///
/// Source: IANA's registry of special-purpose addresses for IPv6.
const V6: &[([u16; 2], u32, &str)] = &[
    ([0x2001, 0x0000], 23, "protocol assignments and tunnels"),
    ([0x2001, 0x0db8], 32, "documentation"),
    ([0x2002, 0x0000], 16, "6to4, which may hide any address"),
    ([0x3fff, 0x0000], 20, "documentation"),
];

/// Whether the address is one of the public Internet.
///
/// ```
/// use finkit_transport::check_public;
///
/// assert!(check_public("8.8.8.8".parse()?).is_ok());
/// assert!(check_public("169.254.169.254".parse()?).is_err());
/// assert!(check_public("::ffff:127.0.0.1".parse()?).is_err());
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
///
/// # Errors
/// [`NotPublic`] for this machine, private and shared networks, link-local, documentation, multicast and reserved
/// addresses, and for those of IPv6 that may hide one of IPv4.
pub fn check_public(address: IpAddr) -> Result<(), NotPublic> {
    let why = match address {
        IpAddr::V4(address) => special_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => special_v4(mapped),
            None => special_v6(address),
        },
    };
    match why {
        Some(why) => Err(NotPublic { address, why }),
        None => Ok(()),
    }
}

fn special_v4(address: Ipv4Addr) -> Option<&'static str> {
    let bits = address.to_bits();
    let within = |network: [u8; 4], length: u32| {
        (bits ^ Ipv4Addr::from(network).to_bits()) >> (32 - length) == 0
    };
    V4.iter()
        .find(|(network, length, _)| within(*network, *length))
        .map(|(_, _, why)| *why)
}

fn special_v6(address: Ipv6Addr) -> Option<&'static str> {
    let [first, second, ..] = address.segments();
    if first >> 13 != 1 {
        return Some("outside of the global range");
    }
    let bits = u32::from(first) << 16 | u32::from(second);
    let within = |network: [u16; 2], length: u32| {
        (bits ^ (u32::from(network[0]) << 16 | u32::from(network[1]))) >> (32 - length) == 0
    };
    V6.iter()
        .find(|(network, length, _)| within(*network, *length))
        .map(|(_, _, why)| *why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_public(text: &str) -> bool {
        check_public(text.parse().expect(text)).is_ok()
    }

    #[test]
    fn special_networks_are_refused_up_to_their_edges() {
        for (inside, outside) in [
            ("0.255.255.255", "1.0.0.0"),
            ("10.0.0.0", "9.255.255.255"),
            ("10.255.255.255", "11.0.0.0"),
            ("100.64.0.0", "100.63.255.255"),
            ("100.127.255.255", "100.128.0.0"),
            ("127.0.0.1", "126.255.255.255"),
            ("127.255.255.255", "128.0.0.0"),
            ("169.254.169.254", "169.253.255.255"),
            ("172.16.0.1", "172.15.255.255"),
            ("172.31.255.255", "172.32.0.0"),
            ("192.0.0.8", "192.0.1.0"),
            ("192.168.255.255", "192.169.0.0"),
            ("198.19.255.255", "198.20.0.0"),
            ("224.0.0.1", "223.255.255.255"),
        ] {
            assert!(!is_public(inside), "{inside}");
            assert!(is_public(outside), "{outside}");
        }
        assert!(!is_public("255.255.255.255") && !is_public("0.0.0.0"));
    }

    #[test]
    fn of_ipv6_only_the_global_range_is_public_and_nothing_hides_in_it() {
        for inside in [
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:a9fe:a9fe",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::808:808",
            "64:ff9b:1::1",
            "100::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001::1",
            "2001:10::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "3fff::1",
            "4000::1",
            "5f00::1",
        ] {
            assert!(!is_public(inside), "{inside}");
        }
        for outside in [
            "2001:4860:4860::8888",
            "2a00:1450::1",
            "2600::1",
            "3ffe::1",
            "::ffff:8.8.8.8",
        ] {
            assert!(is_public(outside), "{outside}");
        }
    }

    #[test]
    fn the_reason_names_the_address() {
        let error =
            check_public("169.254.169.254".parse().expect("an address")).expect_err("link-local");
        assert!(
            error
                .to_string()
                .starts_with("169.254.169.254 is not a public address (link-local")
        );
        assert_eq!(error.address().to_string(), "169.254.169.254");
    }
}
