package kevo;

import com.sun.jna.Pointer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Anything that failed in libkevo, or in reading what it holds. */
public class KevoException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What has failed. */
    public enum Code {
        /** A value is out of range. */
        INVALID_ARGUMENT(-1),
        /** A file or directory could not be read or written. */
        IO(-2),
        /** The log is damaged in a way that the recovery mode does not pass over. */
        CORRUPT(-3),
        /** The log needs more memtables than are allowed. */
        TOO_MANY_MEMTABLES(-4),
        /** A wait was ended. */
        CANCELLED(-6),
        /** The memtable takes no more writes. */
        IMMUTABLE(-7),
        /** There is not enough memory. */
        NO_MEMORY(-8),
        /** Another handle has the database open for writing. */
        LOCKED(-9),
        /** The transaction read what was written since; run it again. */
        CONFLICT(-10),
        /** It can only be read. */
        READ_ONLY(-11),
        /** It is closed. */
        CLOSED(-12),
        /** A write, sync or flush failed before: nothing is taken until {@link Database#resume} or a new open. */
        FAILED(-13),
        /** There is a database, and there must be none. */
        EXISTS(-14),
        /** There is no database. */
        NOT_A_DATABASE(-15),
        /** The key, value or batch is over the limits of kevo.h. */
        OVER_LIMIT(-16),
        /** The transaction outlived its time limit. */
        EXPIRED(-17),
        /** A newer version wrote it. */
        UNSUPPORTED(-18),
        /** It would have to wait, or a time limit ran out. */
        BUSY(-19),
        /** A key or value is longer than an array of Java can be. The next entry of a scan can still be read. */
        TOO_LARGE(0),
        /** An error in the library itself, or one that this package does not know. Please report it. */
        INTERNAL(-99);

        /** That of kevo.h; 0 for what only this package reports. */
        private final int number;

        Code(int number) {
            this.number = number;
        }

        private static Code of(int number) {
            return Arrays.stream(values()).filter(code -> code.number == number).findFirst().orElse(INTERNAL);
        }
    }

    private final Code code;
    private final transient Path path;
    private final long offset;
    private final int osCode;
    private final transient RecoveryReport report;

    KevoException(Code code, String message, Path path, long offset, int osCode, RecoveryReport report) {
        super(message);
        this.code = code;
        this.path = path;
        this.offset = offset;
        this.osCode = osCode;
        this.report = report;
    }

    /** Throws the exception that a negative code stands for; returns any other code. */
    static int check(int code) {
        if (code < 0) {
            throw make(Code.of(code), Library.kevo_strerror(code), null, -1, 0, null);
        }
        return code;
    }

    static KevoException of(int code, Pointer details, RecoveryReport report) {
        String message = details == null
                ? Library.kevo_strerror(code)
                : Library.kevo_error_message(details).getString(0, "UTF-8");
        // UINT64_MAX, which is no offset, is -1 here.
        long offset = details == null ? -1 : Library.kevo_error_offset(details);
        Path path = Paths.read(Library.kevo_error_path(details));
        return make(Code.of(code), message, path, offset, Library.kevo_error_os_code(details), report);
    }

    private static KevoException make(
            Code code, String message, Path path, long offset, int osCode, RecoveryReport report) {
        return switch (code) {
            case CORRUPT -> new CorruptException(message, path, offset, osCode, report);
            case LOCKED -> new LockedException(message, path, offset, osCode, report);
            case CONFLICT -> new ConflictException(message, path, offset, osCode, report);
            case CLOSED -> new ClosedException(message, path, offset, osCode, report);
            case BUSY -> new BusyException(message, path, offset, osCode, report);
            default -> new KevoException(code, message, path, offset, osCode, report);
        };
    }

    static KevoException closed() {
        return new ClosedException("closed", null, -1, 0, null);
    }

    static KevoException tooLarge(String message) {
        return new KevoException(Code.TOO_LARGE, message, null, -1, 0, null);
    }

    /** What has failed. */
    public Code code() {
        return code;
    }

    /** The file or directory that the failure is about. */
    public Optional<Path> path() {
        return Optional.ofNullable(path);
    }

    /** Where in that file the trouble starts, in bytes. */
    public OptionalLong offset() {
        return offset == -1 ? OptionalLong.empty() : OptionalLong.of(offset);
    }

    /** The operating system's error number, an errno. */
    public OptionalInt osCode() {
        return osCode == 0 ? OptionalInt.empty() : OptionalInt.of(osCode);
    }

    /** If recovery failed, what it found before it failed. */
    public Optional<RecoveryReport> report() {
        return Optional.ofNullable(report);
    }
}
