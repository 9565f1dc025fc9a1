package kevo;

import com.sun.jna.Pointer;

/** One memtable of a list. */
public final class Memtable extends Memtables {
    Memtable(Pointer pointer) {
        super(pointer, Functions.OF_MEMTABLE);
    }

    /** Makes it immutable, for good. */
    public void setImmutable() {
        handle.with(pointer -> KevoException.check(Library.kevo_memtable_set_immutable(pointer)));
    }

    /** Whether it takes no more writes. */
    public boolean isImmutable() {
        return handle.with(pointer -> Library.kevo_memtable_is_immutable(pointer) != 0);
    }

    /** In bytes: for each put and delete, superseded ones included, key length + value length + 16. */
    public long approximateSize() {
        return handle.with(Library::kevo_memtable_approximate_size);
    }

    /** How many puts and deletes there are, superseded ones included. */
    public long entryCount() {
        return handle.with(Library::kevo_memtable_entry_count);
    }

    /** The number behind the highest sequence number; 0 if the memtable is empty. */
    public long nextSequence() {
        return handle.with(Library::kevo_memtable_next_sequence);
    }

    /** How long ago it was made. */
    public double ageSeconds() {
        return handle.with(Library::kevo_memtable_age_seconds);
    }
}
