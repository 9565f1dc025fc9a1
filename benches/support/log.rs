//! Writes the logs that are measured, and does the least that recovery has to do with a log.

#[path = "../../tests/support/records.rs"]
// Measured logs have only puts.
#[allow(dead_code)]
mod records;

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use crate::shape::Shape;
use records::{FULL, MAX_PAYLOAD, PUT, entry, fragments, record};

/// The name of the log's only file.
pub const FILE: &str = "00000000000000000001.wal";

/// Writes a log of one file into a directory, and returns its length.
pub fn write(directory: &Path, shape: &Shape) -> io::Result<u64> {
    let mut log = BufWriter::new(File::create(directory.join(FILE))?);
    let mut records = Vec::new();
    for number in 0..shape.entries {
        records.clear();
        append_put(&mut records, number + 1, &shape.key(number), &shape.value(number));
        log.write_all(&records)?;
    }
    let file = log.into_inner()?;
    // Otherwise it would be written to disk during a measurement.
    file.sync_all()?;
    Ok(file.metadata()?.len())
}

fn append_put(log: &mut Vec<u8>, sequence: u64, key: &[u8], value: &[u8]) {
    let entry = entry(PUT, sequence, key, Some(value));
    if entry.len() <= MAX_PAYLOAD {
        return record(log, FULL, &entry);
    }
    for (record_type, payload) in fragments(&entry, 13 + key.len(), MAX_PAYLOAD) {
        record(log, record_type, payload);
    }
}

/// One core reads the log and verifies its checksums. Recovery is compared to this, the least that has to be done.
pub fn read_and_checksum(directory: &Path) -> io::Result<()> {
    let mut file = File::open(directory.join(FILE))?;
    let (mut buffer, mut have) = (vec![0; 256 * 1024], 0);
    loop {
        let read = file.read(&mut buffer[have..])?;
        if read == 0 {
            assert_eq!(have, 0, "the log ends with a whole record");
            return Ok(());
        }
        have += read;
        let mut at = 0;
        while let Some(header) = buffer[at..have].first_chunk::<7>() {
            let end = at + 7 + usize::from(u16::from_le_bytes([header[4], header[5]]));
            if end > have {
                break;
            }
            assert_eq!(crc32fast::hash(&buffer[at + 7..end]).to_le_bytes(), header[..4]);
            at = end;
        }
        buffer.copy_within(at..have, 0);
        have -= at;
    }
}
