package kevo;

import java.nio.file.Path;

/** Another process, or another handle, has the database open for writing. */
public final class LockedException extends KevoException {
    private static final long serialVersionUID = 1;

    LockedException(String message, Path path, long offset, int osCode, RecoveryReport report) {
        super(Code.LOCKED, message, path, offset, osCode, report);
    }
}
