//! The models and the optimizers agree on what stands in both.

gradstep_models::tests!(model: constants, accessors);

/// What is published for the optimizers of others holds of these.
mod promises {
    gradstep_models::tests!(promises: no_hidden_state, nan_is_seen, agrees_with_its_reference, refuses_without_a_trace);
}
