package kevo;

import com.sun.jna.Pointer;

/** What recovery is asked to do. Sequence numbers are unsigned: see {@link Long#toUnsignedString(long)}. */
public final class RecoveryOptions {
    /** What recovery does about damage, in the order of kevo.h. */
    public enum Mode {
        /** Torn tails are reported, in any file; corruption is an error. */
        TOLERATE_TORN_TAIL,
        /** Any damage is an error. */
        ABSOLUTE,
        /**
         * Nothing after corruption is recovered. After a torn tail, a later file is read only if its sequence numbers
         * continue where those before the tail ended.
         */
        POINT_IN_TIME,
        /** Everything that is intact is recovered. */
        SKIP_CORRUPTED
    }

    /** What makes a version of a key the newest, in the order of kevo.h. */
    public enum Order {
        /** The version that was written last. */
        LOG,
        /** The version that Kevo itself would answer with, which can be an old one. */
        SEQUENCE
    }

    /** Is told how far recovery has read. An exception that it throws cancels the recovery, and comes out of it. */
    @FunctionalInterface
    public interface Progress {
        /** Takes the bytes read so far and the bytes to be read. */
        void read(long bytesDone, long bytesTotal);
    }

    private Mode mode = Mode.TOLERATE_TORN_TAIL;
    private Order order = Order.LOG;
    private long maxSequence = Kevo.LATEST;
    private long maxMemtables = 4;
    private long memtableSize = 32 << 20;
    private boolean includeSetAside;
    private int threads;
    private Progress progress = (bytesDone, bytesTotal) -> {};

    /** Sets what recovery does about damage. */
    public RecoveryOptions mode(Mode mode) {
        this.mode = mode;
        return this;
    }

    /** Sets what makes a version of a key the newest. */
    public RecoveryOptions order(Order order) {
        this.order = order;
        return this;
    }

    /** Sets the highest sequence number that is recovered; entries above it are ignored. */
    public RecoveryOptions maxSequence(long sequence) {
        maxSequence = sequence;
        return this;
    }

    /** Sets how many memtables recovery may make at most; 4 by default. */
    public RecoveryOptions maxMemtables(long count) {
        maxMemtables = positive(count, "maxMemtables");
        return this;
    }

    /** Sets the approximate size, in bytes, at which a memtable is full; 32 MiB by default. */
    public RecoveryOptions memtableSize(long bytes) {
        memtableSize = positive(bytes, "memtableSize");
        return this;
    }

    /** Sets whether the logs that Kevo has moved to backup_*{@code /} are also read. */
    public RecoveryOptions includeSetAside(boolean yes) {
        includeSetAside = yes;
        return this;
    }

    /** Sets how many threads recovery uses at most; 0, the default, is one for each core. */
    public RecoveryOptions threads(int count) {
        if (count < 0) {
            throw new IllegalArgumentException("threads cannot be " + count);
        }
        threads = count;
        return this;
    }

    /** Sets the callback that is told how far recovery has read. */
    public RecoveryOptions progress(Progress progress) {
        this.progress = progress;
        return this;
    }

    Progress progress() {
        return progress;
    }

    void fill(Pointer options) {
        KevoException.check(Library.kevo_recovery_options_set_mode(options, mode.ordinal()));
        KevoException.check(Library.kevo_recovery_options_set_order(options, order.ordinal()));
        KevoException.check(Library.kevo_recovery_options_set_max_sequence(options, maxSequence));
        KevoException.check(Library.kevo_recovery_options_set_max_memtables(options, maxMemtables));
        KevoException.check(Library.kevo_recovery_options_set_memtable_size(options, memtableSize));
        KevoException.check(Library.kevo_recovery_options_set_include_set_aside(options, includeSetAside ? 1 : 0));
        KevoException.check(Library.kevo_recovery_options_set_threads(options, threads));
    }

    private static long positive(long value, String what) {
        if (value <= 0) {
            throw new IllegalArgumentException(what + " cannot be " + value);
        }
        return value;
    }
}
