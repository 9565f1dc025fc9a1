package kevo;

import com.sun.jna.Pointer;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.Arrays;

/** Converts paths from and to those of C. */
final class Paths {
    /** The encoding in which Java itself passes paths to the system. */
    private static final String ENCODING = System.getProperty("sun.jnu.encoding", "UTF-8");

    private Paths() {}

    static byte[] endedByNul(Path path) {
        byte[] bytes = path.toString().getBytes(Charset.forName(ENCODING));
        return Arrays.copyOf(bytes, bytes.length + 1);
    }

    static Path read(Pointer string) {
        return string == null ? null : Path.of(string.getString(0, ENCODING));
    }
}
