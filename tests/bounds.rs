//! Every step against the textbook loop in `f64`, within bounds that are derived and not fitted; and, over the same
//! random hyper-parameters and values, against the written-out arithmetic, bit for bit.

gradstep_models::tests!(bounds: reference, bits, domain);
