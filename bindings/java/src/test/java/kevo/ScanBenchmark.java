package kevo;

import java.nio.file.Path;

/** Measures scans of a log. Its argument is a WAL directory: bindings/tests/write_log.py writes one of 1 M entries. */
final class ScanBenchmark {
    private ScanBenchmark() {}

    public static void main(String[] arguments) {
        RecoveryOptions options = new RecoveryOptions().maxMemtables(Integer.MAX_VALUE);
        try (MemtableList list = Kevo.recover(Path.of(arguments[0]), options)) {
            for (int round = 0; round < 5; round++) {
                long started = System.nanoTime();
                long count;
                try (EntryIterator entries = list.scan()) {
                    count = entries.stream().count();
                }
                double seconds = (System.nanoTime() - started) / 1e9;
                System.out.printf("%d entries %.2f s%n", count, seconds);
            }
        }
    }
}
