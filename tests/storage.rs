//! Storage in fewer bits.

gradstep_models::tests!(storage: groups, splits);
