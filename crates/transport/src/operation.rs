//! What an operation declares about itself: whether it may be repeated, what it costs, whether it is authorised.

/// How dangerous it is to execute an operation twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Safety {
    /// Changes nothing; may be repeated, though each execution may be billed.
    Read,
    /// Makes an entry; executed twice it makes two.
    Create,
    /// Removes an entry; executed twice it may remove one that was made in between.
    Delete,
    /// Asks for a token; bodies hold credentials, needless repetition is punished.
    Token,
}

/// What one execution of an operation costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Billing {
    /// Nothing is billed.
    #[default]
    Free,
    /// This many look-ups.
    Reads(u64),
    /// This many entries.
    Writes(u64),
    /// Entries that are looked up on the way.
    ReadsAndWrites {
        /// Look-ups.
        reads: u64,
        /// Entries.
        writes: u64,
    },
}

impl Billing {
    /// Look-ups billed.
    #[must_use]
    pub fn reads(self) -> u64 {
        match self {
            Self::Reads(reads) | Self::ReadsAndWrites { reads, .. } => reads,
            Self::Free | Self::Writes(_) => 0,
        }
    }

    /// Entries billed.
    #[must_use]
    pub fn writes(self) -> u64 {
        match self {
            Self::Writes(writes) | Self::ReadsAndWrites { writes, .. } => writes,
            Self::Free | Self::Reads(_) => 0,
        }
    }
}

/// An operation of a service, as the stages need to know it.
///
/// ```
/// use finkit_transport::{Billing, Operation, Safety};
///
/// let search = Operation::read("search").reads(1).authorised();
/// assert_eq!((search.safety, search.billing), (Safety::Read, Billing::Reads(1)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Operation {
    /// Name for logs and errors; never the path, which may hold personal data.
    pub name: &'static str,
    /// Whether it may be repeated.
    pub safety: Safety,
    /// What it costs.
    pub billing: Billing,
    /// Whether the access token is added.
    pub authorise: bool,
}

impl Operation {
    const fn new(name: &'static str, safety: Safety) -> Self {
        Self {
            name,
            safety,
            billing: Billing::Free,
            authorise: false,
        }
    }

    /// An operation that changes nothing.
    #[must_use]
    pub const fn read(name: &'static str) -> Self {
        Self::new(name, Safety::Read)
    }

    /// An operation that makes something.
    #[must_use]
    pub const fn create(name: &'static str) -> Self {
        Self::new(name, Safety::Create)
    }

    /// An operation that removes something.
    #[must_use]
    pub const fn delete(name: &'static str) -> Self {
        Self::new(name, Safety::Delete)
    }

    /// A token request.
    #[must_use]
    pub const fn token(name: &'static str) -> Self {
        Self::new(name, Safety::Token)
    }

    /// The same operation, billed with this many look-ups.
    #[must_use]
    pub const fn reads(self, reads: u64) -> Self {
        self.billed(Billing::Reads(reads))
    }

    /// The same operation, billed with this many entries.
    #[must_use]
    pub const fn writes(self, writes: u64) -> Self {
        self.billed(Billing::Writes(writes))
    }

    /// The same operation with another cost.
    #[must_use]
    pub const fn billed(mut self, billing: Billing) -> Self {
        self.billing = billing;
        self
    }

    /// The same operation with the access token added.
    #[must_use]
    pub const fn authorised(mut self) -> Self {
        self.authorise = true;
        self
    }
}
