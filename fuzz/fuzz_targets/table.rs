//! Tables of any bytes, and tables of Kevo whose checksums are right, whatever their blocks hold.
#![no_main]

use kevo_fuzz::table;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    table::check(input);
    table::check(&table::assembled(input));
});
