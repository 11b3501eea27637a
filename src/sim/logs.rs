//! The Log Analytics side of the simulator: queries and the truth about flows.

use serde_json::{Value, json};

use super::http::Answer;
use super::world::World;

/// `POST /v1/workspaces/{id}/query`
pub fn query(_world: &mut World, _workspace: &str, _body: &[u8]) -> Answer {
    Answer::error(404, "PathNotFoundError", "The requested path does not exist")
}

/// `GET /_sim/truth`: every flow with its verdicts.
pub fn truth(_world: &mut World) -> Value {
    json!({"flows": []})
}
