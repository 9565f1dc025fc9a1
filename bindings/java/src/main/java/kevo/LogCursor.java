package kevo;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** What was written, in the order of the log, live. */
public final class LogCursor implements AutoCloseable {
    private final Handle handle;

    LogCursor(Pointer pointer) {
        handle = new Handle(pointer, Library::kevo_log_cursor_free, KevoException::closed);
    }

    /** Where in a log a feed goes on. */
    public record Place(Path path, long offset) {}

    /** A write; {@code lastOfBatch} tells whether it is in no batch, or the last one of its batch. */
    public record LogEntry(Entry entry, boolean lastOfBatch, Place place) {}

    /**
     * The next write; empty if there is none within {@code wait}.
     *
     * @throws KevoException with the code CANCELLED after {@link #wake}
     */
    public synchronized Optional<LogEntry> next(Duration wait) {
        long[] entry = new long[6];
        int[] last = new int[1];
        long[] offset = new long[1];
        PointerByReference path = new PointerByReference();
        return handle.with(cursor -> {
            int code = Kevo.checked(error ->
                    Library.kevo_log_cursor_next(cursor, wait.toMillis(), entry, last, path, offset, error));
            if (code == Library.END) {
                return Optional.empty();
            }
            Entry copy = new ForeignEntry(entry[0], entry[1], entry[2], entry[3], entry[4], (int) entry[5]).copy();
            return Optional.of(new LogEntry(copy, last[0] != 0, new Place(Paths.read(path.getValue()), offset[0])));
        });
    }

    /** From any thread: a {@link #next} that waits ends. */
    public void wake() {
        handle.with(cursor -> KevoException.check(Library.kevo_log_cursor_wake(cursor)));
    }

    /** Ends a {@link #next} that waits, and frees it. */
    @Override
    public void close() {
        if (!handle.isClosed()) {
            try {
                wake();
            } catch (ClosedException closed) {
                return;
            }
        }
        handle.close();
    }
}
