//! What `main.js` calls. Names are given by their index in the registry of optimizers and in `MODELS`.

use core::panic::PanicInfo;

use gradstep::AnyOptimizer;

use crate::{MODELS, STEPS, Training};

static mut TRAINING: Option<Training> = None;

fn training() -> &'static mut Option<Training> {
    // SAFETY: a module has one thread, and no export calls another.
    unsafe { &mut *&raw mut TRAINING }
}

#[unsafe(no_mangle)]
extern "C" fn start(model: usize, optimizer: usize, lr: f64) {
    *training() = match (MODELS.get(model), AnyOptimizer::ALL.get(optimizer)) {
        (Some(model), Some(optimizer)) => Training::new(model, optimizer.with_lr(lr)),
        _ => None,
    };
}

/// One step; the loss of its batch, NaN if it was refused.
#[unsafe(no_mangle)]
extern "C" fn step() -> f32 {
    training().as_mut().and_then(|training| training.step().ok()).unwrap_or(f32::NAN)
}

#[unsafe(no_mangle)]
extern "C" fn accuracy() -> f32 {
    training().as_ref().map_or(f32::NAN, Training::accuracy)
}

#[unsafe(no_mangle)]
extern "C" fn hash() -> u64 {
    training().as_ref().map_or(0, Training::hash)
}

#[unsafe(no_mangle)]
extern "C" fn steps() -> u32 {
    STEPS as u32
}

#[unsafe(no_mangle)]
extern "C" fn optimizer_name(index: usize) -> *const u8 {
    name(index).as_ptr()
}

/// 0 behind the last optimizer.
#[unsafe(no_mangle)]
extern "C" fn optimizer_name_length(index: usize) -> usize {
    name(index).len()
}

fn name(index: usize) -> &'static str {
    AnyOptimizer::ALL.get(index).map_or("", AnyOptimizer::name)
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
