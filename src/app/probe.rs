//! What a tested connection says, in words: the verdict, what follows from it, and the evidence.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::Arc;

use super::Model;
use super::columns::clock;
use super::details::failure_lines;
use super::msg::{Facts, Topic};
use super::overlays::help::Line;
use super::overlays::probe::ProbeBox;
use super::remote::Remote;
use crate::domain::log::{LogColumn, Verdict as LogVerdict};
use crate::domain::probe::{Names, Probe, Reply, Verdict, is_private};
use crate::domain::{Association, Direction};

/// Newest log rows that are looked through for a denied caller.
const ROWS: usize = 20_000;

fn field(name: &str, value: impl Into<String>) -> Line {
    Line::Field(name.to_owned(), value.into())
}

/// What was read about this connection.
pub fn remote<'m>(model: &'m Model, shown: &ProbeBox) -> Option<&'m Remote<Arc<Facts>>> {
    model.data.facts(Topic::Probe, shown.resource.as_str())
}

/// The evidence, once there is some.
pub fn probe<'m>(model: &'m Model, shown: &ProbeBox) -> Option<&'m Probe> {
    match remote(model, shown)?.value()?.as_ref() {
        Facts::Probe(probe) => Some(probe),
        _ => None,
    }
}

/// The verdict in a few words.
pub fn headline(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allowed => "ALLOWED: the service answered",
        Verdict::Perimeter => "DENIED by the network security perimeter",
        Verdict::Firewall => "DENIED by the resource's own firewall",
        Verdict::Role => "The network let it through; your identity lacks a role",
        Verdict::Identity => "The service does not accept the token",
        Verdict::Unclear => "DENIED, and the answer does not say by whom",
        Verdict::Answered => "The service answered, and denied nothing",
        Verdict::Broken => "The service failed",
        Verdict::NoToken => "Not called: no token for this service",
        Verdict::NoName => "The name stands for no address",
        Verdict::NoRoute => "No way to the address",
        Verdict::TimedOut => "No answer in time",
        Verdict::Tls => "The secure connection failed",
        Verdict::Torn => "The answer broke off",
        Verdict::NotAsked => "Nothing to call by HTTPS",
    }
}

/// What the verdict means, and what to do next.
fn meaning(verdict: Verdict, private: bool) -> &'static str {
    match verdict {
        Verdict::Allowed if private => {
            "It took a private endpoint, which the perimeter does not govern: nothing is proved about its rules."
        }
        Verdict::Allowed => {
            "From this machine and with this identity, network and roles let the call through now."
        }
        Verdict::Perimeter => {
            "No access rule of the profile admits this machine. n makes an inbound rule for its public address; \
             a rule takes effect within minutes."
        }
        Verdict::Firewall => {
            "Neither an access rule nor the resource's own network settings admit this machine. In Transition \
             (Learning) an inbound rule is enough: n makes one."
        }
        Verdict::Role => {
            "Perimeter and firewall are not in the way. Ask for a data-plane role on the resource, such as a reader's."
        }
        Verdict::Identity => {
            "Some services look at the token before the network: nothing is proved about the perimeter. i shows who \
             is signed in; an account without a custom subdomain takes no identities."
        }
        Verdict::Unclear => {
            "Some services deny without a reason. The access log says who it was, some minutes from now."
        }
        Verdict::Answered => "The status is no denial: the network let the call through.",
        Verdict::Broken => "That says nothing about the network. Try again (r).",
        Verdict::NoToken => "Signing in for this service failed; w and i tell more.",
        Verdict::NoName => {
            "Look at DNS: the resource is gone, or its private DNS zone is not linked to this network."
        }
        Verdict::NoRoute if private => {
            "The name stands for a private address that this machine cannot reach: connect to its network (VPN), or \
             use public DNS."
        }
        Verdict::NoRoute | Verdict::TimedOut => {
            "Something between here and the service drops the call: a local firewall, a proxy, a missing route."
        }
        Verdict::Tls => "A proxy that opens TLS, or a wrong clock, is the usual reason.",
        Verdict::Torn => "Try again (r); a proxy may have cut it.",
        Verdict::NotAsked => "Test it with a client of its own; the access log shows what became of it.",
    }
}

fn names(names: &Names) -> String {
    match names {
        Names::Addresses(all) if all.is_empty() => "no address".to_owned(),
        Names::Addresses(all) => {
            let kind = |a: &IpAddr| if is_private(*a) { "private: a private endpoint" } else { "public" };
            let words: Vec<String> = all.iter().map(|a| format!("{a} ({})", kind(a))).collect();
            words.join(", ")
        }
        Names::Unknown(why) => format!("not found: {why}"),
        Names::Elsewhere(place) => format!("not looked up: this session calls data planes at {place}"),
    }
}

/// The lines of the box.
pub fn lines(model: &Model, shown: &ProbeBox) -> Vec<Line> {
    let remote = remote(model, shown);
    let mut out = Vec::new();
    let asking = remote.is_some_and(|r| r.awaited().is_some());
    if let Some(failure) = remote.and_then(Remote::failure).filter(|_| !asking) {
        out.extend(failure_lines(failure));
    } else if let Some(probe) = probe(model, shown) {
        let verdict = probe.verdict();
        out.push(Line::Strong(headline(verdict).to_owned()));
        out.push(Line::Text(meaning(verdict, probe.is_private()).to_owned()));
        out.push(Line::Gap);
        out.extend(evidence(probe));
        if let Some(at) = remote.and_then(Remote::read_at) {
            out.push(field("asked", format!("{} ({} ms)", clock(at), probe.millis)));
        }
    }
    if asking {
        out.push(Line::Strong(format!("calling {} \u{2026}", shown.resource.name())));
    }
    if let Some(association) = association(model, shown) {
        out.push(Line::Gap);
        out.push(field("mode", association.mode.label()));
        out.push(field("profile", association.profile.as_ref().map_or("not sent", |p| p.name())));
    }
    for (address, source) in addresses(model, shown) {
        out.push(field("address", format!("{address} ({source})")));
    }
    out
}

fn evidence(probe: &Probe) -> Vec<Line> {
    let mut out = vec![field("service", probe.plane.label()), field("host", probe.host.as_str())];
    out.push(field("name", names(&probe.names)));
    if let Some(peer) = probe.peer {
        out.push(field("answered by", peer.to_string()));
    }
    if !probe.request.is_empty() {
        out.push(field("call", probe.request.as_str()));
    }
    match &probe.reply {
        Reply::Answered(answer) => {
            let parts = [
                Some(format!("HTTP {}", answer.status)),
                answer.code.clone().filter(|code| *code != answer.status.to_string()),
                answer.request_id.as_ref().map(|id| format!("request {id}")),
            ];
            out.push(field("answer", parts.into_iter().flatten().collect::<Vec<_>>().join(" \u{b7} ")));
            if !answer.message.is_empty() {
                out.push(field("message", answer.message.as_str()));
            }
        }
        Reply::NoToken(failure) => out.extend(failure_lines(failure)),
        Reply::Lost(_, why) | Reply::NotAsked(why) => out.push(field("reason", why.as_str())),
    }
    out
}

/// The association that the box is about.
pub fn association<'m>(model: &'m Model, shown: &ProbeBox) -> Option<&'m Arc<Association>> {
    model.panes.resources.find(&shown.association)
}

/// The same as text, for the clipboard.
pub fn plain(model: &Model, shown: &ProbeBox) -> String {
    let mut out = format!("Connection to {}\n", shown.resource.as_str());
    for line in lines(model, shown) {
        match line {
            Line::Field(name, value) => drop(writeln!(out, "{name}: {value}")),
            Line::Head(text) | Line::Text(text) | Line::Strong(text) => drop(writeln!(out, "{text}")),
            Line::Key { keys, text, .. } => drop(writeln!(out, "{keys} {text}")),
            Line::Gap => {}
        }
    }
    out
}

/// Public addresses that this machine may have, with where each comes from; the surest first.
pub fn addresses(model: &Model, shown: &ProbeBox) -> Vec<(IpAddr, String)> {
    let mut out: Vec<(IpAddr, String)> = Vec::new();
    let mut add = |address: IpAddr, source: String| {
        if !is_private(address) && !out.iter().any(|(known, _)| *known == address) {
            out.push((address, source));
        }
    };
    if let Some(address) = probe(model, shown).and_then(Probe::seen_address) {
        add(address, "the service saw it".to_owned());
    }
    if let Some(page) = &model.session.address_page
        && let Some(Facts::Address(address)) =
            model.data.facts(Topic::PublicAddress, page).and_then(Remote::value).map(AsRef::as_ref)
    {
        add(*address, format!("{page} says so"));
    }
    if let Some((address, at)) = last_denied(model, shown) {
        add(address, format!("last denied caller in the log, {at}; perhaps another machine"));
    }
    out
}

/// The newest caller of this resource that was denied, or would be.
fn last_denied(model: &Model, shown: &ProbeBox) -> Option<(IpAddr, String)> {
    let rows = model.panes.log.store().iter().rev().take(ROWS);
    let mut denied = rows.filter(|row| {
        matches!(row.verdict(), LogVerdict::Denied | LogVerdict::WouldDeny)
            && row.direction() == Direction::Inbound
            && row.text(LogColumn::ServiceResourceId).eq_ignore_ascii_case(shown.resource.as_str())
    });
    denied.find_map(|row| Some((row.text(LogColumn::SourceIpAddress).parse().ok()?, clock(row.last()))))
}
