package kevo;

import com.sun.jna.Pointer;
import java.util.function.Function;

/** What a scan goes through: unless something is set, all keys that have a value, each in its newest version. */
public final class Scan {
    private byte[] prefix = {};
    private byte[] start = {};
    private byte[] end;
    private int flags;
    private long maxSequence = Kevo.LATEST;

    /** Leaves out keys that do not begin with a prefix. */
    public Scan prefix(byte[] prefix) {
        this.prefix = prefix.clone();
        return this;
    }

    /** Leaves out keys that sort before this one. */
    public Scan start(byte[] key) {
        start = key.clone();
        return this;
    }

    /** Leaves out this key and those that sort after it. */
    public Scan end(byte[] key) {
        end = key.clone();
        return this;
    }

    /** Asks for every version, newest first. */
    public Scan versions() {
        flags |= Library.SCAN_ALL_VERSIONS;
        return this;
    }

    /** Asks for deletes as well. */
    public Scan tombstones() {
        flags |= Library.SCAN_TOMBSTONES;
        return this;
    }

    /** Leaves out versions above a sequence number. */
    public Scan maxSequence(long sequence) {
        maxSequence = sequence;
        return this;
    }

    /** Calls a function with a kevo_scan that says the same as this. */
    <T> T with(Function<Pointer, T> function) {
        Pointer scan = Library.kevo_scan_new();
        try {
            KevoException.check(Library.kevo_scan_set_prefix(scan, prefix, prefix.length));
            KevoException.check(Library.kevo_scan_set_lower(scan, start, start.length, 1));
            if (end != null) {
                KevoException.check(Library.kevo_scan_set_upper(scan, end, end.length, 0));
            }
            KevoException.check(Library.kevo_scan_set_flags(scan, flags));
            KevoException.check(Library.kevo_scan_set_max_sequence(scan, maxSequence));
            return function.apply(scan);
        } finally {
            Library.kevo_scan_free(scan);
        }
    }
}
