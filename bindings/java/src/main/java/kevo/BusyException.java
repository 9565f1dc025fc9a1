package kevo;

import java.nio.file.Path;

/** It would have to wait, or a time limit ran out. */
public final class BusyException extends KevoException {
    private static final long serialVersionUID = 1;

    BusyException(String message, Path path, long offset, int osCode, RecoveryReport report) {
        super(Code.BUSY, message, path, offset, osCode, report);
    }
}
