//! What no optimizer can beat: the roof (its streams, without arithmetic) and the divider's floor (its square roots and
//! divisions, without memory). Every register passes through an empty `asm!`, so that nothing is optimised away.

use gradstep::Isa;

/// The elements of a group of the widest registers: the limits are those of whole groups.
#[allow(dead_code)] // peers/ measures no shorter ones.
pub const GROUP: usize = 64;

macro_rules! limits {
    ($isa:ident: $features:literal, $class:ident, $lanes:literal;
     $load:ident, $store:ident, $sqrt:ident, $div:ident, $set:ident) => {
        mod $isa {
            use core::arch::{asm, x86_64::*};

            const LANES: usize = $lanes;
            const GROUP: usize = 4;

            /// A value that the compiler knows nothing about.
            macro_rules! opaque {
                ($x:ident) => {
                    // SAFETY: no instruction at all.
                    unsafe { asm!("/* {0} */", inlateout($class) $x, options(pure, nomem, nostack, preserves_flags)) }
                };
            }

            /// Takes a value, as a store would.
            macro_rules! sink {
                ($x:ident) => {
                    // SAFETY: no instruction at all.
                    unsafe { asm!("/* {0} */", in($class) $x, options(nomem, nostack, preserves_flags)) }
                };
            }

            /// Reads `grads`; reads and writes the `streams`.
            #[target_feature(enable = $features)]
            pub fn stream<const S: usize>(grads: &[f32], streams: [&mut [f32]; S]) {
                let n = grads.len();
                assert!(streams.iter().all(|s| s.len() == n));
                let streams = streams.map(|s| s.as_mut_ptr());
                for i in (0..n / LANES / GROUP).map(|i| i * GROUP * LANES) {
                    for i in (0..GROUP).map(|k| i + k * LANES) {
                        // SAFETY: `LANES` elements from `i` on are in every slice.
                        let g = unsafe { $load(grads.as_ptr().add(i)) };
                        sink!(g);
                        for s in streams {
                            // SAFETY: as above.
                            let mut x = unsafe { $load(s.add(i)) };
                            opaque!(x);
                            // SAFETY: as above.
                            unsafe { $store(s.add(i), x) };
                        }
                    }
                }
            }

            /// Reads `x`.
            #[target_feature(enable = $features)]
            pub fn read(x: &[f32]) {
                for group in x.as_chunks::<LANES>().0.as_chunks::<GROUP>().0 {
                    for block in group {
                        // SAFETY: a block is `LANES` elements.
                        let x = unsafe { $load(block.as_ptr()) };
                        sink!(x);
                    }
                }
            }

            /// A square root and a division for each of `n` elements.
            #[target_feature(enable = $features)]
            pub fn divide(n: usize) {
                let (mut v, mut m) = ($set(1.7), $set(0.3));
                for _ in 0..n / LANES / GROUP {
                    let mut roots = [v; GROUP];
                    for root in &mut roots {
                        opaque!(v);
                        *root = $sqrt(v);
                    }
                    for root in roots {
                        opaque!(m);
                        let q = $div(m, root);
                        sink!(q);
                    }
                }
            }
        }
    };
}

limits! {
    avx512: "avx512f", zmm_reg, 16;
    _mm512_loadu_ps, _mm512_storeu_ps, _mm512_sqrt_ps, _mm512_div_ps, _mm512_set1_ps
}
limits! {
    avx2: "avx2", ymm_reg, 8;
    _mm256_loadu_ps, _mm256_storeu_ps, _mm256_sqrt_ps, _mm256_div_ps, _mm256_set1_ps
}
limits! {
    sse2: "sse2", xmm_reg, 4;
    _mm_loadu_ps, _mm_storeu_ps, _mm_sqrt_ps, _mm_div_ps, _mm_set1_ps
}

/// The same dispatch as a step's.
macro_rules! on {
    ($isa:expr, $limit:ident($($arg:expr),*)) => {
        // SAFETY: the value of `isa` proves that the processor has the instructions.
        unsafe {
            match $isa {
                Isa::Avx512(_) => avx512::$limit($($arg),*),
                Isa::Avx2(_) => avx2::$limit($($arg),*),
                _ => sse2::$limit($($arg),*),
            }
        }
    };
}

/// The roof of a step: reads `grads`, reads and writes each of the `streams`. (Whole groups of registers only.)
pub fn stream(isa: Isa, grads: &[f32], streams: &mut [&mut [f32]]) {
    match streams {
        [p] => on!(isa, stream(grads, [p])),
        [p, m] => on!(isa, stream(grads, [p, m])),
        [p, m, v] => on!(isa, stream(grads, [p, m, v])),
        [p, m, v, w] => on!(isa, stream(grads, [p, m, v, w])),
        [p, m, v, w, x] => on!(isa, stream(grads, [p, m, v, w, x])),
        _ => unreachable!("optimizers keep at most MAX_STATE states"),
    }
}

/// The roof of a reduction: reads `x`.
pub fn read(isa: Isa, x: &[f32]) {
    on!(isa, read(x))
}

/// The floor of Adam: a square root and a division for each of `n` elements.
pub fn divide(isa: Isa, n: usize) {
    on!(isa, divide(n))
}
