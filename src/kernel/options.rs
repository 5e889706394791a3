//! What a step does besides its formula.

use crate::lanes::Lanes;

/// Branches inside the loop cost time even where they are not taken, so the loop is compiled apart for [`Plain`], in
/// which nothing is on, for [`Scaled`], and for [`General`], in which every option is an `if`.
pub trait Options: Copy {
    /// The gradient as the rule sees it: scaled, clamped, with the L2 penalty's gradient λθ.
    #[inline(always)]
    fn gradient<L: Lanes>(self, g: L, _p: L) -> L {
        g
    }

    /// A new value of the state, flushed to zero if it is subnormal and the option is on.
    #[inline(always)]
    fn state<L: Lanes>(self, x: L) -> L {
        x
    }

    /// Whether the sweep includes an option of the rule: `condition`, if the sweep has options.
    #[inline(always)]
    fn has(self, _condition: bool) -> bool {
        false
    }
}

#[derive(Clone, Copy)]
pub struct Plain;

#[derive(Clone, Copy)]
pub struct Scaled(pub f32);

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct General {
    pub scale: f32,
    /// ∞ clamps nothing.
    pub clamp: f32,
    /// The L2 penalty λ.
    pub weight_decay: f32,
    pub flush_subnormals: bool,
}

impl Options for Plain {}

impl Options for Scaled {
    #[inline(always)]
    fn gradient<L: Lanes>(self, g: L, _: L) -> L {
        g * self.0
    }
}

impl Options for General {
    #[inline(always)]
    fn gradient<L: Lanes>(self, g: L, p: L) -> L {
        let g = (g * self.scale).clamp(self.clamp);
        // 0·∞ must not leak into the gradient.
        if self.weight_decay == 0.0 { g } else { g + p * self.weight_decay }
    }

    #[inline(always)]
    fn state<L: Lanes>(self, x: L) -> L {
        if self.flush_subnormals { x.flush_subnormals() } else { x }
    }

    #[inline(always)]
    fn has(self, condition: bool) -> bool {
        condition
    }
}
