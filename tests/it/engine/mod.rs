//! The engine that answers what-if questions and reports impact, against the simulator's own judgement of traffic.
//! The two share no code: both are written from the documentation, and here they argue.

mod argue;
mod cases;
mod hygiene;
mod plans;
mod stage;
mod truth;
mod world;
