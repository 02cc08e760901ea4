//! The ledger on SQLite does what the ledger in memory does, for any sequence of calls, and keeps it when reopened.

use chrono::{DateTime, Utc};
use finkit_core::{FinRecord, Participant, RecordState};
use finkit_fincheck::EntryFlags;
use finkit_fincheck::submission::{
    Account, Billed, Change, Charge, JobId, JobKind, Judgement, Ledger, LedgerError, MemoryLedger,
    NewJob, NewRow, Note, Request, RequestKind, RequestState, RowSet, RowState, SameFin, StateSet,
};
use finkit_store::SqliteLedger;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Call {
    Begin {
        deletion: bool,
        account: u8,
    },
    Append {
        job: usize,
        rows: Vec<(u32, Option<u8>)>,
        copies: u16,
    },
    Open {
        job: usize,
    },
    Move {
        job: usize,
        start: u64,
        length: u64,
        to: u8,
    },
    Note {
        job: usize,
        position: u64,
        set: bool,
    },
    Request {
        job: usize,
        number: u64,
        state: usize,
        billed: usize,
        rows: Vec<u64>,
    },
    Charge {
        account: u8,
        reads: u64,
    },
    Limit {
        bytes: u64,
    },
    Discard {
        job: usize,
    },
    Tidy,
    Reopen,
}

fn call() -> impl Strategy<Value = Call> {
    let job = || 0_usize..5;
    let rows = prop::collection::vec((0_u32..40, prop::option::weighted(0.9, 0_u8..4)), 1..12);
    prop_oneof![
        2 => (any::<bool>(), 0_u8..2).prop_map(|(deletion, account)| Call::Begin { deletion, account }),
        4 => (job(), rows, prop_oneof![9 => Just(1_u16), 1 => 40_u16..90])
            .prop_map(|(job, rows, copies)| Call::Append { job, rows, copies }),
        2 => job().prop_map(|job| Call::Open { job }),
        4 => (job(), 0_u64..700, 1_u64..600, 2_u8..12)
            .prop_map(|(job, start, length, to)| Call::Move { job, start, length, to }),
        2 => (job(), 0_u64..30, any::<bool>()).prop_map(|(job, position, set)| Call::Note { job, position, set }),
        2 => (job(), 1_u64..6, 0_usize..4, 0_usize..3, prop::collection::vec(0_u64..600, 0..9))
            .prop_map(|(job, number, state, billed, rows)| Call::Request { job, number, state, billed, rows }),
        1 => (0_u8..2, 0_u64..9).prop_map(|(account, reads)| Call::Charge { account, reads }),
        1 => (1_u64..900_000).prop_map(|bytes| Call::Limit { bytes }),
        1 => job().prop_map(|job| Call::Discard { job }),
        1 => Just(Call::Tidy),
        1 => Just(Call::Reopen),
    ]
}

const PERIODS: [&str; 4] = [
    "2026-01-01/2026-06-30",
    "2026-07-01/2026-12-31",
    "2025-01-01/2025-12-31",
    "2024-02-29/2024-02-29",
];
const ORIGIN: &str = "https://fincheck.example";

fn record(serial: u32, period: u8) -> FinRecord {
    FinRecord {
        fin: format!("WVWZZZE1ZMP{serial:06}").parse().expect("a FIN"),
        period: PERIODS[usize::from(period)].parse().expect("a period"),
        registered_at: "2026-01-02T10:30:00+01:00".parse().expect("a time"),
    }
}

fn account(number: u8) -> Account {
    Account {
        profile: format!("profile {number}"),
        origin: ORIGIN.to_owned(),
    }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_768_478_400, 0).expect("a moment")
}

fn new_job(deletion: bool, number: u8) -> NewJob {
    NewJob {
        kind: if deletion {
            JobKind::Deletion
        } else {
            JobKind::Entry
        },
        account: account(number),
        participant: Participant::Standard,
        list: "fleet.csv".to_owned(),
        fingerprint: deletion.then(|| "abc".to_owned()),
        flags: EntryFlags {
            commit_on_overlapping_dates: number == 1,
            commit_on_partial_success: deletion,
        },
        atomic: number == 1,
        again: deletion,
        created_at: now(),
    }
}

/// A judge that withholds all but the first row of a FIN and whatever is created elsewhere.
fn judge(same: &SameFin<'_>) -> Vec<Judgement> {
    let there = same
        .elsewhere
        .iter()
        .any(|own| own.state == RowState::Record(RecordState::Created));
    let keep = if there { 0 } else { 1 };
    let withheld = same.here.iter().skip(keep).map(|row| Judgement {
        position: row.position,
        state: RowState::Withheld,
        note: Note::DuplicateOfRow {
            row: same.here[0].number,
        },
    });
    withheld.collect()
}

/// What the caller keeps between calls.
#[derive(Default)]
struct Caller {
    jobs: Vec<JobId>,
    last_numbers: Vec<u64>,
}

fn apply(ledger: &mut dyn Ledger, caller: &mut Caller, call: &Call) -> Result<(), LedgerError> {
    let id = |caller: &Caller, job: usize| caller.jobs.get(job).copied().unwrap_or(JobId(77));
    match call {
        Call::Begin { deletion, account } => {
            if caller.jobs.len() < 5 {
                caller
                    .jobs
                    .push(ledger.begin(&new_job(*deletion, *account))?);
                caller.last_numbers.push(1);
            }
            Ok(())
        }
        Call::Append { job, rows, copies } => {
            let Some(number) = caller.last_numbers.get_mut(*job) else {
                return Ok(());
            };
            let mut new = Vec::new();
            for copy in 0..*copies {
                for (serial, period) in rows {
                    *number += 1 + u64::from(serial % 3);
                    new.push(match period {
                        Some(period) => {
                            NewRow::record(*number, record(serial + u32::from(copy) * 100, *period))
                        }
                        None => NewRow::faulty(*number, vec!["vin.length".to_owned()]),
                    });
                }
            }
            ledger.append(id(caller, *job), &new)
        }
        Call::Open { job } => ledger.open(id(caller, *job), &mut judge),
        Call::Move {
            job,
            start,
            length,
            to,
        } => {
            let job = id(caller, *job);
            // The state of the first row decides what the others are expected to be; most of these conflict.
            let rows = ledger.rows(job, StateSet::ALL, *start, 1)?;
            let Some(first) = rows.first() else {
                return Ok(());
            };
            let run = ledger.rows(job, StateSet::of(&[first.state]), *start, *length as usize)?;
            let rows: RowSet = run
                .iter()
                .map(|row| row.position)
                .take_while(|at| at % 50 != 49)
                .collect();
            let to = RowState::from_number(*to).expect("a state");
            let changes = [
                limit(ORIGIN, *length),
                Change::Move {
                    job,
                    rows,
                    from: first.state,
                    to,
                },
                Change::Move {
                    job,
                    rows: (*start..*start + 2).collect(),
                    from: to,
                    to: first.state,
                },
            ];
            ledger.commit(&changes)
        }
        Call::Note { job, position, set } => {
            let note = set.then_some(Note::GivenUp);
            ledger.commit(&[Change::Note {
                job: id(caller, *job),
                position: *position,
                note,
            }])
        }
        Call::Request {
            job,
            number,
            state,
            billed,
            rows,
        } => {
            const STATES: [RequestState; 4] = [
                RequestState::Sending,
                RequestState::Answered,
                RequestState::NotExecuted,
                RequestState::Unknown,
            ];
            const BILLED: [Billed; 3] = [Billed::Yes, Billed::No, Billed::Unknown];
            ledger.commit(&[Change::Request(Request {
                job: id(caller, *job),
                number: *number,
                kind: if *number == 3 {
                    RequestKind::Search
                } else {
                    RequestKind::Create
                },
                rows: rows.iter().copied().collect(),
                sent_at: now() + chrono::TimeDelta::days(20 * *number as i64),
                state: STATES[*state],
                reads: *number,
                writes: rows.len() as u64,
                billed: BILLED[*billed],
                said: (*billed == 1).then(|| "status 403".to_owned()),
            })])
        }
        Call::Charge {
            account: number,
            reads,
        } => ledger.commit(&[Change::Charge(Charge {
            account: account(*number),
            at: now(),
            reads: *reads,
            writes: 0,
            billed: if reads % 2 == 0 {
                Billed::Yes
            } else {
                Billed::Unknown
            },
        })]),
        Call::Limit { bytes } => ledger.commit(&[limit(ORIGIN, *bytes)]),
        Call::Discard { job } => ledger.discard(id(caller, *job)),
        Call::Tidy => {
            ledger.tidy();
            Ok(())
        }
        Call::Reopen => Ok(()),
    }
}

fn limit(origin: &str, bytes: u64) -> Change {
    Change::ByteLimit {
        origin: origin.to_owned(),
        bytes,
    }
}

/// Everything that can be read from a ledger.
fn all(ledger: &mut dyn Ledger, jobs: &[JobId]) -> Vec<String> {
    let mut all = vec![
        format!(
            "{:?}",
            ledger
                .jobs()
                .expect("jobs")
                .iter()
                .filter(|job| job.open)
                .collect::<Vec<_>>()
        ),
        format!("{:?}", ledger.byte_limit(ORIGIN).expect("a limit")),
        format!("{:?}", ledger.usage().expect("usage")),
    ];
    for number in 0..2 {
        let fins: Vec<_> = (0..45).map(|serial| record(serial, 0).fin).collect();
        let mut own = ledger.own_rows(&account(number), &fins).expect("own rows");
        let open: Vec<_> = ledger
            .jobs()
            .expect("jobs")
            .into_iter()
            .filter(|job| job.open)
            .map(|job| job.id)
            .collect();
        own.retain(|own| open.contains(&own.job));
        own.sort_by_key(|own| (own.job, own.position));
        all.push(format!("{own:?}"));
    }
    for job in jobs {
        let Ok(found) = ledger.job(*job) else {
            continue;
        };
        if !found.open {
            continue;
        }
        let planned = StateSet::records(&[RecordState::Planned, RecordState::Created]);
        all.push(format!(
            "{:?}",
            ledger
                .rows(*job, StateSet::ALL, 0, usize::MAX)
                .expect("rows")
        ));
        all.push(format!(
            "{:?}",
            ledger.rows(*job, planned, 3, 7).expect("rows")
        ));
        all.push(format!("{:?}", ledger.tally(*job).expect("a tally")));
        all.push(format!(
            "{:?}",
            ledger.notes(*job, 0..u64::MAX).expect("notes")
        ));
        all.push(format!(
            "{:?}",
            ledger.requests(*job, None).expect("requests")
        ));
        all.push(format!(
            "{:?}",
            ledger
                .requests(*job, Some(RequestState::Unknown))
                .expect("requests")
        ));
        all.push(format!(
            "{:?}",
            ledger.last_request(*job).expect("a number")
        ));
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]
    #[test]
    fn sqlite_does_what_memory_does(calls in prop::collection::vec(call(), 1..60)) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ledger.sqlite");
        let mut sqlite = SqliteLedger::open(&path).expect("a ledger");
        let mut memory = MemoryLedger::new();
        let (mut one, mut two) = (Caller::default(), Caller::default());
        for call in &calls {
            if matches!(call, Call::Reopen) {
                // Only what is open outlives a process; what was being planned is removed by the next one.
                drop(sqlite);
                sqlite = SqliteLedger::open(&path).expect("the same ledger");
                for job in memory.jobs().expect("jobs").into_iter().filter(|job| !job.open) {
                    let discarded = (sqlite.discard(job.id).map_err(|error| error.kind()), memory.discard(job.id).map_err(|error| error.kind()));
                    prop_assert_eq!(discarded.0, discarded.1);
                    if discarded.0.is_err() {
                        // It has requests; nothing can be appended to it any more, in either.
                        continue;
                    }
                }
                if memory.jobs().expect("jobs").iter().any(|job| !job.open) {
                    return Ok(());
                }
                continue;
            }
            let outcomes = (apply(&mut sqlite, &mut one, call), apply(&mut memory, &mut two, call));
            let kinds = (outcomes.0.map_err(|error| error.kind()), outcomes.1.map_err(|error| error.kind()));
            prop_assert_eq!(kinds.0, kinds.1, "{:?}", call);
            prop_assert_eq!(all(&mut sqlite, &one.jobs), all(&mut memory, &two.jobs), "{:?}", call);
        }
    }
}
