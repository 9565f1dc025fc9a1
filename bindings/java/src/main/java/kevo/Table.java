package kevo;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One table file, for tools. */
public final class Table implements AutoCloseable {
    /** In the order of kevo.h's KEVO_TABLE_STAT_ENTRIES and so on, from 1. */
    private static final List<String> STATS = List.of(
            "entries", "tombstones", "blocks", "bytes", "version", "created-ns", "generation", "index-entries",
            "oversize", "memory");

    private final Handle handle;

    Table(Pointer pointer) {
        handle = new Handle(pointer, Library::kevo_table_free, KevoException::closed);
    }

    /** The value of a key; empty if it has none. */
    public Optional<byte[]> get(byte[] key) {
        return Reader.get(handle, key, (from, pinned, value, error) ->
                Library.kevo_table_get(from, key, key.length, pinned, value, null, error));
    }

    /** Goes through entries. */
    public EntryIterator scan(Scan scan) {
        return Reader.scan(handle, scan, Library::kevo_table_iterator);
    }

    /** Numbers that say something about it, by name. */
    public Map<String, Long> stats() {
        return handle.with(table -> {
            Map<String, Long> stats = new LinkedHashMap<>();
            for (int stat = 1; stat <= STATS.size(); stat++) {
                stats.put(STATS.get(stat - 1), Library.kevo_table_stat(table, stat));
            }
            return stats;
        });
    }

    /** Reads all of it, and throws a {@link CorruptException} of damage. */
    public void verify() {
        handle.call(Library::kevo_table_verify);
    }

    /** All damage. */
    public List<Damage> damage() {
        PointerByReference report = new PointerByReference();
        try {
            handle.call((table, error) -> Library.kevo_table_damage(table, report, error));
            return RecoveryReport.read(report.getValue()).damage();
        } finally {
            Library.kevo_recovery_report_free(report.getValue());
        }
    }

    /** Frees it. */
    @Override
    public void close() {
        handle.close();
    }
}
