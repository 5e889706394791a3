//! Turns the rows of `measure` and `pytorch.py` into tables and pictures.
//!
//! `report PROCESSOR ROWS.csv…` writes `docs/benchmarks/PROCESSOR.md`, and the processor's row and the targets of
//! `docs/benchmarks.md`; without a processor it prints them. A time is the shortest of a run; a ratio is one of two times
//! of the same run; a figure is the median over the runs.

#[path = "../lengths.rs"]
mod lengths;

use std::collections::{BTreeMap, HashMap};
use std::{env, error::Error, fmt::Write, fs, path::Path, process::Command};

use gradstep::AnyOptimizer;
use lengths::{CACHED, KI, LENGTHS, MI, OPTIONS, SHORT, TENSORS, THREADS, USUAL};
use plotters::prelude::*;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[derive(serde::Deserialize)]
struct Row {
    run: u32,
    experiment: String,
    optimizer: String,
    length: usize,
    series: String,
    ns: f64,
    cycles: Option<f64>,
}

/// Nanoseconds and cycles by run.
type Runs = BTreeMap<u32, (f64, f64)>;

/// The runs of each series of a comparison.
#[derive(Default)]
struct Results(HashMap<(String, String, usize, String), Runs>);

impl Results {
    fn read(files: &[String]) -> Result<Self> {
        let mut results = Self::default();
        for file in files {
            for row in csv::Reader::from_path(file)?.into_deserialize() {
                let Row { run, experiment, optimizer, length, series, ns, cycles } = row?;
                let runs = results.0.entry((experiment, optimizer, length, series)).or_default();
                if runs.insert(run, (ns, cycles.unwrap_or(f64::NAN))).is_some() {
                    return Err(format!("{file} repeats a run").into());
                }
            }
        }
        Ok(results)
    }

    /// Nothing where it was not measured.
    fn runs(&self, experiment: &str, optimizer: &str, n: usize, series: &str) -> Option<&Runs> {
        self.0.get(&(experiment.into(), optimizer.into(), n, series.into()))
    }

    fn ns(&self, experiment: &str, optimizer: &str, n: usize, series: &str) -> Option<f64> {
        median(self.runs(experiment, optimizer, n, series)?.values().map(|run| run.0))
    }

    fn cycles(&self, experiment: &str, optimizer: &str, n: usize, series: &str) -> Option<f64> {
        median(self.runs(experiment, optimizer, n, series)?.values().map(|run| run.1))
    }

    /// The time of `series` over that of `base`.
    fn ratio(&self, experiment: &str, optimizer: &str, n: usize, series: &str, base: &str) -> Option<f64> {
        let base = self.runs(experiment, optimizer, n, base)?;
        let runs = self.runs(experiment, optimizer, n, series)?;
        median(runs.iter().filter_map(|(run, t)| Some(t.0 / base.get(run)?.0)))
    }

    /// What an optimizer was compared with, in alphabetical order.
    fn series(&self, experiment: &str, optimizer: &str) -> Vec<&str> {
        let mut all: Vec<&str> =
            self.0.keys().filter(|(e, o, ..)| e == experiment && o == optimizer).map(|key| &key.3[..]).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The widest backend.
    fn best(&self) -> &'static str {
        if self.runs("plain apart", "sgd", KI, "avx512").is_some() { "avx512" } else { "avx2" }
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

/// A Markdown table: a first column of names, then a number or a dash in each cell. Nothing if nothing was measured.
fn table(corner: &str, heads: &[String], rows: Vec<(String, Vec<Option<f64>>)>, decimals: usize) -> String {
    if rows.iter().all(|(_, cells)| cells.iter().all(Option::is_none)) {
        return String::new();
    }
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

/// A name for each value.
type Values = Vec<(String, Option<f64>)>;

fn each(optimizers: &[&str], lengths: &[usize], what: &str, value: impl Fn(&str, usize) -> Option<f64>) -> Values {
    let all = optimizers.iter().flat_map(|&o| lengths.iter().map(move |&n| (o, n)));
    all.map(|(o, n)| (format!("{o}, {}{what}", length(n)), value(o, n))).collect()
}

fn targets(results: &Results) -> String {
    let best = results.best();
    let others: Vec<&str> = AnyOptimizer::ALL.iter().map(AnyOptimizer::name).filter(|o| !USUAL.contains(o)).collect();
    let (memory, cache) = (&LENGTHS[4..], &LENGTHS[..3]);
    let plain = |optimizers: &[&str], series: &str, base: &str| -> Values {
        let place = |place: &'static str| {
            each(optimizers, &CACHED, &format!(", {place}"), move |o, n| {
                results.ratio(&format!("plain {place}"), o, n, series, base)
            })
        };
        [place("apart"), place("vec")].concat()
    };
    let options = |optimizers: &[&str], lengths: &[usize], series: &str, isa: &str| {
        each(optimizers, lengths, "", |o, n| {
            results.ratio("options", o, n, &format!("{series} {isa}"), &format!("plain {isa}"))
        })
    };
    let short = |n| [(length(n), results.ns("short", "", n, "adam").map(|ns| ns / TENSORS as f64))];
    let roofs = |place| {
        each(&USUAL, memory, &format!(", {place}"), |o, n| results.ratio("isa", o, n, place, &format!("roof {place}")))
    };
    let two = each(&USUAL, memory, ", two threads", |o, n| results.ratio("threads", o, n, "two", "roof two"));

    let mut text = "| what | to reach | measured | |\n|---|---|---|---|\n".to_string();
    let mut add = |what: &str, reach, unit, values: Values| text.push_str(&target(what, reach, unit, values));
    add(
        "the six that most train with, 1 – 256 Ki: time of a plain loop built with `target-cpu=native` ÷ ours",
        AtLeast(1.0),
        "",
        plain(&USUAL, "loop native", best),
    );
    add("… the rest of the registry", AtLeast(0.97), "", plain(&others, "loop native", best));
    add(
        "… built with `target-cpu=x86-64-v3` ÷ our AVX2, the six",
        AtLeast(1.0),
        "",
        plain(&USUAL, "loop x86-64-v3", "avx2"),
    );
    add("… in a default build ÷ our AVX2, Adam", AtLeast(2.1), "", plain(&["adam"], "loop x86-64", "avx2"));
    add("… in a default build ÷ our AVX-512, Adam", AtLeast(2.4), "", plain(&["adam"], "loop x86-64", "avx512"));
    add(
        "Adam on AVX2, 1 – 16 Ki: time ÷ the divider's floor",
        AtMost(1.05),
        "",
        each(&["adam"], cache, "", |o, n| results.ratio("isa", o, n, "avx2", "floor avx2")),
    );
    add(
        "scale, clamp and zeroing, SGD and momentum, 1 Ki: time ÷ the plain step",
        AtMost(1.35),
        "",
        options(&["sgd", "momentum"], &[KI], "scale, clamp, zero", best),
    );
    add(
        "flushing, Adam, 1 – 16 Ki, AVX2: time ÷ the plain step",
        AtMost(1.15),
        "",
        options(&["adam"], cache, "flush", "avx2"),
    );
    add("… AVX-512", AtMost(1.05), "", options(&["adam"], cache, "flush", "avx512"));
    for (n, bound) in [(1, 12.0), (15, 18.0), (63, 30.0)] {
        add(&format!("Adam, a whole call, elements: {n}"), AtMost(bound), " ns", short(n).into());
    }
    add("the six, 4 Mi and 64 Mi: time ÷ the roof", AtMost(1.03), "", [roofs("apart"), roofs("vec"), two].concat());
    for (n, bound) in [(KI, 2.5), (16 * KI, 1.8), (256 * KI, 1.1), (64 * MI, 0.98)] {
        let fused = results.ratio("torch", "adam", n, "PyTorch, fused operator", "gradstep");
        let what = format!("Adam, {}: time of PyTorch's fused operator, called from C++ ÷ ours", length(n));
        add(&what, AtLeast(bound), "", vec![(String::new(), fused)]);
    }
    text
}

/// A row of the first table of `docs/benchmarks.md`.
fn glance(results: &Results, processor: &str, machine: &Machine) -> String {
    let adam = |series: &str, n| results.ratio("plain apart", "adam", n, series, results.best());
    let torch = |n| results.ratio("torch", "adam", n, "PyTorch, fused operator", "gradstep");
    let cells = [
        adam("loop native", 4 * KI),
        adam("loop x86-64", 4 * KI),
        results.ratio("isa", "adam", 64 * MI, "apart", "roof apart"),
        torch(16 * KI),
        torch(64 * MI),
        results.ns("short", "", 1, "adam").map(|ns| ns / TENSORS as f64),
        results.ratio("threads", "adam", 64 * MI, "one", "two"),
    ];
    let cells: Vec<String> = cells.iter().map(|c| c.map_or("–".into(), |x| format!("{x:.2}"))).collect();
    let Machine { name, date, commit, .. } = machine;
    format!("| [{name}](benchmarks/{processor}.md) | {date}, {commit} | {} |\n", cells.join(" | "))
}

/// All tables of one processor.
fn tables(results: &Results) -> String {
    let best = results.best();
    let heads = |lengths: &[usize]| lengths.iter().map(|&n| length(n)).collect::<Vec<_>>();
    let all: Vec<&str> = AnyOptimizer::ALL.iter().map(AnyOptimizer::name).collect();
    let mut text = String::new();
    let mut section = |title: &str, about: &str, tables: &[String]| {
        let tables: Vec<&str> = tables.iter().map(String::as_str).filter(|table| !table.is_empty()).collect();
        if !tables.is_empty() {
            write!(text, "\n## {title}\n\n{about}\n\n{}", tables.join("\n")).unwrap();
        }
    };

    let plain = |corner: &str, optimizers: &[&str], place: &str, series: &str, base: &str| {
        let row = |&o: &&str| {
            let ratio = |n| results.ratio(&format!("plain {place}"), o, n, series, base);
            (o.to_string(), LENGTHS.map(ratio).to_vec())
        };
        table(corner, &heads(&LENGTHS), optimizers.iter().map(row).collect(), 2)
    };
    section(
        "A plain loop",
        "Its time ÷ gradstep's. *Apart*: each slice begins at another offset of a page; *vec*: all 16 bytes into one, as \
         large `Vec`s do.",
        &[
            plain("`target-cpu=native`, apart", &all, "apart", "loop native", best),
            plain("`target-cpu=native`, vec", &all, "vec", "loop native", best),
            plain("default build, apart", &USUAL, "apart", "loop x86-64", best),
            plain("default build, vec", &USUAL, "vec", "loop x86-64", best),
            plain("`x86-64-v3` ÷ our AVX2, apart", &USUAL, "apart", "loop x86-64-v3", "avx2"),
            plain("`x86-64-v3` ÷ our AVX2, vec", &USUAL, "vec", "loop x86-64-v3", "avx2"),
        ],
    );

    let rows = |o: &str, series: &[&str], base: &str, experiment: &str| -> Vec<(String, Vec<Option<f64>>)> {
        let row = |s: &&str| (s.to_string(), LENGTHS.map(|n| results.ratio(experiment, o, n, s, base)).to_vec());
        series.iter().map(row).collect()
    };
    let compared = |experiment: &str, o: &str| {
        let series = results.series(experiment, o).into_iter().filter(|s| *s != "gradstep").collect::<Vec<_>>();
        let corner = format!("**{o}**, time ÷ gradstep's");
        table(&corner, &heads(&LENGTHS), rows(o, &series, "gradstep", experiment), 2)
    };
    let peers: Vec<String> = USUAL.iter().map(|o| compared("peers", o)).chain([compared("torch", "adam")]).collect();
    section("Other crates and frameworks", "One thread.", &peers);

    let places = USUAL.iter().flat_map(|o| {
        [("apart", "roof apart", ""), ("vec", "roof vec", ", vec")].map(|(series, base, note)| {
            let ratio = |n| results.ratio("isa", o, n, series, base);
            (format!("{o}{note}"), LENGTHS.map(ratio).to_vec())
        })
    });
    section(
        "Memory",
        "The roof's slices begin where the optimizer's do.",
        &[table("time ÷ the roof", &heads(&LENGTHS), places.collect(), 2)],
    );
    let places = USUAL.iter().flat_map(|o| {
        ["vec", "roof vec", "line", "roof line"].map(|series| {
            let base = if series.starts_with("roof") { "roof apart" } else { "apart" };
            (format!("{o}, {series}"), LENGTHS.map(|n| results.ratio("isa", o, n, series, base)).to_vec())
        })
    });
    section(
        "Where slices begin",
        "*vec*: all 16 bytes into a page; *line*: all with a page.",
        &[table("time ÷ that of slices apart", &heads(&LENGTHS), places.collect(), 2)],
    );

    let backends = USUAL.iter().flat_map(|o| {
        let mut series = vec!["scalar", "sse2", "avx2", "avx512", "roof apart"];
        series.extend(results.series("isa", o).into_iter().filter(|s| s.starts_with("floor")));
        series.into_iter().map(move |s| {
            let cycles = |n| Some(results.cycles("isa", o, n, s)? / (n as f64 / 16.0));
            (format!("{o}, {s}"), LENGTHS.map(cycles).to_vec())
        })
    });
    let backends = backends.filter(|(_, cells)| cells.iter().any(Option::is_some)).collect();
    section("Backends", "Slices apart.", &[table("cycles for 16 elements", &heads(&LENGTHS), backends, 1)]);

    let short = [("sgd", "sgd"), ("momentum", "momentum"), ("adam", "adam"), ("at", "`Adam::at(t)`, the folding")];
    let short = short.map(|(series, name)| {
        let ns = |n| Some(results.ns("short", "", n, series)? / TENSORS as f64);
        (name.to_string(), SHORT.map(ns).to_vec())
    });
    section(
        "Short calls",
        &format!("Each with the next of {TENSORS} tensors."),
        &[table("ns a call", &heads(&SHORT), short.into(), 1)],
    );

    let speed = ["sum of squares"]
        .iter()
        .chain(&USUAL)
        .map(|o| (o.to_string(), THREADS.map(|n| results.ratio("threads", o, n, "one", "two")).to_vec()));
    let roofs = USUAL
        .iter()
        .map(|o| (o.to_string(), THREADS.map(|n| results.ratio("threads", o, n, "two", "roof two")).to_vec()));
    section(
        "Two threads",
        "Slices apart.",
        &[
            table("speed of two threads ÷ one", &heads(&THREADS), speed.collect(), 2),
            table("two threads, time ÷ the roof on two", &heads(&THREADS), roofs.collect(), 2),
        ],
    );

    let isas: Vec<&str> = ["avx2", "avx512"].into_iter().filter(|isa| *isa <= best).collect();
    let options = ["sgd", "momentum", "adam"].iter().flat_map(|o| {
        isas.iter().flat_map(move |isa| {
            ["scale, clamp", "scale, clamp, zero", "flush"].map(|s| {
                let ratio = |n| results.ratio("options", o, n, &format!("{s} {isa}"), &format!("plain {isa}"));
                (format!("{o}, {isa}: {s}"), OPTIONS.map(ratio).to_vec())
            })
        })
    });
    section("Options", "Slices apart.", &[table("time ÷ the plain step", &heads(&OPTIONS), options.collect(), 2)]);

    let decayed = USUAL[1..].iter().flat_map(|o| {
        ["decayed", "flushed"].map(|s| {
            let ratio =
                |isa: &&str| results.ratio("subnormals", o, 4 * KI, &format!("{s} {isa}"), &format!("normal {isa}"));
            (format!("{o}, {s}"), isas.iter().map(ratio).collect())
        })
    });
    let isa_heads: Vec<String> = isas.iter().map(|isa| isa.to_string()).collect();
    section(
        "Subnormal state",
        "State that has decayed under zero gradients, 4 Ki elements.",
        &[table("time ÷ normal state", &isa_heads, decayed.collect(), 2)],
    );

    let tools = results.series("grads", "").into_iter().filter(|s| !s.starts_with("read")).map(|s| {
        let (tool, isa) = s.rsplit_once(' ').expect("a tool and its backend");
        let base = if tool == "accumulate" { format!("read and write {isa}") } else { format!("read {isa}") };
        (s.to_string(), LENGTHS.map(|n| results.ratio("grads", "", n, s, &base)).to_vec())
    });
    section(
        "Gradient tools",
        "Slices apart.",
        &[table("time ÷ the same bytes read (and written)", &heads(&LENGTHS), tools.collect(), 2)],
    );

    let stored = ["everything in bf16", "bf16, state in f32"].into_iter().flat_map(|format| {
        let peers = results.series("torch 1", format).into_iter().filter(|s| *s != "gradstep");
        peers.map(move |peer| {
            let ratio = |threads: &str, n| results.ratio(threads, format, n, peer, "gradstep");
            let one = LENGTHS.map(|n| ratio("torch 1", n));
            (format!("{format}: {peer}"), [&one[..], &[ratio("torch 2", 64 * MI)]].concat())
        })
    });
    let stored_heads = [heads(&LENGTHS), vec!["two threads: 64 Mi".into()]].concat();
    section(
        "Storage",
        "Adam of other frameworks, with equal bytes: 14 an element with everything in bf16, 22 with state in f32. They \
         round to nearest, gradstep stochastically.",
        &[table("time ÷ gradstep's", &stored_heads, stored.collect(), 2)],
    );
    text
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

/// Time over that of the roof, against length.
fn picture(file: &Path, caption: &str, optimizer: &str, results: &Results) -> Result<()> {
    let lines = [
        ("isa", "roof vec", "roof"),
        ("isa", "vec", "gradstep"),
        ("plain vec", "loop native", "loop, native"),
        ("plain vec", "loop x86-64", "loop"),
        ("peers", "dfdx", "dfdx"),
        ("peers", "burn", "burn"),
        ("peers", "candle", "candle"),
        ("torch", "PyTorch, fused operator", "PyTorch, fused operator"),
        ("torch", "PyTorch, optimizer.step()", "PyTorch, optimizer.step()"),
        ("torch", "DeepSpeed", "DeepSpeed"),
    ];
    let points = |&(experiment, series, name): &(&'static str, &'static str, &'static str)| {
        let optimizer = if (optimizer, name) == ("adam", "candle") { "adamw" } else { optimizer };
        let point = |n: usize| {
            let roof = results.ns("isa", optimizer, n, "roof vec")?;
            Some((n as f64, results.ns(experiment, optimizer, n, series)? / roof))
        };
        (name, LENGTHS.into_iter().filter_map(point).collect::<Vec<_>>())
    };
    let lines: Vec<_> = lines.iter().map(points).filter(|(_, points)| !points.is_empty()).collect();
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

/// What ran, and when.
struct Machine {
    name: String,
    date: String,
    /// The last one that changed what is measured.
    commit: String,
    more: String,
}

impl Machine {
    fn here() -> Result<Self> {
        let output = |program: &str, arguments: &[&str]| -> Result<String> {
            Ok(String::from_utf8(Command::new(program).args(arguments).output()?.stdout)?.trim().into())
        };
        let info = fs::read_to_string("/proc/cpuinfo")?;
        let field = |name: &str| {
            let mut pairs = info.lines().filter_map(|line| line.split_once(':'));
            pairs.find(|(key, _)| key.trim() == name).map_or("?", |(_, value)| value.trim()).to_string()
        };
        let caches = (0..4).filter_map(|i| {
            let read = |file| fs::read_to_string(format!("/sys/devices/system/cpu/cpu0/cache/index{i}/{file}")).ok();
            let [level, kind, size] = ["level", "type", "size"].map(read);
            Some(format!("L{} {} {}", level?.trim(), kind?.trim().to_lowercase(), size?.trim()))
        });
        let cores = std::thread::available_parallelism()?;
        Ok(Self {
            name: format!("{}, family {}, model {}", field("model name"), field("cpu family"), field("model")),
            date: output("date", &["-u", "+%F"])?,
            commit: output("git", &["log", "-1", "--format=%h", "--", ":/src"])?,
            more: format!(
                "{cores} cores; {}; {}",
                caches.collect::<Vec<_>>().join(", "),
                output("rustc", &["--version"])?
            ),
        })
    }
}

/// Replaces what stands between `<!-- name -->` and `<!-- /name -->`.
fn fill(page: &mut String, name: &str, text: impl FnOnce(&str) -> String) -> Result<()> {
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let start = page.find(&open).ok_or(format!("no {open}"))? + open.len();
    let end = start + page[start..].find(&close).ok_or(format!("no {close}"))?;
    let text = text(&page[start..end]);
    page.replace_range(start..end, &text);
    Ok(())
}

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let processors = arguments.iter().take_while(|a| !a.ends_with(".csv")).count();
    let (processor, files) = arguments.split_at(processors);
    let (results, machine) = (Results::read(files)?, Machine::here()?);
    let (Machine { name, date, commit, more }, targets) = (&machine, targets(&results));
    let (head, tables) = (format!("# {name}\n\n{date}, commit {commit}; {more}.\n"), tables(&results));
    let [processor] = processor else {
        print!("{head}{tables}\n## Targets\n\n{targets}");
        return Ok(());
    };

    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let folder = docs.join("benchmarks");
    let mut pictures = String::new();
    for (optimizer, caption) in [("adam", "Adam (candle: AdamW), one thread"), ("sgd", "SGD, one thread")] {
        let file = format!("{processor}-{optimizer}.svg");
        picture(&folder.join(&file), caption, optimizer, &results)?;
        write!(pictures, "\n![{caption}: time against length, in units of the roof]({file})\n")?;
    }
    fs::write(folder.join(processor).with_extension("md"), head + &pictures + &tables)?;

    let page = docs.join("benchmarks.md");
    let mut text = fs::read_to_string(&page)?;
    fill(&mut text, "processors", |rows| {
        let others = rows.lines().filter(|row| !row.contains(&format!("(benchmarks/{processor}.md)")));
        others.map(|row| format!("{row}\n")).collect::<String>() + &glance(&results, processor, &machine)
    })?;
    fill(&mut text, "targets", |_| format!("{name}, {date}, commit {commit}:\n\n{targets}"))?;
    Ok(fs::write(page, text)?)
}
