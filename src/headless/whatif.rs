//! `nsp whatif`: may this caller pass, or this destination be reached? Answered by the dashboard's own engine.

use std::io::Write;

use serde_json::json;

use super::desk::Desk;
use super::{Printer, Ready, refused};
use crate::app::focus::Tab;
use crate::app::whatif::{Asked, Tone, look, slots};
use crate::cli::{Exit, WhatIfArgs};
use crate::domain::whatif::Authentication;
use crate::domain::{ArmId, Failure};

/// Reads what the answer depends on, and prints it with every ground that was looked at.
///
/// # Errors
/// When the resource is not there, what is asked is not understood, or something cannot be read.
pub async fn run(ready: Ready, args: &WhatIfArgs, out: &mut (dyn Write + Send)) -> Result<Exit, Failure> {
    let mut printer = Printer::new(out, args.at.json);
    // Who is in which perimeter is what coverage is made of.
    let mut desk = Desk::open(&ready, Tab::Coverage, None).await?;
    let resource = resource(&desk, &args.resource)?;
    if let Some(perimeter) = desk.model().data.coverage.members.of(&resource).and_then(ArmId::parent) {
        desk.show(&perimeter).await;
    }
    let outbound = args.to.is_some();
    let text = args.to.as_deref().or(args.from.as_deref()).unwrap_or_default();
    let authentication = args.auth.map_or(Authentication::Unknown, Into::into);
    let asked = Asked { resource: &resource, outbound, text, authentication };
    // What is found out may name further things to read, such as the members of linked perimeters.
    for _ in 0..3 {
        let wanted = slots(&desk.model().data, &asked);
        desk.need(wanted).await;
    }
    let shown = look(&desk.model().data, &asked);
    if !shown.mistakes.is_empty() {
        return Err(refused("The question is not understood", shown.mistakes.join("; ")));
    }
    let mut first = None;
    for told in &shown.answers {
        first.get_or_insert(told.tone);
        let fields = [
            ("resource", json!(resource.as_str())),
            ("under", json!(told.under)),
            ("verdict", json!(word(told.tone))),
            ("conditions", json!(told.conditions)),
        ];
        printer.line(&format!("{}: {}", told.under, told.sentence), &fields)?;
        if !printer.is_json() {
            for condition in &told.conditions {
                printer.line(&format!("  {condition}"), &[])?;
            }
        }
    }
    for ground in &shown.considered {
        printer.line(&format!("  {ground}"), &[("considered", json!(ground.to_string()))])?;
    }
    for missing in &shown.missing {
        printer.line(&format!("  ({missing})"), &[("missing", json!(missing))])?;
    }
    Ok(match first {
        Some(Tone::Passes) => Exit::Done,
        Some(Tone::Stopped) => Exit::WouldDeny,
        Some(Tone::Elsewhere | Tone::Unknown) | None => Exit::NoEvidence,
    })
}

fn word(tone: Tone) -> &'static str {
    match tone {
        Tone::Passes => "allowed",
        Tone::Elsewhere => "not by the perimeter",
        Tone::Stopped => "denied",
        Tone::Unknown => "unknown",
    }
}

/// The resource by its id, or by a name that only one has.
fn resource(desk: &Desk, text: &str) -> Result<ArmId, Failure> {
    if text.starts_with('/') {
        return ArmId::parse(text).map_err(|e| refused("This is no id of a resource", e.to_string()));
    }
    let all = desk.model().data.coverage.inventory().rows();
    let found: Vec<&ArmId> =
        all.iter().map(|it| &it.id).filter(|id| id.name().eq_ignore_ascii_case(text)).collect();
    match found.as_slice() {
        [one] => Ok((*one).clone()),
        [] => {
            Err(refused("There is no such resource", format!("{text}: none in scope can be in a perimeter")))
        }
        many => {
            let ids: Vec<&str> = many.iter().map(|id| id.as_str()).collect();
            Err(refused("Several resources have this name", ids.join(", ")).hint("Give the whole id."))
        }
    }
}
