package kevo;

import java.nio.file.Path;

/** Damage, which path and offset place. */
public final class CorruptException extends KevoException {
    private static final long serialVersionUID = 1;

    CorruptException(String message, Path path, long offset, int osCode, RecoveryReport report) {
        super(Code.CORRUPT, message, path, offset, osCode, report);
    }
}
