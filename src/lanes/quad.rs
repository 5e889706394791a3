//! Four registers as one.
//!
//! Exact Adam is bound by the unit that divides and takes square roots, one at a time. Four square roots and then four
//! divisions keep it busier than root, division, root …, each waiting for the last. Because a group is itself [`Lanes`],
//! every rule runs in this order without saying so.

use super::{Lanes, Register};
use core::ops::{Add, Div, Mul, Sub};

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
operator!(Mul<f32>, mul);

impl<L: Lanes> Lanes for Quad<L> {
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(self.0.sqrt(), self.1.sqrt(), self.2.sqrt(), self.3.sqrt())
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        Self(self.0.larger(other.0), self.1.larger(other.1), self.2.larger(other.2), self.3.larger(other.3))
    }

    #[inline(always)]
    fn sign(self) -> Self {
        Self(self.0.sign(), self.1.sign(), self.2.sign(), self.3.sign())
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
