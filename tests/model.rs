//! The models and the optimizers agree on what stands in both.

gradstep_models::tests!(model: constants, accessors);
