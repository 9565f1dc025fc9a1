package kevo;

import java.util.Optional;

/** A database as it was at one moment. It can be used after the database is closed. */
public final class Snapshot implements AutoCloseable {
    final Handle handle;

    Snapshot(com.sun.jna.Pointer pointer) {
        handle = new Handle(pointer, Library::kevo_snapshot_free, KevoException::closed);
    }

    /** The highest sequence number that it sees. */
    public long sequence() {
        return handle.with(Library::kevo_snapshot_sequence);
    }

    /** The value of a key; empty if it has none. */
    public Optional<byte[]> get(byte[] key) {
        return Reader.get(handle, key, (from, pinned, value, error) ->
                Library.kevo_snapshot_get(from, key, key.length, pinned, value, error));
    }

    /** Goes through keys, in the order of their bytes. */
    public EntryIterator scan(Scan scan) {
        return Reader.scan(handle, scan, Library::kevo_snapshot_iterator);
    }

    /** Frees it. */
    @Override
    public void close() {
        handle.close();
    }
}
