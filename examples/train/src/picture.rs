//! Pictures: panels of curves side by side, as SVG.

use plotters::{
    coord::{
        Shift,
        ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter},
    },
    element::DashedPathElement,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};
use std::{error::Error, fs, ops::Range, path::Path};

pub const BLUE: RGBColor = RGBColor(0, 104, 180);
pub const GREEN: RGBColor = RGBColor(0, 150, 105);
pub const ORANGE: RGBColor = RGBColor(230, 110, 0);
pub const PURPLE: RGBColor = RGBColor(150, 50, 165);
const INK: RGBColor = RGBColor(40, 40, 40);
const FAINT: RGBColor = RGBColor(125, 125, 125);
const GRID: RGBColor = RGBColor(230, 230, 230);

// Plotters places by whole units, so the canvas is twice as large as the picture is shown: curves stay smooth.
const PANEL: (u32, u32) = (1240, 960);
const HEAD: u32 = 176;
/// A row of bars.
const ROW: i32 = 40;

pub struct Picture<'a> {
    pub title: &'a str,
    pub caption: &'a str,
    pub legend: Vec<(&'a str, Stroke)>,
    pub panels: Vec<Panel<'a>>,
}

#[derive(Default)]
pub struct Panel<'a> {
    pub title: &'a str,
    pub x: Axis<'a>,
    pub y: Axis<'a>,
    pub curves: Vec<Curve>,
    /// A dashed line at this y, and what it means.
    pub level: Option<(f64, &'a str)>,
    /// Ranges of x under the curves.
    pub bars: Vec<Bar>,
}

#[derive(Clone, Default)]
pub struct Axis<'a> {
    pub label: &'a str,
    /// What is beyond it, or not a number, is drawn at its end.
    pub range: Range<f64>,
    pub log: bool,
    /// Canvas units between the axis and the lowest value.
    pub gap: i32,
}

#[derive(Clone, Copy)]
pub struct Stroke {
    pub color: RGBColor,
    pub dashed: bool,
}

pub struct Curve {
    pub stroke: Stroke,
    pub points: Vec<(f64, f64)>,
    pub dots: bool,
}

pub struct Bar {
    pub color: RGBColor,
    pub range: Range<f64>,
    pub text: String,
}

type Drawn = Result<(), Box<dyn Error>>;

impl Picture<'_> {
    pub fn save(&self, path: &Path) -> Drawn {
        let (width, height) = (PANEL.0 * self.panels.len() as u32, HEAD + PANEL.1);
        let mut svg = String::new();
        self.draw(SVGBackend::with_string(&mut svg, (width, height)).into_drawing_area())?;
        let size = |scale| format!(r#"width="{}" height="{}""#, width / scale, height / scale);
        let svg = svg.replacen(&size(1), &size(2), 1);
        fs::write(path, svg).map_err(|e| format!("cannot write {}: {e}", path.display()).into())
    }

    fn draw(&self, root: DrawingArea<SVGBackend<'_>, Shift>) -> Drawn {
        root.fill(&WHITE)?;
        let (head, body) = root.split_vertically(HEAD);
        head.draw(&Text::new(self.title, (48, 32), font(42, INK)))?;
        head.draw(&Text::new(self.caption, (48, 88), font(27, FAINT)))?;
        let mut x = 48;
        for &(name, stroke) in &self.legend {
            head.draw(&path(vec![(x, 152), (x + 60, 152)], stroke))?;
            head.draw(&Text::new(name, (x + 76, 152), font(29, INK).pos(Pos::new(HPos::Left, VPos::Center))))?;
            x += 140 + 16 * name.chars().count() as i32;
        }
        for (panel, area) in self.panels.iter().zip(body.split_evenly((1, self.panels.len()))) {
            panel.draw(&area)?;
        }
        root.present()?;
        Ok(())
    }
}

impl Panel<'_> {
    fn draw(&self, area: &DrawingArea<SVGBackend<'_>, Shift>) -> Drawn {
        let y = Axis { gap: ROW * self.bars.len() as i32 + 16, ..self.y.clone() };
        let mut chart = ChartBuilder::on(area)
            .caption(self.title, font(32, INK))
            .margin(32)
            .margin_left(16)
            .x_label_area_size(84)
            .y_label_area_size(124)
            .build_cartesian_2d(self.x.clone(), y.clone())?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID.stroke_width(2))
            .axis_style(FAINT.stroke_width(2))
            .label_style(font(26, INK))
            .axis_desc_style(font(28, INK))
            .x_desc(self.x.label)
            .y_desc(self.y.label)
            .draw()?;

        let (left, right) = (self.x.range.start, self.x.range.end);
        if let Some((level, meaning)) = self.level {
            chart.draw_series([path(vec![(left, level), (right, level)], Stroke { color: FAINT, dashed: true })])?;
            let style = font(25, FAINT).pos(Pos::new(HPos::Left, VPos::Bottom));
            chart.draw_series([EmptyElement::at((left, level)) + Text::new(meaning.to_owned(), (12, -6), style)])?;
        }
        for curve in &self.curves {
            chart.draw_series([path(curve.points.clone(), curve.stroke)])?;
            if curve.dots {
                let dots = curve.points.iter().map(|&point| Circle::new(point, 6, curve.stroke.color.filled()));
                chart.draw_series(dots)?;
            }
        }
        for (bar, row) in self.bars.iter().zip(1..) {
            let (middle, width) = (ROW * row, self.x.distance(&bar.range, chart.plotting_area().dim_in_pixel().0));
            let style = font(26, bar.color).pos(Pos::new(HPos::Left, VPos::Center));
            chart.draw_series([EmptyElement::at((bar.range.start, self.y.range.start))
                + Rectangle::new([(0, middle - 10), (width, middle + 10)], bar.color.filled())
                + Text::new(bar.text.clone(), (width + 16, middle), style)])?;
        }
        Ok(())
    }
}

impl Axis<'_> {
    /// Where a value lies between the ends: 0 to 1.
    fn place(&self, value: f64) -> f64 {
        let value = if value.is_nan() { f64::INFINITY } else { value };
        let scale = |value: f64| if self.log { value.log10() } else { value };
        let (start, end) = (scale(self.range.start), scale(self.range.end));
        (scale(value.clamp(self.range.start, self.range.end)) - start) / (end - start)
    }

    fn distance(&self, range: &Range<f64>, pixels: u32) -> i32 {
        ((self.place(range.end) - self.place(range.start)) * f64::from(pixels)) as i32
    }
}

impl Ranged for Axis<'_> {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let from = from + self.gap * (to - from).signum();
        from + (self.place(*value) * f64::from(to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        let Range { start, end } = self.range;
        if self.log {
            // Powers of ten, and between them 2 and 5 where there are few.
            let decades = (start.log10() - 1e-9).floor() as i32..=(end.log10() + 1e-9).floor() as i32;
            let steps: &[f64] = if end / start < 50.0 { &[1.0, 2.0, 5.0] } else { &[1.0] };
            let ticks = decades.flat_map(|decade| steps.iter().map(move |step| step * 10f64.powi(decade)));
            return ticks.filter(|tick| (start * 0.999..=end * 1.001).contains(tick)).collect();
        }
        // The finest of 1, 2, 5 × 10ⁿ that makes no more than six parts.
        let decade = 10f64.powf((end - start).log10().floor() - 1.0);
        let step = [1.0, 2.0, 5.0, 10.0, 20.0].map(|n| n * decade).into_iter().find(|step| (end - start) / step <= 6.0);
        let step = step.unwrap_or(end - start);
        (0..=6).map(|i| ((start / step).ceil() + f64::from(i)) * step).filter(|&tick| tick <= end * 1.000001).collect()
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

impl ValueFormatter<f64> for Axis<'_> {
    fn format_ext(&self, &value: &f64) -> String {
        let exponent = (value.log10() + 1e-9).floor() as i32;
        if !self.log || (-2..=3).contains(&exponent) {
            return format!("{}", (value * 1e9).round() / 1e9);
        }
        let digits = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
        let superscript = exponent
            .to_string()
            .chars()
            .map(|c| c.to_digit(10).map_or('⁻', |d| digits[d as usize]))
            .collect::<String>();
        format!("10{superscript}")
    }
}

fn path<'b, Coord: Clone + 'static>(points: Vec<Coord>, stroke: Stroke) -> DynElement<'static, SVGBackend<'b>, Coord> {
    let style = stroke.color.stroke_width(4);
    if stroke.dashed {
        DashedPathElement::new(points, 14, 8, style).into_dyn()
    } else {
        PathElement::new(points, style).into_dyn()
    }
}

fn font(size: u32, color: RGBColor) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&color)
}
