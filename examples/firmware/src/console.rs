//! Text to the debugger by semihosting, or to the terminal on the host.
//!
//! With `ufmt`, because `core::fmt` can panic and takes more flash than the training.

use core::convert::Infallible;

use ufmt::{Formatter, uDisplay, uWrite, uwrite};

pub struct Console;

impl uWrite for Console {
    type Error = Infallible;

    fn write_str(&mut self, text: &str) -> Result<(), Infallible> {
        #[cfg(target_os = "none")]
        text.bytes().for_each(semihosting::sys::arm_compat::sys_writec);
        #[cfg(not(target_os = "none"))]
        print!("{text}");
        Ok(())
    }
}

macro_rules! println {
    ($($text:tt)*) => {{
        let _: Result<(), core::convert::Infallible> = ufmt::uwriteln!($crate::console::Console, $($text)*);
    }};
}
pub(crate) use println;

/// The number in units of 10⁻ᵖ, p its second field.
pub struct Decimal(pub u32, pub u32);

impl uDisplay for Decimal {
    fn fmt<W: uWrite + ?Sized>(&self, f: &mut Formatter<'_, W>) -> Result<(), W::Error> {
        let mut unit = 10_u32.saturating_pow(self.1);
        uwrite!(f, "{}.", self.0.checked_div(unit).unwrap_or(0))?;
        while unit >= 10 {
            let digit = self.0.checked_rem(unit).unwrap_or(0) / (unit / 10);
            uwrite!(f, "{}", digit)?;
            unit /= 10;
        }
        Ok(())
    }
}

/// All sixteen digits.
pub struct Hex(pub u64);

impl uDisplay for Hex {
    fn fmt<W: uWrite + ?Sized>(&self, f: &mut Formatter<'_, W>) -> Result<(), W::Error> {
        for shift in (0..16).rev() {
            uwrite!(f, "{:x}", self.0 >> (4 * shift) & 0xf)?;
        }
        Ok(())
    }
}
