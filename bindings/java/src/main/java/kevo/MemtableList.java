package kevo;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/** All memtables of a log, oldest first, of which the last is open for writes. */
public final class MemtableList extends Memtables {
    private final RecoveryReport report;

    MemtableList(Pointer pointer, RecoveryReport report) {
        super(pointer, Functions.OF_LIST);
        this.report = report;
    }

    /** What recovery found. */
    public RecoveryReport report() {
        return report;
    }

    /** The highest sequence number that was read and not ignored, or written since; 0 if there is none. */
    public long maxSequence() {
        return handle.with(Library::kevo_memtable_list_max_sequence);
    }

    /** The memtables of the list as it is now, oldest first. */
    public List<Memtable> memtables() {
        return handle.with(pointer -> LongStream.range(0, Library.kevo_memtable_list_count(pointer))
                .mapToObj(index -> table(pointer, index))
                .toList());
    }

    /**
     * Writes all puts and deletes as they are now, including those since the recovery, as a clean log that Kevo can
     * open.
     *
     * @param outDir must be new or empty, and its parent must exist. If the export fails, no part of a log is
     *     left in it
     */
    public Exported export(Path outDir, ExportOption... options) {
        boolean newestOnly = Arrays.asList(options).contains(ExportOption.NEWEST_ONLY);
        return handle.with(
                pointer -> export(pointer, Paths.endedByNul(outDir), newestOnly ? Library.EXPORT_NEWEST_ONLY : 0));
    }

    private static Exported export(Pointer list, byte[] outDir, int flags) {
        long[] entries = new long[1];
        long[] memtableSize = new long[1];
        PointerByReference error = new PointerByReference();
        int code = Library.kevo_memtable_list_export(list, outDir, flags, entries, memtableSize, error);
        try {
            if (code != Library.OK) {
                throw KevoException.of(code, error.getValue(), null);
            }
            return new Exported(entries[0], memtableSize[0]);
        } finally {
            Library.kevo_error_free(error.getValue());
        }
    }

    private static Memtable table(Pointer list, long index) {
        PointerByReference table = new PointerByReference();
        KevoException.check(Library.kevo_memtable_list_table(list, index, table));
        return new Memtable(table.getValue());
    }
}
