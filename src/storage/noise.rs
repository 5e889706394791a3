//! The noise of stochastic rounding: a function of the seed, t, the tensor's id, the slot and the element's index in its
//! tensor, and of nothing else. So neither a split nor a processor changes a bit.
//!
//! ```text
//! k = mix(seed + t·0x9E37… + id·0xD1B5… + slot·0xA076…)           once a slot and call
//! a = (lo32(k >> 32) | 1) << 26
//! x = lo32(mix(k + (index div 64)·0x9E37…)) + (index mod 64)·a     mod 2³²
//! ```
//!
//! Each block of 64 has one hash, and from element to element an odd multiple of 2²⁶ is added. So the 64 values of a block
//! lie one in each 64th of the range: each is uniform, which makes rounding unbiased, and where a block rounds alike, its
//! errors nearly cancel. A hash for each element would cost half of what bf16 gains.

use super::BLOCK;

/// 2⁶⁴ divided by the golden ratio.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The mixing function of splitmix64.
#[inline(always)]
const fn mix(z: u64) -> u64 {
    let z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ z >> 31
}

/// The noise of one tensor at one step.
#[derive(Clone, Copy, Debug)]
pub struct Noise {
    sum: u64,
}

impl Noise {
    #[inline(always)]
    pub const fn new(seed: u64, t: u64, id: u64) -> Self {
        let sum = seed.wrapping_add(t.wrapping_mul(GOLDEN)).wrapping_add(id.wrapping_mul(0xD1B5_4A32_D192_ED03));
        Self { sum }
    }

    /// That of slot 0, the parameters; or 1, 2 …, the state.
    #[inline(always)]
    pub const fn slot(self, slot: usize) -> SlotNoise {
        SlotNoise { key: mix(self.sum.wrapping_add((slot as u64).wrapping_mul(0xA076_1D64_78BD_642F))) }
    }
}

/// The noise of one slot, of which bf16 takes the upper 16 bits. Element `i` of block `j` has `block(j)` + `places()[i]`,
/// modulo 2¹⁶: the lower bits of a place are zeros.
#[derive(Clone, Copy, Debug)]
pub struct SlotNoise {
    key: u64,
}

impl SlotNoise {
    #[inline(always)]
    pub const fn block(self, index: u64) -> u16 {
        (mix(self.key.wrapping_add(index.wrapping_mul(GOLDEN))) >> 16) as u16
    }

    #[inline(always)]
    pub fn places(self) -> [u16; BLOCK] {
        let step = ((self.key >> 32) as u16 | 1) << 10;
        let mut places = [0; BLOCK];
        for (i, place) in places.iter_mut().enumerate() {
            *place = (i as u16).wrapping_mul(step);
        }
        places
    }
}
