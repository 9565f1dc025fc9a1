//! Tables: those of Kevo, ours, and what damage does to them.

mod damage;
mod fixtures;
mod model;
mod properties;
mod publish;
#[path = "../support/mod.rs"]
mod support;
