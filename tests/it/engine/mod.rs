//! The engine that answers what-if questions and reports impact, against the simulator's own judgement of traffic.
//! The two share no code: both are written from the documentation, and here they argue.

mod argue;
mod cases;
mod commands;
mod estate;
mod hygiene;
mod live;
mod plans;
mod seed;
mod stage;
mod truth;
mod world;
