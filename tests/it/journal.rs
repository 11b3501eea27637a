//! The journal of writes: what it knows after the program has died at any point.

use std::fs;
use std::io::Write;

use jiff::Timestamp;
use nsp::domain::{AccessMode, ArmId, Association, Change, Failure, FailureKind, Issues, Outcome, RawBody};
use nsp::domain::{RuleContent, SourceKind};
use nsp::journal::{Journal, State};

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn id(below: &str) -> ArmId {
    let nsp = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityPerimeters/n";
    ArmId::parse(&format!("{nsp}{below}")).unwrap()
}

fn create() -> Change {
    let content = RuleContent::of(SourceKind::AddressPrefix, vec!["203.0.113.0/24".to_owned()]);
    Change::CreateRule { id: id("/profiles/p/accessRules/r"), content }
}

fn enforce() -> Change {
    let before = Association {
        id: id("/resourceAssociations/a"),
        resource: None,
        profile: None,
        mode: AccessMode::Learning,
        state: None,
        issues: Issues::No,
        modified: None,
        raw: RawBody::new(r#"{"id":"x","properties":{"accessMode":"Learning"}}"#),
    };
    Change::SetMode { before, mode: AccessMode::Enforced }
}

fn unknown() -> Outcome {
    let mut failure = Failure::new(FailureKind::Unknown, "t", "the connection broke\nhere");
    failure.request_id = Some("r1".to_owned());
    Outcome::Unknown(failure)
}

#[test]
fn every_way_in_which_a_write_can_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/nsp/journal.jsonl");
    let journal = Journal::open(&path).unwrap();
    let intended = journal.intent(1, now(), "prod", &create()).unwrap();
    let sent = journal.intent(2, now(), "prod", &enforce()).unwrap();
    journal.sent(&sent, now()).unwrap();
    let done = journal.intent(3, now(), "prod", &create()).unwrap();
    journal.sent(&done, now()).unwrap();
    journal.outcome(&done, now(), &Outcome::Done { after: None }).unwrap();
    let open = journal.intent(4, now(), "prod", &create()).unwrap();
    journal.sent(&open, now()).unwrap();
    journal.outcome(&open, now(), &unknown()).unwrap();
    drop(journal);

    let journal = Journal::open(&path).unwrap();
    let unfinished = journal.unfinished().unwrap();
    let states: Vec<_> = unfinished.iter().map(|e| (e.id.clone(), e.state)).collect();
    assert_eq!(states, [(intended, State::Intended), (sent.clone(), State::Sent), (open, State::Unknown)]);
    assert_eq!(unfinished[1].before, r#"{"id":"x","properties":{"accessMode":"Learning"}}"#);
    assert_eq!((unfinished[1].title.as_str(), unfinished[1].session.as_str()), ("Set a to Enforced", "prod"));
    assert_eq!(unfinished[1].fields[0].after, "Enforced");
    assert_eq!(unfinished[2].request_id.as_deref(), Some("r1"));
    assert_eq!(unfinished[2].detail, "the connection broke\nhere");

    journal.seen(&sent, now()).unwrap();
    assert_eq!(journal.unfinished().unwrap().len(), 2);
    let recent = journal.recent(2).unwrap();
    assert_eq!(recent.iter().map(|e| e.state).collect::<Vec<_>>(), [State::Unknown, State::Done]);
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/journal.jsonl");
    drop(Journal::open(&path).unwrap());
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    drop(Journal::open(&path).unwrap());
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn a_torn_last_line_costs_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    let journal = Journal::open(&path).unwrap();
    journal.intent(1, now(), "prod", &create()).unwrap();
    drop(journal);
    let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(br#"{"entry":"intent","id":"torn","ti"#).unwrap();
    let journal = Journal::open(&path).unwrap();
    journal.intent(2, now(), "prod", &create()).unwrap();
    assert_eq!(journal.recent(9).unwrap().len(), 2);
}

#[test]
fn two_programs_write_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    let writers: Vec<_> = (0..4)
        .map(|n| {
            let path = path.clone();
            std::thread::spawn(move || {
                let journal = Journal::open(&path).unwrap();
                for _ in 0..25 {
                    let id = journal.intent(n, now(), "prod", &enforce()).unwrap();
                    journal.outcome(&id, now(), &Outcome::Done { after: None }).unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().unwrap();
    }
    let journal = Journal::open(&path).unwrap();
    assert_eq!(journal.recent(1000).unwrap().len(), 100);
    assert!(journal.unfinished().unwrap().is_empty());
}
