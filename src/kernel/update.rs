//! The update: every slice is swept once, from the widest registers to single elements.

use super::Kernel;
use crate::Step;
use crate::isa::Cpu;
use crate::lanes::{Block, Lanes, Register};
use crate::optim::{Optimizer, Rule};
use core::mem;

/// One step of `rule` over slices of equal length.
pub struct Update<'a, R, G, O, const S: usize> {
    pub rule: R,
    pub options: O,
    pub slices: Slices<'a, G, S>,
}

/// The slices of one call.
pub struct Slices<'a, G, const S: usize> {
    pub params: &'a mut [f32],
    pub grads: G,
    pub state: [&'a mut [f32]; S],
}

impl<'a, G: Gradients<'a>, const S: usize> Slices<'a, G, S> {
    /// The slices up to `mid`, and from there on.
    #[inline(always)]
    pub fn split_at(self, mid: usize) -> (Self, Self) {
        let (params, rest_params) = split_mut(self.params, mid);
        let (grads, rest_grads) = self.grads.split_at(mid);
        let mut state = self.state;
        let rest_state = state.each_mut().map(|slice| {
            let (front, rest) = split_mut(mem::take(slice), mid);
            *slice = front;
            rest
        });
        (Self { params, grads, state }, Self { params: rest_params, grads: rest_grads, state: rest_state })
    }

    /// The elements before the first cache line, if that is as many in all slices and the slices are long: a large `Vec`
    /// begins 16 bytes behind a line, and then every load and store of a whole line would touch two.
    #[inline(always)]
    fn before_first_line(&self) -> usize {
        let before = before_line(self.params);
        let together =
            self.grads.before_line() == before && self.state.iter().all(|slice| before_line(slice) == before);
        if together && self.params.len() >= 4096 { before } else { 0 }
    }
}

#[inline(always)]
fn before_line(slice: &[f32]) -> usize {
    slice.as_ptr().align_offset(64)
}

impl<'a, R: Rule<S>, G: Gradients<'a>, O: Options, const S: usize> Kernel for Update<'a, R, G, O, S> {
    type Output = ();

    #[inline(always)]
    fn run<C: Cpu>(self, cpu: C) {
        let Self { rule, options, slices } = self;
        let from = if C::WHOLE_LINES { slices.before_first_line() } else { 0 };
        let slices = if from > 0 {
            let (Slices { params, grads, state }, rest) = slices.split_at(from);
            rule.sweep::<C, <C::Register as Register<C>>::Narrower, G, O>(cpu, options, params, grads, state);
            rest
        } else {
            slices
        };
        let Slices { params, grads, state } = slices;
        rule.sweep::<C, C::Group, G, O>(cpu, options, params, grads, state);
    }
}

/// What a step does besides its formula.
///
/// Branches inside the loop cost time even where they are not taken, so the loop is compiled twice: [`Plain`], in
/// which nothing is on, and [`General`], in which every option is an `if`.
pub trait Options: Copy {
    /// The gradient as the rule sees it: scaled, clamped, with the L2 penalty's gradient λθ.
    fn gradient<L: Lanes>(self, g: L, p: L) -> L;

    /// A new value of the state, flushed to zero if it is subnormal and the option is on.
    fn state<L: Lanes>(self, x: L) -> L;

    /// Whether the sweep includes an option of the rule: `condition`, but never in the plain sweep.
    fn has(self, condition: bool) -> bool;
}

/// The sum of gradients is an update, too.
#[derive(Clone, Copy)]
pub struct Accumulate;

impl Rule<0> for Accumulate {
    #[inline(always)]
    fn step<L: Lanes, O: Options>(&self, _: O, sum: L, g: L, []: [L; 0]) -> (L, [L; 0]) {
        (sum + g, [])
    }
}

#[derive(Clone, Copy)]
pub struct Plain {
    pub scale: f32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct General {
    pub scale: f32,
    /// ∞ clamps nothing.
    pub clamp: f32,
    /// The L2 penalty λ.
    pub weight_decay: f32,
    pub flush_subnormals: bool,
}

impl Options for Plain {
    #[inline(always)]
    fn gradient<L: Lanes>(self, g: L, _: L) -> L {
        g * self.scale
    }

    #[inline(always)]
    fn state<L: Lanes>(self, x: L) -> L {
        x
    }

    #[inline(always)]
    fn has(self, _: bool) -> bool {
        false
    }
}

impl Options for General {
    #[inline(always)]
    fn gradient<L: Lanes>(self, g: L, p: L) -> L {
        let g = (g * self.scale).clamp(self.clamp);
        // 0·∞ must not leak into the gradient.
        if self.weight_decay == 0.0 { g } else { g + p * self.weight_decay }
    }

    #[inline(always)]
    fn state<L: Lanes>(self, x: L) -> L {
        if self.flush_subnormals { x.flush_subnormals() } else { x }
    }

    #[inline(always)]
    fn has(self, condition: bool) -> bool {
        condition
    }
}

/// Gradients are read, and zeroed behind the reader where they are `&mut`.
pub trait Gradients<'a>: Sized {
    type Blocks<B: Block>: AsRef<[B]>;

    fn len(&self) -> usize;
    fn before_line(&self) -> usize;
    fn split_at(self, mid: usize) -> (Self, Self);
    fn blocks<B: Block>(self) -> Self::Blocks<B>;
    fn done<B: Block>(blocks: &mut Self::Blocks<B>, index: usize);

    /// The compiled kernel for such gradients.
    fn update<O: Optimizer<S>, const S: usize>(step: &Step<O, S>, slices: Slices<'a, Self, S>);
}

impl<'a> Gradients<'a> for &'a [f32] {
    type Blocks<B: Block> = &'a [B];

    #[inline(always)]
    fn len(&self) -> usize {
        <[f32]>::len(self)
    }

    #[inline(always)]
    fn before_line(&self) -> usize {
        before_line(self)
    }

    #[inline(always)]
    fn split_at(self, mid: usize) -> (Self, Self) {
        split(self, mid)
    }

    #[inline(always)]
    fn blocks<B: Block>(self) -> &'a [B] {
        B::of(self)
    }

    #[inline(always)]
    fn done<B: Block>(_: &mut &'a [B], _: usize) {}

    #[inline(always)]
    fn update<O: Optimizer<S>, const S: usize>(step: &Step<O, S>, slices: Slices<'a, Self, S>) {
        O::update(step, slices);
    }
}

impl<'a> Gradients<'a> for &'a mut [f32] {
    type Blocks<B: Block> = &'a mut [B];

    #[inline(always)]
    fn len(&self) -> usize {
        <[f32]>::len(self)
    }

    #[inline(always)]
    fn before_line(&self) -> usize {
        before_line(self)
    }

    #[inline(always)]
    fn split_at(self, mid: usize) -> (Self, Self) {
        split_mut(self, mid)
    }

    #[inline(always)]
    fn blocks<B: Block>(self) -> &'a mut [B] {
        B::of_mut(self)
    }

    #[inline(always)]
    fn done<B: Block>(blocks: &mut &'a mut [B], index: usize) {
        blocks[index] = B::ZERO;
    }

    #[inline(always)]
    fn update<O: Optimizer<S>, const S: usize>(step: &Step<O, S>, slices: Slices<'a, Self, S>) {
        O::update_and_zero(step, slices);
    }
}

/// `split_at` that cannot panic. `mid` is at most the length.
#[inline(always)]
fn split(slice: &[f32], mid: usize) -> (&[f32], &[f32]) {
    slice.split_at_checked(mid).unwrap_or_default()
}

/// `split_at_mut` that cannot panic. `mid` is at most the length.
#[inline(always)]
fn split_mut(slice: &mut [f32], mid: usize) -> (&mut [f32], &mut [f32]) {
    slice.split_at_mut_checked(mid).unwrap_or_default()
}

/// The loop over slices of equal length, for each number `S` of state slices.
pub trait Sweep<const S: usize>: Sized {
    fn sweep<'a, C: Cpu, L: Register<C>, G: Gradients<'a>, O: Options>(
        self,
        cpu: C,
        options: O,
        params: &'a mut [f32],
        grads: G,
        state: [&'a mut [f32]; S],
    );
}

/// Written out for each `S`, because an array of slices that is indexed in a loop keeps its bounds checks: three times
/// the instructions on a Cortex-M.
macro_rules! sweep {
    ($S:literal: $($state:ident $new:ident $rest:ident),*) => {
        impl<R: Rule<$S>> Sweep<$S> for R {
            #[inline(always)]
            fn sweep<'a, C: Cpu, L: Register<C>, G: Gradients<'a>, O: Options>(
                self,
                cpu: C,
                options: O,
                params: &'a mut [f32],
                grads: G,
                [$($state),*]: [&'a mut [f32]; $S],
            ) {
                let n = params.len();
                // Said out here, and below of the blocks, this takes all bounds checks out of the loop.
                if grads.len() != n $(|| $state.len() != n)* {
                    return;
                }
                let whole = n - n % L::Block::LEN;
                let (params, rest_params) = split_mut(params, whole);
                let (grads, rest_grads) = grads.split_at(whole);
                $(let ($state, $rest) = split_mut($state, whole);)*

                let params = L::Block::of_mut(params);
                let mut grads = grads.blocks::<L::Block>();
                $(let $state = L::Block::of_mut($state);)*
                let n = params.len();
                if grads.as_ref().len() != n $(|| $state.len() != n)* {
                    return;
                }
                for i in 0..n {
                    let p = L::load(cpu, &params[i]);
                    let g = options.gradient(L::load(cpu, &grads.as_ref()[i]), p);
                    let (p, [$($new),*]) = self.step(options, p, g, [$(L::load(cpu, &$state[i])),*]);
                    p.store(&mut params[i]);
                    $($new.store(&mut $state[i]);)*
                    G::done(&mut grads, i);
                }
                if L::Block::LEN > 1 {
                    self.sweep::<C, L::Narrower, G, O>(cpu, options, rest_params, rest_grads, [$($rest),*]);
                }
            }
        }
    };
}

sweep!(0:);
sweep!(1: a new_a rest_a);
sweep!(2: a new_a rest_a, b new_b rest_b);
sweep!(3: a new_a rest_a, b new_b rest_b, c new_c rest_c);
