//! Where the user is: focused pane, open tab, and from these the scope in which keys are looked up.

/// A region of the screen that can have the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pane {
    /// The list of perimeters.
    Perimeters,
    /// The tab of the perimeter that is shown.
    Main,
    /// What the selected row says, as fields or JSON.
    Detail,
    /// The access log.
    Log,
    /// The access log on the whole screen, with its history.
    Room,
}

/// What the main pane shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tab {
    /// Associated resources.
    Resources,
    /// Profiles.
    Profiles,
    /// Access rules of one profile, or of all.
    Rules,
    /// Links and link references.
    Links,
    /// Writes in flight and done.
    Activity,
    /// What applies to the selected resource, and how it stands.
    Checks,
    /// Where the access log goes.
    Logging,
    /// Resources in no perimeter.
    Coverage,
    /// Whether resources can be enforced.
    Evidence,
}

impl Tab {
    /// Every tab, from left to right.
    pub const ALL: [Self; 9] = [
        Self::Resources,
        Self::Profiles,
        Self::Rules,
        Self::Links,
        Self::Activity,
        Self::Checks,
        Self::Logging,
        Self::Coverage,
        Self::Evidence,
    ];

    /// The digit of the key that opens it.
    pub fn digit(self) -> u8 {
        match self {
            Self::Resources => 1,
            Self::Profiles => 2,
            Self::Rules => 3,
            Self::Links => 4,
            Self::Activity => 5,
            Self::Checks => 6,
            Self::Logging => 7,
            Self::Coverage => 8,
            Self::Evidence => 9,
        }
    }

    /// Its name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Resources => "Resources",
            Self::Profiles => "Profiles",
            Self::Rules => "Rules",
            Self::Links => "Links",
            Self::Activity => "Activity",
            Self::Checks => "Checks",
            Self::Logging => "Logging",
            Self::Coverage => "Coverage",
            Self::Evidence => "Evidence",
        }
    }
}

/// Where a key binding holds. A narrower scope is asked before a wider one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Everywhere but in overlays and fields.
    Global,
    /// Any list.
    List,
    /// The list of perimeters.
    Perimeters,
    /// The tab of resources.
    Resources,
    /// The tab of profiles.
    Profiles,
    /// The tab of access rules.
    Rules,
    /// The tab of links.
    Links,
    /// The activity tab.
    Activity,
    /// The tab of checks.
    Checks,
    /// The tab of logging.
    Logging,
    /// The tab of resources in no perimeter.
    Coverage,
    /// The tab of whether resources can be enforced.
    Evidence,
    /// The access log.
    Log,
    /// The detail pane.
    Detail,
    /// A filter being typed.
    FilterInput,
    /// The command palette.
    Palette,
    /// A list to choose from.
    Picker,
    /// A list to choose several from.
    Several,
    /// A question with a yes and a no.
    Confirm,
    /// A form.
    Form,
    /// Text in an overlay: help, a failure, sign-in.
    Text,
    /// A board of things with their state.
    Board,
    /// A tested connection.
    Probe,
    /// What a resource believes.
    Believed,
    /// The report of what enforcing would deny.
    Impact,
    /// Rules that would let traffic through.
    Plan,
    /// Rules that could be cleaned up.
    Hygiene,
    /// The box in which the scope is chosen.
    ScopeBox,
    /// The box of guarded switches.
    Guard,
    /// May this traffic pass?
    WhatIf,
    /// The log room.
    Room,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 31] = [
        Self::Global,
        Self::List,
        Self::Perimeters,
        Self::Resources,
        Self::Profiles,
        Self::Rules,
        Self::Links,
        Self::Activity,
        Self::Checks,
        Self::Logging,
        Self::Coverage,
        Self::Evidence,
        Self::Log,
        Self::Detail,
        Self::FilterInput,
        Self::Palette,
        Self::Picker,
        Self::Several,
        Self::Confirm,
        Self::Form,
        Self::Text,
        Self::Board,
        Self::Probe,
        Self::Believed,
        Self::Impact,
        Self::Plan,
        Self::Hygiene,
        Self::ScopeBox,
        Self::Guard,
        Self::WhatIf,
        Self::Room,
    ];

    /// The scopes that are asked in turn when this is the innermost.
    pub fn chain(self) -> &'static [Self] {
        match self {
            Self::Global => &[Self::Global],
            Self::List => &[Self::List, Self::Global],
            Self::Perimeters => &[Self::Perimeters, Self::List, Self::Global],
            Self::Resources => &[Self::Resources, Self::List, Self::Global],
            Self::Profiles => &[Self::Profiles, Self::List, Self::Global],
            Self::Rules => &[Self::Rules, Self::List, Self::Global],
            Self::Links => &[Self::Links, Self::List, Self::Global],
            Self::Activity => &[Self::Activity, Self::List, Self::Global],
            Self::Checks => &[Self::Checks, Self::List, Self::Global],
            Self::Logging => &[Self::Logging, Self::List, Self::Global],
            Self::Coverage => &[Self::Coverage, Self::List, Self::Global],
            Self::Evidence => &[Self::Evidence, Self::List, Self::Global],
            Self::Several => &[Self::Several],
            Self::Log => &[Self::Log, Self::List, Self::Global],
            Self::Detail => &[Self::Detail, Self::Global],
            Self::FilterInput => &[Self::FilterInput],
            Self::Palette => &[Self::Palette],
            Self::Picker => &[Self::Picker],
            Self::Confirm => &[Self::Confirm],
            Self::Form => &[Self::Form],
            Self::Text => &[Self::Text],
            Self::Board => &[Self::Board],
            Self::Believed => &[Self::Believed],
            Self::Guard => &[Self::Guard, Self::Text],
            Self::Impact => &[Self::Impact],
            Self::Plan => &[Self::Plan],
            Self::Hygiene => &[Self::Hygiene],
            Self::Probe => &[Self::Probe, Self::Text],
            Self::ScopeBox => &[Self::ScopeBox, Self::Picker],
            Self::WhatIf => &[Self::WhatIf],
            Self::Room => &[Self::Room, Self::List, Self::Global],
        }
    }

    /// Keys that are no command are typed into a field here.
    pub fn takes_text(self) -> bool {
        match self {
            Self::FilterInput
            | Self::Palette
            | Self::Picker
            | Self::Confirm
            | Self::Form
            | Self::ScopeBox
            | Self::WhatIf => true,
            Self::Global
            | Self::List
            | Self::Perimeters
            | Self::Resources
            | Self::Profiles
            | Self::Rules
            | Self::Links
            | Self::Activity
            | Self::Checks
            | Self::Logging
            | Self::Coverage
            | Self::Evidence
            | Self::Several
            | Self::Log
            | Self::Detail
            | Self::Text
            | Self::Board
            | Self::Probe
            | Self::Guard
            | Self::Believed
            | Self::Impact
            | Self::Plan
            | Self::Hygiene
            | Self::Room => false,
        }
    }

    /// It takes all keys: no other scope is asked.
    pub fn is_overlay(self) -> bool {
        self.takes_text()
            || matches!(
                self,
                Self::Text
                    | Self::Board
                    | Self::Several
                    | Self::Probe
                    | Self::Believed
                    | Self::Impact
                    | Self::Plan
                    | Self::Hygiene
                    | Self::Guard
            )
    }

    /// Its name in help and README.
    pub fn label(self) -> &'static str {
        match self {
            Self::Global => "Everywhere",
            Self::List => "Lists",
            Self::Perimeters => "Perimeters",
            Self::Resources => "Resources",
            Self::Profiles => "Profiles",
            Self::Rules => "Access rules",
            Self::Links => "Links",
            Self::Activity => "Activity",
            Self::Checks => "Checks",
            Self::Logging => "Logging",
            Self::Coverage => "Coverage",
            Self::Evidence => "Evidence",
            Self::Several => "Choose several",
            Self::Log => "Access log",
            Self::Detail => "Detail",
            Self::FilterInput => "Filter",
            Self::Palette => "Palette",
            Self::Picker => "Choice",
            Self::Confirm => "Question",
            Self::Form => "Form",
            Self::Text => "Text",
            Self::Board => "Board",
            Self::Probe => "Connection",
            Self::Believed => "Configuration",
            Self::Impact => "Impact",
            Self::Plan => "Plan of rules",
            Self::Hygiene => "Rule hygiene",
            Self::ScopeBox => "Scope",
            Self::Guard => "Guarded switch",
            Self::WhatIf => "What if",
            Self::Room => "Log room",
        }
    }
}

/// Focus and tab; `zoomed`: the focused pane has the whole screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Focus {
    /// The focused pane.
    pub pane: Pane,
    /// The open tab of the main pane.
    pub tab: Tab,
    /// The focused pane has the screen to itself.
    pub zoomed: bool,
    /// The pane that the detail pane speaks about.
    pub subject: Pane,
    /// The log room shows its histogram, if there is room.
    pub chart: bool,
}

impl Default for Focus {
    fn default() -> Self {
        Self {
            pane: Pane::Perimeters,
            tab: Tab::Resources,
            zoomed: false,
            subject: Pane::Perimeters,
            chart: true,
        }
    }
}

impl Focus {
    /// The innermost scope without overlays.
    pub fn scope(&self) -> Scope {
        match self.pane {
            Pane::Perimeters => Scope::Perimeters,
            Pane::Detail => Scope::Detail,
            Pane::Log => Scope::Log,
            Pane::Room => Scope::Room,
            Pane::Main => match self.tab {
                Tab::Resources => Scope::Resources,
                Tab::Profiles => Scope::Profiles,
                Tab::Rules => Scope::Rules,
                Tab::Links => Scope::Links,
                Tab::Activity => Scope::Activity,
                Tab::Logging => Scope::Logging,
                Tab::Checks => Scope::Checks,
                Tab::Coverage => Scope::Coverage,
                Tab::Evidence => Scope::Evidence,
            },
        }
    }

    /// Gives a pane the focus; the detail pane goes on speaking about the one before.
    pub fn set(&mut self, pane: Pane) {
        if pane != Pane::Detail {
            self.subject = pane;
        }
        self.pane = pane;
    }
}
