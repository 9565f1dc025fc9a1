package kevo;

import java.nio.file.Path;

/** What was used is closed. */
public final class ClosedException extends KevoException {
    private static final long serialVersionUID = 1;

    ClosedException(String message, Path path, long offset, int osCode, RecoveryReport report) {
        super(Code.CLOSED, message, path, offset, osCode, report);
    }
}
