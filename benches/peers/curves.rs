//! How fast recovery, lookups and scans are as logs grow, in one way at a time.

use crate::curve::{Curve, Point};
use crate::data::Data;
use crate::document::{Document, count};
use crate::plot;
use crate::program::Program;
use crate::run::{Run, in_turn};
use crate::shape::{Keys, Shape};

/// The series, in entries a second. The first is what the others are compared to.
const SERIES: [&str; 4] = ["read + CRC-32", "recovery", "get", "scan"];

/// How long a log may be when its keys or values grow, in bytes.
const LOG_BYTES: u64 = 128 << 20;
/// A small log is scanned until so many entries were given, or `SCANS` times, so that the time can be measured.
const SCANNED: u64 = 1_000_000;
const SCANS: u64 = 1000;

struct Case {
    label: String,
    shape: Shape,
    memtables: u64,
}

struct Bench<'a> {
    kevo: &'a Program,
    rounds: usize,
}

pub fn measure(quick: bool, kevo: &Program, document: &mut Document) {
    let (million, rounds) = if quick { (50_000, 1) } else { (1_000_000, 5) };
    let bench = Bench { kevo, rounds };
    let usual = |entries| Shape::usual(entries, Keys::Random);
    // As many of a million entries as the limit on the log's length allows.
    let bounded = |shape: Shape| {
        let bytes = (32 + shape.key_length + shape.value_length) as u64;
        Shape { entries: million.min(LOG_BYTES * million / 1_000_000 / bytes).max(16), ..shape }
    };
    let entries = [million / 10, million, 4 * million, 16 * million].map(|entries| Case {
        label: count(entries as f64),
        shape: usual(entries),
        memtables: 5,
    });
    let memtables =
        [1, 10, 100, 1000].map(|memtables| Case { label: memtables.to_string(), shape: usual(million), memtables });
    let keys = |keys| {
        [8, 16, 32, 64, 128, 256, 512, 1000].map(|key_length| Case {
            label: key_length.to_string(),
            shape: bounded(Shape { keys, key_length, ..usual(million) }),
            memtables: 5,
        })
    };
    let values = [0, 10, 100, 1000, 10_000, 100_000, 1 << 20].map(|value_length| Case {
        label: if value_length == 1 << 20 { "1 Mi".to_owned() } else { count(value_length as f64) },
        shape: bounded(Shape { value_length, ..usual(million) }),
        memtables: 5,
    });
    let curves = [
        bench.curve("entries in the log", &entries),
        bench.curve("memtables, of the same log", &memtables),
        Curve {
            with_common_prefix: bench.points(&keys(Keys::CommonPrefix)),
            ..bench.curve("bytes of a key", &keys(Keys::Random))
        },
        bench.curve("bytes of a value", &values),
    ];
    let parts: Vec<String> = curves.iter().flat_map(Curve::tables).collect();
    document.replace("curves", &parts.join("\n\n"));
    plot::curves(&document.plot("curves.svg"), &curves).expect("a plot that can be written");
}

impl Bench<'_> {
    fn curve(&self, title: &'static str, cases: &[Case]) -> Curve {
        Curve { title, series: SERIES.to_vec(), points: self.points(cases), with_common_prefix: Vec::new() }
    }

    fn points(&self, cases: &[Case]) -> Vec<Point> {
        cases.iter().map(|case| self.point(case)).collect()
    }

    fn point(&self, case: &Case) -> Point {
        let Case { label, shape, memtables } = case;
        let data = Data::new(*shape);
        let wal = data.wal();
        let scans = (SCANNED / shape.entries).clamp(1, SCANS);
        // The first scan sorts.
        let steps = ["open".to_owned(), "scan".to_owned(), format!("scan={scans}"), data.step("get", "present")];
        let read_and_checksum = Program::read_and_checksum();
        let runs = vec![
            Run::new(&read_and_checksum, Some(&wal), &[]),
            Run::new(self.kevo, Some(&wal), &steps).memtable_size(shape.memtable_size(*memtables)),
        ];
        let figures = in_turn(self.rounds, &[runs]);
        let (least, kevo) = (&figures[0][0], &figures[1]);
        assert_eq!(kevo[1].entries, shape.entries, "all entries come back");
        let rates = vec![
            least.rate(shape.entries),
            kevo[0].rate(shape.entries),
            kevo[3].rate(data.lookups),
            kevo[2].rate(scans * shape.entries),
        ];
        Point { label: label.clone(), rates }
    }
}
