package kevo;

import java.nio.file.Path;

/** The logs in tests/fixtures. */
final class Fixture {
    static final Path ALL = Path.of(System.getenv("KEVO_FIXTURES"));

    private Fixture() {}

    static Path wal(String name) {
        return ALL.resolve(name).resolve("wal");
    }

    static MemtableList recover(String name) {
        return Kevo.recover(wal(name));
    }
}
