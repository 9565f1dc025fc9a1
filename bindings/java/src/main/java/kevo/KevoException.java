package kevo;

import com.sun.jna.Pointer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Anything that libkevo says has failed. */
public final class KevoException extends RuntimeException {
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
        /** The memtable takes no more writes. */
        IMMUTABLE(-7),
        /** There is not enough memory. */
        NO_MEMORY(-8),
        /** An error in the library itself, or one that this package does not know. Please report it. */
        INTERNAL(-99);

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

    private KevoException(int code, String message, Path path, long offset, int osCode, RecoveryReport report) {
        super(message);
        this.code = Code.of(code);
        this.path = path;
        this.offset = offset;
        this.osCode = osCode;
        this.report = report;
    }

    /** Throws what a negative code stands for, and returns any other. */
    static int check(int code) {
        if (code < 0) {
            throw new KevoException(code, Library.kevo_strerror(code), null, -1, 0, null);
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
        return new KevoException(code, message, path, offset, Library.kevo_error_os_code(details), report);
    }

    /** What has failed. */
    public Code code() {
        return code;
    }

    /** The file or directory that it is about. */
    public Optional<Path> path() {
        return Optional.ofNullable(path);
    }

    /** Where in that file the trouble starts, in bytes. */
    public OptionalLong offset() {
        return offset == -1 ? OptionalLong.empty() : OptionalLong.of(offset);
    }

    /** The operating system's number for what went wrong, an errno. */
    public OptionalInt osCode() {
        return osCode == 0 ? OptionalInt.empty() : OptionalInt.of(osCode);
    }

    /** If recovery failed, what it found up to there. */
    public Optional<RecoveryReport> report() {
        return Optional.ofNullable(report);
    }
}
