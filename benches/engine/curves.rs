//! How fast the stores write and read at random, as there are more entries.

use crate::Arguments;
use crate::curve::{Curve, Point};
use crate::document::{Document, count};
use crate::plot;
use crate::run::{Run, medians, rounds_in_turn};
use crate::store::{Kind, Store};

/// The sizes that are measured, as far as they are not above what is asked for.
const SIZES: [u64; 8] = [1000, 5000, 100_000, 500_000, 1_000_000, 4_000_000, 16_000_000, 32_000_000];
/// The smallest one of more than a few thousand entries.
const SMALLEST: u64 = 100_000;
const LOOKUPS: u64 = 1_000_000;

pub fn measure(arguments: &Arguments, stores: &[Store], document: &mut Document) {
    // A log that lags behind is not compared.
    let stores: Vec<&Store> = stores.iter().filter(|store| store.kind != Kind::Buffered).collect();
    let least = if arguments.quick { 0 } else { SMALLEST };
    let sizes = SIZES.into_iter().filter(|size| (least..=arguments.entries.max(SMALLEST)).contains(size));
    let sizes = sizes.filter(|size| !arguments.quick || *size <= arguments.entries);
    let series: Vec<&str> = stores.iter().map(|store| store.name).collect();
    let mut curves = ["entries, fillrandom", "entries, readrandom"].map(|title| Curve {
        title,
        series: series.clone(),
        points: Vec::new(),
        with_common_prefix: Vec::new(),
    });
    for size in sizes {
        let label = count(size as f64);
        for (curve, rates) in curves.iter_mut().zip(rates(&stores, size, arguments.rounds)) {
            curve.points.push(Point { label: label.clone(), rates });
        }
    }
    let title = "## As there are more entries\n\n![Entries a second, fillrandom and readrandom](engine-curves.svg)";
    let parts: Vec<String> = [title.to_owned()].into_iter().chain(curves.iter().flat_map(Curve::tables)).collect();
    document.replace("curves", &parts.join("\n\n"));
    plot::curves(&document.plot("engine-curves.svg"), &curves).expect("a plot that can be written");
}

/// The rates of fillrandom and readrandom, of each store.
fn rates(stores: &[&Store], entries: u64, rounds: usize) -> [Vec<f64>; 2] {
    let lookups = entries.min(LOOKUPS);
    let workloads = ["fillrandom", "reopen", "settle", "readrandom", "readrandom"].map(String::from);
    let runs: Vec<Run> = stores.iter().map(|store| run_of(store, entries, lookups, &workloads)).collect();
    let figures: Vec<_> = rounds_in_turn(rounds, &runs).iter().map(|rounds| medians(rounds)).collect();
    let of = |at: usize, times| figures.iter().map(|figures| figures[at].rate(times)).collect();
    [of(0, entries), of(4, lookups)]
}

fn run_of<'a>(store: &'a Store, entries: u64, lookups: u64, workloads: &[String]) -> Run<'a> {
    let run = store.run(workloads);
    run.option("--entries").option(&entries.to_string()).option("--lookups").option(&lookups.to_string())
}
