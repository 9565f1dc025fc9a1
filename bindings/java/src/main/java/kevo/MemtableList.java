package kevo;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
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

    /** The memtables that there are now, oldest first. */
    public List<Memtable> memtables() {
        return handle.with(pointer -> LongStream.range(0, Library.kevo_memtable_list_count(pointer))
                .mapToObj(index -> table(pointer, index))
                .toList());
    }

    private static Memtable table(Pointer list, long index) {
        PointerByReference table = new PointerByReference();
        KevoException.check(Library.kevo_memtable_list_table(list, index, table));
        return new Memtable(table.getValue());
    }
}
