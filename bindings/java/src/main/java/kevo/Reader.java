package kevo;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.util.Optional;

/** Lookups that lend a value for as long as a pin holds it. */
final class Reader {
    private Reader() {}

    @FunctionalInterface
    interface Get {
        int call(Pointer from, Pointer pinned, long[] value, PointerByReference error);
    }

    static Optional<byte[]> get(Handle handle, byte[] key, Get get) {
        long[] value = new long[2];
        Pointer pinned = Library.kevo_pinned_new();
        try {
            int code = handle.call((from, error) -> get.call(from, pinned, value, error));
            return code == Library.OK
                    ? Optional.of(ForeignEntry.copyValue(key, 0, value[0], value[1]))
                    : Optional.empty();
        } finally {
            Library.kevo_pinned_free(pinned);
        }
    }

    @FunctionalInterface
    interface MakeIterator {
        int call(Pointer over, Pointer scan, PointerByReference iterator, PointerByReference error);
    }

    static EntryIterator scan(Handle handle, Scan scan, MakeIterator make) {
        PointerByReference iterator = new PointerByReference();
        scan.with(bounds -> handle.call((over, error) -> make.call(over, bounds, iterator, error)));
        return new EntryIterator(iterator.getValue());
    }
}
