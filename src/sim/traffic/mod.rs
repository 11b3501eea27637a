//! The traffic model: callers and destinations hit resources, the present configuration judges
//! each flow, and what comes of it becomes rows of the access log.

pub mod config;
