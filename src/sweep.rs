//! The sweep: one pass over the slices of a step, around its rule.
//!
//! ```text
//! for each register, from the widest to a single f32:          a group of four, one, f32x4, f32
//!     for each block that fills it, of what is left of the slices:
//!         p, g, old  ←  parameter, gradient, state             one load each
//!         g  ←  clamp(s·g)                                     scale and clamp
//!         g  ←  g + λp                                         weight decay: a penalty, added to the gradient,
//!         p  ←  d·p                                            or a factor, with which the parameter shrinks
//!         new  ←  rule.state(p, g, old)
//!         state  ←  Z(new)                                     stored here; Z flushes subnormals
//!         parameter  ←  rule.param(p, g, old, new)             roots and quotients come last
//!         gradient  ←  +0                                      if gradients are zeroed
//! ```
//!
//! What a step does not do must cost nothing, and a branch inside the loop costs 5–30 % even if it is never taken. So
//! the loop is compiled three times: [`Plain`], of which only the rule is left, [`Scaled`], and [`General`], in which
//! every option is an ordinary `if`. The two kinds of decay are a constant of the optimizer.
//!
//! Slices of equal length, established before the loop, are what removes every bounds check from it. An array of slices
//! that is indexed by a variable keeps them, three times the instructions on a Cortex-M: so each number of slots is
//! [written out](each_slot).
//!
//! Tried and left out: non-temporal stores, masked loads and stores for the last elements (a masked store holds up every
//! load of its line), a table of loops per option.

mod map;
mod reduce;
mod slices;

pub use map::{InPlace, Map};
#[cfg(feature = "rayon")]
pub use reduce::BLOCK;
pub use reduce::{AllFinite, Pairwise, SumOfSquares};
pub use slices::{Gradients, MAX_STATE, Slices};

use crate::isa::{Cpu, Isa, Kernel, SIMD};
use crate::lanes::{Block, Lanes, Register};
use crate::rule::Rule;
use core::marker::PhantomData;
use core::mem;
use slices::{Part, each_slot};

/// What a step does around its rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Around {
    /// The factor of each gradient, negative to climb. 1 if there is none.
    pub scale: f32,
    /// The limit of each gradient's magnitude. ∞ if there is none.
    pub clamp: f32,
    /// The λ of a penalty. 0 if there is none.
    pub penalty: f32,
    /// The factor 1 − ηλ of decoupled decay. 1 if there is none.
    pub shrink: f32,
    pub flush_subnormals: bool,
}

impl Around {
    pub const NOTHING: Self =
        Self { scale: 1.0, clamp: f32::INFINITY, penalty: 0.0, shrink: 1.0, flush_subnormals: false };

    /// The gradient as the rule sees it.
    #[inline(always)]
    fn gradient<O: Loop, L: Lanes>(&self, g: L, p: L) -> L {
        let g = if O::SCALED { g * self.scale } else { g };
        if !O::GENERAL {
            return g;
        }
        // Clamped by ∞, too: asking first is slower.
        let g = g.clamp(self.clamp);
        // Asked first, because 0·∞ must not leak into the gradient.
        if self.penalty == 0.0 { g } else { g + p * self.penalty }
    }

    /// A value of the state as it is stored.
    #[inline(always)]
    fn stored<O: Loop, L: Lanes>(&self, x: L) -> L {
        if O::GENERAL && self.flush_subnormals { x.flush_subnormals() } else { x }
    }
}

/// Which options a loop is compiled for.
pub trait Loop {
    /// Whether gradients are scaled.
    const SCALED: bool;
    /// Whether there are clamp, penalty and flushing, and the rare choices of a rule.
    const GENERAL: bool;
}

/// The rule alone, in its [usual](Rule::usual) form.
pub enum Plain {}

/// The rule in its usual form, with a scale.
pub enum Scaled {}

/// Everything.
pub enum General {}

impl Loop for Plain {
    const SCALED: bool = false;
    const GENERAL: bool = false;
}

impl Loop for Scaled {
    const SCALED: bool = true;
    const GENERAL: bool = false;
}

impl Loop for General {
    const SCALED: bool = true;
    const GENERAL: bool = true;
}

/// The name of a [`Loop`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pass {
    Plain,
    Scaled,
    General,
}

impl Around {
    /// The least loop that does what is asked.
    #[inline(always)]
    pub fn pass<R: Rule<S>, const S: usize>(&self, rule: &R) -> Pass {
        let rare = self.clamp != f32::INFINITY || self.penalty != 0.0 || self.flush_subnormals;
        if rare || rule.usual().is_none() {
            Pass::General
        } else if self.scale != 1.0 {
            Pass::Scaled
        } else {
            Pass::Plain
        }
    }
}

/// One step over `slices`, with decoupled decay if `SHRINK`.
#[inline(always)]
pub fn update<'a, const SHRINK: bool, R: Rule<S>, G: Gradients<'a>, const S: usize>(
    isa: Isa,
    pass: Pass,
    rule: &R,
    around: &Around,
    slices: &mut Slices<'a, G, S>,
) {
    match pass {
        // A third loop is too much code for a microcontroller, where a multiplication by 1 is one cycle.
        Pass::Plain if SIMD => isa.run(Update::<Plain, SHRINK, _, _, S>::new(rule, around, slices)),
        Pass::Plain | Pass::Scaled => isa.run(Update::<Scaled, SHRINK, _, _, S>::new(rule, around, slices)),
        Pass::General => isa.run(Update::<General, SHRINK, _, _, S>::new(rule, around, slices)),
    }
}

/// One step over `slices`, as a kernel: the loop `O`, with decoupled decay if `SHRINK`.
///
/// By reference, because a copy costs a short call more than its work: the caller stores pointers and lengths one by one,
/// and a load of two of them together has to wait until both are in the cache.
pub struct Update<'k, 'a, O, const SHRINK: bool, R, G, const S: usize> {
    rule: &'k R,
    around: &'k Around,
    slices: &'k mut Slices<'a, G, S>,
    options: PhantomData<O>,
}

impl<'k, 'a, O, const SHRINK: bool, R, G, const S: usize> Update<'k, 'a, O, SHRINK, R, G, S> {
    #[inline(always)]
    pub fn new(rule: &'k R, around: &'k Around, slices: &'k mut Slices<'a, G, S>) -> Self {
        Self { rule, around, slices, options: PhantomData }
    }
}

impl<'a, O: Loop, const SHRINK: bool, R: Rule<S>, G: Gradients<'a>, const S: usize> Kernel
    for Update<'_, 'a, O, SHRINK, R, G, S>
{
    type Output = ();

    #[inline(always)]
    fn run<C: Cpu>(self, cpu: C) {
        let mut part = Part::all(self.slices);
        // The step was built for the usual rule if it comes to these loops.
        let Some(rule) = (if O::GENERAL { Some(*self.rule) } else { self.rule.usual() }) else { return };
        let sweep = Sweep::<O, SHRINK, R> { rule, around: *self.around, options: self.options };
        if C::WHOLE_LINES {
            let before = part.before_first_line();
            if before > 0 {
                let (front, rest) = part.split(before);
                sweep.blocks::<C, Narrower<C, Narrower<C, C::Group>>, G, S>(cpu, front);
                part = rest;
            }
        }
        sweep.blocks::<C, C::Group, G, S>(cpu, part);
    }
}

type Narrower<C, L> = <L as Register<C>>::Narrower;

/// What is done to each element.
#[derive(Clone, Copy)]
struct Sweep<O, const SHRINK: bool, R> {
    rule: R,
    around: Around,
    options: PhantomData<O>,
}

impl<O: Loop, const SHRINK: bool, R: Copy> Sweep<O, SHRINK, R> {
    /// The parameter as the rule sees it.
    #[inline(always)]
    fn decayed<L: Lanes>(&self, p: L) -> L {
        if SHRINK { p * self.around.shrink } else { p }
    }

    /// The whole blocks of `part`, and then the rest in narrower registers.
    #[inline(always)]
    fn blocks<'a, C: Cpu, L: Register<C>, G: Gradients<'a>, const S: usize>(&self, cpu: C, part: Part<'a, G, S>)
    where
        R: Rule<S>,
    {
        if !part.is_equally_long() {
            return;
        }
        let whole = part.params.len() - part.params.len() % L::Block::LEN;
        let (mut front, rest) = part.split(whole);
        let params = L::Block::of_mut(front.params);
        let mut grads = front.grads.blocks::<L::Block>();
        let mut state = <[&mut [L::Block]; MAX_STATE]>::default();
        each_slot!(K of S => state[K] = L::Block::of_mut(mem::take(&mut front.state[K])));

        // Said once more of the blocks, since the compiler does not conclude it.
        let n = params.len();
        let mut equal = grads.len() == n;
        each_slot!(K of S => equal &= state[K].len() == n);
        if !equal {
            return;
        }
        let prefetched = if R::DIVIDES && n >= FAR / L::Block::LEN { n } else { 0 };
        for i in 0..n {
            let ahead = ahead::<L::Block>(i);
            if ahead < prefetched {
                cpu.prefetch(&params[ahead]);
                cpu.prefetch(&grads[ahead]);
                each_slot!(K of S => cpu.prefetch(&state[K][ahead]));
            }
            let p = L::load(cpu, &params[i]);
            let g = self.around.gradient::<O, L>(L::load(cpu, &grads[i]), p);
            let p = self.decayed(p);
            let mut old = [p; S];
            each_slot!(K of S => old[K] = L::load(cpu, &state[K][i]));
            let new = self.rule.state(p, g, old);
            each_slot!(K of S => self.around.stored::<O, L>(new[K]).store(&mut state[K][i]));
            // Loaded again: until here, its registers were free for the state.
            let p = self.decayed(L::load(cpu, &params[i]));
            self.rule.param(p, g, old, new).store(&mut params[i]);
            G::done(&mut grads, i);
        }
        if L::Block::LEN > 1 {
            self.blocks::<C, L::Narrower, G, S>(cpu, rest);
        }
    }
}

/// A sweep over memory prefetches what it needs this many elements later. By itself the processor looks ahead in the
/// program, which is not far where divisions queue up, and along a page, but not beyond its end. (Measured on an Intel Xeon.)
const AHEAD: usize = 256;

/// Slices of fewer elements are likely in the first caches.
const FAR: usize = 1 << 14;

/// The block that a sweep over blocks of type `B` prefetches when it is at block `i`.
#[inline(always)]
const fn ahead<B: Block>(i: usize) -> usize {
    i + AHEAD / B::LEN
}
