//! Isa: which instructions a call uses. Here they are detected, and here is the only `match` over them.

mod portable;
#[cfg(feature = "_ran")]
mod ran;
mod scalar;

#[cfg(all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"))]
#[allow(unsafe_code)]
mod x86;
#[cfg(all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2"))]
use x86 as avx;

#[cfg(not(all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2")))]
mod absent;
#[cfg(not(all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse2")))]
use absent as avx;

pub use avx::{Avx2, Avx512};
use portable::Portable;
pub(crate) use portable::SIMD;
#[cfg(feature = "_ran")]
pub use ran::ran;
use scalar::Scalar;

#[cfg(feature = "storage")]
use crate::lanes::Bitwise;
use crate::lanes::{Register, Squares};
use core::fmt;

#[cfg(all(target_arch = "x86", not(target_feature = "sse2")))]
compile_error!("gradstep needs SSE2 on x86: the x87 unit rounds differently, so results would depend on the compiler");

/// Bytes of a cache line.
pub const LINE: usize = 64;

/// A loop over slices, written once and compiled for every instruction set.
pub trait Kernel {
    type Output;

    /// The length of the slices, if a register too long for them can be avoided.
    #[inline(always)]
    fn elements(&self) -> usize {
        usize::MAX
    }

    /// The whole loop, in registers of `C`. Must be `#[inline(always)]`, to be compiled for `C`.
    fn run<C: Cpu>(self, cpu: C) -> Self::Output;
}

/// A processor's registers, and the way into code that is compiled for them. A value of the type proves that they
/// exist.
pub trait Cpu: Copy {
    /// [`Isa::name`].
    const NAME: &'static str;

    /// The widest lanes of a sweep: as many registers as keep the divider busy.
    type Group: Register<Self>;

    /// The same, where formats are converted.
    #[cfg(feature = "storage")]
    type Stored: Bitwise<Self>;

    /// As many of a norm's sums as the registers hold at a time.
    type Squares: Squares<Self>;

    /// The fewest elements that a sweep is made for: those of one register, where shorter slices go to another backend.
    const SHORTEST: usize = 0;

    /// Whether a register is a whole cache line, so that one which straddles two is worth avoiding.
    const WHOLE_LINES: bool = false;

    /// Whether a long sweep is faster if it [prefetches](Self::prefetch).
    #[inline(always)]
    fn gains_by_prefetching(self) -> bool {
        false
    }

    /// Brings `block` into the cache.
    #[inline(always)]
    fn prefetch<B>(self, _block: &B) {}

    /// Likewise what is so many blocks behind this one, if anything is there.
    #[cfg(feature = "storage")]
    #[inline(always)]
    fn prefetch_behind<B>(self, _block: &B, _blocks: usize) {}

    /// Runs `kernel` in a function compiled for this processor.
    fn run<K: Kernel>(self, kernel: K) -> K::Output;

    /// Runs `kernel` in half as wide registers, if there are such.
    #[inline(always)]
    fn run_narrower<K: Kernel>(self, kernel: K) -> K::Output {
        self.run(kernel)
    }
}

/// An instruction set: a backend of every kernel.
///
/// All backends give the same bits, so testing and measuring are the only reasons to choose one. A
/// [`Step`](crate::Step) uses [`Isa::detect`] unless [`on`](crate::Step::on) says otherwise.
///
/// A value of this type proves that the processor executes the instruction set: the AVX variants come only from
/// [`detect`](Isa::detect), [`available`](Isa::available) and [`from_name`](Isa::from_name). Every variant exists on
/// every target, with a proof that has no value where there can be none, so a `match` compiles anywhere.
///
/// # Limiting a whole build
///
/// `RUSTFLAGS='--cfg gradstep_isa="scalar"'` sets the highest level that detection looks for. Any [`name`](Isa::name)
/// will do, and so will `"portable"`, for whichever of SSE2, NEON and simd128 the target has. A processor without that
/// level gets the next one below. Any other value is ignored.
///
/// ```
/// use gradstep::Isa;
///
/// println!("steps run on {}", Isa::detect());
/// assert_eq!(Isa::available().next(), Some(Isa::Scalar));
/// assert_eq!(Isa::available().last(), Some(Isa::detect()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Isa {
    /// One element at a time, on every target.
    Scalar,
    /// Four at a time, with what every processor of the target has: SSE2, NEON or simd128 (the crate `wide`).
    /// On a target without any of them this is the scalar backend again.
    Portable,
    /// Eight at a time: AVX2 and FMA.
    Avx2(Avx2),
    /// Sixteen at a time: AVX-512 F, BW, DQ and VL.
    Avx512(Avx512),
}

/// The highest level that detection looks for.
const HIGHEST: usize = if cfg!(gradstep_isa = "scalar") {
    0
} else if cfg!(any(gradstep_isa = "portable", gradstep_isa = "sse2", gradstep_isa = "neon", gradstep_isa = "simd128")) {
    1
} else if cfg!(gradstep_isa = "avx2") {
    2
} else {
    3
};

impl Isa {
    /// The fastest instruction set of this processor. Detected once; later calls read the result. On bare metal, UEFI
    /// and SGX it finds only what the build enables.
    ///
    /// ```
    /// println!("gradstep runs on {}", gradstep::Isa::detect());
    /// ```
    #[must_use]
    #[inline]
    pub fn detect() -> Self {
        if HIGHEST >= 3
            && let Some(cpu) = Avx512::detect()
        {
            Self::Avx512(cpu)
        } else if HIGHEST >= 2
            && let Some(cpu) = Avx2::detect()
        {
            Self::Avx2(cpu)
        } else if HIGHEST >= 1 && SIMD {
            Self::Portable
        } else {
            Self::Scalar
        }
    }

    /// Every instruction set of this processor, the slowest (always [`Isa::Scalar`]) first.
    ///
    /// ```
    /// use gradstep::{Isa, grads};
    ///
    /// let g = [0.1; 1000];
    /// assert!(Isa::available().all(|isa| grads::on(isa).norm([&g]) == grads::norm([&g])));
    /// ```
    pub fn available() -> impl DoubleEndedIterator<Item = Self> {
        let levels = [
            Some(Self::Scalar),
            SIMD.then_some(Self::Portable),
            Avx2::detect().map(Self::Avx2),
            Avx512::detect().map(Self::Avx512),
        ];
        levels.into_iter().take(HIGHEST + 1).flatten()
    }

    /// `"avx512"`, `"avx2"`, `"sse2"`, `"neon"`, `"simd128"` or `"scalar"`.
    ///
    /// ```
    /// assert_eq!(gradstep::Isa::Scalar.name(), "scalar");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scalar => Scalar::NAME,
            Self::Portable => Portable::NAME,
            Self::Avx2(_) => Avx2::NAME,
            Self::Avx512(_) => Avx512::NAME,
        }
    }

    /// The instruction set with this [`name`](Isa::name); `None` if this processor has none of that name.
    ///
    /// ```
    /// use gradstep::Isa;
    ///
    /// assert_eq!(Isa::from_name("scalar"), Some(Isa::Scalar));
    /// assert_eq!(Isa::from_name("abacus"), None);
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::available().find(|isa| isa.name() == name)
    }

    /// This one, or the widest below whose registers `n` elements fill.
    #[inline(always)]
    fn filled_by(self, n: usize) -> Self {
        let isa = match self {
            Self::Avx512(cpu) if n < Avx512::SHORTEST => cpu.narrower(),
            isa => isa,
        };
        match isa {
            Self::Avx2(_) if n < Avx2::SHORTEST => Self::Portable,
            isa => isa,
        }
    }

    #[inline(always)]
    pub(crate) fn run<K: Kernel>(self, kernel: K) -> K::Output {
        let filled = self.filled_by(kernel.elements());
        #[cfg(feature = "_ran")]
        let kernel = ran::Noted { kernel, asked: self };
        match filled {
            Self::Avx512(cpu) => cpu.run(kernel),
            Self::Avx2(cpu) => cpu.run(kernel),
            Self::Portable if SIMD => Portable.run(kernel),
            Self::Portable | Self::Scalar => Scalar.run(kernel),
        }
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// An AVX token cannot be made in safe code: not by its constructor,
///
/// ```compile_fail,E0423
/// gradstep::Avx2(());
/// ```
/// ```compile_fail,E0423
/// gradstep::Avx512(());
/// ```
/// ```compile_fail,E0451
/// gradstep::Avx2 { 0: () };
/// ```
/// ```compile_fail,E0451
/// gradstep::Avx512 { 0: () };
/// ```
///
/// not by its detection, which only `Isa` can call,
///
/// ```compile_fail,E0624
/// gradstep::Avx2::detect();
/// ```
/// ```compile_fail,E0624
/// gradstep::Avx512::detect();
/// ```
///
/// not by a trait, not from another token,
///
/// ```compile_fail,E0277
/// let forged: gradstep::Avx2 = Default::default();
/// ```
/// ```compile_fail,E0277
/// let forged: gradstep::Avx512 = Default::default();
/// ```
/// ```compile_fail,E0277
/// let forged: gradstep::Avx2 = ().into();
/// ```
/// ```compile_fail,E0277
/// let forged: gradstep::Avx512 = ().into();
/// ```
/// ```compile_fail,E0308
/// let forge = |token: gradstep::Avx2| gradstep::Isa::Avx512(token);
/// ```
///
/// and not from other bits, unless by writing `unsafe`.
///
/// ```compile_fail,E0133
/// let forged: gradstep::Avx2 = std::mem::transmute(());
/// ```
/// ```compile_fail,E0133
/// let forged: gradstep::Avx512 = std::mem::transmute(());
/// ```
///
/// The names above are right, for this compiles:
///
/// ```
/// let pass = |token: gradstep::Avx2| gradstep::Isa::Avx2(token);
/// let pass = |token: gradstep::Avx512| gradstep::Isa::Avx512(token);
/// ```
#[cfg(doctest)]
struct Unforgeable;
