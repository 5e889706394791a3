//! The sweep: one pass over the slices of a step, around its rule.
//!
//! ```text
//! if registers are whole cache lines, and long slices all begin as far from one:
//!     do the front, up to a line, on narrower registers
//! for each register:                          as many groups of four as there are, then one by one
//!     p, g, old  ←  parameter, gradient, state             p and g are loaded first
//!     g  ←  clamp(s·g)                                     scale and clamp
//!     g  ←  g + λp                                         weight decay, if it is a penalty
//!     p  ←  d·p                                            weight decay, if it is decoupled
//!     new  ←  rule.state(p, g, old)
//!     state  ←  Z(new)                                     stored before any root or quotient
//!     parameter  ←  rule.param(p, g, old, new)
//!     gradient  ←  +0                                      if gradients are zeroed
//! if some elements are left:
//!     do the same with the last register and these, in two registers that overlap, both loaded before either is stored
//! ```
//!
//! Z flushes subnormals. It acts on what is stored and on nothing else: `param` gets `new` as `state` returned it.
//!
//! Slices that do not fill a register go to a backend of narrower ones, down to a single `f32`.
//!
//! **Four loops.** An option that is off must cost nothing, but a branch inside the loop costs 5–30 %, taken or not. So
//! the loop is compiled four times: [`Plain`] is the rule alone; [`Scaled`] has a scale, too; in [`Optioned`] every option
//! is decided at run time; in [`General`] the rule's rare choices are, too. A step chooses one of them when it is built.
//! Whether decay is decoupled is a constant of the optimizer. Without SIMD there are two, `Scaled` and `General`.
//!
//! **No bounds checks.** There are none in the loop because the blocks of all slices are cut to one length first; to compare
//! their lengths is not enough for every compiler. In an array of slices that is indexed by a variable the checks stay all
//! the same, and a Cortex-M runs three times as many instructions. So the slots of the state are
//! [written out](each_slot), each with an index of its own.
//!
//! **Tried, and left out.** Non-temporal stores gain nothing. Masked loads and stores for the last elements lose where
//! small tensors lie side by side, since a masked store holds up every load of its cache line. A loop for each set of
//! options is too much code.

mod map;
mod reduce;
mod slices;
#[cfg(feature = "storage")]
mod stored;

pub use map::{InPlace, Map};
#[cfg(any(feature = "rayon", feature = "storage"))]
pub use reduce::BLOCK;
pub use reduce::{AllFinite, Pairwise, SumOfSquares};
pub use slices::{Gradients, MAX_STATE, Slices};
#[cfg(feature = "storage")]
pub use stored::{AnyGrads, Formats, Stored, update_stored};

use crate::isa::{Cpu, Isa, Kernel, SIMD};
use crate::lanes::{Block, Lanes, Pair, Register};
use crate::rule::Rule;
use core::marker::PhantomData;
use core::mem;
use slices::{Part, each_slot};

/// What a step does around its rule. A field at its neutral value, as in [`NOTHING`](Self::NOTHING), does nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Around {
    /// The factor of each gradient; of the other sign under `maximize`. 1 if there is none.
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
        if !O::OPTIONS {
            return g;
        }
        // Clamped even by ∞: asking first is slower.
        let g = g.clamp(self.clamp);
        // Not without asking: 0·∞ is NaN, and must not reach the gradient.
        if self.penalty == 0.0 { g } else { g + p * self.penalty }
    }

    /// A value of the state as it is stored.
    #[inline(always)]
    fn stored<O: Loop, L: Lanes>(&self, x: L) -> L {
        if O::OPTIONS && self.flush_subnormals { x.flush_subnormals() } else { x }
    }
}

/// Which options a loop is compiled for.
pub trait Loop {
    /// Whether gradients are scaled.
    const SCALED: bool;
    /// Whether there are clamp, penalty and flushing.
    const OPTIONS: bool;
    /// Whether the rule may make rare choices.
    const RARE: bool;
}

/// The rule alone, in its [usual](Rule::usual) form.
pub enum Plain {}

/// The rule in its usual form, with a scale.
pub enum Scaled {}

/// The rule in its usual form, with every option.
pub enum Optioned {}

/// Everything. In single registers: a rule's rare choices are not worth the code of a group.
pub enum General {}

impl Loop for Plain {
    const SCALED: bool = false;
    const OPTIONS: bool = false;
    const RARE: bool = false;
}

impl Loop for Scaled {
    const SCALED: bool = true;
    const OPTIONS: bool = false;
    const RARE: bool = false;
}

impl Loop for Optioned {
    const SCALED: bool = true;
    const OPTIONS: bool = true;
    const RARE: bool = false;
}

impl Loop for General {
    const SCALED: bool = true;
    const OPTIONS: bool = true;
    const RARE: bool = true;
}

/// Which [`Loop`] a step runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LoopKind {
    Plain,
    Scaled,
    Optioned,
    General,
}

#[cfg(feature = "storage")]
impl LoopKind {
    /// Whether the step is the rule in its usual form and perhaps a scale.
    pub const fn is_usual(self) -> bool {
        matches!(self, Self::Plain | Self::Scaled)
    }
}

impl Around {
    /// The smallest loop that does what is asked.
    #[inline(always)]
    pub fn loop_kind<R: Rule<S>, const S: usize>(&self, rule: &R) -> LoopKind {
        let optioned = self.clamp != f32::INFINITY || self.penalty != 0.0 || self.flush_subnormals;
        if rule.usual().is_none() {
            LoopKind::General
        } else if optioned {
            LoopKind::Optioned
        } else if self.scale != 1.0 {
            LoopKind::Scaled
        } else {
            LoopKind::Plain
        }
    }
}

/// One step over `slices`, with decoupled decay if `SHRINK`.
#[inline(always)]
pub fn update<'a, const SHRINK: bool, R: Rule<S>, G: Gradients<'a>, const S: usize>(
    isa: Isa,
    kind: LoopKind,
    rule: &R,
    around: &Around,
    slices: &mut Slices<'a, G, S>,
) {
    match kind {
        // Without SIMD, two loops must do: on a microcontroller code is dear, and a multiplication by 1 is one cycle.
        LoopKind::Plain if SIMD => isa.run(Update::<Plain, SHRINK, _, _, S>::new(rule, around, slices)),
        LoopKind::Plain | LoopKind::Scaled => isa.run(Update::<Scaled, SHRINK, _, _, S>::new(rule, around, slices)),
        LoopKind::Optioned if SIMD => isa.run(Update::<Optioned, SHRINK, _, _, S>::new(rule, around, slices)),
        LoopKind::Optioned | LoopKind::General => {
            isa.run(Update::<General, SHRINK, _, _, S>::new(rule, around, slices));
        }
    }
}

/// One step over `slices`, as a kernel: the loop `O`, with decoupled decay if `SHRINK`.
///
/// Everything is taken by reference, because a copy would cost a short call more than its work: the caller has just
/// stored pointers and lengths one by one, and a load of two of them at once has to wait until both stores reach the
/// cache.
pub struct Update<'k, 'a, O, const SHRINK: bool, R, G, const S: usize> {
    rule: &'k R,
    around: &'k Around,
    slices: &'k mut Slices<'a, G, S>,
    looped: PhantomData<O>,
}

impl<'k, 'a, O, const SHRINK: bool, R, G, const S: usize> Update<'k, 'a, O, SHRINK, R, G, S> {
    #[inline(always)]
    pub fn new(rule: &'k R, around: &'k Around, slices: &'k mut Slices<'a, G, S>) -> Self {
        Self { rule, around, slices, looped: PhantomData }
    }
}

impl<'a, O: Loop, const SHRINK: bool, R: Rule<S>, G: Gradients<'a>, const S: usize> Kernel
    for Update<'_, 'a, O, SHRINK, R, G, S>
{
    type Output = ();

    #[inline(always)]
    fn elements(&self) -> usize {
        self.slices.params.len()
    }

    #[inline(always)]
    fn run<C: Cpu>(self, cpu: C) {
        // Only a step whose rule has a usual form chooses the other loops, so this never returns.
        let Some(rule) = (if O::RARE { Some(*self.rule) } else { self.rule.usual() }) else { return };
        if C::WHOLE_LINES {
            let before = self.slices.before_first_line();
            if before > 0 {
                let mut front = self.slices.take_front(before + C::SHORTEST);
                cpu.run_narrower(Update::<O, SHRINK, R, G, S>::new(self.rule, self.around, &mut front));
            }
        }
        let sweep = Sweep::<O, SHRINK, R> { rule, around: *self.around, looped: self.looped };
        if O::RARE {
            sweep.all::<C, Single<C>, G, S>(cpu, Part::all(self.slices));
        } else {
            sweep.all::<C, C::Group, G, S>(cpu, Part::all(self.slices));
        }
    }
}

type Single<C> = <<C as Cpu>::Group as Register<C>>::Single;

/// What is done to each element.
#[derive(Clone, Copy)]
struct Sweep<O, const SHRINK: bool, R> {
    rule: R,
    around: Around,
    looped: PhantomData<O>,
}

impl<O: Loop, const SHRINK: bool, R: Copy> Sweep<O, SHRINK, R> {
    /// The parameter as the rule sees it.
    #[inline(always)]
    fn decayed<L: Lanes>(&self, p: L) -> L {
        if SHRINK { p * self.around.shrink } else { p }
    }

    /// All of `part`, in registers of `L` or, if it is shorter than one of them, in narrower ones.
    #[inline(always)]
    fn all<'a, C: Cpu, L: Register<C>, G: Gradients<'a>, const S: usize>(&self, cpu: C, part: Part<'a, G, S>)
    where
        R: Rule<S>,
    {
        if !part.is_equally_long() {
            return;
        }
        let (n, width) = (part.params.len(), <L::Single as Register<C>>::Block::LEN);
        if n < width {
            if width > 1 && C::SHORTEST < width {
                self.all::<C, <L::Single as Register<C>>::Narrower, G, S>(cpu, part);
            }
            return;
        }
        let odd = n % width;
        let (whole, end) = part.split(if odd > 0 { n - odd - width } else { n });
        self.blocks::<C, L, G, S>(cpu, whole);
        if odd > 0 {
            self.overlapping::<C, L::Single, G, S>(cpu, end);
        }
    }

    /// One register at the front of `part` and one at its end, which overlap: each computes what both hold, from the same
    /// values, because both are loaded before either is stored.
    #[inline(always)]
    fn overlapping<'a, C: Cpu, L: Register<C>, G: Gradients<'a>, const S: usize>(
        &self,
        cpu: C,
        mut part: Part<'a, G, S>,
    ) where
        R: Rule<S>,
    {
        let Some(p) = Pair::ends(cpu, part.params) else { return };
        let Some(g) = Pair::ends(cpu, &part.grads) else { return };
        let g = self.around.gradient::<O, Pair<L>>(g, p);
        let p = self.decayed(p);
        let mut old = [p; S];
        each_slot!(K of S => match Pair::ends(cpu, part.state[K]) {
            Some(ends) => old[K] = ends,
            None => return,
        });
        let new = self.rule.state(p, g, old);
        each_slot!(K of S => self.around.stored::<O, Pair<L>>(new[K]).store_ends(cpu, part.state[K]));
        self.rule.param(p, g, old, new).store_ends(cpu, part.params);
        part.grads.ends_done::<L::Block>();
    }

    /// The whole blocks of `part`, which are all of it in single registers.
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
        // Cut to one length, not compared with it: the compiler must see that an index below it is in all of them.
        let params = L::Block::of_mut(front.params);
        let n = params.len();
        let Some(mut grads) = front.grads.blocks::<L::Block>(n) else { return };
        let mut state = <[&mut [L::Block]; MAX_STATE]>::default();
        each_slot!(K of S => match L::Block::of_mut(mem::take(&mut front.state[K])).get_mut(..n) {
            Some(blocks) => state[K] = blocks,
            None => return,
        });
        let far = R::DIVIDES && n >= FAR / L::Block::LEN && cpu.gains_by_prefetching();
        for i in 0..n {
            let ahead = ahead::<L::Block>(i);
            if far && ahead < n {
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
            // Where registers are short, waiting for the divider or for options, the parameter is better loaded once more
            // than kept through the state.
            let p = if R::DIVIDES || O::OPTIONS || SHRINK { self.decayed(L::load(cpu, &params[i])) } else { p };
            self.rule.param(p, g, old, new).store(&mut params[i]);
            G::done(&mut grads, i);
        }
        if L::Block::LEN > <L::Single as Register<C>>::Block::LEN {
            self.blocks::<C, L::Single, G, S>(cpu, rest);
        }
    }
}

/// A sweep prefetches what it will need this many elements later. By itself, an Intel processor looks ahead in the program,
/// which is not far where divisions queue up, and along a page of memory, but not past its end: from memory a Xeon gains
/// 8–10 %. AMD's lose: 5–20 % on Zen 4, from 16 Ki elements on.
const AHEAD: usize = 256;

/// Shorter slices are likely to be in the first caches already.
const FAR: usize = 1 << 14;

/// The block that a sweep over blocks of type `B` prefetches when it is at block `i`.
#[inline(always)]
const fn ahead<B: Block>(i: usize) -> usize {
    i + AHEAD / B::LEN
}
