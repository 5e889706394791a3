//! A panic is a program that cannot be linked.

use core::panic::PanicInfo;

unsafe extern "C" {
    /// Does not exist.
    safe fn a_panic_can_be_reached() -> !;
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    a_panic_can_be_reached()
}
