//! The panes: what each list shows and remembers.

pub mod detail;
pub mod logs;
pub mod room;

use std::sync::Arc;

use super::checks::CheckRow;
use super::columns::{Candidate, Row};
use super::command::Command;
use super::coverage::Sums;
use super::data::Data;
use super::focus::{Pane, Tab};
use super::input::Field;
use super::jobs::Job;
use super::list::{ListState, SortBy};
use super::logging::LoggingRow;
use super::readiness::EvidencePane;
use crate::domain::filter::{Filter, FilterError};
use crate::domain::{
    AccessRule, ArmId, Associable, Association, Link, LinkReference, LinkStatus, Perimeter, Profile,
};
use detail::DetailPane;
use logs::LogPane;
use room::RoomPane;

/// A link made here, or the reference of one made elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub enum LinkRow {
    /// Made here.
    Link(Arc<Link>),
    /// Made on the other side.
    Reference(Arc<LinkReference>),
}

impl LinkRow {
    /// ARM id.
    pub fn id(&self) -> &ArmId {
        match self {
            Self::Link(l) => &l.id,
            Self::Reference(r) => &r.id,
        }
    }

    /// Made on the other side.
    pub fn is_reference(&self) -> bool {
        match self {
            Self::Link(_) => false,
            Self::Reference(_) => true,
        }
    }

    /// Name of the other perimeter, or its guid.
    pub fn remote_name(&self) -> &str {
        let (remote, guid) = match self {
            Self::Link(l) => (&l.remote, &l.remote_guid),
            Self::Reference(r) => (&r.remote, &r.remote_guid),
        };
        remote.as_ref().map_or(guid.as_str(), ArmId::name)
    }

    /// Local profiles that admit the other side.
    pub fn local_inbound(&self) -> &[String] {
        match self {
            Self::Link(l) => &l.local_inbound,
            Self::Reference(r) => &r.local_inbound,
        }
    }

    /// Remote profiles that admit this side.
    pub fn remote_inbound(&self) -> &[String] {
        match self {
            Self::Link(l) => &l.remote_inbound,
            Self::Reference(r) => &r.remote_inbound,
        }
    }

    /// Status.
    pub fn status(&self) -> Option<&LinkStatus> {
        match self {
            Self::Link(l) => l.status.as_ref(),
            Self::Reference(r) => r.status.as_ref(),
        }
    }
}

/// A list with its rows as they are now.
#[derive(Debug)]
pub struct ListPane<R: Row> {
    rows: Vec<Arc<R>>,
    state: ListState<R::Key>,
}

impl<R: Row> Default for ListPane<R> {
    fn default() -> Self {
        Self { rows: Vec::new(), state: ListState::default() }
    }
}

impl<R: Row> ListPane<R> {
    /// Replaces the rows; selection, filter and sort stay, and the `page` rows shown are filled.
    pub fn set_rows(&mut self, rows: Vec<Arc<R>>, page: usize, data: &Data) {
        self.rows = rows;
        self.rebuild(data);
        self.state.show_cursor(page);
    }

    fn rebuild(&mut self, data: &Data) {
        self.state.rebuild(&self.rows, R::columns(), data, |r| r.key());
    }

    /// The cursor stays on its row, if there is one.
    pub fn hold_rows(&mut self) {
        if !self.rows.is_empty() {
            self.state.hold();
        }
    }

    /// The rows, unfiltered.
    pub fn rows(&self) -> &[Arc<R>] {
        &self.rows
    }

    /// Selection, filter, sort, window.
    pub fn state(&self) -> &ListState<R::Key> {
        &self.state
    }

    /// The selected row.
    pub fn selected(&self) -> Option<&Arc<R>> {
        self.state.selected_row(&self.rows, |r| r.key())
    }

    /// The row with this key. Quick for the selected row, which is the one that is mostly asked for.
    pub fn find(&self, key: &R::Key) -> Option<&Arc<R>> {
        let selected = self.selected().filter(|r| r.key() == key);
        selected.or_else(|| self.rows.iter().find(|r| r.key() == key))
    }

    /// Moves the cursor to a key.
    pub fn select(&mut self, key: &R::Key, page: usize) -> bool {
        self.state.select(key, page, &self.rows, |r| r.key())
    }

    /// The rows to draw in a window of `page` rows, and which has the cursor.
    pub fn window(&self, page: usize) -> impl Iterator<Item = (&Arc<R>, bool)> {
        self.state.window(page).filter_map(|(i, cursor)| self.rows.get(i).map(|r| (r, cursor)))
    }

    /// The rows that pass the filter, in their order.
    pub fn shown(&self) -> impl Iterator<Item = &Arc<R>> {
        self.state.shown().filter_map(|i| self.rows.get(i))
    }

    /// The marked rows, else the selected one.
    pub fn chosen(&self) -> Vec<&Arc<R>> {
        if self.state.marks().is_empty() {
            return self.selected().into_iter().collect();
        }
        self.rows.iter().filter(|r| self.state.marks().contains(r.key())).collect()
    }
}

/// What every list can do, whatever its rows are.
pub trait AnyList {
    /// Moves the cursor by rows; false at an end.
    fn move_by(&mut self, delta: isize, page: usize) -> bool;
    /// Moves by pages; false at an end.
    fn page_by(&mut self, pages: isize, page: usize) -> bool;
    /// Puts the cursor on a place of the filtered list.
    fn move_to(&mut self, place: usize, page: usize) -> bool;
    /// Runs a command that moves the cursor; false at an end.
    fn go(&mut self, command: Command, page: usize) -> bool {
        match command {
            Command::PageUp => self.page_by(-1, page),
            Command::PageDown => self.page_by(1, page),
            _ => self.move_to(command.moves(self.cursor(), self.len(), page), page),
        }
    }
    /// Other rows are to come: the cursor stays at the top until it is moved or held.
    fn begin(&mut self);
    /// From now on the cursor stays on its row.
    fn hold(&mut self);
    /// Scrolls the cursor into view after a change of size.
    fn show_cursor(&mut self, page: usize);
    /// First place shown.
    fn top(&self) -> usize;
    /// Rows that pass the filter.
    fn len(&self) -> usize;
    /// No row passes the filter.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Rows can be marked.
    fn can_mark(&self) -> bool;
    /// All rows.
    fn total(&self) -> usize;
    /// Place of the cursor.
    fn cursor(&self) -> usize;
    /// The filter as typed.
    fn filter_text(&self) -> &str;
    /// Filters by what was typed.
    ///
    /// # Errors
    /// What is wrong with the text; the old filter stays.
    fn set_filter(&mut self, text: &str, data: &Data) -> Result<(), FilterError>;
    /// Titles of the columns that it can be sorted by; none for a list in arrival order.
    fn sort_columns(&self) -> Vec<&'static str>;
    /// How it is sorted.
    fn sort(&self) -> Option<SortBy>;
    /// Sorts it.
    fn set_sort(&mut self, sort: Option<SortBy>, data: &Data);
    /// Marks or unmarks the row.
    fn toggle_mark(&mut self);
    /// Unmarks all; false when nothing was marked.
    fn unmark_all(&mut self) -> bool;
    /// Number of marked rows.
    fn marked(&self) -> usize;
    /// The chosen rows as text, one line each, cells separated by tabs.
    fn copy_text(&self, data: &Data) -> String;
}

impl<R: Row> AnyList for ListPane<R> {
    fn move_by(&mut self, delta: isize, page: usize) -> bool {
        self.state.move_by(delta, page, &self.rows, |r| r.key())
    }
    fn page_by(&mut self, pages: isize, page: usize) -> bool {
        self.state.page_by(pages, page, &self.rows, |r| r.key())
    }
    fn move_to(&mut self, place: usize, page: usize) -> bool {
        self.state.move_to(place, page, &self.rows, |r| r.key())
    }
    fn begin(&mut self) {
        self.move_to(0, 1);
        self.state.loosen();
    }
    fn hold(&mut self) {
        self.state.hold();
    }
    fn show_cursor(&mut self, page: usize) {
        self.state.show_cursor(page);
    }
    fn top(&self) -> usize {
        self.state.top()
    }
    fn len(&self) -> usize {
        self.state.len()
    }
    fn can_mark(&self) -> bool {
        true
    }
    fn total(&self) -> usize {
        self.state.total()
    }
    fn cursor(&self) -> usize {
        self.state.cursor()
    }
    fn filter_text(&self) -> &str {
        self.state.filter_text()
    }
    fn set_filter(&mut self, text: &str, data: &Data) -> Result<(), FilterError> {
        let names: Vec<&str> = R::columns().iter().map(|c| c.title).collect();
        self.state.set_filter(text, Filter::parse(text, &names)?);
        self.rebuild(data);
        Ok(())
    }
    fn sort_columns(&self) -> Vec<&'static str> {
        R::columns().iter().map(|c| c.title).collect()
    }
    fn sort(&self) -> Option<SortBy> {
        self.state.sort()
    }
    fn set_sort(&mut self, sort: Option<SortBy>, data: &Data) {
        self.state.set_sort(sort);
        self.rebuild(data);
    }
    fn toggle_mark(&mut self) {
        self.state.toggle_mark();
    }
    fn unmark_all(&mut self) -> bool {
        self.state.unmark_all()
    }
    fn marked(&self) -> usize {
        self.state.marks().len()
    }
    fn copy_text(&self, data: &Data) -> String {
        let line = |row: &Arc<R>| {
            let cells: Vec<_> = R::columns().iter().map(|c| (c.cell)(row, data).into_owned()).collect();
            cells.join("\t")
        };
        self.chosen().into_iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// A filter that is being typed.
#[derive(Debug, Clone, PartialEq)]
pub struct FilterInput {
    /// Text and cursor.
    pub field: Field,
    /// What it was before; put back when typing is given up.
    pub before: String,
    /// What is wrong with it.
    pub error: Option<String>,
}

/// All panes.
#[derive(Debug, Default)]
pub struct Panes {
    /// Perimeters of all subscriptions in scope.
    pub perimeters: ListPane<Perimeter>,
    /// Associations of the perimeter shown.
    pub resources: ListPane<Association>,
    /// Its profiles.
    pub profiles: ListPane<Profile>,
    /// Its access rules, of all profiles or of one.
    pub rules: ListPane<AccessRule>,
    /// Its links and link references.
    pub links: ListPane<LinkRow>,
    /// What applies to the selected resource.
    pub checks: ListPane<CheckRow>,
    /// Where its access log goes.
    pub logging: ListPane<LoggingRow>,
    /// Resources that could be in a perimeter and are in none.
    pub coverage: ListPane<Associable>,
    /// What could be associated, while that is being chosen.
    pub candidates: ListPane<Candidate>,
    /// The sums of the coverage.
    pub sums: Sums,
    /// Whether its resources can be enforced.
    pub evidence: EvidencePane,
    /// Writes.
    pub activity: ListPane<Job>,
    /// The access log.
    pub log: LogPane,
    /// The log room.
    pub room: RoomPane,
    /// What the selected row says.
    pub detail: DetailPane,
    /// The perimeter that the tabs and the log show; it follows the cursor when that rests.
    pub shown: Option<ArmId>,
    /// The profile to which the rules are narrowed.
    pub profile: Option<ArmId>,
    /// A filter being typed, for the list that has the focus.
    pub filter_input: Option<FilterInput>,
}

impl Panes {
    /// The list of a pane; none for the detail pane.
    pub fn list(&self, pane: Pane, tab: Tab) -> Option<&dyn AnyList> {
        Some(match pane {
            Pane::Perimeters => &self.perimeters,
            Pane::Log => &self.log,
            Pane::Room => match (&self.room.grouping, &self.room.range) {
                (Some(grouping), _) => &grouping.list,
                (None, Some(range)) => &range.log,
                (None, None) => &self.log,
            },
            Pane::Detail => return None,
            Pane::Main => match tab {
                Tab::Resources => &self.resources,
                Tab::Profiles => &self.profiles,
                Tab::Rules => &self.rules,
                Tab::Links => &self.links,
                Tab::Activity => &self.activity,
                Tab::Logging => &self.logging,
                Tab::Checks => &self.checks,
                Tab::Coverage => &self.coverage,
                Tab::Evidence => &self.evidence.board,
            },
        })
    }

    /// The list of a pane, to be changed.
    pub fn list_mut(&mut self, pane: Pane, tab: Tab) -> Option<&mut dyn AnyList> {
        Some(match pane {
            Pane::Perimeters => &mut self.perimeters,
            Pane::Log => &mut self.log,
            Pane::Room => match (&mut self.room.grouping, &mut self.room.range) {
                (Some(grouping), _) => &mut grouping.list,
                (None, Some(range)) => &mut range.log,
                (None, None) => &mut self.log,
            },
            Pane::Detail => return None,
            Pane::Main => match tab {
                Tab::Resources => &mut self.resources,
                Tab::Profiles => &mut self.profiles,
                Tab::Rules => &mut self.rules,
                Tab::Links => &mut self.links,
                Tab::Activity => &mut self.activity,
                Tab::Logging => &mut self.logging,
                Tab::Checks => &mut self.checks,
                Tab::Coverage => &mut self.coverage,
                Tab::Evidence => &mut self.evidence.board,
            },
        })
    }
}
