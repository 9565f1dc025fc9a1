package kevo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** How many handles of libkevo there are: see bindings/tests/live_handles.c. After each test, there must be none. */
final class LiveHandles implements AfterEachCallback {
    @Override
    public void afterEach(ExtensionContext context) {
        assertNone();
    }

    static void assertNone() {
        byte[] counts = read();
        assertArrayEquals(new byte[counts.length], counts);
    }

    static boolean areThere() {
        for (byte part : read()) {
            if (part != 0) {
                return true;
            }
        }
        return false;
    }

    private static byte[] read() {
        if (System.getenv("KEVO_LIVE_HANDLES") == null) {
            return new byte[0]; // nothing counts them: that does `.ci/bindings java`
        }
        long process = ProcessHandle.current().pid();
        try {
            return Files.readAllBytes(Path.of(System.getenv("KEVO_LIVE_HANDLES"), Long.toString(process)));
        } catch (IOException exception) {
            throw new UncheckedIOException(exception);
        }
    }
}
