//! The map: one slice, each element by itself.

use crate::isa::{Cpu, Kernel};
use crate::lanes::{Block, Lanes, Register};

/// A function of each element.
pub trait Map: Copy {
    fn map<L: Lanes>(self, x: L) -> L;
}

/// `map` of each element of `slice`, in its place.
pub struct InPlace<'a, M> {
    pub map: M,
    pub slice: &'a mut [f32],
}

impl<M: Map> Kernel for InPlace<'_, M> {
    type Output = ();

    #[inline(always)]
    fn run<C: Cpu>(self, cpu: C) {
        sweep::<C, C::Group, M>(cpu, self.map, self.slice);
    }
}

#[inline(always)]
fn sweep<C: Cpu, L: Register<C>, M: Map>(cpu: C, map: M, slice: &mut [f32]) {
    let whole = slice.len() - slice.len() % L::Block::LEN;
    for block in L::Block::of_mut(slice) {
        map.map(L::load(cpu, block)).store(block);
    }
    if L::Block::LEN > 1
        && let Some(tail) = slice.get_mut(whole..)
    {
        sweep::<C, L::Narrower, M>(cpu, map, tail);
    }
}
