//! The reports: one question to the log service each, answered in domain types. Must not decide what
//! follows from an answer.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::decode::{self, Cells};
use super::kql::{self, Kql};
use super::query::{LogQuery, LogScope};
use super::rows::Layout;
use crate::azure::{ArmClient, ArmError};
use crate::domain::impact::TrafficGroup;
use crate::domain::log::{AccessLogEntry, LogColumn, TailTable};
use crate::domain::traffic::{
    Bin, ColumnGroup, EvidenceRow, LogAnswer, LogPage, LogSelection, RuleMatches, VersionSeen,
};
use crate::domain::{Failure, FailureKind};

/// Most groups of a report. At some 500 bytes each, an answer stays within a few megabytes even
/// when a perimeter is scanned from everywhere.
pub const MOST_GROUPS: usize = 5_000;
/// Most rows of a report with one row per resource and day or category: 1,000 resources is what a
/// perimeter should have at most (API.md, section 11).
pub const MOST_CELLS: usize = 20_000;
/// Most rows of one page of history, asked for only when many rows began at one instant. The
/// service cuts answers at 500,000 rows and about 100 MB (DOMAIN.md, section 4.2).
const MOST_ROWS: usize = 50_000;
/// The service's own limit without a preference is 3 minutes; a report is not worth more.
const WAIT: Duration = Duration::from_secs(180);

impl ArmClient {
    /// Who calls what and how it is judged; what enforcing would deny comes first.
    pub async fn traffic(
        &self,
        scope: &LogScope,
        of: &LogSelection,
    ) -> Result<LogAnswer<TrafficGroup>, ArmError> {
        self.report(scope, kql::traffic(of, MOST_GROUPS), MOST_GROUPS, decode::traffic).await
    }

    /// Who was denied after `since`. Windows of rows may have begun before it.
    pub async fn denials(
        &self,
        scope: &LogScope,
        of: &LogSelection,
        since: Timestamp,
    ) -> Result<LogAnswer<TrafficGroup>, ArmError> {
        self.report(scope, kql::denials(of, since, MOST_GROUPS), MOST_GROUPS, decode::traffic).await
    }

    /// How much there is to judge by, per resource and category.
    pub async fn evidence(
        &self,
        scope: &LogScope,
        of: &LogSelection,
    ) -> Result<LogAnswer<EvidenceRow>, ArmError> {
        self.report(scope, kql::evidence(of, MOST_CELLS), MOST_CELLS, decode::evidence).await
    }

    /// Events over time in stretches of `step`, of all resources together.
    pub async fn bins(
        &self,
        scope: &LogScope,
        of: &LogSelection,
        step: SignedDuration,
    ) -> Result<LogAnswer<Bin>, ArmError> {
        self.report(scope, kql::bins(of, step, false, MOST_CELLS), MOST_CELLS, decode::bin).await
    }

    /// Events over time in stretches of `step`, of each resource.
    pub async fn bins_by_resource(
        &self,
        scope: &LogScope,
        of: &LogSelection,
        step: SignedDuration,
    ) -> Result<LogAnswer<Bin>, ArmError> {
        self.report(scope, kql::bins(of, step, true, MOST_CELLS), MOST_CELLS, decode::bin).await
    }

    /// How often each rule matched. Access rules and resources' own rules differ by verdict.
    pub async fn rule_use(
        &self,
        scope: &LogScope,
        of: &LogSelection,
    ) -> Result<LogAnswer<RuleMatches>, ArmError> {
        self.report(scope, kql::rule_use(of, MOST_CELLS), MOST_CELLS, decode::rule_use).await
    }

    /// Which versions of the rules each resource judged by.
    pub async fn versions_seen(
        &self,
        scope: &LogScope,
        of: &LogSelection,
    ) -> Result<LogAnswer<VersionSeen>, ArmError> {
        self.report(scope, kql::versions(of, MOST_CELLS), MOST_CELLS, decode::version).await
    }

    /// Rows added up by the text of one column, the most events first.
    pub async fn log_groups(
        &self,
        scope: &LogScope,
        of: &LogSelection,
        column: LogColumn,
    ) -> Result<LogAnswer<ColumnGroup>, ArmError> {
        self.report(scope, kql::groups(of, column, MOST_GROUPS), MOST_GROUPS, decode::group).await
    }

    /// About `take` rows that began before `before`, newest first. All rows of one instant stay
    /// together: the page before this one ends at [`next_page`], and no row comes twice or never.
    pub async fn log_history(
        &self,
        scope: &LogScope,
        of: &LogSelection,
        before: Option<Timestamp>,
        take: usize,
    ) -> Result<LogAnswer<AccessLogEntry>, ArmError> {
        let mut take = take.clamp(1, MOST_ROWS);
        loop {
            let answer = self.query_logs(&query(scope, kql::history(of, before, take))).await?;
            if answer.state != TailTable::Present {
                return Ok(LogAnswer::NoTable);
            }
            let layout = Layout::of(&answer.table);
            let rows = answer.table.len();
            let mut items: Vec<AccessLogEntry> = (0..rows).filter_map(|row| layout.entry(row)).collect();
            let unreadable = rows - items.len() + answer.table.strange_rows();
            let full = rows >= take;
            let oldest = items.iter().map(|row| row.times.start).min();
            let alone = items.iter().all(|row| Some(row.times.start) == oldest);
            if full && alone && take < MOST_ROWS && answer.warning.is_none() {
                take = take.saturating_mul(4).min(MOST_ROWS);
                continue;
            }
            let cut = full || answer.warning.is_some();
            // More rows of the oldest instant may have been cut off.
            if cut && !alone {
                items.retain(|row| Some(row.times.start) != oldest);
            }
            let warning = answer.warning.or_else(|| oldest.filter(|_| cut && alone).map(too_many));
            return Ok(LogAnswer::Read(LogPage { items, cut, unreadable, warning }));
        }
    }

    async fn report<T>(
        &self,
        scope: &LogScope,
        kql: Kql,
        limit: usize,
        read: fn(&Cells<'_>) -> Option<T>,
    ) -> Result<LogAnswer<T>, ArmError> {
        let answer = self.query_logs(&query(scope, kql)).await?;
        Ok(decode::page(answer, limit, read))
    }
}

/// Where the page of history before this one ends; `None` when there is none.
pub fn next_page(page: &LogPage<AccessLogEntry>) -> Option<Timestamp> {
    page.items.iter().map(|row| row.times.start).min().filter(|_| page.cut)
}

/// The rest of such an instant is out of reach: the next page ends before it.
fn too_many(at: Timestamp) -> Failure {
    let detail = format!("more rows began at {at} than one answer holds; the rest of them was skipped");
    Failure::new(FailureKind::Decode, "Some access log rows were skipped", detail)
}

fn query(scope: &LogScope, kql: Kql) -> LogQuery {
    LogQuery { wait: WAIT, ..LogQuery::new(scope.clone(), kql) }
}
