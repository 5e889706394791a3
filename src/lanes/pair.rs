//! Two registers as one, and so four or eight.
//!
//! Exact Adam is bound by the unit that divides and takes square roots, one at a time. Four square roots and then four
//! divisions keep it busier than root, division, root …, each waiting for the last. Because a group is itself [`Lanes`],
//! every rule runs in this order without saying so.

#[cfg(feature = "storage")]
mod bits;

use super::{Block, Lanes, Register, sealed::Sealed};
use core::ops::{Add, Div, Mul, Neg, Sub};

/// Four registers.
pub type Quad<L> = Pair<Pair<L>>;

/// Every operation is done on one register after the other.
#[derive(Clone, Copy)]
pub struct Pair<L>(L, L);

macro_rules! operator {
    ($($Operator:ident $apply:ident)*) => {$(
        impl<L: Lanes> $Operator for Pair<L> {
            type Output = Self;

            #[inline(always)]
            fn $apply(self, other: Self) -> Self {
                Self(self.0.$apply(other.0), self.1.$apply(other.1))
            }
        }

        impl<L: Lanes> $Operator<f32> for Pair<L> {
            type Output = Self;

            #[inline(always)]
            fn $apply(self, other: f32) -> Self {
                Self(self.0.$apply(other), self.1.$apply(other))
            }
        }
    )*};
}
operator! { Add add Sub sub Mul mul Div div }

impl<L: Lanes> Neg for Pair<L> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self(-self.0, -self.1)
    }
}

impl<L: Lanes> Sealed for Pair<L> {}

impl<L: Lanes> Lanes for Pair<L> {
    #[inline(always)]
    fn splat(self, x: f32) -> Self {
        Self(self.0.splat(x), self.1.splat(x))
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        let [a, b] = L::sqrt_of_two([self.0, self.1]);
        Self(a, b)
    }

    #[inline(always)]
    fn sqrt_of_two([x, y]: [Self; 2]) -> [Self; 2] {
        let [a, b, c, d] = L::sqrt_of_four([x.0, x.1, y.0, y.1]);
        [Self(a, b), Self(c, d)]
    }

    #[inline(always)]
    fn abs(self) -> Self {
        Self(self.0.abs(), self.1.abs())
    }

    #[inline(always)]
    fn sign(self) -> Self {
        Self(self.0.sign(), self.1.sign())
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        Self(self.0.larger(other.0), self.1.larger(other.1))
    }

    #[inline(always)]
    fn smaller(self, other: Self) -> Self {
        Self(self.0.smaller(other.0), self.1.smaller(other.1))
    }

    #[inline(always)]
    fn where_greater(self, than: Self, yes: Self, no: Self) -> Self {
        Self(self.0.where_greater(than.0, yes.0, no.0), self.1.where_greater(than.1, yes.1, no.1))
    }

    #[inline(always)]
    fn clamp(self, limit: f32) -> Self {
        Self(self.0.clamp(limit), self.1.clamp(limit))
    }

    #[inline(always)]
    fn flush_subnormals(self) -> Self {
        Self(self.0.flush_subnormals(), self.1.flush_subnormals())
    }
}

impl<L> Pair<L> {
    /// The first and the last elements of `slice`, if it is long enough for one register.
    #[inline(always)]
    pub fn ends<C: Copy>(cpu: C, slice: &[f32]) -> Option<Self>
    where
        L: Register<C>,
    {
        Some(Self(L::load(cpu, L::Block::of(slice).first()?), L::load(cpu, L::Block::last(slice)?)))
    }

    /// Stores them there again: the last ones last, which of an element that both hold makes no difference.
    #[inline(always)]
    pub fn store_ends<C: Copy>(self, _: C, slice: &mut [f32])
    where
        L: Register<C>,
    {
        if let Some(first) = L::Block::of_mut(slice).first_mut() {
            self.0.store(first);
        }
        if let Some(last) = L::Block::last_mut(slice) {
            self.1.store(last);
        }
    }
}

impl<C: Copy, L: Register<C>> Register<C> for Pair<L> {
    type Block = [L::Block; 2];
    type Single = L::Single;
    type Narrower = L::Single;

    #[inline(always)]
    fn load(cpu: C, [a, b]: &Self::Block) -> Self {
        Self(L::load(cpu, a), L::load(cpu, b))
    }

    #[inline(always)]
    fn store(self, [a, b]: &mut Self::Block) {
        self.0.store(a);
        self.1.store(b);
    }
}
