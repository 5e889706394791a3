//! Slices right against memory that must not be touched: one byte too far at either end is a fault, not a wrong value.

use gradstep::Isa;
use region::Protection;

use crate::backends::{available, on};
use crate::tensors::Tensors;
use crate::{Model, Rng, cases};

/// Every short length, and around the lengths from which a sweep first goes to a cache line, and prefetches.
pub fn lengths() -> impl Iterator<Item = usize> {
    (0..=200).chain((4095..=4096 + 32).step_by(3)).chain((LONGEST - 35..=LONGEST).step_by(5))
}

const LONGEST: usize = (1 << 14) + 32;

/// Which edge of the accessible pages a slice lies against.
#[derive(Clone, Copy, Debug)]
pub enum Edge {
    /// The first.
    Start,
    /// The last.
    End,
}

/// Pages to read and write between two that fault, and a slice in them.
pub struct Guarded {
    pages: region::Allocation,
    first: usize,
    len: usize,
}

impl Guarded {
    /// With an empty slice.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        let page = region::page::size();
        let room = (LONGEST * size_of::<f32>()).next_multiple_of(page);
        let pages = region::alloc(page + room + page, Protection::READ_WRITE).unwrap();
        for guard in [0, page + room] {
            // SAFETY: nothing refers to these pages.
            unsafe { region::protect(pages.as_ptr::<u8>().add(guard), page, Protection::NONE) }.unwrap();
        }
        Self { pages, first: page / size_of::<f32>(), len: 0 }
    }

    /// The slice is now one of `values`.
    pub fn place(&mut self, edge: Edge, values: &[f32]) -> &mut [f32] {
        let n = values.len();
        assert!(n <= LONGEST);
        let page = region::page::size() / size_of::<f32>();
        self.first = match edge {
            Edge::Start => page,
            Edge::End => self.pages.len() / size_of::<f32>() - page - n,
        };
        self.len = n;
        self.as_mut().copy_from_slice(values);
        self.as_mut()
    }
}

impl AsRef<[f32]> for Guarded {
    fn as_ref(&self) -> &[f32] {
        // SAFETY: the values lie in pages that may be accessed, and any bits are an f32.
        unsafe { core::slice::from_raw_parts(self.pages.as_ptr::<f32>().add(self.first), self.len) }
    }
}

impl AsMut<[f32]> for Guarded {
    fn as_mut(&mut self) -> &mut [f32] {
        // SAFETY: as in `as_ref`, exclusively through `self`.
        unsafe { core::slice::from_raw_parts_mut(self.pages.as_mut_ptr::<f32>().add(self.first), self.len) }
    }
}

/// Calls `check` with every backend, both edges and every length.
pub fn everywhere(mut check: impl FnMut(Isa, Edge, usize)) {
    for isa in available() {
        for edge in [Edge::Start, Edge::End] {
            lengths().for_each(|n| check(isa, edge, n));
        }
    }
}

/// Steps of the default case, in each loop of a kernel.
pub fn steps<M: Model<S>, const S: usize>() {
    let mut guarded =
        Tensors { params: Guarded::new(), grads: Guarded::new(), state: [(); S].map(|()| Guarded::new()) };
    let mut rng = Rng::with_seed(6);
    let (_, optimizer) = M::cases().next().expect("the default case");
    everywhere(|isa, edge, n| {
        let before = Tensors::random::<M>(&mut rng, n);
        for options in cases::LOOPS {
            let after = before.updated::<M>(&optimizer, 2, options);
            let step = options.step(&optimizer, 2, isa).unwrap();
            for zero in [false, true] {
                let slices = [&mut guarded.params, &mut guarded.grads].into_iter().chain(&mut guarded.state);
                slices.zip(before.slices()).for_each(|(slice, values)| {
                    slice.place(edge, values);
                });
                on(isa, || guarded.apply(&step, zero)).unwrap();
                guarded.assert_holds(&after, zero, format_args!("{isa}, {edge:?}, n = {n}, {options:?}"));
            }
        }
    });
}
