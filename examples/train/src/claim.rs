//! What the program says it shows, with the figures that show it or do not.

use std::fmt;

#[derive(Default)]
pub struct Claims(Vec<(bool, String)>);

impl Claims {
    pub fn check(&mut self, holds: bool, claim: String) {
        self.0.push((holds, claim));
    }

    pub fn all_hold(&self) -> bool {
        self.0.iter().all(|(holds, _)| *holds)
    }
}

impl fmt::Display for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|(holds, claim)| writeln!(f, "  {} {claim}", if *holds { "✓" } else { "✗ NOT MET:" }))
    }
}
