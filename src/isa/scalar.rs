//! One element at a time: the fallback, and the end of every slice.

#[cfg(feature = "storage")]
mod bits;

use super::{Cpu, Kernel, SIMD};
use crate::lanes::{Lanes, Register, Squares, sealed::Sealed};

/// Every processor can do this.
#[derive(Clone, Copy)]
pub struct Scalar;

impl Cpu for Scalar {
    const NAME: &'static str = "scalar";

    type Group = f32;
    #[cfg(feature = "storage")]
    type Stored = f32;
    type Squares = [f64; 8];

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        kernel.run(self)
    }
}

impl Sealed for f32 {}

impl Lanes for f32 {
    #[inline(always)]
    fn splat(self, x: f32) -> Self {
        x
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        sqrt(self)
    }

    #[inline(always)]
    fn abs(self) -> Self {
        f32::from_bits(self.to_bits() & !(1 << 31))
    }

    #[inline(always)]
    fn sign(self) -> Self {
        if self > 0.0 {
            1.0
        } else if self < 0.0 {
            -1.0
        } else if self.is_nan() {
            self
        } else {
            0.0
        }
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        if self >= other || self.is_nan() { self } else { other }
    }

    #[inline(always)]
    fn smaller(self, other: Self) -> Self {
        if self <= other || self.is_nan() { self } else { other }
    }

    #[inline(always)]
    fn where_greater(self, than: Self, yes: Self, no: Self) -> Self {
        if self > than { yes } else { no }
    }

    #[inline(always)]
    fn clamp(self, limit: f32) -> Self {
        // Not f32::clamp, which panics, nor min and max, which differ between targets on NaN.
        let below = if self > limit { limit } else { self };
        if below < -limit { -limit } else { below }
    }

    #[inline(always)]
    fn flush_subnormals(self) -> Self {
        if self.to_bits() & f32::INFINITY.to_bits() == 0 { 0.0 } else { self }
    }
}

impl<C: Copy> Register<C> for f32 {
    type Block = f32;
    type Single = Self;
    type Narrower = f32;

    #[inline(always)]
    fn load(_: C, from: &f32) -> Self {
        *from
    }

    #[inline(always)]
    fn store(self, to: &mut f32) {
        *to = self;
    }
}

impl<C: Copy> Squares<C> for f64 {
    type Block = f32;

    #[inline(always)]
    fn zero(_: C) -> Self {
        0.0
    }

    #[inline(always)]
    fn add_squares(self, &x: &f32) -> Self {
        let x = Self::from(x);
        self + x * x
    }

    #[inline(always)]
    fn sums(self, mut put: impl FnMut(f64)) {
        put(self);
    }
}

/// The exactly rounded square root, by the instruction where there is one: `core` has none, and the `sqrtf` of `libm`
/// is software on Cortex-M and RISC-V and stops vectorisation on x86.
#[inline(always)]
fn sqrt(x: f32) -> f32 {
    if SIMD { wide::f32x4::splat(x).sqrt().to_array()[0] } else { scalar_sqrt(x) }
}

/// By way of a core register: the compiler refuses float operands where the unit is single-precision only.
#[cfg(all(target_arch = "arm", target_abi = "eabihf"))]
#[allow(unsafe_code)]
#[inline(always)]
fn scalar_sqrt(x: f32) -> f32 {
    let mut bits = x.to_bits();
    // SAFETY: an eabihf target has VSQRT.F32, and s0 is declared as overwritten.
    unsafe {
        core::arch::asm!(
            "vmov s0, {0}", "vsqrt.f32 s0, s0", "vmov {0}, s0",
            inout(reg) bits, out("s0") _, options(pure, nomem, nostack)
        );
    }
    f32::from_bits(bits)
}

/// A stable compiler does not tell a crate whether there is F, but it does tell of Zicsr, which F implies and which no
/// target of rustc has without F. For a custom one that has, there is `--cfg gradstep_soft_sqrt`.
#[cfg(all(any(target_arch = "riscv32", target_arch = "riscv64"), target_feature = "zicsr", not(gradstep_soft_sqrt)))]
#[allow(unsafe_code)]
#[inline(always)]
fn scalar_sqrt(x: f32) -> f32 {
    let root;
    // SAFETY: FSQRT.S is in F, and without F the compiler refuses the float registers.
    unsafe { core::arch::asm!("fsqrt.s {0}, {1}", out(freg) root, in(freg) x, options(pure, nomem, nostack)) };
    root
}

#[cfg(not(any(
    all(target_arch = "arm", target_abi = "eabihf"),
    all(any(target_arch = "riscv32", target_arch = "riscv64"), target_feature = "zicsr", not(gradstep_soft_sqrt))
)))]
#[inline(always)]
fn scalar_sqrt(x: f32) -> f32 {
    libm::sqrtf(x)
}
