//! Slices of numbers as slices of what a register holds.

/// A number that a register holds many of.
pub trait Element: Copy + PartialEq + 'static {
    const ZERO: Self;
}

impl Element for f32 {
    const ZERO: Self = 0.0;
}

#[cfg(feature = "storage")]
impl Element for u16 {
    const ZERO: Self = 0;
}

/// A `T`, or an array of blocks: `[f32; 16]`, `[[f32; 16]; 4]`.
pub trait Block<T = f32>: Copy + 'static {
    /// The number of `T`.
    const LEN: usize;
    const ZERO: Self;

    /// The whole blocks at the front of `slice`.
    fn of(slice: &[T]) -> &[Self];

    /// The whole blocks at the front of `slice`.
    fn of_mut(slice: &mut [T]) -> &mut [Self];

    /// Whether every element is 0.
    fn is_zero(&self) -> bool;

    /// The block at the end of `slice`.
    #[inline(always)]
    fn last(slice: &[T]) -> Option<&Self> {
        Self::of(slice.get(slice.len().checked_sub(Self::LEN)?..)?).first()
    }

    /// The block at the end of `slice`.
    #[inline(always)]
    fn last_mut(slice: &mut [T]) -> Option<&mut Self> {
        Self::of_mut(slice.get_mut(slice.len().checked_sub(Self::LEN)?..)?).first_mut()
    }
}

impl<T: Element> Block<T> for T {
    const LEN: usize = 1;
    const ZERO: Self = T::ZERO;

    #[inline(always)]
    fn of(slice: &[T]) -> &[Self] {
        slice
    }

    #[inline(always)]
    fn of_mut(slice: &mut [T]) -> &mut [Self] {
        slice
    }

    #[inline(always)]
    fn is_zero(&self) -> bool {
        *self == T::ZERO
    }
}

impl<T: Element, B: Block<T>, const N: usize> Block<T> for [B; N] {
    const LEN: usize = N * B::LEN;
    const ZERO: Self = [B::ZERO; N];

    #[inline(always)]
    fn of(slice: &[T]) -> &[Self] {
        B::of(slice).as_chunks().0
    }

    #[inline(always)]
    fn of_mut(slice: &mut [T]) -> &mut [Self] {
        B::of_mut(slice).as_chunks_mut().0
    }

    #[inline(always)]
    fn is_zero(&self) -> bool {
        self.iter().all(B::is_zero)
    }
}
