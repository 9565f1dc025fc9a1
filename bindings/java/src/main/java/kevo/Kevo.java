package kevo;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.nio.file.Path;

/** Opens databases and tables, and recovers the write-ahead log of Kevo. */
public final class Kevo {
    /** Above every sequence number, since these are unsigned: as a bound, it leaves nothing out. */
    public static final long LATEST = -1L;

    private Kevo() {}

    /** The version of libkevo that is in use, such as "0.1.0". */
    public static String libraryVersion() {
        return Library.kevo_version_string();
    }

    /** Rebuilds the memtables of the write-ahead log in a directory, with the default options. */
    public static MemtableList recover(Path directory) {
        return recover(directory, new RecoveryOptions());
    }

    /** Rebuilds the memtables of the write-ahead log in a directory. Nothing on disk is changed. */
    public static MemtableList recover(Path directory, RecoveryOptions options) {
        Pointer handle = Library.kevo_recovery_options_new();
        Watch watch = new Watch(options.progress());
        try {
            options.fill(handle);
            KevoException.check(Library.kevo_recovery_options_set_progress(handle, watch, null));
            return recover(Paths.endedByNul(directory), handle, watch);
        } finally {
            Library.kevo_recovery_options_free(handle);
        }
    }

    private static MemtableList recover(byte[] directory, Pointer options, Watch watch) {
        PointerByReference list = new PointerByReference();
        PointerByReference report = new PointerByReference();
        PointerByReference error = new PointerByReference();
        int code = Library.kevo_recover(directory, options, list, report, error);
        try {
            watch.rethrow();
            RecoveryReport found = RecoveryReport.read(report.getValue());
            if (code != Library.OK) {
                throw KevoException.of(code, error.getValue(), found);
            }
            return new MemtableList(list.getValue(), found);
        } finally {
            Library.kevo_recovery_report_free(report.getValue());
            Library.kevo_error_free(error.getValue());
        }
    }

    /** Opens the database in a directory, Kevo's or libkevo's, or makes one, with the default options. */
    public static Database open(Path directory) {
        return open(directory, new Options());
    }

    /** Opens the database in a directory, Kevo's or libkevo's, or makes one. */
    public static Database open(Path directory, Options options) {
        Watch watch = new Watch(options.progress());
        PointerByReference database = new PointerByReference();
        byte[] path = Paths.endedByNul(directory);
        RecoveryReport found = options.with(watch, pointer -> reported(watch, (report, error) ->
                Library.kevo_db_open(path, pointer, database, report, error)));
        return new Database(database.getValue(), directory, found);
    }

    /** Removes a database that is closed: its files, by their names, and what is then empty. */
    public static void destroy(Path directory) {
        checked(error -> Library.kevo_db_destroy(Paths.endedByNul(directory), error));
    }

    /** Makes a database in a new directory of whatever is left in another one, where nothing changes. */
    public static RecoveryReport salvage(Path directory, Path into) {
        return reported(new Watch((done, total) -> {}), (report, error) -> Library.kevo_db_salvage(
                Paths.endedByNul(directory), Paths.endedByNul(into), null, report, error));
    }

    /** Opens one table file, for tools; with {@code skipCorrupted}, whatever of it is intact. */
    public static Table openTable(Path file, boolean skipCorrupted) {
        PointerByReference table = new PointerByReference();
        // KEVO_RECOVERY_SKIP_CORRUPTED, KEVO_RECOVERY_ABSOLUTE
        int mode = skipCorrupted ? 3 : 1;
        checked(error -> Library.kevo_table_open_mode(Paths.endedByNul(file), mode, table, error));
        return new Table(table.getValue());
    }

    /** The feed of a directory of logs, whoever writes to it, after a sequence number; 0 is from its start. */
    public static LogCursor openLog(Path walDirectory, long afterSequence) {
        PointerByReference cursor = new PointerByReference();
        checked(error ->
                Library.kevo_log_cursor_open(Paths.endedByNul(walDirectory), afterSequence, cursor, error));
        return new LogCursor(cursor.getValue());
    }

    /** The feed of a directory of logs, after an entry that a feed has given. */
    public static LogCursor openLogAt(Path walDirectory, LogCursor.Place place) {
        PointerByReference cursor = new PointerByReference();
        checked(error -> Library.kevo_log_cursor_open_at(
                Paths.endedByNul(walDirectory), Paths.endedByNul(place.path()), place.offset(), cursor, error));
        return new LogCursor(cursor.getValue());
    }

    @FunctionalInterface
    interface Call {
        int call(PointerByReference error);
    }

    /** Calls the library with a place for an error, and throws that. */
    static int checked(Call call) {
        PointerByReference error = new PointerByReference();
        int code = call.call(error);
        try {
            if (code < 0) {
                throw KevoException.of(code, error.getValue(), null);
            }
            return code;
        } finally {
            Library.kevo_error_free(error.getValue());
        }
    }

    @FunctionalInterface
    interface ReportedCall {
        int call(PointerByReference report, PointerByReference error);
    }

    /** Calls the library with places for a report and an error; what a callback threw has cancelled it. */
    static RecoveryReport reported(Watch watch, ReportedCall call) {
        PointerByReference report = new PointerByReference();
        PointerByReference error = new PointerByReference();
        int code = call.call(report, error);
        try {
            if (code < 0) {
                watch.rethrow();
            }
            RecoveryReport found = report.getValue() == null ? null : RecoveryReport.read(report.getValue());
            if (code < 0) {
                throw KevoException.of(code, error.getValue(), found);
            }
            return found;
        } finally {
            Library.kevo_recovery_report_free(report.getValue());
            Library.kevo_error_free(error.getValue());
        }
    }
}
