use super::{
    BATCH_RECORD_LEN, Claim, LogIdentity, Mark, MarkFound, SYNCED_RECORD_LEN, Synced, add_headers, batch, start, synced,
};
use crate::log::format::entry::Entry;
use crate::log::format::record::{HEADER_LEN, Record, RecordType};
use crate::log::testing::{chain, full, merge, put};
use std::ffi::OsStr;

const IDENTITY: LogIdentity = LogIdentity(0x0807_0605_0403_0201);

/// The mark in the record, with the sequence number of its entry.
fn found(record: &[u8], offset: u64) -> (u64, Option<MarkFound<'_>>) {
    let intact = Record::at(record, 0).unwrap();
    assert_eq!((intact.record_type, intact.len()), (RecordType::Full, record.len()));
    let entry = Entry::parse(intact.payload).unwrap();
    (entry.sequence, MarkFound::of(&entry, offset))
}

fn of(mark: Mark<'_>) -> MarkFound<'_> {
    MarkFound { identity: IDENTITY, mark }
}

#[test]
fn the_bytes_are_those_of_the_page() {
    let value = [&[2][..], &[1, 2, 3, 4, 5, 6, 7, 8], &9_u64.to_le_bytes(), &5_u64.to_le_bytes(), &[1]].concat();
    let record = synced(IDENTITY, 9, 77, Synced { up_to: 5, closed: true });
    assert_eq!(record[..], full(merge(77, b"\0libkevo", value)));
    let value = [
        &[3][..],
        &[1, 2, 3, 4, 5, 6, 7, 8],
        &9_u64.to_le_bytes(),
        &2_u32.to_le_bytes(),
        &60_u64.to_le_bytes(),
        &0xdead_beef_u32.to_le_bytes(),
    ];
    let record = batch(IDENTITY, 9, 77, Claim { entries: 2, bytes: 60, checksum: 0xdead_beef });
    assert_eq!(record[..], full(merge(77, b"\0libkevo", value.concat())));
    let value = [&[1][..], &[1, 2, 3, 4, 5, 6, 7, 8], &[0; 8], &300_u64.to_le_bytes(), b"1.wal"].concat();
    let record = start(IDENTITY, 77, Some((OsStr::new("1.wal"), 300))).unwrap();
    assert_eq!(record[..], full(merge(77, b"\0libkevo", value)));
}

#[test]
fn what_was_encoded_is_found() {
    let claim = Claim { entries: u32::MAX, bytes: u64::MAX, checksum: 7 };
    assert_eq!(found(&batch(IDENTITY, 1 << 40, u64::MAX, claim), 1 << 40), (u64::MAX, Some(of(Mark::Batch(claim)))));
    for closed in [false, true] {
        let told = Synced { up_to: 1 << 50, closed };
        assert_eq!(found(&synced(IDENTITY, 1 << 50, 3, told), 1 << 50), (3, Some(of(Mark::Synced(told)))));
        // What is after the mark cannot have been on disk before it.
        assert_eq!(found(&synced(IDENTITY, (1 << 50) - 1, 3, told), (1 << 50) - 1), (3, None));
    }
    for before in [None, Some((OsStr::new("00000000000000000001.wal"), 1 << 50))] {
        assert_eq!(found(&start(IDENTITY, 4, before).unwrap(), 0), (4, Some(of(Mark::Start { before }))));
    }
    let told = Synced { up_to: 0, closed: false };
    assert_eq!(synced(IDENTITY, 8, 3, told).len(), SYNCED_RECORD_LEN);
    assert_eq!(batch(IDENTITY, 8, 3, claim).len(), BATCH_RECORD_LEN);
}

#[test]
fn at_another_offset_it_is_no_mark() {
    let record = synced(IDENTITY, 8, 3, Synced { up_to: 0, closed: false });
    assert_eq!(found(&record, 9).1, None);
}

#[test]
fn what_only_looks_like_a_mark_is_none() {
    let value = |kind: u8, body: &[u8]| [&[kind], &IDENTITY.0.to_le_bytes()[..], &8_u64.to_le_bytes(), body].concat();
    let mark = |entry: &[u8]| MarkFound::of(&Entry::parse(entry).unwrap(), 8).map(|found| format!("{:?}", found.mark));
    for kind in [1, 2, 3] {
        let enough = [8, 9, 16][kind as usize - 1];
        for len in 0..30 {
            let entry = merge(5, b"\0libkevo", value(kind, &vec![0; len]));
            assert_eq!(mark(&entry).is_some(), len >= enough, "kind {kind}, {len} bytes");
        }
    }
    let body = value(2, &[0; 9]);
    assert_eq!(mark(&put(5, b"\0libkevo", &body)), None);
    assert_eq!(mark(&merge(5, b"\0libkevO", &body)), None);
    assert_eq!(mark(&merge(5, b"\0libkevo", &body[..16])), None);
    assert!(mark(&merge(5, b"\0libkevo", value(4, b""))).unwrap().contains("is_needed: false"));
    assert!(mark(&merge(5, b"\0libkevo", value(0x84, b"any"))).unwrap().contains("is_needed: true"));
}

#[test]
fn the_checksum_is_over_the_headers_alone() {
    let long = chain(&put(2, "long", vec![1; 70_000])).concat();
    let records = [full(put(1, "a", "b")), long, full(put(3, "", ""))];
    let mut headers = Vec::new();
    let mut rest = &records.concat()[..];
    while let Some(header) = rest.first_chunk::<HEADER_LEN>() {
        headers.extend_from_slice(header);
        rest = &rest[HEADER_LEN + usize::from(u16::from_le_bytes([header[4], header[5]]))..];
    }
    assert_eq!(headers.len(), 6 * HEADER_LEN);
    let mut checksum = crc32fast::Hasher::new();
    add_headers(&mut checksum, &records.concat());
    add_headers(&mut checksum, b"");
    assert_eq!(checksum.finalize(), crc32fast::hash(&headers));
}

#[test]
fn identities_differ() {
    assert_ne!(LogIdentity::random(), LogIdentity::random());
}
