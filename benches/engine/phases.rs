//! Two phases: entries are put as fast as it goes, and then overwritten at nine tenths of that rate. A store that puts
//! work off in the first phase has to do it in the second, while the puts go on.

use crate::Arguments;
use crate::document::{Document, count, digits, rate, table, time};
use crate::figure::Figure;
use crate::run::{Run, rounds_in_turn};
use crate::store::{Kind, Store};

/// The second phase is shown in so many parts.
const PARTS: u64 = 5;

pub fn measure(arguments: &Arguments, stores: &[Store], document: &mut Document) {
    // A log that lags behind is not compared.
    let stores: Vec<&Store> = stores.iter().filter(|store| store.kind != Kind::Buffered).collect();
    let (entries, seconds) = (arguments.entries, (arguments.seconds / PARTS).max(1));
    let mut workloads = vec!["fillrandom".to_owned()];
    workloads.resize(1 + PARTS as usize, format!("paced={seconds}"));
    let runs: Vec<Run> = stores.iter().map(|store| store.run(&workloads)).collect();
    let runs: Vec<Run> = runs.into_iter().map(|run| run.option("--entries").option(&entries.to_string())).collect();
    let figures: Vec<Vec<Figure>> =
        rounds_in_turn(1, &runs).into_iter().map(|rounds| rounds.into_iter().flatten().collect()).collect();

    let row = |what: &str, of: &dyn Fn(&[Figure]) -> String| -> Vec<String> {
        [what.to_owned()].into_iter().chain(figures.iter().map(|figures| of(figures))).collect()
    };
    let mut rows = vec![
        row("puts a second, first phase", &|figures| rate(figures[0].rate(entries))),
        row("asked for in the second", &|figures| rate(0.9 * figures[0].rate(entries))),
        row("made in the second", &|figures| {
            let made: u64 = figures[1..].iter().map(|figure| figure.more[4]).sum();
            rate(made as f64 / figures[1..].iter().map(Figure::seconds).sum::<f64>())
        }),
    ];
    for part in 1..=PARTS as usize {
        let (begin, end) = ((part as u64 - 1) * seconds, part as u64 * seconds);
        rows.push(row(&format!("{begin} to {end} s: late by"), &|figures| late(&figures[part])));
    }
    let head = [String::new()].into_iter().chain(stores.iter().map(|store| store.name.to_owned()));
    let words = format!(
        "{} entries as fast as it goes, then random ones of them for {} s at nine tenths of that rate. Each put of the \
         second phase is due at a time, and late by what has passed since when it is done: half of them, 99 %, 99.9 %, \
         and all of them at most.",
        count(entries as f64),
        digits((seconds * PARTS) as f64)
    );
    let title = "## Two phases".to_owned();
    document.replace("phases", &[title, words, table(&head.collect::<Vec<_>>(), &rows)].join("\n\n"));
}

fn late(figure: &Figure) -> String {
    let times: Vec<String> = figure.more[..4].iter().map(|&nanoseconds| time(nanoseconds as f64 / 1e9)).collect();
    times.join(", ")
}
