package kevo;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.util.Optional;

/**
 * What a list of memtables and a single memtable have in common.
 *
 * <p>Any number of threads may use one at once, even while one of them closes it. Keys and values are copied. Sequence
 * numbers are unsigned. An object that is never closed is freed by a garbage collection. A value that is longer than an
 * array can be is a KevoException with the code TOO_LARGE.
 */
public abstract sealed class Memtables implements AutoCloseable permits MemtableList, Memtable {
    final Handle handle;
    private final Functions functions;

    Memtables(Pointer pointer, Functions functions) {
        handle = new Handle(pointer, functions.free());
        this.functions = functions;
    }

    /** The value of a key; empty if the key was deleted or never written. */
    public Optional<byte[]> get(byte[] key) {
        return get(key, Kevo.LATEST);
    }

    /** The value of a key as of a sequence number: versions above it are not seen. */
    public Optional<byte[]> get(byte[] key, long maxSequence) {
        return lookup(key, maxSequence).map(Entry::value);
    }

    /** The newest version of a key, which can be a tombstone; empty if there is none. */
    public Optional<Entry> lookup(byte[] key) {
        return lookup(key, Kevo.LATEST);
    }

    /** The newest version of a key at or below a sequence number, which can be a tombstone; empty if there is none. */
    public Optional<Entry> lookup(byte[] key, long maxSequence) {
        return handle.with(pointer -> {
            long[] value = new long[2];
            long[] sequence = new long[1];
            int code = functions.get().call(pointer, key, key.length, maxSequence, value, sequence);
            return switch (KevoException.check(code)) {
                case Library.NOT_FOUND -> Optional.empty();
                case Library.DELETED -> Optional.of(new Entry(key.clone(), null, sequence[0]));
                default -> {
                    byte[] copy = ForeignEntry.copyValue(key, sequence[0], value[0], value[1]);
                    yield Optional.of(new Entry(key.clone(), copy, sequence[0]));
                }
            };
        });
    }

    /** Whether a key has a value. */
    public boolean contains(byte[] key) {
        return handle.with(pointer -> {
            int code = functions.get().call(pointer, key, key.length, Kevo.LATEST, null, null);
            return KevoException.check(code) == Library.OK;
        });
    }

    /** Goes through all keys that have a value, in the order of their bytes. Later writes are not seen. */
    public EntryIterator scan() {
        return scan(new Scan());
    }

    /** Goes through the keys of a scan, in the order of their bytes. Later writes are not seen. */
    public EntryIterator scan(Scan scan) {
        return handle.with(pointer -> scan.with(bounds -> {
            PointerByReference iterator = new PointerByReference();
            KevoException.check(functions.iterator().call(pointer, bounds, iterator));
            return new EntryIterator(iterator.getValue());
        }));
    }

    /** Gives a key a value, in memory only. Iterators that were made before do not see it. */
    public void put(byte[] key, byte[] value, long sequence) {
        handle.with(pointer -> KevoException.check(
                functions.put().call(pointer, key, key.length, value, value.length, sequence)));
    }

    /** Deletes a key, in memory only, by writing a tombstone. Iterators that were made before do not see it. */
    public void delete(byte[] key, long sequence) {
        handle.with(pointer -> KevoException.check(functions.delete().call(pointer, key, key.length, sequence)));
    }

    /** Frees it. Iterators, and memtables of a list, can still be used. Closing it again changes nothing. */
    @Override
    public void close() {
        handle.close();
    }
}
