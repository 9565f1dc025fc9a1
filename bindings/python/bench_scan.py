"""Measures a scan of a log. usage: bench_scan.py WAL_DIR (bindings/tests/write_log.py writes one of 1 M entries)"""

import sys
import time
from collections.abc import Callable, Iterable

import kevo


def measure(what: str, scan: Callable[[], Iterable[object]]) -> None:
    started = time.perf_counter()
    count = sum(1 for _ in scan())
    seconds = time.perf_counter() - started
    print(f"{what:36} {count:9} entries {seconds:6.2f} s {count / seconds / 1e6:6.2f} M/s")


with kevo.recover(sys.argv[1], max_memtables=2**32) as log:
    measure("scan, the first, which sorts", log.scan)
    measure("scan", log.scan)
    measure("entries, with sequence numbers", log.entries)
