//! Slices at a chosen distance from a 64-byte boundary, fenced so that a write outside is seen.

/// The fence: more than any vector backend touches at once.
const FENCE: usize = 64;
const SENTINEL: f32 = 12345.678;

/// Room for slices of up to `capacity` elements, at offsets up to 16.
#[derive(Clone)]
pub struct Placed {
    memory: Vec<f32>,
    start: usize,
    len: usize,
}

impl Placed {
    pub fn new(capacity: usize) -> Self {
        Self { memory: vec![SENTINEL; capacity + 3 * FENCE], start: FENCE, len: 0 }
    }

    /// Puts `values` at `offset` elements after a 64-byte boundary.
    pub fn place(&mut self, offset: usize, values: &[f32]) {
        assert!(offset <= 16);
        self.memory[self.start..][..self.len].fill(SENTINEL);
        self.start = FENCE + self.memory[FENCE..].as_ptr().align_offset(64) + offset;
        self.len = values.len();
        self.get_mut().copy_from_slice(values);
    }

    pub fn get(&self) -> &[f32] {
        &self.memory[self.start..][..self.len]
    }

    pub fn get_mut(&mut self) -> &mut [f32] {
        &mut self.memory[self.start..][..self.len]
    }

    /// Whether everything around the slice is as it was.
    pub fn fence_holds(&self) -> bool {
        let (before, after) = (&self.memory[..self.start], &self.memory[self.start + self.len..]);
        before[before.len().saturating_sub(FENCE)..].iter().chain(after.iter().take(FENCE)).all(|&x| x == SENTINEL)
    }
}
