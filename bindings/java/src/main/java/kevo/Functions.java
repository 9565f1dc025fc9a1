package kevo;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.util.function.Consumer;

/** The functions of the library that exist both for a list of memtables and for a single memtable. */
record Functions(Get get, Put put, Delete delete, MakeIterator iterator, Consumer<Pointer> free) {
    static final Functions OF_LIST = new Functions(
            Library::kevo_memtable_list_get,
            Library::kevo_memtable_list_put,
            Library::kevo_memtable_list_delete,
            Library::kevo_memtable_list_iterator,
            Library::kevo_memtable_list_free);

    static final Functions OF_MEMTABLE = new Functions(
            Library::kevo_memtable_get,
            Library::kevo_memtable_put,
            Library::kevo_memtable_delete,
            Library::kevo_memtable_iterator,
            Library::kevo_memtable_free);

    @FunctionalInterface
    interface Get {
        /** {@code value} is a kevo_slice: an address and a length. */
        int call(Pointer from, byte[] key, long keyLength, long maxSequence, long[] value, long[] sequence);
    }

    @FunctionalInterface
    interface Put {
        int call(Pointer to, byte[] key, long keyLength, byte[] value, long valueLength, long sequence);
    }

    @FunctionalInterface
    interface Delete {
        int call(Pointer from, byte[] key, long keyLength, long sequence);
    }

    @FunctionalInterface
    interface MakeIterator {
        int call(Pointer over, Pointer scan, PointerByReference iterator);
    }
}
