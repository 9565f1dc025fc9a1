package kevo;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.util.Optional;

/**
 * What a list of memtables and a single one have in common.
 *
 * <p>Any number of threads may use one at once, also while it is closed. Keys and values are copied. Sequence numbers
 * are unsigned. What is never closed is freed some time after it can no longer be reached.
 */
public abstract sealed class Memtables implements AutoCloseable permits MemtableList, Memtable {
    final Handle handle;
    private final Functions functions;

    Memtables(Pointer pointer, Functions functions) {
        handle = new Handle(pointer, functions.free());
        this.functions = functions;
    }

    /** The value of a key; empty if it was deleted or never seen. */
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
                default -> Optional.of(new Entry(key.clone(), copy(value[0], value[1]), sequence[0]));
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

    /** Goes through all keys: see the other scan. */
    public EntryIterator scan() {
        return scan(new Scan());
    }

    /** Goes through keys, in the order of their bytes, as they are now, whatever is written meanwhile. */
    public EntryIterator scan(Scan scan) {
        return handle.with(pointer -> scan.with(bounds -> {
            PointerByReference iterator = new PointerByReference();
            KevoException.check(functions.iterator().call(pointer, bounds, iterator));
            return new EntryIterator(iterator.getValue());
        }));
    }

    /** Gives a key a value, in memory only. Iterators that there are already do not see it. */
    public void put(byte[] key, byte[] value, long sequence) {
        handle.with(pointer -> KevoException.check(
                functions.put().call(pointer, key, key.length, value, value.length, sequence)));
    }

    /** Deletes a key, in memory only: writes a tombstone. Iterators that there are already do not see it. */
    public void delete(byte[] key, long sequence) {
        handle.with(pointer -> KevoException.check(functions.delete().call(pointer, key, key.length, sequence)));
    }

    /** Frees it. Iterators go on, and so do memtables of a list. Closing again changes nothing. */
    @Override
    public void close() {
        handle.close();
    }

    private static byte[] copy(long address, long length) {
        return length == 0 ? new byte[0] : new Pointer(address).getByteArray(0, Math.toIntExact(length));
    }
}
