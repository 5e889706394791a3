//! Four registers as one.
//!
//! Exact Adam is bound by the unit that divides and takes square roots, one at a time. Four square roots and then four
//! divisions keep it busier than root, division, root …, each waiting for the last. Because a group is itself [`Lanes`],
//! every rule runs in this order without saying so.

#[cfg(feature = "storage")]
mod bits;

use super::{Lanes, Register, sealed::Sealed};
use core::ops::{Add, Div, Mul, Neg, Sub};

/// Every operation is done on one register after the other.
#[derive(Clone, Copy)]
pub struct Quad<L>(L, L, L, L);

macro_rules! operator {
    ($Operator:ident, $apply:ident) => {
        impl<L: Lanes> $Operator for Quad<L> {
            type Output = Self;
            #[inline(always)]
            fn $apply(self, other: Self) -> Self {
                Self(self.0.$apply(other.0), self.1.$apply(other.1), self.2.$apply(other.2), self.3.$apply(other.3))
            }
        }
    };
    ($Operator:ident<f32>, $apply:ident) => {
        impl<L: Lanes> $Operator<f32> for Quad<L> {
            type Output = Self;
            #[inline(always)]
            fn $apply(self, other: f32) -> Self {
                Self(self.0.$apply(other), self.1.$apply(other), self.2.$apply(other), self.3.$apply(other))
            }
        }
    };
}

operator!(Add, add);
operator!(Sub, sub);
operator!(Mul, mul);
operator!(Div, div);
operator!(Add<f32>, add);
operator!(Sub<f32>, sub);
operator!(Mul<f32>, mul);
operator!(Div<f32>, div);

impl<L: Lanes> Neg for Quad<L> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self(-self.0, -self.1, -self.2, -self.3)
    }
}

impl<L: Lanes> Sealed for Quad<L> {}

impl<L: Lanes> Lanes for Quad<L> {
    #[inline(always)]
    fn splat(self, x: f32) -> Self {
        Self(self.0.splat(x), self.1.splat(x), self.2.splat(x), self.3.splat(x))
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(self.0.sqrt(), self.1.sqrt(), self.2.sqrt(), self.3.sqrt())
    }

    #[inline(always)]
    fn abs(self) -> Self {
        Self(self.0.abs(), self.1.abs(), self.2.abs(), self.3.abs())
    }

    #[inline(always)]
    fn sign(self) -> Self {
        Self(self.0.sign(), self.1.sign(), self.2.sign(), self.3.sign())
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        Self(self.0.larger(other.0), self.1.larger(other.1), self.2.larger(other.2), self.3.larger(other.3))
    }

    #[inline(always)]
    fn smaller(self, other: Self) -> Self {
        Self(self.0.smaller(other.0), self.1.smaller(other.1), self.2.smaller(other.2), self.3.smaller(other.3))
    }

    #[inline(always)]
    fn where_greater(self, than: Self, yes: Self, no: Self) -> Self {
        Self(
            self.0.where_greater(than.0, yes.0, no.0),
            self.1.where_greater(than.1, yes.1, no.1),
            self.2.where_greater(than.2, yes.2, no.2),
            self.3.where_greater(than.3, yes.3, no.3),
        )
    }

    #[inline(always)]
    fn clamp(self, limit: f32) -> Self {
        Self(self.0.clamp(limit), self.1.clamp(limit), self.2.clamp(limit), self.3.clamp(limit))
    }

    #[inline(always)]
    fn flush_subnormals(self) -> Self {
        Self(self.0.flush_subnormals(), self.1.flush_subnormals(), self.2.flush_subnormals(), self.3.flush_subnormals())
    }
}

impl<C: Copy, L: Register<C>> Register<C> for Quad<L> {
    type Block = [L::Block; 4];
    type Narrower = L;

    #[inline(always)]
    fn load(cpu: C, [a, b, c, d]: &Self::Block) -> Self {
        Self(L::load(cpu, a), L::load(cpu, b), L::load(cpu, c), L::load(cpu, d))
    }

    #[inline(always)]
    fn store(self, [a, b, c, d]: &mut Self::Block) {
        self.0.store(a);
        self.1.store(b);
        self.2.store(c);
        self.3.store(d);
    }
}
