//! The slices of a step, at a chosen place.

const LINE: usize = 64 / size_of::<f32>();
const PAGE: usize = 4096 / size_of::<f32>();

/// Where slices begin.
#[derive(Clone, Copy)]
pub enum Place {
    /// All with a page.
    Line,
    /// All 16 bytes into a page, as large `Vec`s do: their allocator keeps those.
    Vec,
    /// Each with another line of a page, so that the streams share no sets of a cache.
    Apart,
}

/// Values on which no step is slow.
pub const NORMAL: [f32; 3] = [1.0, 0.01, 1e-3];

/// Parameters, gradients, and as much state as an optimizer may have.
pub const SLICES: usize = 2 + gradstep::MAX_STATE;

/// The slices.
pub struct Data([Vec<f32>; SLICES]);

impl Data {
    pub fn new(longest: usize) -> Self {
        let mut data = Self(std::array::from_fn(|_| vec![0.0; longest + 2 * PAGE]));
        data.fill(longest, NORMAL);
        data
    }

    pub fn slices(&mut self, n: usize, place: Place) -> [&mut [f32]; SLICES] {
        let mut number = 0..;
        self.0.each_mut().map(|x| {
            let offset = match place {
                Place::Line => 0,
                Place::Vec => 16 / size_of::<f32>(),
                Place::Apart => number.next().unwrap() * (PAGE / SLICES / LINE * LINE),
            };
            let page = x.as_ptr().align_offset(4096);
            &mut x[page + offset..][..n]
        })
    }

    pub fn fill(&mut self, n: usize, [param, grad, state]: [f32; 3]) {
        let [p, g, states @ ..] = self.0.each_mut().map(|x| &mut x[..n + 2 * PAGE]);
        p.fill(param);
        g.fill(grad);
        states.into_iter().for_each(|s| s.fill(state));
    }
}
