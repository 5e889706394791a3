//! What is going on, while it goes on.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on the terminal of `steps` steps of `experiment`; nothing where there is no terminal.
pub fn bar(experiment: &'static str, steps: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix:15} {bar:40.blue} {pos:>4}/{len:4} {elapsed}");
    ProgressBar::new(steps as u64)
        .with_prefix(experiment)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
