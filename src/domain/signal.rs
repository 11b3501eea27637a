//! How a thing stands, in one of a few words that mean the same on every board and in every check.

/// How a thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    /// As it should be.
    Ok,
    /// It does not apply, or nothing needs it any more.
    Off,
    /// It is being read.
    Waiting,
    /// Something before it must be done first.
    Later,
    /// Azure is at it.
    Moving,
    /// Not known: it could not be read, or nobody can tell.
    Unknown,
    /// Not done yet.
    Todo,
    /// To be looked at.
    Warn,
    /// Wrong: something will not work.
    Bad,
}

impl Signal {
    /// In one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Off => "not needed",
            Self::Waiting => "reading",
            Self::Later => "later",
            Self::Moving => "under way",
            Self::Unknown => "unknown",
            Self::Todo => "to do",
            Self::Warn => "caution",
            Self::Bad => "BAD",
        }
    }

    /// Nothing is left to do about it.
    pub fn is_settled(self) -> bool {
        match self {
            Self::Ok | Self::Off => true,
            Self::Waiting
            | Self::Later
            | Self::Moving
            | Self::Unknown
            | Self::Todo
            | Self::Warn
            | Self::Bad => false,
        }
    }

    /// It is what somebody who goes through a list from the top has to deal with next: cautions, what
    /// nobody can tell and what Azure is at hold nobody up.
    pub fn is_next(self) -> bool {
        match self {
            Self::Waiting | Self::Todo | Self::Bad => true,
            Self::Ok | Self::Off | Self::Later | Self::Moving | Self::Unknown | Self::Warn => false,
        }
    }
}
