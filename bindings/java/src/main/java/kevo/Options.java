package kevo;

import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/** What opening a database is asked to do. What is not set is what the directory's MANIFEST says, else the default. */
public final class Options {
    /** When writes are on disk, in the order of kevo.h. */
    public enum Sync {
        /** When the system likes. */
        NONE,
        /** After so many bytes. */
        BYTES,
        /** Before they are acknowledged; the default. */
        ALWAYS,
        /** Handed to the system within 10 ms. */
        BUFFERED
    }

    /** How tables are merged, in the order of kevo.h. */
    public enum Compaction {
        /** Runs of about one size; the default. */
        TIERED,
        /** By levels. */
        LEVELED,
        /** Only {@link Database#compact}. */
        NONE
    }

    private final List<Consumer<Pointer>> settings = new ArrayList<>();
    private final List<Consumer<Pointer>> recovery = new ArrayList<>();
    private RecoveryOptions.Progress progress = (bytesDone, bytesTotal) -> {};

    /** Whether a database is made where there is none; the default. */
    public Options createIfMissing(boolean yes) {
        return set(options -> Library.kevo_db_options_set_create_if_missing(options, yes ? 1 : 0));
    }

    /** Whether opening fails if there is one. */
    public Options errorIfExists(boolean yes) {
        return set(options -> Library.kevo_db_options_set_error_if_exists(options, yes ? 1 : 0));
    }

    /** Whether it takes no lock and changes nothing on disk. */
    public Options readOnly(boolean yes) {
        return set(options -> Library.kevo_db_options_set_read_only(options, yes ? 1 : 0));
    }

    /** What an opening does about damage. */
    public Options recoveryMode(RecoveryOptions.Mode mode) {
        recovery.add(options ->
                KevoException.check(Library.kevo_recovery_options_set_mode(options, mode.ordinal())));
        return this;
    }

    /** Whether logs that Kevo has set aside are taken in; the default. */
    public Options includeSetAside(boolean yes) {
        recovery.add(options ->
                KevoException.check(Library.kevo_recovery_options_set_include_set_aside(options, yes ? 1 : 0)));
        return this;
    }

    /** Sets the callback that is told how far the opening has read. An exception that it throws cancels the opening. */
    public Options progress(RecoveryOptions.Progress progress) {
        this.progress = progress;
        return this;
    }

    /** In bytes; 32 MiB by default. */
    public Options memtableSize(long bytes) {
        return set(options -> Library.kevo_db_options_set_memtable_size(options, bytes));
    }

    /** Writers wait when so many are full; 4 by default. */
    public Options maxMemtables(long count) {
        return set(options -> Library.kevo_db_options_set_max_memtables(options, count));
    }

    /** When writes are on disk; {@code bytes} is for BYTES, 0 is 1 MiB. */
    public Options sync(Sync mode, long bytes) {
        return set(options -> Library.kevo_db_options_set_sync(options, mode.ordinal(), bytes));
    }

    /** In bytes; 64 MiB by default. */
    public Options logSize(long bytes) {
        return set(options -> Library.kevo_db_options_set_log_size(options, bytes));
    }

    /** Writes the log through a map: read kevo_db_options_set_log_mapped in kevo.h before using it. */
    public Options logMapped(boolean yes) {
        return set(options -> Library.kevo_db_options_set_log_mapped(options, yes ? 1 : 0));
    }

    /** How many bytes of logs that are no more needed are kept for feeds; 0 by default. */
    public Options logRetention(long bytes) {
        return set(options -> Library.kevo_db_options_set_log_retention(options, bytes));
    }

    /** In bytes; 64 MiB by default. */
    public Options tableSize(long bytes) {
        return set(options -> Library.kevo_db_options_set_table_size(options, bytes));
    }

    /** In bytes. */
    public Options blockSize(long bytes) {
        return set(options -> Library.kevo_db_options_set_block_size(options, bytes));
    }

    /** Of blocks, in bytes; 64 MiB by default, 0 is none. */
    public Options cacheSize(long bytes) {
        return set(options -> Library.kevo_db_options_set_cache_size(options, bytes));
    }

    /** Of filters, for each key; 10 by default, 0 is none. */
    public Options filterBits(int bits) {
        return set(options -> Library.kevo_db_options_set_filter_bits(options, bits));
    }

    /** How tables are merged, and by how many threads; 0 is the default. */
    public Options compaction(Compaction style, int threads) {
        return set(options -> Library.kevo_db_options_set_compaction(options, style.ordinal(), threads));
    }

    /** In bytes a second; 0, the default, is no limit. */
    public Options compactionRate(long bytes) {
        return set(options -> Library.kevo_db_options_set_compaction_rate(options, bytes));
    }

    /** How many table files are open at most. */
    public Options maxOpenFiles(long count) {
        return set(options -> Library.kevo_db_options_set_max_open_files(options, count));
    }

    RecoveryOptions.Progress progress() {
        return progress;
    }

    private Options set(ToIntFunction<Pointer> setting) {
        settings.add(options -> KevoException.check(setting.applyAsInt(options)));
        return this;
    }

    /** Calls a function with a kevo_db_options that says the same as this. */
    <T> T with(Watch watch, Function<Pointer, T> function) {
        Pointer options = Library.kevo_db_options_new();
        Pointer recovering = Library.kevo_recovery_options_new();
        try {
            settings.forEach(setting -> setting.accept(options));
            recovery.forEach(setting -> setting.accept(recovering));
            KevoException.check(Library.kevo_recovery_options_set_progress(recovering, watch, null));
            KevoException.check(Library.kevo_db_options_set_recovery(options, recovering));
            return function.apply(options);
        } finally {
            Library.kevo_recovery_options_free(recovering);
            Library.kevo_db_options_free(options);
        }
    }
}
