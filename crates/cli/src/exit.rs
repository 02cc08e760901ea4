//! The exit codes, in one table.

/// What the program's exit code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything asked for was done.
    Done,
    /// Finished, with rejected rows or hits.
    Findings,
    /// Usage, settings or list are wrong; nothing billed was sent.
    Usage,
    /// The service does not accept the login.
    Authentication,
    /// The service refused the call.
    Refused,
    /// A temporary failure, after retries.
    Temporary,
    /// A local budget or the service's rate limit stopped the run.
    Limit,
    /// Local state needs attention.
    LocalState,
    /// Interrupted by the user.
    Interrupted,
}

impl Exit {
    /// Every exit code, in order; the reference prints them.
    pub(crate) const ALL: [Exit; 9] = [
        Exit::Done,
        Exit::Findings,
        Exit::Usage,
        Exit::Authentication,
        Exit::Refused,
        Exit::Temporary,
        Exit::Limit,
        Exit::LocalState,
        Exit::Interrupted,
    ];

    /// The number that the process ends with.
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::Authentication => 3,
            Exit::Refused => 4,
            Exit::Temporary => 5,
            Exit::Limit => 6,
            Exit::LocalState => 7,
            Exit::Interrupted => 130,
        }
    }

    /// One line for the reference.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Exit::Done => "done",
            Exit::Findings => "finished, with rejected rows, faults or hits",
            Exit::Usage => "usage, settings or list are wrong; nothing billed was sent",
            Exit::Authentication => "the service does not accept the login",
            Exit::Refused => "refused by the service",
            Exit::Temporary => "temporary failure, after retries; running again is safe",
            Exit::Limit => "stopped by a local budget or a rate limit; running again goes on",
            Exit::LocalState => {
                "local state needs attention: another run owns the job, or a file can't be used"
            }
            Exit::Interrupted => "interrupted; what was in flight is written down",
        }
    }
}
