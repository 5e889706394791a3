//! Turns the rows of `measure` and `pytorch.py` into the tables and pictures of `docs/benchmarks.md`.
//!
//! Usage: report DOCS ROWS.csv… Every figure is a median over the turns of all runs; a ratio is one of two times of the
//! same turn of the same run.

#[path = "../lengths.rs"]
mod lengths;

use std::collections::{BTreeMap, HashMap};
use std::{env, error::Error, fmt::Write, fs, path::Path};

use lengths::{KI, LENGTHS, MI, THREADS};
use plotters::prelude::*;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[derive(serde::Deserialize)]
struct Row {
    run: String,
    experiment: String,
    optimizer: String,
    length: usize,
    series: String,
    round: u32,
    ns: f64,
    cycles: Option<f64>,
}

/// Nanoseconds and cycles by run and round.
type Turns = BTreeMap<(String, u32), (f64, f64)>;

#[derive(Default)]
struct Results(HashMap<(String, String, usize), BTreeMap<String, Turns>>);

impl Results {
    fn read(files: &[String]) -> Result<Self> {
        let mut results = Self::default();
        for file in files {
            for row in csv::Reader::from_path(file)?.into_deserialize() {
                let Row { run, experiment, optimizer, length, series, round, ns, cycles } = row?;
                let comparison = results.0.entry((experiment, optimizer, length)).or_default();
                let turn = (ns, cycles.unwrap_or(f64::NAN));
                if comparison.entry(series).or_default().insert((run, round), turn).is_some() {
                    return Err(format!("{file} repeats turns").into());
                }
            }
        }
        Ok(results)
    }

    /// One series of a comparison; nothing where it was not measured.
    fn turns(&self, experiment: &str, optimizer: &str, n: usize, series: &str) -> Option<&Turns> {
        self.0.get(&(experiment.into(), optimizer.into(), n))?.get(series)
    }

    fn ns(&self, experiment: &str, optimizer: &str, n: usize, series: &str) -> Option<f64> {
        median(self.turns(experiment, optimizer, n, series)?.values().map(|t| t.0))
    }

    fn cycles(&self, experiment: &str, optimizer: &str, n: usize, series: &str) -> Option<f64> {
        median(self.turns(experiment, optimizer, n, series)?.values().map(|t| t.1))
    }

    /// The time of `series` over that of `base`.
    fn ratio(&self, experiment: &str, optimizer: &str, n: usize, series: &str, base: &str) -> Option<f64> {
        let base = self.turns(experiment, optimizer, n, base)?;
        let turns = self.turns(experiment, optimizer, n, series)?;
        median(turns.iter().filter_map(|(turn, t)| Some(t.0 / base.get(turn)?.0)))
    }

    fn series(&self, experiment: &str, optimizer: &str) -> Vec<&str> {
        let comparisons = self.0.iter().filter(|((e, o, _), _)| e == experiment && o == optimizer);
        let mut all: Vec<&str> = comparisons.flat_map(|(_, series)| series.keys().map(String::as_str)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => None,
        n => Some((values[(n - 1) / 2] + values[n / 2]) / 2.0),
    }
}

fn length(n: usize) -> String {
    match n {
        MI.. => format!("{} Mi", n / MI),
        KI.. => format!("{} Ki", n / KI),
        _ => n.to_string(),
    }
}

/// A Markdown table: a first column of names, then a number or a dash in each cell.
fn table(corner: &str, heads: &[String], rows: Vec<(String, Vec<Option<f64>>)>, decimals: usize) -> String {
    let mut text = format!("| {corner} | {} |\n|---|{}\n", heads.join(" | "), "--:|".repeat(heads.len()));
    for (name, cells) in rows {
        let cells: Vec<String> = cells
            .iter()
            .map(|c| c.map_or("–".into(), |x| format!("{x:.0$}", if x < 100.0 { decimals } else { 0 })))
            .collect();
        writeln!(text, "| {name} | {} |", cells.join(" | ")).unwrap();
    }
    text
}

enum Reach {
    AtMost(f64),
    AtLeast(f64),
}
use Reach::{AtLeast, AtMost};

/// A line of the table of targets: the worst of some measured values, as printed, decides.
fn target(what: &str, reach: Reach, unit: &str, values: impl IntoIterator<Item = (String, Option<f64>)>) -> String {
    let printed = |value: f64| (value * 100.0).round() / 100.0;
    let mut values: Vec<(String, f64)> =
        values.into_iter().filter_map(|(name, value)| Some((name, printed(value?)))).collect();
    values.sort_by(|a, b| a.1.total_cmp(&b.1));
    let (sign, bound) = match reach {
        AtMost(bound) => ("≤", bound),
        AtLeast(bound) => ("≥", bound),
    };
    let met = |value: f64| if matches!(reach, AtMost(_)) { value <= bound } else { value >= bound };
    let bound = format!("{sign} {}{unit}", (bound * 1e3).round() / 1e3);
    let ([(low_name, low), ..], [.., (high_name, high)]) = (&values[..], &values[..]) else {
        return format!("| {what} | {bound} | not measured | |\n");
    };
    let kept = values.iter().filter(|(_, value)| met(*value)).count();
    let verdict = match kept {
        n if n == values.len() => "met".into(),
        0 => "**not met**".into(),
        n => format!("**met by {n} of {}**", values.len()),
    };
    let show = |x: f64| if x < 10.0 { format!("{x:.2}") } else { format!("{x:.1}") };
    let measured = if values.len() == 1 {
        format!("{}{unit}", show(*low))
    } else {
        format!("{} ({low_name}) – {} ({high_name}){unit}", show(*low), show(*high))
    };
    format!("| {what} | {bound} | {measured} | {verdict} |\n")
}

const ALL: [&str; 6] = ["sgd", "momentum", "adam", "adamw", "amsgrad", "amsgradw"];
const CACHE: [usize; 3] = [KI, 4 * KI, 16 * KI];

fn each<'a>(optimizers: &'a [&str], lengths: &'a [usize]) -> impl Iterator<Item = (&'a str, usize)> {
    optimizers.iter().flat_map(move |&o| lengths.iter().map(move |&n| (o, n)))
}

fn targets(results: &Results) -> String {
    let named = |o: &str, n: usize, value| (format!("{o}, {}", length(n)), value);
    let ratios = |experiment: &'static str, optimizers: &[&str], lengths: &[usize], series: &str, base: &str| {
        each(optimizers, lengths)
            .map(|(o, n)| named(o, n, results.ratio(experiment, o, n, series, base)))
            .collect::<Vec<_>>()
    };
    let isa = |optimizers: &[&str], lengths: &[usize], series: &str, base: &str| {
        ratios("isa", optimizers, lengths, series, base)
    };
    let adams = ["adam", "adamw"];
    let best = if isa(&ALL, &LENGTHS, "avx512", "avx512").iter().any(|v| v.1.is_some()) { "avx512" } else { "avx2" };
    let roof = format!("roof {best}");
    let short = |n: usize| (format!("{n}"), results.ns("short", "", n, "adam"));
    let mut roofs = isa(&ALL, &[256 * KI, 64 * MI], best, &roof);
    roofs.iter_mut().for_each(|v| v.0 += ", one thread");
    let mut two = ratios("threads", &ALL, &[256 * KI, 64 * MI], "two", "roof two");
    two.iter_mut().for_each(|v| v.0 += ", two threads");
    roofs.extend(two);
    let mut frameworks = ratios("peers", &["adamw", "sgd"], &LENGTHS, "candle", "gradstep");
    frameworks.iter_mut().for_each(|v| v.0.insert_str(0, "candle "));
    let mut burn = ratios("peers", &["adam", "sgd", "momentum"], &LENGTHS, "burn", "gradstep");
    burn.iter_mut().for_each(|v| v.0.insert_str(0, "burn "));
    frameworks.extend(burn);

    let mut text = "| what | to reach | measured | |\n|---|---|---|---|\n".to_string();
    let mut add = |line: String| text.push_str(&line);
    add(target(
        "Adam, AdamW on AVX-512, 1 Ki – 16 Ki: time ÷ the divider's floor",
        AtMost(7.3 / 7.0),
        "",
        isa(&adams, &CACHE, "avx512", "floor avx512"),
    ));
    add(target("… on AVX2", AtMost(15.0 / 14.0), "", isa(&adams, &CACHE, "avx2", "floor avx2")));
    add(target("… on SSE2", AtMost(30.0 / 28.0), "", isa(&adams, &CACHE, "sse2", "floor sse2")));
    add(target(
        "Adam, 4 Ki – 16 Ki: speed ÷ a plain loop built with `target-cpu=native`",
        AtLeast(1.15),
        "",
        ratios("peers", &["adam"], &CACHE[1..], "loop, native", "gradstep"),
    ));
    add(target("SGD, momentum, from 1 Ki: time ÷ the roof", AtMost(1.05), "", isa(&ALL[..2], &LENGTHS, best, &roof)));
    add(target("any optimizer, 256 Ki and 64 Mi: time ÷ the roof", AtMost(1.05), "", roofs));
    add(target(
        "slices at 16 mod 64 bytes, from 4 Ki: time ÷ aligned",
        AtMost(1.05),
        "",
        isa(&ALL, &LENGTHS[1..], "vec", best),
    ));
    add(target("Adam, 1 – 15 elements, whole call", AtMost(20.0), " ns", [1, 2, 4, 7, 8, 10, 15].map(short)));
    add(target("Adam, 63 elements, whole call", AtMost(25.0), " ns", [63].map(short)));
    add(target(
        "SGD, 10 elements in 10,000 tensors, each",
        AtMost(12.0),
        " ns",
        [(String::new(), results.ns("tensors", "", 10_000, "sgd").map(|ns| ns / 1e4))],
    ));
    add(target(
        "`apply_and_zero` with scale and clamp: time ÷ the plain step",
        AtMost(1.1),
        "",
        ratios("options", &ALL[..3], &LENGTHS, "scale, clamp, zero", "plain"),
    ));
    for (n, bound) in [(16 * KI, 1.6), (64 * MI, 1.1)] {
        let sum = results.ratio("grads", "", n, &format!("sum_of_squares {best}"), &format!("read {best}"));
        add(target(
            &format!("sum of squares, {}: time ÷ a plain read", length(n)),
            AtMost(bound),
            "",
            [(String::new(), sum)],
        ));
    }
    add(target(
        &format!("decayed state with `flush_subnormals`, {best}, 4 Ki, 256 Ki: time ÷ normal state"),
        AtMost(1.1),
        "",
        ratios("subnormals", &ALL[1..], &[4 * KI, 256 * KI], &format!("flushed {best}"), &format!("normal {best}")),
    ));
    add(target(
        "`par_apply`, two threads, from 1 Mi: speed ÷ one thread",
        AtLeast(1.85),
        "",
        ratios("threads", &ALL, &[MI, 4 * MI, 64 * MI], "one", "two"),
    ));
    add(target("… never slower, 64 – 768 Ki", AtLeast(1.0), "", ratios("threads", &ALL, &THREADS[..8], "one", "two")));
    for (n, bound) in [(KI, 4.8), (16 * KI, 2.9), (256 * KI, 2.0), (64 * MI, 1.0)] {
        let fused = ratios("torch", &["adam"], &[n], "PyTorch, fused operator", "gradstep");
        add(target(
            &format!("Adam, {}: speed ÷ PyTorch's fused operator, called from C++", length(n)),
            AtLeast(bound),
            "",
            fused,
        ));
    }
    add(target("every length: speed ÷ candle, ÷ burn", AtLeast(5.0), "", frameworks));
    add(target(
        "1 Ki – 16 Ki: speed ÷ a plain loop in a default build",
        AtLeast(4.0),
        "",
        ratios("peers", &ALL[..3], &CACHE, "loop", "gradstep"),
    ));
    text
}

/// Cycles for 16 elements on every backend, and of its limits.
fn backends(results: &Results) -> String {
    let mut text = String::new();
    let slower = ["sgd", "adam"].into_iter().flat_map(|o| {
        ["avx2", "sse2", "scalar"]
            .map(|isa| (format!("{o}, {isa}"), LENGTHS.map(|n| results.ratio("isa", o, n, isa, "avx512")).to_vec()))
    });
    text += &table("time ÷ that of avx512", &LENGTHS.map(length), slower.collect(), 2);
    text.push('\n');
    for optimizer in ALL {
        let mut series = results.series("isa", optimizer);
        series.sort_by_key(|s| (s.split(' ').next_back() != Some(s), *s));
        let rows = series.iter().map(|s| {
            let cycles = |&n: &usize| Some(results.cycles("isa", optimizer, n, s)? / (n as f64 / 16.0));
            (s.to_string(), LENGTHS.iter().map(cycles).collect())
        });
        text += &table(&format!("**{optimizer}**"), &LENGTHS.map(length), rows.collect(), 1);
        text.push('\n');
    }
    text
}

/// The peers' times as multiples of gradstep's, and where that is no more than one.
fn peers(results: &Results) -> String {
    let mut text = String::new();
    let mut as_fast = vec![];
    for (experiment, optimizers) in [("peers", &ALL[..]), ("torch", &["adam"])] {
        for &optimizer in optimizers {
            let series = results.series(experiment, optimizer);
            let rows: Vec<_> = series
                .iter()
                .filter(|&&s| s != "gradstep")
                .map(|s| {
                    let ratios = LENGTHS.map(|n| results.ratio(experiment, optimizer, n, s, "gradstep"));
                    for (n, ratio) in LENGTHS.iter().zip(ratios) {
                        if let Some(ratio) = ratio.filter(|&r| r < 1.02 && *s != "roof") {
                            as_fast.push(format!("{s} ({optimizer}, {}: {ratio:.2})", length(*n)));
                        }
                    }
                    (s.to_string(), ratios.to_vec())
                })
                .collect();
            if !rows.is_empty() {
                let corner = format!("**{optimizer}**, time ÷ gradstep's");
                text += &table(&corner, &LENGTHS.map(length), rows, 2);
                text.push('\n');
            }
        }
    }
    let as_fast = if as_fast.is_empty() { "none here".into() } else { as_fast.join("; ") };
    writeln!(text, "As fast as gradstep (within 2 %) or faster: {as_fast}.").unwrap();
    text
}

fn short(results: &Results) -> String {
    let lengths = [1, 2, 4, 7, 8, 10, 15, 16, 24, 31, 32, 48, 63, 64, 128, 256];
    let rows = ["sgd", "momentum", "adam", "adam at"].map(|s| {
        let name = if s == "adam at" { "`Adam::at(t)`, the folding" } else { s };
        (name.to_string(), lengths.map(|n| results.ns("short", "", n, s)).to_vec())
    });
    table("ns a call", &lengths.map(length), rows.into(), 1)
}

fn threads(results: &Results) -> String {
    let speed = |o, one, two| THREADS.map(|n| results.ratio("threads", o, n, one, two)).to_vec();
    let mut rows = vec![("sum of squares".to_string(), speed("sum of squares", "one", "two"))];
    for o in ALL {
        rows.push((o.to_string(), speed(o, "one", "two")));
        rows.push((format!("its roof ({o})"), speed(o, "roof one", "roof two")));
    }
    table("speed of two threads ÷ one", &THREADS.map(length), rows, 2)
}

fn gradients(results: &Results) -> String {
    let series = results.series("grads", "");
    let rows = series.iter().filter(|s| !s.starts_with("read")).map(|s| {
        let (tool, isa) = s.rsplit_once(' ').expect("a tool and its backend");
        let base = if tool == "accumulate" { format!("read and write {isa}") } else { format!("read {isa}") };
        (s.to_string(), LENGTHS.map(|n| results.ratio("grads", "", n, s, &base)).to_vec())
    });
    table("time ÷ the same bytes read (and written)", &LENGTHS.map(length), rows.collect(), 2)
}

fn subnormals(results: &Results) -> String {
    let heads = ["scalar", "sse2", "avx2", "avx512"];
    let rows = ["decayed", "flushed"].iter().flat_map(|state| {
        ALL[1..].iter().map(move |o| {
            let ratio =
                |isa| results.ratio("subnormals", o, 4 * KI, &format!("{state} {isa}"), &format!("normal {isa}"));
            (format!("{o}, {state}"), heads.map(ratio).to_vec())
        })
    });
    table("time ÷ normal state, 4 Ki", &heads.map(String::from), rows.collect(), 2)
}

/// The limit, gradstep, then the peers.
const COLORS: [RGBColor; 10] = [
    RGBColor(0, 0, 0),
    RGBColor(214, 39, 40),
    RGBColor(31, 119, 180),
    RGBColor(44, 160, 44),
    RGBColor(255, 127, 14),
    RGBColor(148, 103, 189),
    RGBColor(140, 86, 75),
    RGBColor(227, 119, 194),
    RGBColor(127, 127, 127),
    RGBColor(23, 190, 207),
];

/// Time over that of the roof of the same turn, against length.
fn picture(file: &Path, caption: &str, lines: &[(&str, &str, &str, &str)], results: &Results) -> Result<()> {
    let points = |&(experiment, optimizer, series, base): &(&str, &str, &str, &str)| {
        let point = |n: usize| Some((n as f64, results.ratio(experiment, optimizer, n, series, base)?));
        LENGTHS.into_iter().filter_map(point).collect::<Vec<_>>()
    };
    let lines: Vec<_> = lines.iter().map(|l| (l.2, points(l))).filter(|(_, points)| !points.is_empty()).collect();
    let highest = lines.iter().flat_map(|(_, points)| points).map(|p| p.1).fold(1.0, f64::max);
    let root = SVGBackend::new(file, (900, 480)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(caption, ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(56)
        .build_cartesian_2d((KI as f64..64.0 * MI as f64).log_scale().base(4.0), (0.8..highest * 1.5).log_scale())?;
    chart
        .configure_mesh()
        .x_desc("elements")
        .x_label_formatter(&|&n| length(n as usize))
        .y_desc("time ÷ the roof")
        .y_label_formatter(&|y| format!("{y}"))
        .light_line_style(BLACK.mix(0.06))
        .draw()?;
    for (i, (name, points)) in lines.into_iter().enumerate() {
        let color = COLORS[i % COLORS.len()];
        let style = color.stroke_width(if name == "gradstep" { 4 } else { 2 });
        chart.draw_series(points.iter().map(|&p| Circle::new(p, 3, color.filled())))?;
        chart
            .draw_series(LineSeries::new(points, style))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.2))
        .draw()?;
    Ok(root.present()?)
}

/// What ran: the processor as it names itself, its caches, the compiler.
fn machine() -> Result<String> {
    let info = fs::read_to_string("/proc/cpuinfo")?;
    let name =
        info.lines().find_map(|l| l.strip_prefix("model name")).map_or("", |l| l.trim_start_matches(['\t', ' ', ':']));
    let caches = (0..4).filter_map(|i| {
        let index = format!("/sys/devices/system/cpu/cpu0/cache/index{i}");
        let read = |file| fs::read_to_string(format!("{index}/{file}")).ok().map(|s| s.trim().to_string());
        Some(format!("L{} {} {}", read("level")?, read("type")?.to_lowercase(), read("size")?))
    });
    let counter = perf_event::Builder::new(perf_event::events::Hardware::CPU_CYCLES).build().is_ok();
    let cycles = if counter { "counted by the processor" } else { "from the time of a chain of multiplications" };
    let rustc = std::process::Command::new("rustc").arg("--version").output()?.stdout;
    let caches = caches.collect::<Vec<_>>().join(", ");
    let cores = std::thread::available_parallelism()?;
    Ok(format!("> {name}, {cores} cores; {caches}; {}; cycles {cycles}\n", String::from_utf8(rustc)?.trim()))
}

/// Replaces what stands between `<!-- name -->` and `<!-- /name -->`.
fn fill(page: &mut String, name: &str, text: &str) -> Result<()> {
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let start = page.find(&open).ok_or(format!("no {open}"))? + open.len();
    let end = start + page[start..].find(&close).ok_or(format!("no {close}"))?;
    page.replace_range(start..end, text);
    Ok(())
}

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [docs, files @ ..] = &arguments[..] else { return Err("usage: report DOCS ROWS.csv…".into()) };
    let (docs, results) = (Path::new(docs), Results::read(files)?);
    let page = docs.join("benchmarks.md");
    let mut text = fs::read_to_string(&page)?;
    fill(&mut text, "machine", &machine()?)?;
    fill(&mut text, "targets", &targets(&results))?;
    fill(&mut text, "backends", &backends(&results))?;
    fill(&mut text, "peers", &peers(&results))?;
    fill(&mut text, "short", &short(&results))?;
    fill(&mut text, "threads", &threads(&results))?;
    fill(&mut text, "grads", &gradients(&results))?;
    fill(&mut text, "subnormals", &subnormals(&results))?;
    fs::write(page, text)?;

    let rust = ["roof", "gradstep", "loop, native", "loop", "dfdx", "burn", "candle"];
    let mut adam: Vec<_> =
        rust.iter().map(|&s| ("peers", if s == "candle" { "adamw" } else { "adam" }, s, "roof")).collect();
    adam.extend(
        ["PyTorch, fused operator", "PyTorch, optimizer.step()", "DeepSpeed"].map(|s| ("torch", "adam", s, "roof")),
    );
    picture(&docs.join("adam.svg"), "Adam (candle: AdamW), one thread", &adam, &results)?;
    let sgd: Vec<_> = rust.iter().map(|&s| ("peers", "sgd", s, "roof")).collect();
    picture(&docs.join("sgd.svg"), "SGD, one thread", &sgd, &results)
}
