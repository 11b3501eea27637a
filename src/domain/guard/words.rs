//! Guarded switches in words: the same on the screen, in the headless command and in the journal.

use super::{Back, End, Heard, Item, Keep, Logged, Record, Regressions, Stage, Watch};
use crate::domain::matrix::WayBack;
use crate::domain::{AccessMode, ArmId};

impl Watch {
    /// What it switches, in one line.
    pub fn title(&self) -> String {
        let to = self.to.label();
        match self.items.as_slice() {
            [one] => format!("guarded switch of {} to {to}", one.name()),
            many => format!("guarded switch of {} resources to {to}", many.len()),
        }
    }
}

impl Keep {
    /// Why the new mode stays.
    pub fn words(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Clean => "converged, and the access log shows no new denial",
        }
    }
}

impl Back {
    /// Why the old mode comes back.
    pub fn words(&self) -> String {
        match self {
            Self::Asked => "asked for".to_owned(),
            Self::Denials(1) => "1 new denial".to_owned(),
            Self::Denials(n) => format!("{n} new denials"),
            Self::NotConfirmed => "not confirmed in time".to_owned(),
            Self::NoEvidence(lack) => format!("no evidence that all is well: {lack}"),
        }
    }
}

impl Item {
    /// How far it is, in one line; modes only where they were read.
    pub fn words(&self, watch: &Watch) -> String {
        let (old, new) = (self.before.mode.label(), watch.to.label());
        match &self.stage {
            Stage::Planned => "not begun".to_owned(),
            Stage::Sending => format!("{new} was sent or not: which mode stands is being read"),
            Stage::Watching => format!("{new} stands, watched"),
            Stage::Keeping(why) => format!("{new} is to stay: {}", why.words()),
            Stage::GoingBack { why, .. } => match &self.refused {
                None => format!("{old} is being put back: {}", why.words()),
                Some((_, refused)) => {
                    format!("PUTTING {old} BACK IS REFUSED ({}): {refused}", why.words())
                }
            },
            Stage::Stuck(refused) => format!("{old} COULD NOT BE PUT BACK, {new} stands: {refused}"),
            Stage::Ended(end) => self.end_words(end, watch),
        }
    }

    fn end_words(&self, end: &End, watch: &Watch) -> String {
        let (old, new) = (self.before.mode.label(), watch.to.label());
        match end {
            End::Kept => format!("{new} stands and stays"),
            End::PutBack => {
                let why = self.why.as_ref().map_or(String::new(), |why| format!(" ({})", why.words()));
                format!("{old} stands again{why}")
            }
            End::NotSwitched(why) => format!("not switched, {old} stands: {why}"),
            End::Overtaken(what) => {
                format!("LEFT AS IT IS: somebody else has changed it meanwhile: {what}")
            }
            End::NotBegun => "not done: nothing was sent".to_owned(),
            End::Forgotten(last) => format!("forgotten, nothing was put back: {last}"),
        }
    }

    /// What is known of its mode without asking again.
    pub fn last_read(&self, watch: &Watch) -> String {
        let (old, new) = (self.before.mode.label(), watch.to.label());
        match &self.stage {
            Stage::Planned => format!("last read: {old}, before anything was sent"),
            Stage::Sending => format!("last read: {old}; {new} may have been sent since"),
            Stage::Watching | Stage::Keeping(_) | Stage::GoingBack { sent: false, .. } | Stage::Stuck(_) => {
                format!("last read: {new}")
            }
            Stage::GoingBack { sent: true, .. } => {
                format!("last read: {new}; {old} may have been sent since")
            }
            Stage::Ended(end) => self.end_words(end, watch),
        }
    }

    /// The command that puts the old mode back by hand, for somebody who may.
    pub fn by_hand(&self) -> String {
        command(&self.before.id, &self.before.mode)
    }
}

/// Sets the access mode of an association with Azure CLI.
fn command(id: &ArmId, mode: &AccessMode) -> String {
    let perimeter = id.parent();
    let named = [
        ("--name", Some(id.name())),
        ("--perimeter-name", perimeter.as_ref().map(ArmId::name)),
        ("--resource-group", id.resource_group()),
        ("--subscription", id.subscription()),
    ];
    let named = named.into_iter().filter_map(|(option, value)| Some(format!("{option} {}", quoted(value?))));
    let options: Vec<String> = named.collect();
    let mode = quoted(mode.wire());
    format!("az network perimeter association update {} --access-mode {mode}", options.join(" "))
}

/// For a shell: names out of Azure hold no quotes, but what is read is not trusted to.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    if !word.is_empty() && !word.starts_with('-') && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

impl Record {
    /// One line for each association.
    pub fn lines(&self) -> impl Iterator<Item = (&str, String)> {
        self.items.iter().map(|item| (item.before.name(), item.words(&self.watch)))
    }
}

impl Heard {
    /// What the resource itself says.
    pub fn words(&self) -> String {
        match self {
            Self::Unread => "not asked yet".to_owned(),
            Self::Silent(why) => format!("does not tell: {why}"),
            Self::Failed(why) => format!("could not be read: {why}"),
            Self::NotYet(what) => format!("has not followed yet: {what}"),
            Self::Agrees => "goes by the new mode".to_owned(),
        }
    }

    /// In a word, for a narrow place.
    pub fn short(&self) -> &'static str {
        match self {
            Self::Unread | Self::Failed(_) => "convergence unknown",
            Self::Silent(_) => "resource silent",
            Self::NotYet(_) => "not converged",
            Self::Agrees => "converged",
        }
    }
}

impl Logged {
    /// What the log says, but for denials.
    pub fn words(&self) -> String {
        match self {
            Self::Unread => "not read yet".to_owned(),
            Self::Missing(why) => why.clone(),
            Self::Read { newest: None, .. } => "no row of after the switch has arrived yet".to_owned(),
            Self::Read { newest: Some(_), version, complete } => {
                let version = version.map_or(String::new(), |v| format!(", judged by rules version {v}"));
                let cut = if *complete { "" } else { "; the answer was not whole" };
                format!("rows of after the switch have arrived{version}{cut}")
            }
        }
    }
}

impl Regressions {
    /// Denials in a few words, given what is known of the log.
    pub fn words(&self, logged: &Logged) -> String {
        match (logged, self.events) {
            (Logged::Unread | Logged::Missing(_), 0) => "denials not known".to_owned(),
            (Logged::Read { newest: None, .. }, 0) => "no denial logged yet".to_owned(),
            (_, 0) => "0 new denials".to_owned(),
            (_, 1) => "1 NEW DENIAL".to_owned(),
            (_, n) => format!("{n} NEW DENIALS"),
        }
    }
}

impl Regressions {
    /// The same in a word or two, for a narrow place.
    pub fn short(&self, logged: &Logged) -> String {
        match (logged, self.events) {
            (Logged::Unread | Logged::Missing(_), 0) => "log unread".to_owned(),
            (Logged::Read { newest: None, .. }, 0) => "no log yet".to_owned(),
            (_, 0) => "0 denied".to_owned(),
            (_, n) => format!("{n} DENIED"),
        }
    }
}

impl WayBack {
    /// What putting the old mode back gives, as a sentence.
    pub fn promise(self) -> &'static str {
        match self {
            Self::Full => "Putting the old mode back gives back what the resource firewall allowed.",
            Self::OutboundOnly => {
                "Putting the old mode back gives back outbound traffic only: inbound is closed by \
                 publicNetworkAccess Disabled."
            }
            Self::None => "Putting the old mode back gives back NOTHING.",
            Self::Unknown => "Whether putting the old mode back gives anything back is not known.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_by_hand_can_be_pasted() {
        let id = "/subscriptions/0-1/resourceGroups/rg (a)/providers/Microsoft.Network/networkSecurityPerimeters/n/resourceAssociations/a.b";
        assert_eq!(
            command(&ArmId::parse(id).unwrap(), &AccessMode::Learning),
            "az network perimeter association update --name a.b --perimeter-name n --resource-group 'rg (a)' \
             --subscription 0-1 --access-mode Learning"
        );
        assert_eq!((quoted("it's"), quoted("-x")), (r"'it'\''s'".to_owned(), "'-x'".to_owned()));
    }
}
