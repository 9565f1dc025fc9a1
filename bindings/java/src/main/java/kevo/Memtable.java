package kevo;

import com.sun.jna.Pointer;

/** One memtable of a list. */
public final class Memtable extends Memtables {
    Memtable(Pointer pointer) {
        super(pointer, Functions.OF_MEMTABLE);
    }

    /** Makes it immutable. This cannot be undone. */
    public void setImmutable() {
        handle.with(pointer -> KevoException.check(Library.kevo_memtable_set_immutable(pointer)));
    }

    /** Whether it takes no more writes. */
    public boolean isImmutable() {
        return handle.with(pointer -> Library.kevo_memtable_is_immutable(pointer) != 0);
    }

    /** In bytes: key length + value length + 16 for each put and delete, including superseded ones. */
    public long approximateSize() {
        return handle.with(Library::kevo_memtable_approximate_size);
    }

    /** The number of puts and deletes, including superseded ones. */
    public long entryCount() {
        return handle.with(Library::kevo_memtable_entry_count);
    }

    /** The highest sequence number plus one; 0 if the memtable is empty. */
    public long nextSequence() {
        return handle.with(Library::kevo_memtable_next_sequence);
    }

    /** How long ago it was made. */
    public double ageSeconds() {
        return handle.with(Library::kevo_memtable_age_seconds);
    }
}
