//! From groups of denied traffic to the smallest set of rules that admits them, within the budget of rule elements.
//! No I/O; nothing is written here.
//!
//! A plan never admits what it does not spell out: every block is listed with the addresses that were seen in it and
//! the number that were not. Widening (/24, /20; /64, /48) is a choice of the user's, never the plan's. Within a
//! width, blocks are only merged where their union is exactly the larger block.

mod blocks;
mod build;
mod names;

pub use build::{Block, Budget, Choice, LeftOut, Plan, PlannedRule, Reason, Uncovered, compare, plan};
pub use names::{unique_name, valid_name};
