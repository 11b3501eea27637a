//! What a PaaS resource itself says after a perimeter was told to take it in or let it go.

/// The resource's own word, beside the perimeter's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OtherSide {
    /// It says the same as the perimeter.
    Agrees,
    /// It was asked and does not say so yet.
    NotYet,
    /// It could not be asked, and why.
    Unheard(String),
}

impl OtherSide {
    /// In a sentence.
    pub fn words(&self) -> String {
        match self {
            Self::Agrees => "confirms it".to_owned(),
            Self::NotYet => "does not know of it yet; c on the Resources tab asks it again".to_owned(),
            Self::Unheard(why) => format!("could not be asked: {why}"),
        }
    }

    /// Beside the word that a write is done.
    pub fn done(&self) -> &'static str {
        match self {
            Self::Agrees => "done on both sides",
            Self::NotYet => "done, not heard yet",
            Self::Unheard(_) => "done, one side read",
        }
    }
}
