package kevo;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.nio.file.Path;

/** Recovers the write-ahead log of Kevo. */
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

    /** Keeps an exception that progress throws until the library has returned: it must not go through the library. */
    private static final class Watch implements Library.Progress {
        private final RecoveryOptions.Progress progress;
        private RuntimeException exception;
        private Error error;

        Watch(RecoveryOptions.Progress progress) {
            this.progress = progress;
        }

        @Override
        public int invoke(Pointer user, long bytesDone, long bytesTotal) {
            try {
                progress.read(bytesDone, bytesTotal);
                return 0;
            } catch (RuntimeException thrown) {
                exception = thrown;
            } catch (Error thrown) {
                error = thrown;
            }
            return 1;
        }

        void rethrow() {
            if (exception != null) {
                throw exception;
            }
            if (error != null) {
                throw error;
            }
        }
    }
}
