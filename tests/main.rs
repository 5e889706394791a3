//! A file a promise. One program, because so many would take minutes to compile and link; `cargo test identity::` runs one
//! file, `cargo test adamw::` one optimizer.
//!
//! What must hold of every optimizer is a function of the crate `checks`; what is known of each is in `models`.

mod allocation;
mod any;
mod bounds;
mod codegen;
mod errors;
mod golden;
mod grads;
mod guard_pages;
mod identity;
mod lanes;
mod model;
mod parallel;
mod schedule;
mod serde;
mod special;
mod storage;
mod torch;
