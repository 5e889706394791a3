//! Feature `half`: slices of the crate of that name, which are slices of their bits.

use super::{Grads, GradsMut, Half, Params, State};
use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};

/// ```
/// use gradstep::Grads;
///
/// let g = [half::bf16::ONE];
/// assert!(matches!(Grads::from(&g[..]), Grads::Bf16([0x3f80])));
/// ```
impl<'a> From<&'a [bf16]> for Grads<'a> {
    fn from(slice: &'a [bf16]) -> Self {
        Self::Bf16(slice.reinterpret_cast())
    }
}

impl<'a> From<&'a [f16]> for Grads<'a> {
    fn from(slice: &'a [f16]) -> Self {
        Self::F16(slice.reinterpret_cast())
    }
}

impl<'a> From<&'a mut [bf16]> for GradsMut<'a> {
    fn from(slice: &'a mut [bf16]) -> Self {
        Self::Bf16(slice.reinterpret_cast_mut())
    }
}

impl<'a> From<&'a mut [f16]> for GradsMut<'a> {
    fn from(slice: &'a mut [f16]) -> Self {
        Self::F16(slice.reinterpret_cast_mut())
    }
}

impl<'a> From<&'a mut [bf16]> for Half<'a> {
    fn from(slice: &'a mut [bf16]) -> Self {
        Self::Bf16(slice.reinterpret_cast_mut())
    }
}

impl<'a> From<&'a mut [f16]> for Half<'a> {
    fn from(slice: &'a mut [f16]) -> Self {
        Self::F16(slice.reinterpret_cast_mut())
    }
}

/// Parameters that are bf16 alone.
impl<'a> From<&'a mut [bf16]> for Params<'a> {
    fn from(slice: &'a mut [bf16]) -> Self {
        Self::Bf16(slice.reinterpret_cast_mut())
    }
}

impl<'a> From<&'a mut [bf16]> for State<'a> {
    fn from(slice: &'a mut [bf16]) -> Self {
        Self::Bf16(slice.reinterpret_cast_mut())
    }
}
