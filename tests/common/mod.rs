//! What the test files share; each uses a part of it.
#![allow(dead_code)]

pub mod backends;
pub mod bits;
pub mod bounds;
pub mod call;
pub mod cases;
pub mod family;
pub mod norm;
pub mod placed;
pub mod run;
pub mod tensors;
