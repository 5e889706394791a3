//! What the fuzz targets share: inputs of every kind, and a model of which of them must be refused. The arithmetic and
//! its bounds are those of the tests.

pub mod number;
pub mod optimizer;
pub mod schedule;
pub mod tensor;

use gradstep::Error;

/// What an error complains about, as the models name it. Its text says so, too.
pub fn complaint(error: Error) -> &'static str {
    let (name, text) = match error {
        Error::StepZero => ("t", "the step number t is"),
        Error::States { .. } => ("state", "the number of state slices"),
        Error::Length { slice, .. } => (slice, slice),
        Error::Hyperparameter { name, .. } => (name, name),
        Error::ExactState { slice, .. } | Error::MixedState { slice, .. } => (slice, slice),
        Error::OffsetUnaligned { .. } | Error::OffsetTooLarge { .. } => ("offset", "the offset"),
        Error::GradientsNotFinite => ("gradients", "the scale of the step is NaN"),
        _ => ("an unknown error", ""),
    };
    assert!(error.to_string().starts_with(text), "{error}");
    name
}

/// Panics unless `result` is an error about one of the `faults`, or a success where there are none.
#[track_caller]
pub fn assert_verdict<T>(result: &Result<T, Error>, faults: &[&str]) {
    match result {
        Ok(_) => assert!(faults.is_empty(), "not refused in spite of {faults:?}"),
        Err(error) => assert!(faults.contains(&complaint(*error)), "refused by {error:?}, faults: {faults:?}"),
    }
}
