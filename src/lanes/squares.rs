//! f64 sums of the squares of f32 lanes, for the norms.

use super::Block;

/// One running sum a lane. The square of an `f32` is exact in `f64`: each addition is the only rounding.
pub trait Squares<C: Copy>: Copy {
    /// The values that are squared, one for each sum.
    type Block: Block;

    /// All sums +0, on the processor `C`: the proof for the other methods.
    fn zero(cpu: C) -> Self;

    fn add_squares(self, x: &Self::Block) -> Self;

    /// Hands out the sums, the first lane's first.
    fn sums(self, put: impl FnMut(f64));
}

impl<C: Copy, S: Squares<C>, const N: usize> Squares<C> for [S; N] {
    type Block = [S::Block; N];

    #[inline(always)]
    fn zero(cpu: C) -> Self {
        [S::zero(cpu); N]
    }

    #[inline(always)]
    fn add_squares(mut self, x: &Self::Block) -> Self {
        for (sums, x) in self.iter_mut().zip(x) {
            *sums = sums.add_squares(x);
        }
        self
    }

    #[inline(always)]
    fn sums(self, mut put: impl FnMut(f64)) {
        for sums in self {
            sums.sums(&mut put);
        }
    }
}
