package kevo;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.nio.file.Path;

/**
 * A stretch of a file that could not be used.
 *
 * @param path the file: the WAL directory as it was given, and the path below it
 * @param offset where in the file it starts, in bytes
 * @param length in bytes
 * @param kind what kind of damage it is
 * @param what what is wrong where it starts
 */
public record Damage(Path path, long offset, long length, Kind kind, String what) {
    /** A kind of damage. */
    public enum Kind {
        /** A write that was interrupted; the file ends in the middle of it. */
        TORN_TAIL,
        /** Bytes that are not as they were written. */
        CORRUPTION,
        /** A file that should be there. */
        MISSING,
        /** An order that the files do not tell, or older values behind a damaged table. */
        DOUBT,
        /** VERSIONS, made anew from the tables. */
        REBUILT
    }

    static Damage read(Pointer report, long index) {
        PointerByReference path = new PointerByReference();
        PointerByReference what = new PointerByReference();
        long[] offset = new long[1];
        long[] length = new long[1];
        int[] kind = new int[1];
        KevoException.check(Library.kevo_recovery_report_damage(report, index, path, offset, length, kind, what));
        return new Damage(
                Paths.read(path.getValue()),
                offset[0],
                length[0],
                Kind.values()[kind[0] - 1], // kevo.h counts them from 1
                what.getValue().getString(0));
    }
}
