//! Questions that the service answers in a few rows by adding up, and pages of history.
//!
//! Each takes one row more than `limit`: that there is one more tells that the answer was cut.

use jiff::{SignedDuration, Timestamp};

use super::select::{VERDICT, selected, shown};
use super::{INGESTED, Kql, Pipe, Question, datetime, seconds};
use crate::domain::log::{LogColumn, Verdict};
use crate::domain::traffic::LogSelection;

/// The perimeter, the resource and the other end in one case: logs mix them (DOMAIN.md, section 4.2).
const IDS: &str = "nsp_perimeter = tolower(_ResourceId), nsp_resource = tolower(ServiceResourceId)";
/// Rows are aggregates; a missing count means one, a missing end the start (DOMAIN.md, section 2.3).
const WEIGHT: &str =
    "nsp_count = coalesce(tolong(Count), 1), nsp_end = coalesce(TimeGeneratedEndTime, TimeGenerated)";
/// Events, and when they happened first and last.
const SUMS: &str = "nsp_events = sum(nsp_count), nsp_first = min(TimeGenerated), nsp_last = max(nsp_end)";

/// Most operations that a group names.
const OPERATIONS: usize = 16;

impl Pipe {
    /// Takes the first rows of an order, and one more.
    fn first(self, limit: usize, order: &str) -> Kql {
        self.then(format_args!("order by {order}"))
            .then(format_args!("take {}", limit.saturating_add(1)))
            .done()
    }
}

/// Traffic by its ends and its judgement: decoded as [`TrafficGroup`](crate::domain::impact::TrafficGroup).
/// What enforcing would deny comes first, then what happened most.
pub fn traffic(of: &LogSelection, limit: usize) -> Kql {
    grouped(selected(Question::Traffic, of), limit)
}

/// Denied traffic that went on after `since`, decoded like [`traffic`]. The window of `of` bounds
/// what the service must look at; windows of rows may have begun before `since`.
pub fn denials(of: &LogSelection, since: Timestamp, limit: usize) -> Kql {
    let of = of.clone().judged(vec![Verdict::Denied]);
    let pipe = selected(Question::Denials, &of)
        .then(format_args!("where coalesce(TimeGeneratedEndTime, TimeGenerated) > {}", datetime(since)));
    grouped(pipe, limit)
}

/// In two steps: by day, so that each group tells its days, and then without.
fn grouped(pipe: Pipe, limit: usize) -> Kql {
    let (address, rule) = (shown(LogColumn::SourceIpAddress), shown(LogColumn::MatchedRule));
    let first = Verdict::WouldDeny.word();
    let keys = format!(
        "nsp_resource, ResultDirection, nsp_address, nsp_caller, SourceAppId, nsp_fqdn, nsp_target, Category, \
         {VERDICT}, nsp_rule, Profile"
    );
    pipe.then(format_args!(
        "extend {IDS}, nsp_caller = tolower(SourceResourceId), nsp_target = tolower(DestinationResourceId), \
         nsp_fqdn = tolower(DestinationFqdn)"
    ))
    .then(format_args!("extend nsp_address = {address}"))
    .then(format_args!("extend nsp_rule = {rule}"))
    .then(format_args!("extend {WEIGHT}"))
    .then(format_args!(
        "summarize {SUMS}, nsp_version = max(tolong(AccessRuleVersion)), \
         nsp_operations = make_set(OperationName, {OPERATIONS}) \
         by {keys}, nsp_day = startofday(TimeGenerated)"
    ))
    .then(format_args!(
        "extend nsp_daily = strcat(format_datetime(nsp_day, 'yyyy-MM-dd'), ' ', tostring(nsp_events))"
    ))
    // A set of sets is one set of their elements.
    .then(format_args!(
        "summarize nsp_events = sum(nsp_events), nsp_first = min(nsp_first), nsp_last = max(nsp_last), \
         nsp_version = max(nsp_version), nsp_operations = make_set(nsp_operations, {OPERATIONS}), \
         nsp_daily = make_list(nsp_daily) by {keys}"
    ))
    .first(limit, &format!("iff({VERDICT} == '{first}', 0, 1) asc, nsp_events desc, nsp_resource asc"))
}

/// How much evidence there is: decoded as [`crate::domain::traffic::EvidenceRow`].
pub fn evidence(of: &LogSelection, limit: usize) -> Kql {
    selected(Question::Evidence, of)
        .then(format_args!("extend {IDS}, nsp_arrived = ingestion_time()"))
        .then(format_args!("extend {WEIGHT}"))
        .then(format_args!(
            "summarize nsp_rows = count(), {SUMS}, nsp_days = count_distinct(bin(TimeGenerated, 1d)), \
             nsp_newest = max(nsp_arrived), nsp_lag = max(nsp_arrived - nsp_end) / 1s \
             by nsp_resource, Category"
        ))
        .first(limit, "nsp_resource asc, Category asc")
}

/// Sums per verdict, for [`crate::domain::traffic::VerdictCounts`].
fn per_verdict() -> String {
    let sum = |verdict: Verdict| {
        let word = verdict.word();
        format!("{} = sumif(nsp_count, {VERDICT} == '{word}')", verdict_column(verdict))
    };
    Verdict::ALL.map(sum).join(", ")
}

/// The column that holds the events of a verdict.
pub(in crate::azure::logs) fn verdict_column(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allowed => "nsp_allowed",
        Verdict::WouldDeny => "nsp_would_deny",
        Verdict::Denied => "nsp_denied",
        Verdict::Private => "nsp_private",
        Verdict::Unknown => "nsp_unknown",
    }
}

/// Events over time in stretches of `step`, of all resources together or of each: decoded as
/// [`crate::domain::traffic::Bin`]. A row counts where its window begins.
pub fn bins(of: &LogSelection, step: SignedDuration, by_resource: bool, limit: usize) -> Kql {
    let (question, key, order) = if by_resource {
        (Question::BinsByResource, "nsp_resource, ", "nsp_resource asc, nsp_start asc")
    } else {
        (Question::Bins, "", "nsp_start asc")
    };
    // A stretch must have a length.
    let step = seconds(step.max(SignedDuration::from_secs(1)));
    selected(question, of)
        .then(format_args!("extend {IDS}"))
        .then(format_args!("extend {WEIGHT}"))
        .then(format_args!(
            "summarize nsp_rows = count(), {} by {key}nsp_start = bin(TimeGenerated, {step})",
            per_verdict()
        ))
        .first(limit, order)
}

/// How often each rule matched: decoded as [`crate::domain::traffic::RuleMatches`].
pub fn rule_use(of: &LogSelection, limit: usize) -> Kql {
    let rule = shown(LogColumn::MatchedRule);
    selected(Question::RuleUse, of)
        .then(format_args!("where isnotempty(MatchedRule)"))
        .then(format_args!("extend {IDS}"))
        .then(format_args!("extend nsp_rule = {rule}"))
        .then(format_args!("extend {WEIGHT}"))
        .then(format_args!(
            "summarize {SUMS}, nsp_resources = count_distinct(nsp_resource) \
             by nsp_perimeter, Profile, nsp_rule, ResultDirection, {VERDICT}"
        ))
        .first(limit, "nsp_events desc, nsp_rule asc")
}

/// Which rule versions were judged by: decoded as [`crate::domain::traffic::VersionSeen`].
pub fn versions(of: &LogSelection, limit: usize) -> Kql {
    selected(Question::Versions, of)
        .then(format_args!("extend {IDS}"))
        .then(format_args!("extend {WEIGHT}"))
        .then(format_args!(
            "summarize {SUMS} by nsp_resource, Profile, nsp_version = tolong(AccessRuleVersion)"
        ))
        .first(limit, "nsp_resource asc, Profile asc, nsp_last desc")
}

/// Rows that share the text of a column: decoded as [`crate::domain::traffic::ColumnGroup`].
pub fn groups(of: &LogSelection, column: LogColumn, limit: usize) -> Kql {
    let text = shown(column);
    // The log mixes the case of ids and names (DOMAIN.md, section 4.2).
    let folded = column.name().ends_with("ResourceId") || column.name().ends_with("Fqdn");
    let value = if folded { format!("tolower({text})") } else { text.to_owned() };
    selected(Question::Groups, of)
        .then(format_args!("extend nsp_value = {value}"))
        .then(format_args!("extend {WEIGHT}"))
        .then(format_args!("summarize nsp_rows = count(), {SUMS}, {} by nsp_value", per_verdict()))
        .first(limit, "nsp_events desc, nsp_value asc")
}

/// The newest `take` rows that began before `before`, newest first: decoded as
/// [`crate::domain::log::AccessLogEntry`]. Rows that began together may be cut apart.
pub fn history(of: &LogSelection, before: Option<Timestamp>, take: usize) -> Kql {
    let mut pipe = selected(Question::History, of);
    if let Some(before) = before {
        pipe = pipe.then(format_args!("where TimeGenerated < {}", datetime(before)));
    }
    let columns = LogColumn::ALL.map(LogColumn::name).join(", ");
    pipe.then(format_args!("extend {INGESTED} = ingestion_time()"))
        .then(format_args!("order by TimeGenerated desc, {INGESTED} desc"))
        .then(format_args!("take {take}"))
        .then(format_args!("project TimeGenerated, TimeGeneratedEndTime, Count, {INGESTED}, {columns}"))
        .done()
}
