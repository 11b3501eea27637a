//! Checks what a user typed, before anything is sent, and says the exact rule that failed.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{AccessRule, ArmId, Direction, RULE_ELEMENTS_PER_PROFILE, RuleContent, SourceKind, Subscription};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// To be known; may be saved.
    Note,
    /// Looks like a mistake; may be saved.
    Warning,
    /// Cannot be saved.
    Error,
}

/// Something found in what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// One sentence.
    pub text: String,
}

impl Finding {
    fn error(text: impl Into<String>) -> Self {
        Self { level: Level::Error, text: text.into() }
    }
    fn warning(text: impl Into<String>) -> Self {
        Self { level: Level::Warning, text: text.into() }
    }
    fn note(text: impl Into<String>) -> Self {
        Self { level: Level::Note, text: text.into() }
    }
}

/// Longest name (API.md, section 2.1).
pub const NAME_MAX: usize = 80;

/// Checks a name against the pattern of NSP resources (API.md, section 2.1).
pub fn name(text: &str) -> Option<Finding> {
    let word = |c: char| c.is_ascii_alphanumeric();
    if text.is_empty() {
        return Some(Finding::error("a name is needed"));
    }
    if text.chars().count() > NAME_MAX {
        return Some(Finding::error(format!(
            "the name has {} characters; at most {NAME_MAX} are allowed",
            text.chars().count()
        )));
    }
    if let Some(bad) = text.chars().find(|c| !(word(*c) || matches!(c, '_' | '.' | '-'))) {
        return Some(Finding::error(format!(
            "`{bad}` cannot stand in a name: letters, digits, `_`, `.` and `-` can"
        )));
    }
    if !text.starts_with(word) {
        return Some(Finding::error("the name must begin with a letter or a digit"));
    }
    if !text.ends_with(|c| word(c) || c == '_') || text == "_" {
        return Some(Finding::error("the name must end with a letter, a digit or `_`"));
    }
    None
}

/// Splits a typed or pasted list at commas, semicolons and white space, without empty parts.
pub fn split_list(text: &str) -> Vec<&str> {
    text.split(|c: char| c == ',' || c == ';' || c.is_whitespace()).filter(|s| !s.is_empty()).collect()
}

/// What the values of a rule are checked against.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The rules of the same profile.
    pub rules: &'a [std::sync::Arc<AccessRule>],
    /// The rule being edited, which does not count against itself.
    pub editing: Option<&'a ArmId>,
    /// Subscriptions known by name.
    pub subscriptions: &'a [Subscription],
}

impl Surroundings<'_> {
    fn others(&self) -> impl Iterator<Item = &AccessRule> {
        self.rules.iter().map(AsRef::as_ref).filter(|r| Some(&r.id) != self.editing)
    }

    /// Elements that other rules of the profile take in this direction.
    pub fn elements(&self, direction: &Direction) -> usize {
        self.others().filter(|r| r.content.direction == *direction).map(|r| r.content.elements()).sum()
    }
}

/// Reads the values of a rule of one kind: the content as it would be sent, and what is to be said
/// about it. The content is only fit for sending when no finding is an error.
pub fn values(kind: SourceKind, text: &str, around: &Surroundings<'_>) -> (RuleContent, Vec<Finding>) {
    let mut findings = Vec::new();
    let mut out: Vec<String> = Vec::new();
    let parts: Vec<&str> = match kind {
        // Subscription names may hold spaces: only commas, semicolons and line ends part them.
        SourceKind::Subscription => {
            text.split([',', ';', '\n']).map(str::trim).filter(|s| !s.is_empty()).collect()
        }
        _ => split_list(text),
    };
    for part in parts {
        let value = match kind {
            SourceKind::AddressPrefix => prefix(part, &mut findings),
            SourceKind::Subscription => subscription(part, around.subscriptions, &mut findings),
            SourceKind::ServiceTag => service_tag(part, &mut findings),
            SourceKind::Fqdn => fqdn(part, &mut findings),
            SourceKind::Perimeter | SourceKind::Email | SourceKind::Phone => {
                findings.push(Finding::error(format!("{} cannot be written by a user", kind.label())));
                None
            }
        };
        let Some(value) = value else { continue };
        if out.iter().any(|v| v.eq_ignore_ascii_case(&value)) {
            findings.push(Finding::note(format!("{value} is named twice: sent once")));
        } else {
            out.push(value);
        }
    }
    if out.is_empty() && findings.is_empty() {
        findings.push(Finding::error(format!("name at least one: {}", example(kind))));
    }
    overlaps(kind, &out, around, &mut findings);
    let content = RuleContent::of(kind, out);
    let taken = around.elements(&content.direction);
    let sum = taken + content.elements();
    if sum > RULE_ELEMENTS_PER_PROFILE {
        findings.push(Finding::error(format!(
            "{sum} rule elements {}: a profile holds {RULE_ELEMENTS_PER_PROFILE} per direction, {taken} are taken by other rules",
            content.direction.wire().to_ascii_lowercase(),
        )));
    }
    findings.sort_by_key(|f| std::cmp::Reverse(f.level));
    (content, findings)
}

/// An example of what to type.
pub fn example(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::AddressPrefix => "203.0.113.0/24, 2001:db8::/48",
        SourceKind::Subscription => "a subscription's name or guid",
        SourceKind::ServiceTag => "AzureMonitor",
        SourceKind::Fqdn => "api.contoso.com, login.contoso.com",
        SourceKind::Perimeter | SourceKind::Email | SourceKind::Phone => "",
    }
}

/// Reads one address block in canonical form; a bare address is a block of one.
fn prefix(text: &str, findings: &mut Vec<Finding>) -> Option<String> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let octets = address.split('.');
    if !address.contains(':') && octets.clone().any(|o| o.len() > 1 && o.starts_with('0')) {
        findings
            .push(Finding::error(format!("{text}: a leading zero in an address can be read in two ways")));
        return None;
    }
    let Ok(address) = address.parse::<IpAddr>() else {
        findings.push(Finding::error(format!("{text}: not an IP address or CIDR block")));
        return None;
    };
    let most = if address.is_ipv4() { 32 } else { 128 };
    let length = match length.map(str::parse::<u8>) {
        None => most,
        Some(Ok(length)) if length <= most => length,
        Some(_) => {
            findings.push(Finding::error(format!("{text}: prefix length is 0\u{2013}{most}")));
            return None;
        }
    };
    let net = IpNet::new(address, length).ok()?;
    let exact = net.trunc();
    if exact.addr() != net.addr() {
        findings.push(Finding::warning(format!("{text} has host bits set: it will be sent as {exact}")));
    }
    width_notes(exact, findings);
    Some(exact.to_string())
}

fn width_notes(net: IpNet, findings: &mut Vec<Finding>) {
    if net.prefix_len() == 0 {
        findings.push(Finding::warning(format!("{net} allows every address of the internet")));
    } else if matches!(net, IpNet::V4(_)) && net.prefix_len() < 8 {
        findings.push(Finding::warning(format!("{net} is wider than /8")));
    } else if matches!(net, IpNet::V6(_)) && net.prefix_len() < 32 {
        findings.push(Finding::warning(format!("{net} is wider than /32")));
    }
    let private = match net {
        IpNet::V4(n) => n.addr().is_private() || n.addr().is_loopback() || n.addr().is_link_local(),
        IpNet::V6(n) => {
            n.addr().is_unique_local() || n.addr().is_loopback() || n.addr().is_unicast_link_local()
        }
    };
    if private && net.prefix_len() > 0 {
        findings.push(Finding::warning(format!(
            "{net} is a private range: callers reach a public endpoint from public addresses"
        )));
    }
}

/// Says which values another rule of the profile names already, or covers in part.
fn overlaps(kind: SourceKind, values: &[String], around: &Surroundings<'_>, findings: &mut Vec<Finding>) {
    // This runs at each key stroke: the blocks of the other rules are read once, not once per value.
    let others: Vec<(&AccessRule, &String, Option<IpNet>)> = around
        .others()
        .flat_map(|rule| rule.content.values(kind).iter().map(move |v| (rule, v, v.parse().ok())))
        .collect();
    for value in values {
        let net: Option<IpNet> = value.parse().ok();
        let mut told: Option<&ArmId> = None;
        for (rule, other, other_net) in &others {
            let same = other.eq_ignore_ascii_case(value) || (net.is_some() && net == *other_net);
            let covers = matches!((net, other_net), (Some(a), Some(b)) if a.contains(b) || b.contains(&a));
            if !(same || covers) || told == Some(&rule.id) {
                continue;
            }
            told = Some(&rule.id);
            let name = rule.id.name();
            findings.push(Finding::note(if same {
                format!("{value} is already named in rule {name}")
            } else {
                format!("{value} overlaps {other} in rule {name}")
            }));
        }
    }
}

fn subscription(text: &str, known: &[Subscription], findings: &mut Vec<Finding>) -> Option<String> {
    let bare = text.rsplit('/').next().unwrap_or(text);
    if is_guid(bare) {
        let guid = bare.to_ascii_lowercase();
        if !known.is_empty() && !known.iter().any(|s| s.id.eq_ignore_ascii_case(&guid)) {
            findings.push(Finding::note(format!("{guid} is none of the subscriptions that you can see")));
        }
        return Some(guid);
    }
    let mut same = known.iter().filter(|s| s.name.eq_ignore_ascii_case(text));
    match (same.next(), same.next()) {
        (Some(one), None) => Some(one.id.to_ascii_lowercase()),
        (Some(_), Some(_)) => {
            findings
                .push(Finding::error(format!("{text}: several subscriptions have this name; use the guid")));
            None
        }
        (None, _) => {
            findings.push(Finding::error(format!(
                "{text}: neither a subscription's guid nor the name of one you can see"
            )));
            None
        }
    }
}

/// True for a guid in its usual form.
pub fn is_guid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|g| g.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|g| g.chars().all(|c| c.is_ascii_hexdigit()))
}

fn service_tag(text: &str, findings: &mut Vec<Finding>) -> Option<String> {
    if text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '.')
    {
        return Some(text.to_owned());
    }
    findings.push(Finding::error(format!(
        "{text}: a service tag has letters, digits and dots, such as AzureMonitor"
    )));
    None
}

fn fqdn(text: &str, findings: &mut Vec<Finding>) -> Option<String> {
    let fail = |findings: &mut Vec<Finding>, why: String| {
        findings.push(Finding::error(format!("{text}: {why}")));
        None
    };
    if text.contains("://") || text.contains('/') {
        return fail(findings, "only the host name, without scheme and path".to_owned());
    }
    if text.contains(':') {
        return fail(findings, "a rule names a host, not a port".to_owned());
    }
    let host = text.strip_suffix('.').unwrap_or(text);
    if host.parse::<IpAddr>().is_ok() {
        return fail(findings, "outbound rules take names, not addresses".to_owned());
    }
    if host.len() > 253 {
        return fail(findings, format!("{} characters; a host name has at most 253", host.len()));
    }
    let labels: Vec<&str> = host.split('.').collect();
    for (i, label) in labels.iter().enumerate() {
        if i == 0 && *label == "*" && labels.len() > 2 {
            findings.push(Finding::warning(format!(
                "{text}: whether Azure accepts wildcards here is not documented"
            )));
            continue;
        }
        let plain = label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if label.is_empty() || label.len() > 63 || !plain || label.starts_with('-') || label.ends_with('-') {
            return fail(findings, format!("`{label}` is not a label of a host name"));
        }
    }
    if labels.len() < 2 {
        return fail(findings, "the full host name is needed, such as api.contoso.com".to_owned());
    }
    Some(host.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Surroundings<'static> = Surroundings { rules: &[], editing: None, subscriptions: &[] };

    fn texts(kind: SourceKind, text: &str) -> (Vec<String>, Vec<(Level, String)>) {
        let (content, findings) = values(kind, text, &NONE);
        (content.values(kind).to_vec(), findings.into_iter().map(|f| (f.level, f.text)).collect())
    }

    #[test]
    fn prefix_length_is_named() {
        let (_, found) = texts(SourceKind::AddressPrefix, "203.0.113.7/33");
        assert_eq!(found, [(Level::Error, "203.0.113.7/33: prefix length is 0–32".to_owned())]);
        let (_, found) = texts(SourceKind::AddressPrefix, "2001:db8::/129");
        assert_eq!(found[0].1, "2001:db8::/129: prefix length is 0–128");
    }

    #[test]
    fn addresses_come_out_canonical() {
        let (values, found) = texts(SourceKind::AddressPrefix, "203.0.113.7\n198.51.100.9/24;2001:DB8::1");
        assert_eq!(values, ["203.0.113.7/32", "198.51.100.0/24", "2001:db8::1/128"]);
        assert_eq!(found.len(), 1);
        assert!(found[0].1.contains("host bits"));
        assert_eq!(texts(SourceKind::AddressPrefix, "010.0.0.0/8").1[0].0, Level::Error);
    }

    #[test]
    fn wide_and_private_ranges_are_pointed_out() {
        for (text, word) in [
            ("0.0.0.0/0", "every address"),
            ("64.0.0.0/6", "wider"),
            ("10.1.0.0/16", "private"),
            ("::/0", "every"),
        ] {
            let (values, found) = texts(SourceKind::AddressPrefix, text);
            assert_eq!(values.len(), 1);
            assert!(
                found.iter().any(|(level, t)| *level == Level::Warning && t.contains(word)),
                "{text}: {found:?}"
            );
        }
    }

    #[test]
    fn fqdns() {
        assert_eq!(
            texts(SourceKind::Fqdn, "API.contoso.com., b.example").0,
            ["api.contoso.com", "b.example"]
        );
        for bad in ["https://a.b/c", "a.b:443", "10.0.0.1", "localhost", "a..b", "-a.b", "a b_ü.c"] {
            assert_eq!(texts(SourceKind::Fqdn, bad).1[0].0, Level::Error, "{bad}");
        }
    }

    #[test]
    fn subscriptions_by_name_and_guid() {
        let known = [Subscription {
            id: "6F0B1C2D-0000-4000-8000-000000000001".into(),
            name: "Contoso Prod".into(),
            state: "Enabled".into(),
            tenant: String::new(),
        }];
        let around = Surroundings { subscriptions: &known, ..NONE };
        let (content, found) = values(
            SourceKind::Subscription,
            "contoso prod, /subscriptions/6f0b1c2d-0000-4000-8000-000000000002",
            &around,
        );
        assert_eq!(
            content.values(SourceKind::Subscription),
            ["6f0b1c2d-0000-4000-8000-000000000001", "6f0b1c2d-0000-4000-8000-000000000002"]
        );
        assert_eq!(found[0].level, Level::Note);
        assert_eq!(values(SourceKind::Subscription, "nope", &around).1[0].level, Level::Error);
    }

    #[test]
    fn names() {
        for good in ["a", "web-in", "a_", "1.2-3"] {
            assert_eq!(name(good), None, "{good}");
        }
        for bad in ["", "-a", "a-", "a b", "_", "é", &"x".repeat(81)] {
            assert!(name(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn other_rules_of_the_profile_are_pointed_out_once() {
        let rule = |name: &str, values: &[&str]| {
            let id = format!("/subscriptions/s/providers/N/perimeters/p/profiles/q/accessRules/{name}");
            std::sync::Arc::new(AccessRule {
                id: ArmId::parse(&id).unwrap(),
                content: RuleContent::of(
                    SourceKind::AddressPrefix,
                    values.iter().map(|v| (*v).to_owned()).collect(),
                ),
                state: None,
                modified: None,
                raw: crate::domain::RawBody::new("{}"),
            })
        };
        let rules = [rule("a", &["203.0.113.0/25", "203.0.113.128/25"]), rule("b", &["198.51.100.7/32"])];
        let told = |editing: Option<&ArmId>, text: &str| {
            let around = Surroundings { rules: &rules, editing, subscriptions: &[] };
            let (_, findings) = values(SourceKind::AddressPrefix, text, &around);
            findings.into_iter().map(|f| f.text).collect::<Vec<_>>()
        };
        assert_eq!(told(None, "203.0.113.0/24"), ["203.0.113.0/24 overlaps 203.0.113.0/25 in rule a"]);
        assert_eq!(told(None, "198.51.100.7"), ["198.51.100.7/32 is already named in rule b"]);
        assert_eq!(
            told(Some(&rules[0].id), "203.0.113.0/24"),
            [""; 0],
            "a rule does not stand in its own way"
        );
    }

    #[test]
    fn the_budget_counts_per_direction() {
        let many: Vec<String> = (0..201).map(|i| format!("203.0.{}.{}", i / 200, i % 200)).collect();
        let (_, found) = values(SourceKind::AddressPrefix, &many.join(" "), &NONE);
        assert!(found[0].text.starts_with("201 rule elements inbound"), "{found:?}");
    }
}
