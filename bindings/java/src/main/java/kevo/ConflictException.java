package kevo;

import java.nio.file.Path;

/** The transaction read what was written since; run it again. */
public final class ConflictException extends KevoException {
    private static final long serialVersionUID = 1;

    ConflictException(String message, Path path, long offset, int osCode, RecoveryReport report) {
        super(Code.CONFLICT, message, path, offset, osCode, report);
    }
}
