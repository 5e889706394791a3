//! The sweep over slices in other formats than `f32`.
//!
//! ```text
//! for each block of 64 elements, from the tensor's beginning on:
//!     noise  ←  places of the elements + hash of the block      of each slot that is rounded stochastically
//!     for each group of registers:
//!         what the sweep over f32 does: each slice is decoded as it is loaded, and encoded as it is stored
//!     gradients  ←  +0                                          if they are zeroed
//! ```
//!
//! It is `encode ∘ the step over f32 ∘ decode`: the new parameter is computed from the new state before that is rounded.
//!
//! **Which code there is.** The format of the state is compiled in, since it is converted in the middle of the arithmetic.
//! The formats of parameters and gradients are matched at run time, once a group: that costs little, and compiling each
//! combination would be too much code. Only where everything is in bf16, and the step is the rule in its usual form, there
//! is a loop of its own: no lane has to be where its element is in memory then, so halves come in and go out by a shift and
//! a mask. It is up to a quarter faster.
//!
//! **The end of a slice** is padded to a block of its own, which takes no more code. Of that block only so many groups run
//! as have elements.

mod blocks;
mod piece;

pub use piece::{AnyGrads, Stored};

use super::slices::each_slot;
use super::{Around, General, Loop, LoopKind, MAX_STATE, Scaled, Sweep};
use crate::isa::{Cpu, Isa, Kernel};
use crate::lanes::{Bitwise, Block, Register};
use crate::rule::Rule;
use crate::storage::{BLOCK, SlotNoise, Stochastic};
use crate::tensor::{Params, State};
use blocks::{GradsBlocks, ParamsBlocks, blocks};
use core::array::from_fn;
use core::marker::PhantomData;
use piece::Room;

/// What the compiler knows of the formats.
pub trait Formats {
    /// Which slots of the state are in bf16.
    const BF16: [bool; MAX_STATE];

    /// Whether the state, the parameters and the gradients are, all of them, of a step in its usual form.
    const ALL: bool;

    /// How bf16 is stored then, and otherwise.
    type Bf16: Stochastic;
}

/// One step over `piece`, with decoupled decay if `SHRINK`.
#[inline(always)]
pub fn update_stored<const SHRINK: bool, F: Formats, R: Rule<S>, const S: usize>(
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
fn in_blocks<const SHRINK: bool, F: Formats, R: Rule<S>, const S: usize>(
    isa: Isa,
    kind: LoopKind,
    rule: &R,
    around: &Around,
    piece: &mut Stored<'_, S>,
    last: usize,
) {
    match kind {
        // Not compiled for the formats that only a usual step has.
        LoopKind::Optioned | LoopKind::General if !F::ALL => {
            isa.run(InBlocks::<General, SHRINK, F, R, S> { rule, around, piece, last, compiled: PhantomData })
        }
        _ => isa.run(InBlocks::<Scaled, SHRINK, F, R, S> { rule, around, piece, last, compiled: PhantomData }),
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

impl<O: Loop, const SHRINK: bool, F: Formats, R: Rule<S>, const S: usize> Kernel
    for InBlocks<'_, '_, O, SHRINK, F, R, S>
{
    type Output = ();

    #[inline(always)]
    fn run<C: Cpu>(self, cpu: C) {
        // Only a step whose rule has a usual form chooses the other loops, so this never returns.
        let Some(rule) = (if O::RARE { Some(*self.rule) } else { self.rule.usual() }) else { return };
        let sweep = Sweep::<O, SHRINK, R> { rule, around: *self.around, looped: PhantomData };
        let Stored { params, grads, state, noise, first } = self.piece.reborrow();
        let n = params.len() / BLOCK;
        // Of the parameters, and of each slot.
        let slots: [SlotNoise; MAX_STATE + 1] = from_fn(|slot| noise.slot(slot));
        let mut noise = [const { BlockNoise::NONE }; MAX_STATE + 1];
        let noisy_params = matches!(params, Params::Bf16(_));
        if noisy_params {
            noise[0].places = slots[0].places();
        }
        let mut exact = <[&mut [[f32; BLOCK]]; MAX_STATE]>::default();
        let mut bf16 = <[&mut [[u16; BLOCK]]; MAX_STATE]>::default();
        let mut slices = state.into_iter();
        // Cut to one length, not compared with it: the compiler must see that an index below it is in all of them.
        each_slot!(K of S => match (slices.next(), F::BF16[K]) {
            (Some(State::F32(slice)), false) => match blocks(slice).get_mut(..n) {
                Some(blocks) => exact[K] = blocks,
                None => return,
            },
            (Some(State::Bf16(slice)), true) => match blocks(slice).get_mut(..n) {
                Some(blocks) => {
                    bf16[K] = blocks;
                    noise[K + 1].places = slots[K + 1].places();
                }
                None => return,
            },
            _ => return,
        });
        let (mut params, mut grads) = if F::ALL {
            // The compiler drops what is for other formats.
            let (Some(params), Some(grads)) = (ParamsBlocks::of_bf16(params), GradsBlocks::of_bf16(grads)) else {
                return;
            };
            (params, grads)
        } else {
            (ParamsBlocks::from(params), GradsBlocks::from(grads))
        };

        let far = !F::ALL || cpu.gains_by_prefetching();
        for j in 0..n {
            let number = first.wrapping_add(j as u64);
            if noisy_params {
                noise[0].begin(slots[0].block(number));
            }
            each_slot!(K of S => if F::BF16[K] {
                let Some(block) = bf16[K].get(j) else { return };
                prefetch_ahead(cpu, block, far);
                noise[K + 1].begin(slots[K + 1].block(number));
            } else {
                let Some(block) = exact[K].get(j) else { return };
                prefetch_ahead(cpu, block, far);
            });
            let Some(mut p) = params.block(cpu, j, far) else { return };
            let Some(g) = grads.block(cpu, j, far) else { return };
            let groups = groups::<C>(if j + 1 == n { self.last } else { BLOCK });
            for i in 0..groups {
                // Which not every compiler sees by itself.
                let i = i % (BLOCK / Floats::<C>::LEN);
                let param = p.load::<F, C>(cpu, i);
                let gradient = sweep.around.gradient::<O, _>(g.load::<F, C>(cpu, i), param);
                let param = sweep.decayed(param);
                let mut old = [param; S];
                each_slot!(K of S => {
                    old[K] = if F::BF16[K] {
                        let Some(block) = bf16[K].get(j) else { return };
                        F::Bf16::load(cpu, &Block::of(block)[i])
                    } else {
                        let Some(block) = exact[K].get(j) else { return };
                        C::Stored::load(cpu, &Block::of(block)[i])
                    };
                });
                let new = sweep.rule.state(param, gradient, old);
                each_slot!(K of S => {
                    let x = sweep.around.stored::<O, _>(new[K]);
                    if F::BF16[K] {
                        let Some(block) = bf16[K].get_mut(j) else { return };
                        F::Bf16::store(cpu, x, noise[K + 1].group::<C>(i), &mut Block::of_mut(block)[i]);
                    } else {
                        let Some(block) = exact[K].get_mut(j) else { return };
                        x.store(&mut Block::of_mut(block)[i]);
                    }
                });
                let param = sweep.decayed(p.load::<F, C>(cpu, i));
                p.store::<F, C>(cpu, i, sweep.rule.param(param, gradient, old, new), &noise[0]);
            }
            grads.done(j);
        }
    }
}

/// What is added to one slot of a block before it is cut off. Begins at a cache line, so that no load needs two.
#[repr(align(64))]
pub struct BlockNoise {
    places: [u16; BLOCK],
    now: [u16; BLOCK],
}

impl BlockNoise {
    const NONE: Self = Self { places: [0; BLOCK], now: [0; BLOCK] };

    /// For a block of this hash.
    #[inline(always)]
    fn begin(&mut self, hash: u16) {
        self.now = self.places.map(|place| place.wrapping_add(hash));
    }

    /// That of group `i`.
    #[inline(always)]
    fn group<C: Cpu>(&self, i: usize) -> &<C::Stored as Bitwise<C>>::Halves {
        &Block::of(&self.now)[i]
    }
}

/// The groups of registers that hold this many of a block's elements.
#[inline(always)]
fn groups<C: Cpu>(elements: usize) -> usize {
    // The compiler must see that an index below it is in a block.
    elements.div_ceil(Floats::<C>::LEN).min(BLOCK / Floats::<C>::LEN)
}

/// A sweep prefetches what it will need this many blocks later: in 16 bits and in 32, 1 and 2 KiB.
const AHEAD: usize = 8;

/// Brings the block that is [`AHEAD`] of this one into the cache. On Zen 4 that gains a tenth from memory where slices are of
/// two widths, and loses as much where all are of one.
#[inline(always)]
fn prefetch_ahead<C: Cpu, T>(cpu: C, block: &[T; BLOCK], far: bool) {
    if far {
        cpu.prefetch_behind(block, AHEAD);
    }
}
