//! Chosen at run time, every optimizer is the one that it is when it is named.

use gradstep::AnyOptimizer;
use gradstep_checks::Model;
use gradstep_models::{NAMES, Visitor, each};

gradstep_models::tests!(any: typed_step, states, hyperparameters, arenas);

/// Each under its own name, once, in the order of the registry.
#[test]
fn names() {
    struct Named;
    impl Visitor for Named {
        fn visit<M: Model<S, Optimizer: Into<AnyOptimizer>>, const S: usize>(&mut self, name: &'static str) {
            let (_, optimizer) = M::cases().next().unwrap();
            let any: AnyOptimizer = optimizer.into();
            assert_eq!(any.name(), name);
            assert_eq!(any.to_string(), name);
            assert_eq!(format!("{any:>9}"), format!("{name:>9}"));
            assert_eq!(AnyOptimizer::from_name(name), Some(any), "the registry's example is the default case");
        }
    }
    each(&mut Named);
    assert_eq!(AnyOptimizer::ALL.iter().map(AnyOptimizer::name).collect::<Vec<_>>(), NAMES);
    // None gets lost.
    for name in ["sgd", "momentum", "adam", "adamw", "amsgrad", "amsgradw"] {
        assert_eq!(NAMES.iter().filter(|&&other| other == name).count(), 1, "{name}");
    }
    assert_eq!(AnyOptimizer::from_name("abacus"), None);
}
