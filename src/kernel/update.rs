//! The update: every slice is swept once, from the widest registers to single elements.

use super::{FAR, Gradients, Kernel, Options, Slices, ahead, split_mut};
use crate::isa::Cpu;
use crate::lanes::{Block, Register};
use crate::optim::Rule;
use core::mem;

type Narrower<C, L> = <L as Register<C>>::Narrower;

/// One step of `rule` over `slices`.
///
/// By reference, because a copy costs a short call more than its work: the caller stores pointers and lengths one by one,
/// and a load of two of them together has to wait until both are in the cache.
pub struct Update<'k, 'a, R, G, O, const S: usize> {
    pub rule: &'k R,
    pub options: O,
    pub slices: &'k mut Slices<'a, G, S>,
}

impl<'a, R: Rule<S>, G: Gradients<'a>, O: Options, const S: usize> Kernel for Update<'_, 'a, R, G, O, S> {
    type Output = ();

    #[inline(always)]
    fn run<C: Cpu>(self, cpu: C) {
        let Self { rule, options, slices } = self;
        let (rule, mut slices) = (*rule, mem::take(slices));
        if C::WHOLE_LINES {
            let before = slices.before_first_line();
            if before > 0 {
                let (front, rest) = slices.split(before);
                rule.sweep::<C, Narrower<C, Narrower<C, C::Group>>, G, O>(cpu, options, front);
                slices = rest;
            }
        }
        rule.sweep::<C, C::Group, G, O>(cpu, options, slices);
    }
}

/// The loop over slices of equal length, for each number `S` of state slices.
pub trait Sweep<const S: usize>: Sized {
    fn sweep<'a, C: Cpu, L: Register<C>, G: Gradients<'a>, O: Options>(
        self,
        cpu: C,
        options: O,
        slices: Slices<'a, G, S>,
    );
}

/// Written out for each `S`, because an array of slices that is indexed in a loop keeps its bounds checks: three times
/// the instructions on a Cortex-M.
macro_rules! sweep {
    ($S:literal: $($state:ident $new:ident $rest:ident),*) => {
        impl<R: Rule<$S>> Sweep<$S> for R {
            #[inline(always)]
            fn sweep<'a, C: Cpu, L: Register<C>, G: Gradients<'a>, O: Options>(
                self,
                cpu: C,
                options: O,
                slices: Slices<'a, G, $S>,
            ) {
                let Slices { params, grads, state: [$($state),*] } = slices;
                let n = params.len();
                // Stating this here for the slices, and below for their blocks, removes every bounds check from the loop.
                if grads.len() != n $(|| $state.len() != n)* {
                    return;
                }
                let whole = n - n % L::Block::LEN;
                let (params, rest_params) = split_mut(params, whole);
                let (grads, rest_grads) = grads.split(whole);
                $(let ($state, $rest) = split_mut($state, whole);)*

                let params = L::Block::of_mut(params);
                let mut grads = grads.blocks::<L::Block>();
                $(let $state = L::Block::of_mut($state);)*
                let n = params.len();
                if grads.len() != n $(|| $state.len() != n)* {
                    return;
                }
                let prefetched = if R::DIVIDES && n >= FAR / L::Block::LEN { n } else { 0 };
                for i in 0..n {
                    let ahead = ahead::<L::Block>(i);
                    if ahead < prefetched {
                        cpu.prefetch(&params[ahead]);
                        cpu.prefetch(&grads[ahead]);
                        $(cpu.prefetch(&$state[ahead]);)*
                    }
                    let p = L::load(cpu, &params[i]);
                    let g = options.gradient(L::load(cpu, &grads[i]), p);
                    let (p, [$($new),*]) = self.step(options, p, g, [$(L::load(cpu, &$state[i])),*]);
                    p.store(&mut params[i]);
                    $($new.store(&mut $state[i]);)*
                    G::done(&mut grads, i);
                }
                if L::Block::LEN > 1 {
                    let rest = Slices { params: rest_params, grads: rest_grads, state: [$($rest),*] };
                    self.sweep::<C, L::Narrower, G, O>(cpu, options, rest);
                }
            }
        }
    };
}

sweep!(0:);
sweep!(1: a new_a rest_a);
sweep!(2: a new_a rest_a, b new_b rest_b);
sweep!(3: a new_a rest_a, b new_b rest_b, c new_c rest_c);
