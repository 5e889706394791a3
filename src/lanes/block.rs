//! Slices of `f32` as slices of what a register holds.

/// `f32`, or an array of blocks: `[f32; 16]`, `[[f32; 16]; 4]`.
pub trait Block: Copy + 'static {
    /// The number of `f32`.
    const LEN: usize;
    const ZERO: Self;

    /// The whole blocks at the front of `slice`.
    fn of(slice: &[f32]) -> &[Self];

    /// The whole blocks at the front of `slice`.
    fn of_mut(slice: &mut [f32]) -> &mut [Self];

    /// Whether every element is 0.
    fn is_zero(&self) -> bool;

    /// The block at the end of `slice`.
    #[inline(always)]
    fn last(slice: &[f32]) -> Option<&Self> {
        Self::of(slice.get(slice.len().checked_sub(Self::LEN)?..)?).first()
    }

    /// The block at the end of `slice`.
    #[inline(always)]
    fn last_mut(slice: &mut [f32]) -> Option<&mut Self> {
        Self::of_mut(slice.get_mut(slice.len().checked_sub(Self::LEN)?..)?).first_mut()
    }
}

impl Block for f32 {
    const LEN: usize = 1;
    const ZERO: Self = 0.0;

    #[inline(always)]
    fn of(slice: &[f32]) -> &[Self] {
        slice
    }

    #[inline(always)]
    fn of_mut(slice: &mut [f32]) -> &mut [Self] {
        slice
    }

    #[inline(always)]
    fn is_zero(&self) -> bool {
        *self == 0.0
    }
}

impl<B: Block, const N: usize> Block for [B; N] {
    const LEN: usize = N * B::LEN;
    const ZERO: Self = [B::ZERO; N];

    #[inline(always)]
    fn of(slice: &[f32]) -> &[Self] {
        B::of(slice).as_chunks().0
    }

    #[inline(always)]
    fn of_mut(slice: &mut [f32]) -> &mut [Self] {
        B::of_mut(slice).as_chunks_mut().0
    }

    #[inline(always)]
    fn is_zero(&self) -> bool {
        self.iter().all(B::is_zero)
    }
}
