package kevo;

import com.sun.jna.Pointer;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.Arrays;

/** Paths as C has them. */
final class Paths {
    /** The one in which Java itself passes paths to the system. */
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
