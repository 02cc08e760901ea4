//! What becomes of the rows of a FIN that occurs more than once, before anything is sent. Pure.

use finkit_core::{FinRecord, RecordEvent, RecordState};

use super::{Judgement, Note, OwnRow, Row, RowRef, RowState, SameFin};

/// What the person asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wishes {
    /// Overlapping entries are to be made all the same.
    pub(crate) allow_overlap: bool,
    /// What was entered before is to be entered again.
    pub(crate) again: bool,
}

/// States of an own row elsewhere that may still become an entry, or is just being removed.
fn is_open(state: RowState) -> bool {
    use RecordState as S;
    matches!(
        state,
        RowState::Record(S::Planned | S::Sending | S::Unknown | S::Absent | S::Deleting)
    )
}

/// Judges the rows of one FIN of a job that enters records.
///
/// The first sound row of a list wins over later ones; own entries win over all. Only what the service would enter is
/// left *planned*: everything else would cost money and alarm other companies for nothing.
pub(crate) fn judge_entries(same: &SameFin<'_>, wishes: Wishes) -> Vec<Judgement> {
    let mut judgements = Vec::new();
    let mut kept: Vec<(u64, FinRecord)> = Vec::new();
    for row in same.here {
        let Some(record) = row.entry.and_then(|entry| entry.record()) else {
            continue;
        };
        match judge_entry(row, &record, &kept, same.elsewhere, wishes) {
            Some(judgement) => {
                if judgement.state == RowState::Record(RecordState::AlreadyEntered) {
                    kept.push((row.number, record));
                }
                judgements.push(judgement);
            }
            None => kept.push((row.number, record)),
        }
    }
    judgements
}

fn judge_entry(
    row: &Row,
    record: &FinRecord,
    kept: &[(u64, FinRecord)],
    elsewhere: &[OwnRow],
    wishes: Wishes,
) -> Option<Judgement> {
    let withheld = |note| {
        Some(Judgement {
            position: row.position,
            state: RowState::Withheld,
            note,
        })
    };
    let created = RowState::Record(RecordState::Created);
    if let Some((first, _)) = kept.iter().find(|(_, other)| other == record) {
        return withheld(Note::DuplicateOfRow { row: *first });
    }
    if let Some(own) = elsewhere
        .iter()
        .find(|own| own.record == *record && own.state == created && !wishes.again)
    {
        let state = row.state.after(RecordEvent::RecognisedAsOwn).ok()?;
        let note = Note::AlreadyEntered {
            entered: reference(own),
        };
        return Some(Judgement {
            position: row.position,
            state,
            note,
        });
    }
    let in_the_way = |own: &&OwnRow| {
        own.record == *record
            || (!wishes.allow_overlap && own.record.period.overlaps(&record.period))
    };
    if let Some(own) = elsewhere
        .iter()
        .filter(|own| is_open(own.state))
        .find(in_the_way)
    {
        return withheld(Note::OpenElsewhere {
            open: reference(own),
        });
    }
    if wishes.allow_overlap {
        return None;
    }
    let overlaps = |own: &&OwnRow| own.state == created && own.record != *record && in_the_way(own);
    if let Some(own) = elsewhere.iter().find(overlaps) {
        return withheld(Note::OverlapsOwnEntry {
            entered: reference(own),
            period: own.record.period,
        });
    }
    let (first, _) = kept
        .iter()
        .find(|(_, other)| other.period.overlaps(&record.period))?;
    withheld(Note::OverlapsRow { row: *first })
}

/// Judges the rows of one FIN of a job that deletes entries.
pub(crate) fn judge_deletions(same: &SameFin<'_>) -> Vec<Judgement> {
    let mut judgements = Vec::new();
    let mut kept: Vec<&Row> = Vec::new();
    for row in same.here {
        let period = row.entry.map(|entry| entry.period);
        let mut withhold = |note| {
            judgements.push(Judgement {
                position: row.position,
                state: RowState::Withheld,
                note,
            });
        };
        if let Some(first) = kept
            .iter()
            .find(|other| other.entry.map(|entry| entry.period) == period)
        {
            withhold(Note::DuplicateOfRow { row: first.number });
            continue;
        }
        let in_flight = |own: &&OwnRow| {
            Some(own.record.period) == period
                && matches!(
                    own.state,
                    RowState::Record(
                        RecordState::Sending | RecordState::Unknown | RecordState::Deleting
                    )
                )
        };
        match same.elsewhere.iter().find(in_flight) {
            Some(own) => withhold(Note::OpenElsewhere {
                open: reference(own),
            }),
            None => kept.push(row),
        }
    }
    judgements
}

pub(crate) fn reference(own: &OwnRow) -> RowRef {
    RowRef {
        job: own.job,
        row: own.number,
    }
}

#[cfg(test)]
mod tests {
    use finkit_core::{FinRecord, RecordState};

    use super::{Wishes, judge_deletions, judge_entries};
    use crate::submission::{Entry, JobId, Note, OwnRow, Row, RowRef, RowState, SameFin};

    const SAFE: Wishes = Wishes {
        allow_overlap: false,
        again: false,
    };

    fn record(period: &str, minute: u32) -> FinRecord {
        FinRecord {
            fin: "WVWZZZE1ZMP000001".parse().expect("a FIN"),
            period: period.parse().expect("a period"),
            registered_at: format!("2026-01-02T10:{minute:02}:00+01:00")
                .parse()
                .expect("a time"),
        }
    }

    fn here(records: &[FinRecord]) -> Vec<Row> {
        let state = RowState::Record(RecordState::Planned);
        let rows = records.iter().zip(0..);
        rows.map(|(record, position)| Row {
            position,
            number: position + 2,
            entry: Some((*record).into()),
            state,
        })
        .collect()
    }

    fn own(record: FinRecord, state: RecordState) -> OwnRow {
        OwnRow {
            job: JobId(9),
            position: 0,
            number: 40,
            record,
            state: RowState::Record(state),
        }
    }

    fn outcome(
        records: &[FinRecord],
        elsewhere: &[OwnRow],
        wishes: Wishes,
    ) -> Vec<(u64, &'static str, Note)> {
        let here = here(records);
        judge_entries(
            &SameFin {
                here: &here,
                elsewhere,
            },
            wishes,
        )
        .into_iter()
        .map(|judgement| (judgement.position, judgement.state.name(), judgement.note))
        .collect()
    }

    const SPRING: &str = "2026-01-01/2026-05-31";
    const SUMMER: &str = "2026-05-31/2026-09-30";
    const AUTUMN: &str = "2026-10-01/2026-12-31";
    const THERE: RowRef = RowRef {
        job: JobId(9),
        row: 40,
    };

    #[test]
    fn disjoint_periods_of_one_fin_are_all_entered() {
        let records = [record(SPRING, 0), record(AUTUMN, 1)];
        assert_eq!(
            outcome(
                &records,
                &[own(record(AUTUMN, 2), RecordState::Overlapping)],
                SAFE
            ),
            []
        );
    }

    #[test]
    fn of_equal_rows_the_first_is_kept_even_when_overlaps_and_repeats_are_asked_for() {
        let records = [record(SPRING, 0), record(SPRING, 0), record(SPRING, 0)];
        let twice = |row| Note::DuplicateOfRow { row };
        for wishes in [
            SAFE,
            Wishes {
                allow_overlap: true,
                again: true,
            },
        ] {
            assert_eq!(
                outcome(&records, &[], wishes),
                [(1, "withheld", twice(2)), (2, "withheld", twice(2))]
            );
        }
    }

    #[test]
    fn of_overlapping_rows_the_first_is_kept_unless_overlaps_are_asked_for() {
        let records = [record(SPRING, 0), record(SUMMER, 1), record(AUTUMN, 2)];
        assert_eq!(
            outcome(&records, &[], SAFE),
            [(1, "withheld", Note::OverlapsRow { row: 2 })]
        );
        assert_eq!(
            outcome(
                &records,
                &[],
                Wishes {
                    allow_overlap: true,
                    again: false
                }
            ),
            []
        );
    }

    #[test]
    fn an_own_entry_is_recognised_by_the_whole_record_and_repeated_only_on_demand() {
        let elsewhere = [own(record(SPRING, 0), RecordState::Created)];
        let entered = Note::AlreadyEntered { entered: THERE };
        assert_eq!(
            outcome(&[record(SPRING, 0)], &elsewhere, SAFE),
            [(0, "already-entered", entered)]
        );
        let again = Wishes {
            allow_overlap: false,
            again: true,
        };
        assert_eq!(outcome(&[record(SPRING, 0)], &elsewhere, again), []);
        let period = SPRING.parse().expect("a period");
        let overlaps = Note::OverlapsOwnEntry {
            entered: THERE,
            period,
        };
        assert_eq!(
            outcome(&[record(SPRING, 1)], &elsewhere, SAFE),
            [(0, "withheld", overlaps.clone())]
        );
        assert_eq!(
            outcome(&[record(SUMMER, 0)], &elsewhere, SAFE),
            [(0, "withheld", overlaps)]
        );
    }

    #[test]
    fn what_is_open_in_another_job_is_never_sent_a_second_time() {
        let open = [
            RecordState::Planned,
            RecordState::Sending,
            RecordState::Unknown,
            RecordState::Absent,
            RecordState::Deleting,
        ];
        for state in RecordState::ALL {
            for wishes in [
                SAFE,
                Wishes {
                    allow_overlap: true,
                    again: true,
                },
            ] {
                let found = outcome(
                    &[record(SPRING, 0)],
                    &[own(record(SPRING, 0), state)],
                    wishes,
                );
                let withheld = found == [(0, "withheld", Note::OpenElsewhere { open: THERE })];
                assert_eq!(withheld, open.contains(&state), "{state}");
            }
        }
    }

    #[test]
    fn a_deletion_waits_for_entries_whose_fate_is_open() {
        let entry = |period: &str| Entry {
            registered_at: None,
            ..record(period, 0).into()
        };
        let state = RowState::Record(RecordState::Created);
        let row = |position, period| Row {
            position,
            number: position + 2,
            entry: Some(entry(period)),
            state,
        };
        let here = [row(0, SPRING), row(1, SPRING), row(2, AUTUMN)];
        let elsewhere = [
            own(record(SPRING, 0), RecordState::Created),
            own(record(AUTUMN, 0), RecordState::Unknown),
        ];
        let judged: Vec<_> = judge_deletions(&SameFin {
            here: &here,
            elsewhere: &elsewhere,
        })
        .into_iter()
        .map(|judgement| (judgement.position, judgement.note))
        .collect();
        assert_eq!(
            judged,
            [
                (1, Note::DuplicateOfRow { row: 2 }),
                (2, Note::OpenElsewhere { open: THERE })
            ]
        );
    }
}
