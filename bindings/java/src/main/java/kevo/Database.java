package kevo;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** An open database. Any number of threads may use it; close waits for calls that run, and later ones throw. */
public final class Database implements AutoCloseable {
    private static final int SLICE = 16;
    /** In bytes; kevo.h says how much fewer it has. */
    private static final int LONGEST_STAT_TEXT = 1 << 16;
    private static final int READ_ONLY = 1;
    private static final int EXCLUSIVE = 2;

    private final Handle handle;
    private final Path path;
    private final RecoveryReport report;

    Database(Pointer pointer, Path path, RecoveryReport report) {
        // freed by close, which then has nothing to free, or else by garbage collection
        Closing closing = new Closing();
        this.closing = closing;
        handle = new Handle(pointer, closing::close, KevoException::closed);
        this.path = path;
        this.report = report;
    }

    private final Closing closing;

    /** Keeps what closing has failed with. */
    private static final class Closing {
        private KevoException failure;

        void close(Pointer database) {
            try {
                Kevo.checked(error -> Library.kevo_db_close(database, error));
            } catch (KevoException thrown) {
                failure = thrown;
            }
        }
    }

    /** The directory, as it was given. */
    public Path path() {
        return path;
    }

    /** What opening it found. */
    public RecoveryReport report() {
        return report;
    }

    /** Gives a key a value. */
    public void put(byte[] key, byte[] value, WriteOption... options) {
        int flags = WriteOption.flags(options);
        handle.call((database, error) ->
                Library.kevo_db_put(database, key, key.length, value, value.length, flags, error));
    }

    /** Deletes a key. It is no error if it is not there. */
    public void delete(byte[] key, WriteOption... options) {
        int flags = WriteOption.flags(options);
        handle.call((database, error) -> Library.kevo_db_delete(database, key, key.length, flags, error));
    }

    /** Writes a batch, and gives the sequence number of its last operation. */
    public long write(Batch batch, WriteOption... options) {
        int flags = WriteOption.flags(options);
        long[] sequence = new long[1];
        batch.use(pointer -> handle.call((database, error) ->
                Library.kevo_db_write(database, pointer, flags, sequence, error)));
        return sequence[0];
    }

    /** Deletes the keys from {@code begin} on, and below {@code end} or, if it is null, to the last; tells how many. */
    public long deleteRange(byte[] begin, byte[] end, WriteOption... options) {
        int flags = WriteOption.flags(options);
        long[] count = new long[1];
        byte[] bound = bound(end);
        handle.call((database, error) -> Library.kevo_db_delete_range(
                database, begin, begin.length, bound, end == null ? 0 : end.length, flags, count, error));
        return count[0];
    }

    /** An end of no bytes, below which there is no key, must not be NULL, which is behind the last. */
    static byte[] bound(byte[] end) {
        return end != null && end.length == 0 ? new byte[1] : end;
    }

    /** The value of a key; empty if it has none. */
    public Optional<byte[]> get(byte[] key) {
        return Reader.get(handle, key, (from, pinned, value, error) ->
                Library.kevo_db_get(from, null, key, key.length, pinned, value, error));
    }

    /** Whether a key has a value. */
    public boolean contains(byte[] key) {
        return handle.call((database, error) ->
                Library.kevo_db_get(database, null, key, key.length, null, null, error)) == Library.OK;
    }

    /** The values of several keys, all at one moment, in their order. */
    public List<Optional<byte[]>> multiGet(List<byte[]> keys) {
        if (keys.isEmpty()) {
            handle.with(database -> null);
            return List.of();
        }
        long total = keys.stream().mapToLong(key -> key.length).sum();
        Memory bytes = new Memory(Math.max(1, total));
        Memory slices = new Memory((long) SLICE * keys.size());
        Memory values = new Memory((long) SLICE * keys.size());
        int[] codes = new int[keys.size()];
        long at = 0;
        for (int index = 0; index < codes.length; index++) {
            byte[] key = keys.get(index);
            bytes.write(at, key, 0, key.length);
            slices.setLong((long) SLICE * index, Pointer.nativeValue(bytes) + at);
            slices.setLong((long) SLICE * index + 8, key.length);
            at += key.length;
        }
        Pointer pinned = Library.kevo_pinned_new();
        try {
            handle.call((database, error) -> Library.kevo_db_multi_get(
                    database, null, slices, codes.length, pinned, values, codes, error));
            List<Optional<byte[]>> found = new ArrayList<>();
            for (int index = 0; index < codes.length; index++) {
                boolean isThere = KevoException.check(codes[index]) == Library.OK;
                long slice = (long) SLICE * index;
                found.add(isThere
                        ? Optional.of(ForeignEntry.copyValue(
                                keys.get(index), 0, values.getLong(slice), values.getLong(slice + 8)))
                        : Optional.empty());
            }
            return found;
        } finally {
            Library.kevo_pinned_free(pinned);
            bytes.close();
            slices.close();
            values.close();
        }
    }

    /** Goes through all keys that have a value. Later writes are not seen. */
    public EntryIterator scan() {
        return scan(new Scan());
    }

    /** Goes through the keys of a scan. Later writes are not seen. */
    public EntryIterator scan(Scan scan) {
        return Reader.scan(handle, scan, (database, bounds, iterator, error) ->
                Library.kevo_db_iterator(database, null, bounds, iterator, error));
    }

    /** The database as it is now. */
    public Snapshot snapshot() {
        PointerByReference snapshot = new PointerByReference();
        handle.call((database, error) -> Library.kevo_db_snapshot(database, snapshot, error));
        return new Snapshot(snapshot.getValue());
    }

    /** Begins a transaction. */
    public Transaction transaction() {
        return begin(0, Duration.ZERO);
    }

    /** Begins a transaction that can only read. */
    public Transaction readOnlyTransaction() {
        return begin(READ_ONLY, Duration.ZERO);
    }

    /**
     * Begins a transaction that waits for other exclusive ones, and does not conflict with them. A thread that has one
     * open must not begin another one without a limit: it would wait for itself.
     *
     * @param limit how long it waits (a {@link BusyException}) and may live; zero is no limit
     */
    public Transaction exclusiveTransaction(Duration limit) {
        return begin(EXCLUSIVE, limit);
    }

    private Transaction begin(int flags, Duration limit) {
        PointerByReference transaction = new PointerByReference();
        handle.call((database, error) ->
                Library.kevo_transaction_begin(database, flags, limit.toMillis(), transaction, error));
        return new Transaction(transaction.getValue());
    }

    /** Runs a function in a transaction and commits it, again as long as that conflicts. An exception rolls back. */
    public <T> T transact(Function<Transaction, T> change, WriteOption... options) {
        while (true) {
            try (Transaction transaction = transaction()) {
                T result = change.apply(transaction);
                transaction.commit(options);
                return result;
            } catch (ConflictException again) {
                Thread.onSpinWait();
            }
        }
    }

    /** The feed of its log, after a sequence number; 0 is from its start. */
    public LogCursor log(long afterSequence) {
        return Kevo.openLog(path.resolve("wal"), afterSequence);
    }

    /** Brings to disk all that was acknowledged before. */
    public void sync() {
        handle.call(Library::kevo_db_sync);
    }

    /** Takes writes again after a failure, when its cause is gone. */
    public void resume() {
        handle.call(Library::kevo_db_resume);
    }

    /** Brings into tables all that was written before. */
    public void flush() {
        handle.call(Library::kevo_db_flush);
    }

    /** Brings a read-only database to what another process has written since. */
    public void catchUp() {
        handle.call(Library::kevo_db_catch_up);
    }

    /** Throws what poisons it, or what its last compaction failed with. */
    public void checkStatus() {
        handle.call(Library::kevo_db_status);
    }

    /** Begins no flush and no compaction, until {@link #continueBackground} was called as often. */
    public void pauseBackground() {
        handle.call(Library::kevo_db_pause_background);
    }

    /** Takes back one {@link #pauseBackground}. */
    public void continueBackground() {
        handle.call(Library::kevo_db_continue_background);
    }

    /** Merges all tables. */
    public void compact() {
        compact((done, total) -> {});
    }

    /** Merges all tables. An exception of {@code progress} cancels it. */
    public void compact(RecoveryOptions.Progress progress) {
        watched(progress, (watch, report, error) -> handle.with(
                database -> Library.kevo_db_compact(database, null, 0, null, 0, watch, null, error)));
    }

    /** Makes a second database in a directory that is new or empty. */
    public void checkpoint(Path into) {
        byte[] directory = Paths.endedByNul(into);
        watched((done, total) -> {}, (watch, report, error) -> handle.with(
                database -> Library.kevo_db_checkpoint(database, directory, watch, null, error)));
    }

    /** Reads every byte. Of damage it throws a {@link CorruptException}, whose report has all of it. */
    public RecoveryReport verify() {
        return verify((done, total) -> {});
    }

    /** Does what verify does. An exception of {@code progress} cancels it. */
    public RecoveryReport verify(RecoveryOptions.Progress progress) {
        return watched(progress, (watch, report, error) -> handle.with(
                database -> Library.kevo_db_verify(database, watch, null, report, error)));
    }

    @FunctionalInterface
    private interface WatchedCall {
        int call(Watch watch, PointerByReference report, PointerByReference error);
    }

    private static RecoveryReport watched(RecoveryOptions.Progress progress, WatchedCall call) {
        Watch watch = new Watch(progress);
        return Kevo.reported(watch, (report, error) -> call.call(watch, report, error));
    }

    /** About how many bytes the keys of a range take on disk; a null end is behind the last key. */
    public long approximateSize(byte[] begin, byte[] end) {
        long[] bytes = new long[1];
        byte[] bound = bound(end);
        handle.call((database, error) -> Library.kevo_db_approximate_size(
                database, begin, begin.length, bound, end == null ? 0 : end.length, bytes, error));
        return bytes[0];
    }

    /** The highest sequence number. */
    public long lastSequence() {
        return handle.with(Library::kevo_db_last_sequence);
    }

    /** Statistics by the names of kevo.h: "bytes-flushed". */
    public Map<String, Long> stats() {
        return handle.with(database -> {
            Map<String, Long> stats = new LinkedHashMap<>();
            int stat = 0;
            for (String name; (name = Library.kevo_db_stat_name(stat)) != null; stat++) {
                stats.put(name, Library.kevo_db_stat(database, stat));
            }
            return stats;
        });
    }

    /** All of these, in the form that Prometheus collects, with the levels as well. */
    public String statText() {
        byte[] text = new byte[LONGEST_STAT_TEXT];
        long[] length = new long[1];
        handle.call((database, error) ->
                Library.kevo_db_stat_text(database, text, text.length, length, error));
        return new String(text, 0, (int) length[0], StandardCharsets.US_ASCII);
    }

    /** The paths of its tables. */
    public List<Path> tables() {
        PointerByReference list = new PointerByReference();
        handle.call((database, error) -> Library.kevo_db_tables(database, list, error));
        try {
            List<Path> paths = new ArrayList<>();
            for (long index = 0; index < Library.kevo_table_list_count(list.getValue()); index++) {
                paths.add(Path.of(Library.kevo_table_list_path(list.getValue(), index)));
            }
            return paths;
        } finally {
            Library.kevo_table_list_free(list.getValue());
        }
    }

    /** Waits for calls of other threads, syncs, and closes. Closing it again changes nothing. */
    @Override
    public void close() {
        handle.close();
        KevoException failure = closing.failure;
        closing.failure = null;
        if (failure != null) {
            throw failure;
        }
    }
}
