//! Numbers: mostly usual ones, sometimes a corner, sometimes any bits.

use arbitrary::Arbitrary;
use gradstep_checks::cases::SPECIAL;

/// A hyper-parameter.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Real {
    Usual(u8),
    Fraction(u16),
    PowerOfTwo(i16),
    Bits(f64),
}

/// Defaults, edges of the ranges, and what no range allows.
const USUAL: [f64; 16] = [
    0.0,
    -0.0,
    1.0,
    0.5,
    0.9,
    0.999,
    1e-3,
    1e-8,
    0.999_999_97, // the largest f32 below 1 is nearer to 1
    0.999_999_99, // 1 as f32
    1e-50,        // 0 as f32
    1e39,         // infinite as f32
    f64::MAX,
    -1.0,
    f64::INFINITY,
    f64::NAN,
];

impl Real {
    pub fn get(self) -> f64 {
        match self {
            Self::Usual(index) => USUAL[usize::from(index) % USUAL.len()],
            Self::Fraction(part) => f64::from(part) / f64::from(u16::MAX),
            Self::PowerOfTwo(exponent) => f64::from(exponent % 1100).exp2(),
            Self::Bits(x) => x,
        }
    }
}

/// An element, a scale, a limit.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Single {
    kind: u8,
    bits: u32,
}

impl Single {
    pub fn get(self) -> f32 {
        match self.kind % 4 {
            0 => SPECIAL[self.bits as usize % SPECIAL.len()],
            1 => f32::from_bits(self.bits),
            _ => self.bits as i32 as f32 / (1u32 << 31) as f32,
        }
    }
}

/// A step number or a number of steps.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Count {
    Few(u8),
    Many(u32),
    Any(u64),
}

impl Count {
    pub fn get(self) -> u64 {
        match self {
            Self::Few(n) => n.into(),
            Self::Many(n) => n.into(),
            Self::Any(n) => n,
        }
    }
}

/// `n` elements, over and over those of `pool`.
pub fn cycle(pool: &[Single], skip: usize, n: usize) -> Vec<f32> {
    match pool {
        [] => vec![0.0; n],
        _ => pool.iter().cycle().skip(skip % pool.len()).take(n).map(|x| x.get()).collect(),
    }
}
