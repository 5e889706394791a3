//! The handwritten digits: read, checked, split.

use std::{error::Error, fs, path::Path};

/// Pixels of an image, row by row.
pub const PIXELS: usize = 64;
/// Digits to tell apart.
pub const CLASSES: usize = 10;
/// Bytes of a record in the file: the pixels, then the label.
const RECORD: usize = PIXELS + 1;
/// A pixel that is all ink.
const INK: u8 = 16;

#[derive(Default)]
pub struct Digits {
    pub train: Set,
    pub test: Set,
}

#[derive(Default)]
pub struct Set {
    /// One image after another, from 0 (paper) to 1 (ink).
    pixels: Vec<f32>,
    labels: Vec<u8>,
}

impl Digits {
    /// Reads a file in the format of `examples/data/README.md`; every fifth image is kept for the test.
    pub fn read(path: &Path) -> Result<Self, Box<dyn Error>> {
        let bytes = fs::read(path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
        Self::parse(&bytes).map_err(|e| format!("{} is not a file of digits: {e}", path.display()).into())
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() < 5 * RECORD || !bytes.len().is_multiple_of(RECORD) {
            return Err(format!("it has {} bytes, but it must have five or more records of {RECORD}", bytes.len()));
        }
        let mut digits = Self::default();
        for (i, record) in bytes.chunks_exact(RECORD).enumerate() {
            let (pixels, label) = (&record[..PIXELS], record[PIXELS]);
            if let Some(pixel) = pixels.iter().find(|&&pixel| pixel > INK) {
                return Err(format!("a pixel of record {i} is {pixel}, but it must be 0 to {INK}"));
            }
            if usize::from(label) >= CLASSES {
                return Err(format!("the label of record {i} is {label}, but it must be 0 to {}", CLASSES - 1));
            }
            let set = if i % 5 == 4 { &mut digits.test } else { &mut digits.train };
            set.pixels.extend(pixels.iter().map(|&pixel| f32::from(pixel) / f32::from(INK)));
            set.labels.push(label);
        }
        Ok(digits)
    }
}

impl Set {
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    pub fn pixels(&self) -> &[f32] {
        &self.pixels
    }

    pub fn labels(&self) -> impl Iterator<Item = usize> {
        self.labels.iter().map(|&label| label.into())
    }

    /// Becomes a copy of the images of `from` with these indices.
    pub fn gather(&mut self, from: &Self, indices: &[usize]) {
        self.pixels.clear();
        self.labels.clear();
        for &i in indices {
            self.pixels.extend_from_slice(&from.pixels[i * PIXELS..][..PIXELS]);
            self.labels.push(from.labels[i]);
        }
    }
}
