use super::{Buckets, Histogram, even_scale, looks_even};
use crate::recovered::index::alphabet::Alphabet;

/// Checks that the buckets of `prefixes` give the right range for prefixes that are there and for others. Returns the
/// length of the longest range of a prefix that is there.
fn longest_of(prefixes: &[u64], alphabet: &Alphabet) -> (Buckets, usize) {
    let numbers: Vec<u64> = prefixes.iter().map(|&prefix| alphabet.number(prefix)).collect();
    let buckets = Buckets::of(numbers.into_iter());
    let range = |prefix| buckets.range(alphabet.number(prefix), prefixes.len());
    let neighbours = prefixes.iter().flat_map(|&prefix| [prefix.saturating_sub(1), prefix, prefix.saturating_add(1)]);
    for prefix in neighbours.chain([0, u64::MAX / 2, u64::MAX]) {
        let found = range(prefix);
        assert!(prefixes[..found.start].iter().all(|&other| other < prefix), "{prefix}: {found:?}");
        assert!(prefixes[found.end..].iter().all(|&other| other > prefix), "{prefix}: {found:?}");
    }
    let longest = prefixes.iter().map(|&prefix| range(prefix).len()).max().unwrap_or(0);
    (buckets, longest)
}

fn decimals() -> Vec<u64> {
    (0..3000).map(|number| u64::from_be_bytes(format!("{number:06}\0\0").into_bytes().try_into().unwrap())).collect()
}

#[test]
fn even_prefixes_have_short_buckets_of_equal_width() {
    let numbers: Vec<u64> = (0..3000).map(|number| number << 40).collect();
    for (prefixes, alphabet) in [
        (&numbers, Alphabet::Bytes),
        (&numbers, Alphabet::of(numbers.iter().copied())),
        (&decimals(), Alphabet::of(decimals().into_iter())),
    ] {
        let (buckets, longest) = longest_of(prefixes, &alphabet);
        assert!(matches!(buckets, Buckets::Even(..)));
        assert!(longest <= 4, "{longest}");
    }
}

#[test]
fn uneven_prefixes_have_short_buckets_too() {
    let steps = (0..64).flat_map(|high| (0..50).map(move |low| high << 56 | low)).collect();
    let powers = (0..64).map(|bit| 1 << bit).collect();
    for prefixes in [steps, powers, decimals()] {
        let (buckets, longest) = longest_of(&prefixes, &Alphabet::Bytes);
        assert!(matches!(buckets, Buckets::Uneven(..)));
        assert!(longest <= 50 + 8, "{longest}");
    }
    assert!(longest_of(&decimals(), &Alphabet::Bytes).1 <= 8);
}

#[test]
fn equal_prefixes_are_in_one_range() {
    let prefixes: Vec<u64> = [1, 5, 9].into_iter().flat_map(|prefix| vec![prefix << 50; 500]).collect();
    for prefixes in [&prefixes[..], &[7; 2000], &[u64::MAX; 40]] {
        longest_of(prefixes, &Alphabet::Bytes);
        longest_of(prefixes, &Alphabet::of(prefixes.iter().copied()));
    }
}

#[test]
fn there_may_be_few_prefixes_or_none() {
    for prefixes in [&[][..], &[0], &[u64::MAX], &[0, u64::MAX], &[3, 3], &[0, 1, u64::MAX - 1, u64::MAX]] {
        longest_of(prefixes, &Alphabet::Bytes);
        longest_of(prefixes, &Alphabet::of(prefixes.iter().copied()));
    }
}

/// Numbers without a pattern.
fn scattered(count: u64) -> Vec<u64> {
    let mut numbers: Vec<u64> = (0..count).map(|number| number.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
    numbers.sort_unstable();
    numbers
}

#[test]
fn histograms_of_partitions_join_to_the_buckets_of_all() {
    let numbers = scattered(3000);
    let scale = || even_scale(numbers[0], numbers[2999], numbers.len());
    for lens in [&[3000][..], &[1, 2999], &[0, 1001, 1, 0, 998, 1000], &[2999, 1, 0]] {
        let mut rest = &numbers[..];
        let histograms = lens.iter().map(|&len| {
            let (partition, others) = rest.split_at(len);
            rest = others;
            Histogram::of(partition.iter().copied(), &scale())
        });
        let histograms: Vec<_> = histograms.collect();
        let (Some(Buckets::Even(_, joined)), Buckets::Even(_, all)) =
            (Buckets::joined(histograms, scale()), Buckets::of(numbers.iter().copied()))
        else {
            panic!("the numbers are spread evenly")
        };
        assert_eq!(joined, all, "{lens:?}");
    }
}

#[test]
fn a_sample_tells_whether_all_numbers_are_spread_evenly() {
    let all = 100_000;
    // Scattered numbers: some are close together by chance, as in any random sample.
    assert!(looks_even(&scattered(1000), all));
    assert!(looks_even(&(0..1000).map(|number| number * 100).collect::<Vec<_>>(), all));
    // Groups of numbers that are close together and far from all others.
    let together: Vec<u64> = (0..1000_u64).map(|number| ((number / 3) << 50) + number).collect();
    assert!(!looks_even(&together, all));
    assert!(!looks_even(&[5; 100], all));
    assert!(!looks_even(&[], all));
}
