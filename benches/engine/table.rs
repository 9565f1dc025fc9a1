//! All workloads, compared with the peers.

use crate::Arguments;
use crate::document::{Document, count, table};
use crate::figure::Figure;
use crate::line::{Line, Unit};
use crate::machine;
use crate::plot::{self, Group};
use crate::program::Program;
use crate::run::{Run, rounds_in_turn};
use crate::store::{Kind, Store};

/// The bytes of a key and its value.
const ENTRY: f64 = 116.0;
/// How many entries all scans of one run give, about.
const SCANNED: u64 = 2_000_000;
/// How many keys are looked up at most.
const LOOKUPS: u64 = 1_000_000;
const THREADS: [u64; 3] = [1, 4, 8];
/// In the order in which they come after each other: those that insert are the last.
const YCSB: [(&str, &str); 6] = [
    ("ycsbc", "YCSB C, reads alone"),
    ("ycsbb", "YCSB B, 5 % updates"),
    ("ycsba", "YCSB A, half updates"),
    ("ycsbf", "YCSB F, half read and rewritten"),
    ("ycsbd", "YCSB D, the latest, 5 % inserts"),
    ("ycsbe", "YCSB E, scans of 1 to 100, 5 % inserts"),
];
/// The most entries of the table that is not called large.
const SMALL: u64 = 1_000_000;

struct Bench<'a> {
    stores: &'a [Store],
    entries: u64,
    lookups: u64,
    seeks: u64,
    syncs: u64,
    rounds: usize,
    cache: u64,
}

/// The figures of each store, in each round, at each workload. A store that did not run has no rounds.
type Figures = Vec<Vec<Vec<Figure>>>;

pub fn measure(arguments: &Arguments, stores: &[Store], document: &mut Document) {
    let entries = arguments.entries;
    let bench = Bench {
        stores,
        entries,
        lookups: entries.min(LOOKUPS),
        seeks: (entries / 5).clamp(1, LOOKUPS / 5),
        syncs: (entries / 100).clamp(1, 2000),
        rounds: arguments.rounds,
        cache: arguments.cache,
    };
    let mut lines = bench.fills();
    let (of_writes, costs) = bench.writes();
    lines.extend(of_writes);
    let (of_reads, peak) = bench.reads();
    lines.extend(of_reads);
    lines.extend(THREADS.map(|threads| bench.fillsync(threads)));
    let costs: Vec<Line> = costs.into_iter().chain([peak]).collect();

    let programs = stores.iter().filter(|store| store.is_peer() || store.kind == Kind::Kevo);
    let programs: Vec<&Program> = programs.map(|store| &store.program).collect();
    let words = format!(
        "{} entries, block caches of {} MiB, {} round{}. {}",
        count(entries as f64),
        bench.cache,
        bench.rounds,
        if bench.rounds == 1 { "" } else { "s" },
        machine::in_words(&programs)
    );
    let (part, name) = if entries > SMALL { ("large table", "engine-large.svg") } else { ("table", "engine.svg") };
    let of = format!("{} entries", count(entries as f64));
    let title = format!("## {of}\n\n![How many times as fast as the best peer libkevo is, {of}]({name})");
    let parts = [title, words, bench.table_of(&lines), bench.table_of(&costs), notes(stores)];
    document.replace(part, &parts.join("\n\n"));
    let groups: Vec<Group> = lines.iter().filter_map(|line| line.group(stores)).collect();
    if !groups.is_empty() {
        let caption = format!("How many times as fast as the best peer libkevo is, {of}");
        plot::bars(&document.plot(name), &caption, &["libkevo", "with a mapped log"], &groups).expect("a plot");
    }
}

fn notes(stores: &[Store]) -> String {
    let mut notes = vec![
        "\\* Weaker than the others: what a killed process wrote in its last 10 ms, up to 64 KiB, is lost.".to_owned(),
    ];
    if stores.iter().any(|store| store.kind == Kind::Lsm) {
        notes.push("LevelDB and RocksDB as Debian builds them have assertions on.".to_owned());
    }
    notes.join(" ")
}

impl Bench<'_> {
    fn fills(&self) -> Vec<Line> {
        ["fillseq", "fillbatch"]
            .map(|workload| {
                let figures = self.run(&[workload.to_owned()], |_| true, &[]);
                let what = if workload == "fillbatch" { "fillbatch, 100 each" } else { workload };
                rates(what, &figures, 0, self.entries)
            })
            .into()
    }

    /// The rates of what writes at random, and what that costs.
    fn writes(&self) -> (Vec<Line>, Vec<Line>) {
        let workloads = ["fillrandom", "overwrite", "settle", "reopen", "deleterandom"].map(String::from);
        let figures = self.run(&workloads, |_| true, &[]);
        let lines = [("fillrandom", 0), ("overwrite", 1), ("deleterandom", 4)];
        let lines = lines.map(|(what, at)| rates(what, &figures, at, self.entries));
        let put = 2.0 * self.entries as f64 * ENTRY;
        let time = |what, of: usize| line(what, Unit::Microseconds, &figures, |round| round[1].more[of] as f64 / 1e3);
        let costs = vec![
            line("bytes written for each byte put, both fills", Unit::Times, &figures, |round| {
                round[2].more[0] as f64 / put
            }),
            line("space then, of the live data", Unit::Times, &figures, |round| 2.0 * round[3].more[1] as f64 / put),
            line("closing then, ms", Unit::Milliseconds, &figures, |round| round[3].more[0] as f64 / 1e6),
            line("reopen, ms", Unit::Milliseconds, &figures, |round| round[3].seconds() * 1e3),
            time("a put of overwrite, median, µs", 0),
            time("99 % of them, µs", 1),
            time("99.9 % of them, µs", 2),
            line("the longest put of both fills, ms", Unit::Milliseconds, &figures, |round| {
                round[0].more[3].max(round[1].more[3]) as f64 / 1e6
            }),
            line("peak memory of both fills, MB", Unit::Megabytes, &figures, |round| round[2].peak as f64 / 1e6),
        ];
        (lines.into(), costs)
    }

    /// The rates of what reads, and the memory that it takes.
    fn reads(&self) -> (Vec<Line>, Line) {
        let scans = (SCANNED / self.entries).max(1);
        let workloads = [
            "fillrandom".to_owned(),
            "reopen".to_owned(),
            "settle".to_owned(),
            // The first brings into the caches what the second finds there.
            "readrandom".to_owned(),
            "readrandom".to_owned(),
            "readmissing".to_owned(),
            format!("readseq={scans}"),
            format!("readnext={scans}"),
            format!("seekrandom={}", self.seeks),
            "readwhilewriting".to_owned(),
            "settle".to_owned(),
        ];
        let ycsb = YCSB.map(|(name, _)| format!("{name}={}", self.times_of(name)));
        let workloads: Vec<String> = workloads.into_iter().chain(ycsb).collect();
        // How the log is written is nothing to reads. What writes meanwhile is shown by two of the ways.
        let figures = self.run(&workloads, |store| store.kind != Kind::Buffered, &[]);
        let rate = |what, at, times| rates(what, &figures, at, times);
        let mut lines = vec![
            rate("readrandom", 4, self.lookups),
            rate("readmissing", 5, self.lookups),
            rate("readseq", 6, scans * self.entries),
            rate("readseq, one call an entry", 7, scans * self.entries),
            rate("seekrandom, and 10 next", 8, self.seeks),
            rate("readwhilewriting, reads", 9, self.lookups),
            line("readwhilewriting, writes", Unit::Rate, &figures, |round| {
                round[9].more[0] as f64 * 1e6 / round[9].more[1] as f64
            }),
        ];
        lines.extend((11..).zip(YCSB).map(|(at, (name, what))| rate(what, at, self.times_of(name))));
        let peak = line("peak memory of fillrandom and reads, MB", Unit::Megabytes, &figures, |round| {
            round[8].peak as f64 / 1e6
        });
        (lines, peak)
    }

    /// How many operations a workload of YCSB does; a scan counts as a seek.
    fn times_of(&self, name: &str) -> u64 {
        if name == "ycsbe" { self.seeks } else { self.lookups }
    }

    fn fillsync(&self, threads: u64) -> Line {
        let figures = self.run(&[format!("fillsync={threads}")], |store| store.kind != Kind::Buffered, &["--sync"]);
        let what = format!("fillsync, {threads} thread{}", if threads == 1 { "" } else { "s" });
        line(&what, Unit::Rate, &figures, |round| round[0].rate(self.syncs) / 1e3)
    }

    /// Runs workloads with some stores, in turn.
    fn run(&self, workloads: &[String], has: impl Fn(&Store) -> bool, options: &[&str]) -> Figures {
        let numbers = [
            ("--entries", self.entries),
            ("--lookups", self.lookups),
            ("--syncs", self.syncs),
            ("--cache", self.cache),
        ];
        let run = |store| {
            let run = options.iter().fold(Store::run(store, workloads), |run, option| run.option(option));
            numbers.iter().fold(run, |run, (name, number)| run.option(name).option(&number.to_string()))
        };
        let runs: Vec<Run> = self.stores.iter().filter(|store| has(store)).map(run).collect();
        let mut figures = rounds_in_turn(self.rounds, &runs).into_iter();
        let mut of_store = |store| if has(store) { figures.next().expect("a run") } else { Vec::new() };
        self.stores.iter().map(&mut of_store).collect()
    }

    fn table_of(&self, lines: &[Line]) -> String {
        let mut head = vec![lines[0].unit.head().to_owned()];
        head.extend(self.stores.iter().map(|store| store.name.to_owned()));
        if self.stores.iter().any(Store::is_peer) {
            head.extend(["libkevo is better by".to_owned(), "mapped is better by".to_owned()]);
        }
        table(&head, &lines.iter().map(|line| line.row(self.stores)).collect::<Vec<_>>())
    }
}

/// The rates of a workload that did something `times` times.
fn rates(what: &str, figures: &Figures, at: usize, times: u64) -> Line {
    line(what, Unit::Rate, figures, |round| round[at].rate(times) / 1e3)
}

/// A line of what `of` makes of the figures of a round.
fn line(what: &str, unit: Unit, figures: &Figures, of: impl Fn(&[Figure]) -> f64) -> Line {
    let rounds = figures.iter().map(|rounds| rounds.iter().map(|round| of(round)).collect()).collect();
    Line { what: what.to_owned(), unit, rounds }
}
