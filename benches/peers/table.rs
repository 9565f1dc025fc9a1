//! Recovery, lookups, scans and puts, compared with LevelDB and RocksDB.

use std::path::PathBuf;

use crate::data::{Data, assert_nothing_flushed};
use crate::document::{self, Document, count, digits, table, time};
use crate::figure::Figure;
use crate::line::{Line, Unit};
use crate::machine;
use crate::plot::{self, Group};
use crate::program::Program;
use crate::run::{Run, in_turn};
use crate::shape::{Keys, Shape};

/// The memtable size that makes 5 memtables of a log of a million entries.
const MEMTABLE_SIZE: u64 = 27_000_000;
/// How many later scans are made; their mean is taken.
const SCANS: u64 = 5;

struct Stores<'a> {
    kevo: &'a Program,
    peers: &'a [Program],
    rounds: usize,
}

pub fn measure(quick: bool, kevo: &Program, peers: &[Program], document: &mut Document) {
    let (million, rounds) = if quick { (100_000, 3) } else { (1_000_000, 5) };
    let stores = Stores { kevo, peers, rounds };
    let shapes = [Keys::Random, Keys::Sequential]
        .into_iter()
        .flat_map(|keys| [million, 4 * million].map(|entries| Shape::usual(entries, keys)));
    let recoveries: Vec<Recovery> = shapes.map(|shape| stores.recover(shape)).collect();
    let answers = stores.answer(Shape::usual(million, Keys::Random));
    let mut lines = vec![recoveries[0].line(), recoveries[2].line()];
    lines.extend(answers.lines);

    let programs: Vec<&Program> = [kevo].into_iter().chain(peers).collect();
    let parts = [
        machine::in_words(&programs),
        stores.recovery_table(&recoveries),
        stores.table_of(&lines),
        table(&["libkevo alone".into(), String::new()], &answers.of_kevo_alone),
    ];
    document.replace("table", &parts.join("\n\n"));
    if !peers.is_empty() {
        let caption = format!("How many times better libkevo is than {}", stores.peer_names().join(" and "));
        let groups: Vec<Group> = lines.iter().map(Line::group).collect();
        plot::bars(&document.plot("peers.svg"), &caption, &stores.peer_names(), &groups).expect("a plot");
    }
}

/// The figures of the recovery of one log.
struct Recovery {
    shape: Shape,
    read_and_checksum: Figure,
    /// The figures with one thread and with two.
    kevo: [Figure; 2],
    peers: Vec<Figure>,
}

impl Recovery {
    fn name(&self) -> String {
        let keys = if matches!(self.shape.keys, Keys::Sequential) { "sequential" } else { "random" };
        format!("{} entries, {keys} keys", count(self.shape.entries as f64))
    }

    fn line(&self) -> Line {
        let figures = self.kevo[1..].iter().chain(&self.peers);
        let values = figures.map(|figure| figure.rate(self.shape.entries)).collect();
        Line { what: format!("recovery, {}", self.name()), values, unit: Unit::EntriesPerSecond }
    }

    /// A time, and its multiple of the least time.
    fn cell(&self, figure: &Figure) -> String {
        let multiple = figure.seconds() / self.read_and_checksum.seconds();
        format!("{} = {} ×", time(figure.seconds()), digits(multiple))
    }
}

/// The figures of lookups, scans and puts.
struct Answers {
    lines: Vec<Line>,
    of_kevo_alone: Vec<Vec<String>>,
}

impl Stores<'_> {
    fn peer_names(&self) -> Vec<&str> {
        self.peers.iter().map(|peer| peer.name).collect()
    }

    fn recover(&self, shape: Shape) -> Recovery {
        let data = Data::new(shape);
        if !self.peers.is_empty() {
            data.write_entries();
        }
        let wal = data.wal();
        let of_peers: Vec<_> = self.peers.iter().map(|peer| data.of_peer(peer)).collect();
        let read_and_checksum = Program::read_and_checksum();
        let steps = ["open".to_owned()];
        let kevo = |threads| Run::new(self.kevo, Some(&wal), &steps).memtable_size(MEMTABLE_SIZE).threads(threads);
        let of_the_log = vec![Run::new(&read_and_checksum, Some(&wal), &[]), kevo(1), kevo(2)];
        let figures = in_turn(self.rounds, &[of_the_log, self.runs_of_peers(&of_peers, &steps)]);
        for directory in &of_peers {
            assert_nothing_flushed(directory);
        }
        let mut figures = figures.into_iter().map(|mut steps| steps.remove(0));
        let mut next = || figures.next().expect("a figure for each run");
        let (read_and_checksum, kevo) = (next(), [next(), next()]);
        Recovery { shape, read_and_checksum, kevo, peers: figures.collect() }
    }

    fn runs_of_peers<'a>(&'a self, directories: &'a [PathBuf], steps: &[String]) -> Vec<Run<'a>> {
        self.peers.iter().zip(directories).map(|(peer, directory)| Run::new(peer, Some(directory), steps)).collect()
    }

    fn answer(&self, shape: Shape) -> Answers {
        let data = Data::new(shape);
        data.write_entries();
        let steps = [
            "open".to_owned(),
            "scan".to_owned(),
            format!("scan={SCANS}"),
            "scan-and-read".to_owned(),
            data.step("get", "present"),
            data.step("get-and-read", "present"),
            data.step("get", "absent"),
            data.step("get-by-two", "present"),
        ];
        let wal = data.wal();
        let of_peers: Vec<_> = self.peers.iter().map(|peer| data.of_peer(peer)).collect();
        let kevo = |memtables| {
            Run::new(self.kevo, Some(&wal), &steps).threads(2).memtable_size(shape.memtable_size(memtables))
        };
        let figures = in_turn(self.rounds, &[vec![kevo(100), kevo(5)], self.runs_of_peers(&of_peers, &steps)]);
        assert_eq!(figures[0][6].entries, 0, "no key of these is there");
        let (of_100_memtables, stores) = figures.split_first().expect("a run");

        let rate = |what: &str, step: usize, times: u64| Line {
            what: what.to_owned(),
            values: stores.iter().map(|figures| figures[step].rate(times)).collect(),
            unit: Unit::EntriesPerSecond,
        };
        let memory = |what: &str, step: usize| Line {
            what: what.to_owned(),
            values: stores.iter().map(|figures| figures[step].peak as f64 / data.log_bytes as f64).collect(),
            unit: Unit::TimesTheLog,
        };
        let lines = vec![
            memory("peak memory, after recovery", 0),
            memory("peak memory, after gets and scans", 7),
            rate("get, one thread", 4, data.lookups),
            rate("get, and read the value", 5, data.lookups),
            rate("get, two threads", 7, 2 * data.lookups),
            rate("get of absent keys", 6, data.lookups),
            rate("first scan", 1, shape.entries),
            rate("later scans", 2, SCANS * shape.entries),
            rate("later scans, and read all bytes", 3, shape.entries),
            self.put(&data),
        ];
        let row = |what: &str, value: String| vec![what.to_owned(), value];
        let rate_of = |figure: &Figure, times| document::rate(figure.rate(times));
        let of_kevo_alone = vec![
            row("get, one thread, 100 memtables", rate_of(&of_100_memtables[4], data.lookups)),
            row("get of absent keys, 100 memtables", rate_of(&of_100_memtables[6], data.lookups)),
            row("first scan, 100 memtables", rate_of(&of_100_memtables[1], shape.entries)),
            row("later scans, 100 memtables", rate_of(&of_100_memtables[2], SCANS * shape.entries)),
            row("gets by two threads, against one", {
                format!("{} ×", digits(2.0 * stores[0][4].seconds() / stores[0][7].seconds()))
            }),
            row("`kevo_recover` of an empty directory", time(self.recover_nothing())),
        ];
        Answers { lines, of_kevo_alone }
    }

    fn put(&self, data: &Data) -> Line {
        let steps = ["open".to_owned(), data.step("put", "entries")];
        let run = |store| Run::new(store, None, &steps).option("--without-log");
        let figures = in_turn(self.rounds, &[vec![run(self.kevo)], self.peers.iter().map(run).collect()]);
        let values = figures.iter().map(|figures| figures[1].rate(data.shape.entries)).collect();
        Line { what: "put into the open memtable".to_owned(), values, unit: Unit::EntriesPerSecond }
    }

    /// The time in seconds. The first recovery also pays for memory that its process has not touched before.
    fn recover_nothing(&self) -> f64 {
        let steps = vec!["open".to_owned(); 10];
        let figures = in_turn(self.rounds, &[vec![Run::new(self.kevo, None, &steps)]]);
        Figure::median(&figures[0][1..]).seconds()
    }

    fn recovery_table(&self, recoveries: &[Recovery]) -> String {
        let mut head =
            ["recovery", "read + CRC-32", "libkevo, 1 thread", "libkevo, 2 threads"].map(String::from).to_vec();
        head.extend(self.peers.iter().map(|peer| peer.name.to_owned()));
        let row = |recovery: &Recovery| {
            let mut row = vec![recovery.name(), time(recovery.read_and_checksum.seconds())];
            row.extend(recovery.kevo.iter().chain(&recovery.peers).map(|figure| recovery.cell(figure)));
            row
        };
        table(&head, &recoveries.iter().map(row).collect::<Vec<_>>())
    }

    fn table_of(&self, lines: &[Line]) -> String {
        let mut head = vec!["work".to_owned(), self.kevo.name.to_owned()];
        head.extend(self.peers.iter().flat_map(|peer| [peer.name.to_owned(), "libkevo is better by".to_owned()]));
        table(&head, &lines.iter().map(Line::row).collect::<Vec<_>>())
    }
}
