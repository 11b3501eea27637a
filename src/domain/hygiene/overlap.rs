//! Rule elements that say what another says already.

use std::collections::HashMap;
use std::sync::Arc;

use ipnet::IpNet;

use super::{Finding, Flaw};
use crate::domain::{AccessRule, ArmId, SourceKind, net};

/// One element in the form in which it is compared.
struct Element<'r> {
    rule: &'r ArmId,
    kind: SourceKind,
    text: String,
    block: Option<IpNet>,
}

fn elements(rules: &[Arc<AccessRule>]) -> Vec<Element<'_>> {
    let mut out = Vec::new();
    for rule in rules {
        for (kind, values) in &rule.content.sources {
            for value in values {
                let block = if *kind == SourceKind::AddressPrefix { net::block(value) } else { None };
                let text = match (kind, block) {
                    (_, Some(block)) => block.to_string(),
                    (SourceKind::Fqdn, None) => net::host(value),
                    (SourceKind::Subscription, None) => {
                        value.rsplit('/').next().unwrap_or(value).to_ascii_lowercase()
                    }
                    (
                        SourceKind::AddressPrefix
                        | SourceKind::ServiceTag
                        | SourceKind::Perimeter
                        | SourceKind::Email
                        | SourceKind::Phone,
                        None,
                    ) => value.to_ascii_lowercase(),
                };
                out.push(Element { rule: &rule.id, kind: *kind, text, block });
            }
        }
    }
    out
}

/// Each element is named once at most: as a duplicate of an earlier one, else as a part of the largest block.
pub(super) fn findings(rules: &[Arc<AccessRule>]) -> Vec<Finding> {
    let all = elements(rules);
    let mut first: HashMap<(SourceKind, &str), &ArmId> = HashMap::new();
    let mut out = Vec::new();
    for element in &all {
        if let Some(other) = first.get(&(element.kind, element.text.as_str())) {
            let flaw = Flaw::Duplicate { value: element.text.clone(), other: (*other).clone() };
            out.push(Finding { rule: element.rule.clone(), flaw });
            continue;
        }
        first.insert((element.kind, &element.text), element.rule);
        let Some(block) = element.block else { continue };
        let larger = all
            .iter()
            .filter_map(|other| Some((other.block?, other.rule)))
            .filter(|(other, _)| *other != block && other.contains(&block))
            .min_by_key(|(other, _)| other.prefix_len());
        if let Some((within, other)) = larger {
            let flaw = Flaw::Contained { value: block, within, other: other.clone() };
            out.push(Finding { rule: element.rule.clone(), flaw });
        }
    }
    out
}
