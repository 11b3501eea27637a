//! Changing a Cognitive Services account. Nobody recorded a PATCH of one; its creation was, and an update is the same
//! long-running operation: the recorded answers are given to the update that the client sends.

use nsp::azure::{ArmClient, Options, Session};
use nsp::domain::{AccessMode, ArmId, Change, Outcome, PublicAccess, ResourceChange, Step, Written};
use serde_json::{Value, json};

use crate::scripted::Waits;
use crate::support::cassette::{Interaction, recorded};
use crate::support::replay::Replay;
use crate::support::truth::truth;

const RECORDING: &str = "test_cognitiveservices_account_public_network_access.yaml";

/// The recorded reading of the account with another public access.
fn with_access(read: &Interaction, access: &str) -> Interaction {
    let mut body: Value = serde_json::from_slice(&read.answer).unwrap();
    body["properties"]["publicNetworkAccess"] = json!(access);
    Interaction { answer: body.to_string().into_bytes(), ..read.clone() }
}

#[tokio::test]
async fn recorded_answers_carry_an_update_of_an_account_to_its_end() {
    let Some(truth) = truth("an account's recorded answers") else { return };
    let Some(cassette) = recorded(truth).iter().find(|one| one.name.ends_with(RECORDING)) else {
        println!("SKIPPED: these are other recordings, {RECORDING} is not among them");
        return;
    };
    let [made, creating, succeeded, read, ..] = cassette.interactions.as_slice() else {
        panic!("{RECORDING} is too short")
    };
    let closed = with_access(read, "Disabled");
    let update = Interaction { method: "PATCH".to_owned(), body: Vec::new(), ..made.clone() };
    let script = vec![
        closed.clone(),
        closed,
        update,
        creating.clone(),
        succeeded.clone(),
        with_access(read, "Enabled"),
    ];
    let replay = Replay::remembering(script).await;
    let session = Session::at("recorded", replay.url(), Some(replay.url()), crate::scripted::Tokens::new());
    let options = Options { clock: Waits::new(), seed: Some(1), ..Options::default() };
    let client = ArmClient::with_options(session.unwrap(), options).unwrap();

    let before = client.resource(&ArmId::parse(read.url.path()).unwrap()).await.unwrap();
    assert_eq!(before.public_access, Some(PublicAccess::Disabled));
    let (access, mode) = (PublicAccess::Enabled, Some(AccessMode::Learning));
    let change = Change::Resource(Box::new(ResourceChange::SetAccess { before, access, mode }));
    let mut steps = Vec::new();
    let outcome = client.apply(&change, |step| steps.push(step)).await;
    let Outcome::Done { after: Some(Written::Resource(after)) } = outcome else { panic!("{outcome:?}") };
    assert_eq!(after.public_access, Some(PublicAccess::Enabled));
    let word = |status: &str| Step::Waiting { status: status.to_owned() };
    assert_eq!(steps, [Step::Checking, Step::Sending, word("Creating"), Step::ReadingBack]);
    replay.assert_complete(RECORDING);
    let sent = replay.played().into_iter().find(|one| one.recorded.method == "PATCH").unwrap().sent;
    let sent: Value = serde_json::from_slice(&sent).unwrap();
    assert_eq!(sent, json!({"properties": {"publicNetworkAccess": "Enabled"}}));
}
