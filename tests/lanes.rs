//! Every operation of [`Lanes`], on every backend, against what it is of one element.
//!
//! An optimizer whose new parameter is that operation, of the parameter, the gradient and the state, takes it to each
//! register of a backend.

use std::array;
use std::cmp::Ordering;
use std::num::{FpCategory, NonZeroU64};

use gradstep::{Error, Lanes, Optimizer, Rule, Slot};
use gradstep_checks::Rng;
use gradstep_checks::backends::backends;
use gradstep_checks::cases::SPECIAL;
use gradstep_checks::tensors::Tensors;
use gradstep_checks::written_out::same;

/// An operation of up to four operands and an `f32`.
trait Operation: Copy + Send + Sync {
    fn on<L: Lanes>(a: f32, operands: [L; 4]) -> L;

    /// Of one element, defined once more.
    fn expected(a: f32, operands: [f32; 4]) -> f32;
}

/// The optimizer: an operation and its `f32`.
#[derive(Clone, Copy)]
struct Step<O>(O, f32);

impl<O: Operation> Optimizer<2> for Step<O> {
    type Rule = Self;
    const STATE: [&'static str; 2] = ["third", "fourth"];
    const SLOTS: [Slot; 2] = [Slot::Exact; 2];

    fn lr(&self) -> f64 {
        0.0
    }

    fn with_lr(self, _: f64) -> Self {
        self
    }

    fn rule(&self, _: NonZeroU64) -> Result<Self, Error> {
        Ok(*self)
    }
}

impl<O: Operation> Rule<2> for Step<O> {
    #[inline(always)]
    fn state<L: Lanes>(&self, _: L, _: L, old: [L; 2]) -> [L; 2] {
        old
    }

    #[inline(always)]
    fn param<L: Lanes>(&self, p: L, g: L, [third, fourth]: [L; 2], _: [L; 2]) -> L {
        O::on(self.1, [p, g, third, fourth])
    }
}

/// Calls of this length end in narrow registers: on AVX-512 each is a register, one of four lanes and three elements.
const SHORT: usize = 16 + 4 + 3;

/// Compares an operation of `count` operands, with each of the `f32`.
fn check<O: Operation>(operation: O, count: u32, scalars: &[f32]) {
    let operands = operands(count);
    for &a in scalars {
        let expected: Vec<f32> = operands.iter().map(|&x| O::expected(a, x)).collect();
        let compare = |found: &[f32], on: &str| {
            if let Some(i) = (0..operands.len()).find(|&i| !same(found[i], expected[i])) {
                let (found, expected, of) = (found[i], expected[i], &operands[i][..count as usize]);
                panic!("{found:e} instead of {expected:e}, of {of:?} (and {a:e}) on {on}");
            }
        };
        compare(&operands.iter().map(|&x| O::on(a, x)).collect::<Vec<_>>(), "f32");

        let operand = |k: usize| operands.iter().map(|x| x[k]).collect::<Vec<_>>();
        let before = Tensors { params: operand(0), grads: operand(1), state: [operand(2), operand(3)] };
        for isa in backends() {
            let step = Step(operation, a).at(1).unwrap().on(isa);
            for length in [operands.len(), SHORT] {
                let mut after = before.clone();
                for start in (0..operands.len()).step_by(length) {
                    after.apply_to(start..operands.len().min(start + length), &step, false).unwrap();
                }
                compare(&after.params, isa.name());
            }
        }
    }
}

/// Every choice of so many corner values, and many bit patterns: any, and some that are close to the first operand.
fn operands(count: u32) -> Vec<[f32; 4]> {
    let corners = SPECIAL.len();
    let choices = (0..corners.pow(count)).map(|i| array::from_fn(|k| SPECIAL[i / corners.pow(k as u32) % corners]));
    let mut rng = Rng::with_seed(31);
    let random = (0..1 << 14).map(|_| {
        let mut any = || f32::from_bits(rng.u32(..));
        let [x, y, z, w] = [any(), any(), any(), any()];
        [x, [y, x, -x, x.next_up(), -x.next_down(), 1.0 / x][rng.usize(..6)], z, w]
    });
    choices.chain(random).collect()
}

/// Any, and corner values.
fn scalars() -> Vec<f32> {
    let mut rng = Rng::with_seed(32);
    SPECIAL.into_iter().chain((0..20).map(|_| f32::from_bits(rng.u32(..)))).collect()
}

/// A test of each: its operands, `a` among them; the operation, on lanes; and what it must be.
macro_rules! operations {
    ($a:pat, one of $scalars:expr; $($name:ident($($x:ident),*): $on:expr => $expected:expr;)*) => {$(
        #[test]
        fn $name() {
            #[derive(Clone, Copy)]
            struct Tested;

            impl Operation for Tested {
                #[inline(always)]
                fn on<L: Lanes>($a: f32, [$($x,)* ..]: [L; 4]) -> L {
                    $on
                }

                #[allow(unused_variables)]
                fn expected($a: f32, [$($x,)* ..]: [f32; 4]) -> f32 {
                    $expected
                }
            }
            check(Tested, [$(stringify!($x)),*].len() as u32, &$scalars);
        }
    )*};
}

/// In f64, and rounded once more: twice is as good as once, because f64 has more than twice the bits and two.
fn in_f64(x: f32, y: f32, operation: fn(f64, f64) -> f64) -> f32 {
    operation(x.into(), y.into()) as f32
}

/// With the sign bit of `sign`.
fn with_sign(x: f32, sign: u32) -> f32 {
    f32::from_bits(x.to_bits() & 0x7FFF_FFFF | sign << 31)
}

operations! {
    _, one of [0.0];

    add(x, y): x + y => in_f64(x, y, |x, y| x + y);
    sub(x, y): x - y => in_f64(x, y, |x, y| x - y);
    mul(x, y): x * y => in_f64(x, y, |x, y| x * y);
    div(x, y): x / y => in_f64(x, y, |x, y| x / y);
    sqrt(x): x.sqrt() => f64::from(x).sqrt() as f32;
    neg(x): -x => with_sign(x, 1 - (x.to_bits() >> 31));
    abs(x): x.abs() => with_sign(x, 0);
    sign(x): x.sign() => match x.classify() {
        FpCategory::Nan => x,
        FpCategory::Zero => 0.0,
        _ => with_sign(1.0, x.to_bits() >> 31),
    };
    larger(x, y): x.larger(y) => match x.partial_cmp(&y) {
        None => f32::NAN,
        Some(Ordering::Less) => y,
        Some(_) => x,
    };
    smaller(x, y): x.smaller(y) => match x.partial_cmp(&y) {
        None => f32::NAN,
        Some(Ordering::Greater) => y,
        Some(_) => x,
    };
    where_greater(x, y, yes, no): x.where_greater(y, yes, no) => match x.partial_cmp(&y) {
        Some(Ordering::Greater) => yes,
        _ => no,
    };
    flush_subnormals(x): x.flush_subnormals() => match x.classify() {
        FpCategory::Zero | FpCategory::Subnormal => 0.0,
        _ => x,
    };
}

operations! {
    a, one of scalars();

    add_f32(x): x + a => in_f64(x, a, |x, y| x + y);
    sub_f32(x): x - a => in_f64(x, a, |x, y| x - y);
    mul_f32(x): x * a => in_f64(x, a, |x, y| x * y);
    div_f32(x): x / a => in_f64(x, a, |x, y| x / y);
    splat(x): x.splat(a) => a;
}

operations! {
    // −0 is a limit, too.
    limit, one of scalars().into_iter().filter(|&a| a >= 0.0).collect::<Vec<_>>();

    clamp(x): x.clamp(limit) => match x {
        x if x > limit => limit,
        x if x < -limit => -limit,
        x => x,
    };
}
