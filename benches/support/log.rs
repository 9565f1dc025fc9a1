//! Writes the logs that are measured, and does the least that recovery has to do with them.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use crate::shape::Shape;

/// The longest payload of a record.
const MAX_PAYLOAD: usize = 32768;

const FULL: u8 = 1;
const FIRST: u8 = 2;
const MIDDLE: u8 = 3;
const LAST: u8 = 4;

const PUT: u8 = 1;

/// What Kevo calls the first file of a log.
pub const FILE: &str = "00000000000000000001.wal";

/// Writes a log of one file into a directory, and returns its length.
pub fn write(directory: &Path, shape: &Shape) -> io::Result<u64> {
    let mut log = BufWriter::new(File::create(directory.join(FILE))?);
    for number in 0..shape.entries {
        write_entry(&mut log, number + 1, &shape.key(number), &shape.value(number))?;
    }
    let file = log.into_inner()?;
    // What is still to be written to the disk would be, while something is measured.
    file.sync_all()?;
    Ok(file.metadata()?.len())
}

fn write_entry(log: &mut impl Write, sequence: u64, key: &[u8], value: &[u8]) -> io::Result<()> {
    let mut entry = vec![PUT];
    entry.extend(sequence.to_le_bytes());
    for field in [key, value] {
        entry.extend(u32::try_from(field.len()).expect("a length of 32 bits").to_le_bytes());
        entry.extend(field);
    }
    if entry.len() <= MAX_PAYLOAD {
        return write_record(log, FULL, &entry);
    }
    let (first, mut rest) = entry.split_at(13 + key.len());
    write_record(log, FIRST, first)?;
    while let Some((middle, behind)) = rest.split_at_checked(MAX_PAYLOAD).filter(|(_, behind)| !behind.is_empty()) {
        write_record(log, MIDDLE, middle)?;
        rest = behind;
    }
    write_record(log, LAST, rest)
}

fn write_record(log: &mut impl Write, record_type: u8, payload: &[u8]) -> io::Result<()> {
    log.write_all(&crc32fast::hash(payload).to_le_bytes())?;
    log.write_all(&u16::try_from(payload.len()).expect("a length of 16 bits").to_le_bytes())?;
    log.write_all(&[record_type])?;
    log.write_all(payload)
}

/// What recovery is measured against: one core reads the log and verifies its checksums. No less has to be done.
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
