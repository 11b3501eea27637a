//! The conditions of a [`LogSelection`] as operators, and the columns that all questions share.

use std::fmt::Write as _;

use super::{Pipe, Question, ago, datetime, list, literal};
use crate::domain::ArmId;
use crate::domain::log::{Category, LogColumn, Verdict};
use crate::domain::traffic::{LogSelection, LogWindow};

/// The column that says what a row means, in the words of [`Verdict::word`].
pub(super) const VERDICT: &str = "nsp_verdict";

/// `SourceIpAddress` without a port, for `1.2.3.4:567` and `[2001:db8::1]:567`.
const ADDRESS: &str = r"coalesce(extract(@'^\[([^\]]+)\]', 1, SourceIpAddress), extract(@'^([0-9.]+):[0-9]+$', 1, SourceIpAddress), SourceIpAddress)";

/// The rule's name out of `{ "accessRule": "IP firewall" }`; the key's case differs between
/// services (API.md, section 9.3).
const RULE: &str = "coalesce(tostring(parse_json(MatchedRule).accessRule), tostring(parse_json(MatchedRule).AccessRule), MatchedRule)";

/// The rows of a selection, with their verdicts.
pub(super) fn selected(question: Question, of: &LogSelection) -> Pipe {
    let mut pipe = Pipe::new(question);
    pipe = match of.window {
        LogWindow::Last(span) => pipe.then(format_args!("where TimeGenerated >= {}", ago(span))),
        LogWindow::Between(from, to) => {
            let (from, to) = (datetime(from), datetime(to));
            pipe.then(format_args!("where TimeGenerated >= {from} and TimeGenerated < {to}"))
        }
    };
    // Logs carry ids in another case than Resource Manager (DOMAIN.md, section 4.2).
    if !of.perimeters.is_empty() {
        let ids = list(of.perimeters.iter().map(ArmId::as_str));
        pipe = pipe.then(format_args!("where _ResourceId in~ ({ids})"));
    }
    if !of.resources.is_empty() {
        let ids = list(of.resources.iter().map(ArmId::as_str));
        pipe = pipe.then(format_args!("where ServiceResourceId in~ ({ids})"));
    }
    for (column, text) in &of.equal {
        pipe = pipe.then(format_args!("where {} =~ {}", shown(*column), literal(text)));
    }
    for word in &of.words {
        let word = literal(word);
        let anywhere: Vec<String> =
            LogColumn::ALL.iter().map(|column| format!("{} contains {word}", column.name())).collect();
        pipe = pipe.then(format_args!("where {}", anywhere.join(" or ")));
    }
    pipe = pipe.then(format_args!("extend {VERDICT} = {}", verdict()));
    if !of.verdicts.is_empty() {
        let words = list(of.verdicts.iter().map(|verdict| verdict.word()));
        pipe = pipe.then(format_args!("where {VERDICT} in ({words})"));
    }
    pipe
}

/// The text of a column as it is shown and compared: addresses without a port, rules by name.
pub(super) fn shown(column: LogColumn) -> &'static str {
    match column {
        LogColumn::SourceIpAddress => ADDRESS,
        LogColumn::MatchedRule => RULE,
        LogColumn::Perimeter
        | LogColumn::Location
        | LogColumn::ServiceResourceId
        | LogColumn::ServiceFqdn
        | LogColumn::AppId
        | LogColumn::Profile
        | LogColumn::AccessRuleVersion
        | LogColumn::Category
        | LogColumn::ResultDirection
        | LogColumn::ResultAction
        | LogColumn::TrafficType
        | LogColumn::RuleType
        | LogColumn::OperationName
        | LogColumn::OperationVersion
        | LogColumn::SourceProtocol
        | LogColumn::SourceResourceId
        | LogColumn::SourceAppId
        | LogColumn::SourcePerimeterGuids
        | LogColumn::DestinationFqdn
        | LogColumn::DestinationResourceId
        | LogColumn::DestinationPort
        | LogColumn::DestinationProtocol
        | LogColumn::DestinationEmailAddress
        | LogColumn::DestinationPhoneNumber
        | LogColumn::ResultDescription
        | LogColumn::Parameters
        | LogColumn::SourceParameters
        | LogColumn::DestinationParameters
        | LogColumn::SourcePort => column.name(),
    }
}

/// [`Category::verdict`] in the service's language.
fn verdict() -> String {
    let mut cases = String::new();
    for verdict in Verdict::ALL {
        let words = Category::KNOWN.iter().filter(|c| c.verdict("") == verdict).map(Category::wire);
        let words = list(words);
        if !words.is_empty() {
            // Writing to a String cannot fail.
            _ = write!(cases, "Category in~ ({words}), {}, ", literal(verdict.word()));
        }
    }
    let (denied, unknown) = (literal(Verdict::Denied.word()), literal(Verdict::Unknown.word()));
    format!("case({cases}ResultAction =~ 'Denied', {denied}, {unknown})")
}
