//! The slices of a step, at a chosen place relative to a cache line.

const LINE: usize = 64 / size_of::<f32>();

/// Where a large `Vec` begins, in elements after a cache line: its allocator keeps 16 bytes in front of it.
pub const VEC: usize = 4;

/// Values on which no step is slow.
pub const NORMAL: [f32; 3] = [1.0, 0.01, 1e-3];

/// Parameters, gradients, and as much state as an optimizer may have.
pub const SLICES: usize = 2 + gradstep::MAX_STATE;

/// The slices.
pub struct Data([Vec<f32>; SLICES]);

impl Data {
    pub fn new(longest: usize) -> Self {
        let mut data = Self(std::array::from_fn(|_| vec![0.0; longest + 3 * LINE]));
        data.fill(longest, NORMAL);
        data
    }

    /// The slices, each beginning `offset` elements after a cache line does.
    pub fn slices(&mut self, n: usize, offset: usize) -> [&mut [f32]; SLICES] {
        self.0.each_mut().map(|x| {
            let start = x.as_ptr().align_offset(64) + offset;
            &mut x[start..start + n]
        })
    }

    pub fn fill(&mut self, n: usize, [param, grad, state]: [f32; 3]) {
        let [p, g, states @ ..] = self.slices(n + LINE, 0);
        p.fill(param);
        g.fill(grad);
        states.into_iter().for_each(|s| s.fill(state));
    }
}
