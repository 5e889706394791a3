//! The sweep over slices in other formats than `f32`.
//!
//! ```text
//! for each block of 64 elements, from the tensor's beginning on:
//!     g  ←  the gradients as f32: where they are, or decoded beside
//!     p  ←  the parameters, likewise
//!     for each group of registers:
//!         what the sweep over f32 does, with state decoded as it is loaded and encoded as it is stored
//!     the parameters, or their copy  ←  encode(p)             if they are not f32
//!     the gradients  ←  +0                                     if they are zeroed
//! ```
//!
//! It is `encode ∘ the step over f32 ∘ decode`: the new parameter is computed from the new state before that is rounded.
//!
//! **Which code there is.** The format of the state is compiled in, since it is converted in the middle of the arithmetic.
//! The formats of parameters and gradients are matched at run time, once a block: that costs little, and compiling each
//! combination would be too much code.
//!
//! **NaN** is [`tamed`] when it is loaded, from whatever format. One comparison there saves each encoder its own.
//!
//! **The end of a slice** is padded to a block of its own, which takes no more code. Of that block only so many groups run
//! as have elements.

mod blocks;
mod piece;

pub use piece::{AnyGrads, Stored};

use super::slices::each_slot;
use super::{Around, General, Loop, LoopKind, MAX_STATE, Scaled, Sweep};
use crate::isa::{Cpu, Isa, Kernel};
use crate::lanes::{Bits, Bitwise, Block, Register};
use crate::rule::Rule;
use crate::storage::{BLOCK, Bf16, Format, tamed};
use crate::tensor::{Params, State};
use blocks::block_mut;
use core::marker::PhantomData;
use piece::Room;

/// Which slots of the state are in bf16, known to the compiler.
pub trait StateFormat {
    const BF16: [bool; MAX_STATE];
}

/// One step over `piece`, with decoupled decay if `SHRINK`.
#[inline(always)]
pub fn update_stored<const SHRINK: bool, F: StateFormat, R: Rule<S>, const S: usize>(
    isa: Isa,
    kind: LoopKind,
    rule: &R,
    around: &Around,
    piece: Stored<'_, S>,
) {
    let end = piece.params.len() % BLOCK;
    let whole = piece.params.len() - end;
    let (mut front, mut rest) = piece.split(whole);
    if whole > 0 {
        in_blocks::<SHRINK, F, R, S>(isa, kind, rule, around, &mut front, BLOCK);
    }
    if end > 0 {
        let mut room = Room::new();
        let mut padded = rest.padded(&mut room);
        in_blocks::<SHRINK, F, R, S>(isa, kind, rule, around, &mut padded, end);
        rest.copy_from(&padded);
    }
}

/// One step over whole blocks. Of the last one, `last` elements are in use.
#[inline(never)] // Compiled once, for whole blocks and for the end.
fn in_blocks<const SHRINK: bool, F: StateFormat, R: Rule<S>, const S: usize>(
    isa: Isa,
    kind: LoopKind,
    rule: &R,
    around: &Around,
    piece: &mut Stored<'_, S>,
    last: usize,
) {
    match kind {
        LoopKind::Plain | LoopKind::Scaled => {
            isa.run(InBlocks::<Scaled, SHRINK, F, R, S> { rule, around, piece, last, compiled: PhantomData })
        }
        LoopKind::General => {
            isa.run(InBlocks::<General, SHRINK, F, R, S> { rule, around, piece, last, compiled: PhantomData })
        }
    }
}

struct InBlocks<'k, 'a, O, const SHRINK: bool, F, R, const S: usize> {
    rule: &'k R,
    around: &'k Around,
    piece: &'k mut Stored<'a, S>,
    last: usize,
    compiled: PhantomData<(O, F)>,
}

/// A group's `f32` in memory.
type Floats<C> = <<C as Cpu>::Stored as Register<C>>::Block;

/// A group's 16 bits an element in memory.
type Halves<C> = <<C as Cpu>::Stored as Bitwise<C>>::Halves;

impl<O: Loop, const SHRINK: bool, F: StateFormat, R: Rule<S>, const S: usize> Kernel
    for InBlocks<'_, '_, O, SHRINK, F, R, S>
{
    type Output = ();

    #[inline(always)]
    fn run<C: Cpu>(self, cpu: C) {
        // Only a step whose rule has a usual form chooses the other loops, so this never returns.
        let Some(rule) = (if O::GENERAL { Some(*self.rule) } else { self.rule.usual() }) else { return };
        let sweep = Sweep::<O, SHRINK, R> { rule, around: *self.around, looped: PhantomData };
        let Stored { params, grads, state, noise, first } = self.piece;
        let of_params = noise.slot(0);
        let places = if let Params::Bf16(_) = params { of_params.places() } else { [0; BLOCK] };
        let mut state_noise = StateNoise { places: [[0; BLOCK]; MAX_STATE], base: [0; MAX_STATE] };
        each_slot!(K of S => if F::BF16[K] {
            state_noise.places[K] = noise.slot(K + 1).places();
        });

        let blocks = params.len() / BLOCK;
        for j in 0..blocks {
            let ahead = j + AHEAD / BLOCK;
            if ahead < blocks {
                params.prefetch(cpu, ahead);
                grads.prefetch(cpu, ahead);
                each_slot!(K of S => state[K].prefetch(cpu, ahead));
            }
            let number = first.wrapping_add(j as u64);
            let groups = groups::<C>(if j + 1 == blocks { self.last } else { BLOCK });
            let mut exact = <[&mut [Floats<C>]; MAX_STATE]>::default();
            let mut bf16 = <[&mut [Halves<C>]; MAX_STATE]>::default();
            let mut slots = state.iter_mut();
            each_slot!(K of S => match slots.next() {
                Some(State::F32(slice)) if !F::BF16[K] => {
                    let Some(block) = block_mut(slice, j) else { return };
                    exact[K] = Block::of_mut(block);
                }
                Some(State::Bf16(slice)) if F::BF16[K] => {
                    let Some(block) = block_mut(slice, j) else { return };
                    bf16[K] = Block::of_mut(block);
                    state_noise.base[K] = noise.slot(K + 1).block(number);
                }
                _ => return,
            });
            let mut decoded = [[0.0; BLOCK]; 2];
            let [p, g] = &mut decoded;
            let Some(p) = params.decoded(cpu, j, groups, p) else { return };
            let Some(g) = grads.decoded(cpu, j, groups, g) else { return };
            sweep.block::<C, F, S>(cpu, groups, Block::of_mut(p), Block::of(g), exact, bf16, &state_noise);
            params.encode(cpu, j, groups, &decoded[0], &places, of_params.block(number));
            grads.done(j);
        }
    }
}

/// What is added to the state of a block: each slot's noise.
struct StateNoise {
    places: [[u32; BLOCK]; MAX_STATE],
    base: [u32; MAX_STATE],
}

/// The groups of registers that hold this many of a block's elements.
#[inline(always)]
fn groups<C: Cpu>(elements: usize) -> usize {
    // Said apart where one is a block, so that the compiler knows.
    if Floats::<C>::LEN == BLOCK { 1 } else { elements.div_ceil(Floats::<C>::LEN) }
}

impl<O: Loop, const SHRINK: bool, R: Copy> Sweep<O, SHRINK, R> {
    /// One block: the new state is stored in its format, the new parameters are left in `p`.
    #[expect(clippy::too_many_arguments, reason = "the slices of one block")]
    #[inline(always)]
    fn block<C: Cpu, F: StateFormat, const S: usize>(
        &self,
        cpu: C,
        groups: usize,
        p: &mut [Floats<C>],
        g: &[Floats<C>],
        exact: [&mut [Floats<C>]; MAX_STATE],
        bf16: [&mut [Halves<C>]; MAX_STATE],
        noise: &StateNoise,
    ) where
        R: Rule<S>,
    {
        for i in 0..groups {
            let param = tamed::<C, C::Stored>(C::Stored::load(cpu, &p[i]));
            let gradient = self.around.gradient::<O, _>(tamed::<C, C::Stored>(C::Stored::load(cpu, &g[i])), param);
            let param = self.decayed(param);
            let mut old = [param; S];
            each_slot!(K of S => old[K] = tamed::<C, C::Stored>(if F::BF16[K] {
                Bf16::decode::<C, C::Stored>(C::Stored::load_halves(cpu, &bf16[K][i]))
            } else {
                C::Stored::load(cpu, &exact[K][i])
            }));
            let new = self.rule.state(param, gradient, old);
            each_slot!(K of S => {
                let x = self.around.stored::<O, _>(new[K]);
                if F::BF16[K] {
                    let places = C::Stored::load_words(cpu, &Block::of(&noise.places[K])[i]);
                    let noise = places.plus(places.splat(noise.base[K]));
                    C::Stored::store_halves(Bf16::stochastic::<C, C::Stored>(x, noise), &mut bf16[K][i]);
                } else {
                    x.store(&mut exact[K][i]);
                }
            });
            let param = if R::DIVIDES || O::GENERAL {
                self.decayed(tamed::<C, C::Stored>(C::Stored::load(cpu, &p[i])))
            } else {
                param
            };
            self.rule.param(param, gradient, old, new).store(&mut p[i]);
        }
    }
}

/// A sweep prefetches what it will need this many elements later: in 16 bits and in 32, ½ to 2 KiB.
const AHEAD: usize = 512;
