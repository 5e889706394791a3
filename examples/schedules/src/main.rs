//! A picture of all learning-rate schedules.
//!
//! `cargo run --release -p schedules [FILE.svg]`

use gradstep::schedule::{
    Anneal, Constant, Cosine, CosineRestarts, Exponential, InverseSqrt, MultiStep, OneCycle, Polynomial, Schedule,
    StepDecay, Warmup,
};
use plotters::prelude::*;
use std::{env, error::Error, fs, path::PathBuf};

const STEPS: u64 = 1000;
const BLUE: RGBColor = RGBColor(0, 104, 180);
const INK: RGBColor = RGBColor(40, 40, 40);
const GRID: RGBColor = RGBColor(228, 228, 228);

fn main() -> Result<(), Box<dyn Error>> {
    // Each has the rate 1 at its highest. A program would write 1e-3 or what its optimizer wants.
    let schedules: [(&str, &dyn Schedule); 12] = [
        ("Constant", &Constant::new(1.0)),
        ("StepDecay: halved every 200", &StepDecay::new(1.0, 200).gamma(0.5)),
        ("MultiStep: to a third at 500, 800", &MultiStep::new(1.0, &[500, 800]).gamma(1.0 / 3.0)),
        ("Exponential", &Exponential::new(1.0, 0.996)),
        ("InverseSqrt: up for 100", &InverseSqrt::new(1.0, 100)),
        ("Polynomial: a line", &Polynomial::new(1.0, STEPS)),
        ("Polynomial: power 2", &Polynomial::new(1.0, STEPS).power(2.0)),
        ("Cosine", &Cosine::new(1.0, STEPS)),
        ("CosineRestarts: ever longer", &CosineRestarts::new(1.0, 143).growth(2)),
        ("Warmup, then Cosine", &Warmup::new(100, Cosine::new(1.0, STEPS - 100)).start_factor(0.0)),
        ("OneCycle", &OneCycle::new(1.0, STEPS)),
        ("OneCycle: three phases, lines", &OneCycle::new(1.0, STEPS).anneal(Anneal::Linear).three_phase(true)),
    ];
    let path = env::args_os().nth(1).map_or_else(|| "target/schedules.svg".into(), PathBuf::from);
    let svg = draw(&schedules)?;
    let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, svg));
    written.map_err(|e| format!("cannot write {}: {e}", path.display()))?;
    println!("{}", path.display());
    Ok(())
}

fn draw(schedules: &[(&str, &dyn Schedule)]) -> Result<String, Box<dyn Error>> {
    let mut svg = String::new();
    let picture = SVGBackend::with_string(&mut svg, (2400, 1640)).into_drawing_area();
    picture.fill(&WHITE)?;
    let font = |size| ("sans-serif", size).into_font().color(&INK);
    for ((name, schedule), area) in schedules.iter().zip(picture.margin(30, 30, 15, 45).split_evenly((3, 4))) {
        let mut chart = ChartBuilder::on(&area)
            .caption(name, font(32))
            .margin(18)
            .x_label_area_size(50)
            .y_label_area_size(60)
            .build_cartesian_2d(0..STEPS, 0.0..1.05)?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID.stroke_width(2))
            .axis_style(GRID.stroke_width(3))
            .label_style(font(25))
            .x_labels(5)
            .y_labels(3)
            .draw()?;
        let curve = (1..=STEPS).map(|t| Ok((t, schedule.at(t)?))).collect::<Result<Vec<_>, gradstep::Error>>()?;
        chart.draw_series([PathElement::new(curve, BLUE.stroke_width(4))])?;
    }
    picture.present()?;
    drop(picture);
    // Plotters places by whole units: drawn at twice the size, the curves are smooth.
    Ok(svg.replacen(r#"width="2400" height="1640""#, r#"width="1200" height="820""#, 1))
}
