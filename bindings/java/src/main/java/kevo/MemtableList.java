package kevo;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.util.List;
import java.util.stream.LongStream;

/** All memtables of a log, oldest first, of which the last is open for writes. */
public final class MemtableList extends Memtables {
    private final RecoveryReport report;

    MemtableList(Pointer pointer, RecoveryReport report) {
        super(pointer, Library::kevo_memtable_list_free);
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

    @Override
    int get(Pointer from, byte[] key, long maxSequence, long[] value, long[] sequence) {
        return Library.kevo_memtable_list_get(from, key, key.length, maxSequence, value, sequence);
    }

    @Override
    int put(Pointer to, byte[] key, byte[] value, long sequence) {
        return Library.kevo_memtable_list_put(to, key, key.length, value, value.length, sequence);
    }

    @Override
    int delete(Pointer from, byte[] key, long sequence) {
        return Library.kevo_memtable_list_delete(from, key, key.length, sequence);
    }

    @Override
    int iterator(Pointer over, Pointer scan, PointerByReference iterator) {
        return Library.kevo_memtable_list_iterator(over, scan, iterator);
    }
}
