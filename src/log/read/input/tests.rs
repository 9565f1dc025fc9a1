use super::{AT_A_TIME, Input, ZEROS_AT_A_TIME, read_unmeasured};
use crate::disk::{FileInfo, ReadFile};
use std::io::{self, ErrorKind, Read};

/// A file whose reads are as long as `at_most`, and of which every third is interrupted.
struct Hesitant<'a> {
    rest: &'a [u8],
    at_most: usize,
    calls: usize,
}

impl Read for Hesitant<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.calls += 1;
        if self.calls.is_multiple_of(3) {
            return Err(ErrorKind::Interrupted.into());
        }
        let len = buffer.len().min(self.at_most);
        self.rest.read(&mut buffer[..len])
    }
}

/// Bytes and zeros in turns, the lengths of which are around those that are read at a time.
fn patchwork() -> Vec<u8> {
    let lengths =
        [1, 511, 512, 513, ZEROS_AT_A_TIME - 1, ZEROS_AT_A_TIME, ZEROS_AT_A_TIME + 1, AT_A_TIME, AT_A_TIME + 7];
    let mut file = Vec::new();
    for (turn, length) in lengths.into_iter().chain(lengths.into_iter().rev()).enumerate() {
        file.resize(file.len() + length, if turn % 2 == 0 { 0 } else { turn as u8 });
        file.resize(file.len() + lengths[turn % 9], 7);
        file.resize(file.len() + lengths[turn % 7] * 3, 0);
    }
    file
}

#[test]
fn zeros_and_bytes_are_read_as_they_are_in_any_mixture() {
    let file = patchwork();
    for at_most in [100_000, usize::MAX, ZEROS_AT_A_TIME, 4099] {
        let mut bytes = vec![0; file.len()];
        let mut input = Input::new(Hesitant { rest: &file, at_most, calls: 0 }, &mut bytes);
        input.read_all().unwrap();
        assert_eq!(input.bytes_read(), file.len());
        assert!(input.bytes() == file);
    }
}

#[test]
fn zeros_are_not_stored() {
    let mut file = vec![0; 40 * AT_A_TIME];
    file[10 * AT_A_TIME + 5] = 1;
    file[20 * AT_A_TIME..][..2 * AT_A_TIME].fill(2);
    // What is not stored leaves a mark of ours where it is.
    let mut bytes = vec![9; file.len()];
    Input::new(file.as_slice(), &mut bytes).read_all().unwrap();
    let stored = bytes.iter().filter(|&&byte| byte != 9).count();
    assert!(bytes.iter().zip(&file).all(|(read, byte)| read == byte || (*read, *byte) == (9, 0)));
    // Three times a change is noticed late: by one long read behind bytes, by a short one before them.
    assert!((2 * AT_A_TIME..=5 * AT_A_TIME).contains(&stored), "{stored}");
}

/// What a file system that does not know its files' lengths has.
#[derive(Debug)]
struct Unmeasured {
    bytes: Vec<u8>,
    fails_at: Option<u64>,
    is_endless: bool,
}

impl ReadFile for Unmeasured {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        match self.fails_at {
            Some(end) if end <= offset => Err(ErrorKind::ConnectionReset.into()),
            _ if self.is_endless => Ok(buffer.len()),
            _ => (&self.bytes[offset as usize..]).read(buffer),
        }
    }

    fn info(&self) -> io::Result<FileInfo> {
        Err(ErrorKind::Unsupported.into())
    }
}

#[test]
fn a_file_of_unknown_length_is_read_to_its_end() {
    for len in [0, 1, ZEROS_AT_A_TIME, 10 * ZEROS_AT_A_TIME + 1] {
        let file = Unmeasured { bytes: vec![3; len], fails_at: None, is_endless: false };
        assert!(read_unmeasured(&file, 1 << 20).unwrap() == file.bytes);
    }
}

#[test]
fn a_file_of_unknown_length_that_cannot_be_read_on_is_an_error_there() {
    let file = Unmeasured { bytes: vec![3; 100_000], fails_at: Some(40_000), is_endless: false };
    let (offset, error) = read_unmeasured(&file, 1 << 20).unwrap_err();
    assert_eq!((offset, error.kind()), (3 * ZEROS_AT_A_TIME as u64, ErrorKind::ConnectionReset));
}

#[test]
fn a_file_without_an_end_is_an_error() {
    let file = Unmeasured { bytes: Vec::new(), fails_at: None, is_endless: true };
    assert_eq!(read_unmeasured(&file, 1 << 20).unwrap_err().0, 1 << 20);
}
