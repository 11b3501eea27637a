//! What a user may intend: the closed list that keys, palette and mouse produce.

/// Defines the commands with their palette names.
macro_rules! commands {
    ($($(#[$meta:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// A user's intent. It carries no payload: what it acts on is read from the model.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Command { $($(#[$meta])* $variant,)+ }

        impl Command {
            /// Every command, in palette order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name by which palette and key overrides know it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

commands! {
    /// One row up.
    Up = "up",
    /// One row down.
    Down = "down",
    /// One page up.
    PageUp = "page-up",
    /// One page down.
    PageDown = "page-down",
    /// Half a page up.
    HalfUp = "half-page-up",
    /// Half a page down.
    HalfDown = "half-page-down",
    /// First row.
    Top = "top",
    /// Last row.
    Bottom = "bottom",
    /// The choice before this one.
    Left = "left",
    /// The choice after this one.
    Right = "right",
    /// Next pane.
    NextPane = "next-pane",
    /// Previous pane.
    PrevPane = "previous-pane",
    /// Tab of associated resources.
    TabResources = "resources",
    /// Tab of profiles.
    TabProfiles = "profiles",
    /// Tab of access rules.
    TabRules = "rules",
    /// Tab of links.
    TabLinks = "links",
    /// Tab of writes in flight and done.
    TabActivity = "activity",
    /// Tab of checks of the selected resource.
    TabChecks = "checks",
    /// Tab of where the access log goes.
    TabLogging = "logging",
    /// The perimeter list.
    GoPerimeters = "perimeters",
    /// The access log.
    GoLog = "log",
    /// Open what is selected.
    Open = "open",
    /// Back: close, leave a filter, go up. Never quits.
    Back = "back",
    /// Focused pane on the whole screen, and back.
    Zoom = "zoom",
    /// Type a filter.
    Filter = "filter",
    /// Choose the sort column.
    Sort = "sort",
    /// Mark or unmark the row.
    Mark = "mark",
    /// Unmark all rows.
    UnmarkAll = "unmark-all",
    /// Read again.
    Refresh = "refresh",
    /// Copy something of the selected row.
    Copy = "copy",
    /// Fields or raw JSON in the detail pane.
    ToggleRaw = "json",
    /// Link to the portal.
    Portal = "portal",
    /// Follow the newest log row, or stop.
    Follow = "follow",
    /// Change the access mode.
    SwitchMode = "mode",
    /// Change `publicNetworkAccess` of the resource.
    SetAccess = "public-access",
    /// Managed identity of the resource: switch it on, then give it a role.
    Identity = "identity",
    /// New access rule.
    NewRule = "new-rule",
    /// Copy the access rules of another profile into this one.
    CopyRules = "copy-rules",
    /// Edit the access rule.
    EditRule = "edit-rule",
    /// Delete the access rule.
    DeleteRule = "delete-rule",
    /// New perimeter.
    NewPerimeter = "new-perimeter",
    /// Other tags for the perimeter.
    EditTags = "tags",
    /// Delete the perimeter.
    DeletePerimeter = "delete-perimeter",
    /// New profile.
    NewProfile = "new-profile",
    /// Delete the profile.
    DeleteProfile = "delete-profile",
    /// Associate a resource with the perimeter.
    Associate = "associate",
    /// Take the resource out of the perimeter.
    Dissociate = "dissociate",
    /// Move the resource to another profile.
    MoveToProfile = "move-to-profile",
    /// New link to another perimeter.
    NewLink = "new-link",
    /// Delete the link or link reference.
    DeleteLink = "delete-link",
    /// New diagnostic setting.
    NewSetting = "new-diagnostic-setting",
    /// Edit the diagnostic setting or the logging configuration.
    EditLogging = "edit-logging",
    /// Delete the diagnostic setting or the logging configuration.
    DeleteLogging = "delete-logging",
    /// Choose the workspace whose log is followed.
    LogSource = "workspace",
    /// Show why the last read or write failed.
    ShowFailure = "why",
    /// What must be registered in the subscriptions.
    Prerequisites = "prerequisites",
    /// The guided path of a resource into a perimeter.
    Guide = "guided-path",
    /// Register all that is missing in a subscription.
    RegisterAll = "register-all",
    /// Sign-in state; the device code.
    SignIn = "sign-in",
    /// Forget a write whose outcome was unknown, once checked.
    Acknowledge = "acknowledge",
    /// Show resources in no perimeter.
    TabCoverage = "tab-coverage",
    /// Whether resources can be enforced.
    TabEvidence = "evidence",
    /// Whether resources of all perimeters in scope can be enforced.
    WholeScope = "whole-scope",
    /// What enforcing would deny.
    Impact = "impact",
    /// Put what is shown into a file.
    Export = "export",
    /// Rules that would let through what is marked, or all of it.
    Plan = "plan",
    /// A rule for the traffic of the log row.
    RuleFromRow = "rule-from-row",
    /// Subscriptions instead of addresses, or not.
    BySubscription = "by-subscription",
    /// Rules that could be cleaned up.
    Hygiene = "hygiene",
    /// Put together otherwise.
    GroupBy = "group-by",
    /// Associate the marked resources of the coverage with a perimeter.
    AssociateChosen = "associate-marked",
    /// Take back the write selected, or the newest.
    Undo = "undo",
    /// Writes allowed, or not.
    Unlock = "unlock",
    /// Commands by name.
    Palette = "palette",
    /// Compare with what the resource itself believes.
    ShowBelieved = "compare",
    /// Reconcile the resource with its perimeter, or an access rule.
    Reconcile = "reconcile",
    /// Add what the resource suggests.
    TakeSuggestion = "take-suggestion",
    /// Choose the scope: subscriptions, tenant, cloud.
    Scope = "scope",
    /// Keep a subscription as a favourite.
    Favourite = "favourite",
    /// The access log on the whole screen, with its history.
    LogRoom = "log-room",
    /// Rows of the log room added up by a column.
    GroupRows = "group-rows",
    /// Which columns the log room shows.
    LogColumns = "log-columns",
    /// Filters with a name.
    SavedFilters = "saved-filters",
    /// Histogram of the log room, or not.
    ToggleChart = "histogram",
    /// Of which verdict the histogram shows events.
    ChartVerdict = "histogram-verdict",
    /// Look at the stretch of time under the histogram's cursor alone.
    ZoomIn = "zoom-in",
    /// Look at a longer stretch of time.
    ZoomOut = "zoom-out",
    /// Write what the log room shows to a file.
    ExportLog = "export-log",
    /// The access rule that matched the row.
    GoRule = "matched-rule",
    /// The association of the row's resource.
    GoAssociation = "row-resource",
    /// The other rows of the row's caller.
    SameCaller = "same-caller",
    /// May this traffic pass, and by which rule?
    WhatIf = "what-if",
    /// Call the data plane of the resource.
    TestConnection = "test-connection",
    /// Make an access rule for this machine's public address.
    AllowMachine = "allow-this-machine",
    /// New access rule that is to be removed after a time.
    NewTemporaryRule = "temporary-rule",
    /// Temporary access rules, and removing what has expired.
    TemporaryRules = "temporary-rules",
    /// Guarded switches that run or are pending.
    Guards = "guarded-switches",
    /// Confirm a guarded switch: the new mode stays.
    KeepMode = "keep-mode",
    /// Put the old mode of a guarded switch back now.
    PutModeBack = "put-mode-back",
    /// Go on with a guarded switch that nobody keeps.
    TakeOver = "take-over",
    /// End a guarded switch that nobody keeps, without putting anything back.
    ForgetSwitch = "forget-guarded-switch",
    /// All keys of this place.
    Help = "help",
    /// Draw the whole screen anew.
    Redraw = "redraw",
    /// Suspend to the shell.
    Suspend = "suspend",
    /// Leave; asks when a write is in flight.
    Quit = "quit",
    /// Leave at once.
    QuitNow = "quit-now",
    /// Say yes to what an overlay asks.
    Accept = "accept",
    /// Next field of a form.
    NextField = "next-field",
    /// Previous field of a form.
    PrevField = "previous-field",
}

impl Command {
    /// Where the cursor of a list of `count` rows stands after this command, when it stood at `at` and `page` rows are
    /// seen at once. Commands that move nothing leave it.
    pub fn moves(self, at: usize, count: usize, page: usize) -> usize {
        let (last, page) = (count.saturating_sub(1), page.max(1));
        let to = match self {
            Self::Up => at.saturating_sub(1),
            Self::Down => at + 1,
            Self::PageUp => at.saturating_sub(page),
            Self::PageDown => at + page,
            Self::HalfUp => at.saturating_sub((page / 2).max(1)),
            Self::HalfDown => at + (page / 2).max(1),
            Self::Top => 0,
            Self::Bottom => last,
            _ => at,
        };
        to.min(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = Command::ALL.iter().map(|c| c.name()).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
