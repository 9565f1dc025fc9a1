package kevo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;

/** Keys and values that are longer than an array can be. */
@ExtendWith(LiveHandles.class)
class TooLargeTest {
    private static final long LENGTH = 1L << 31;
    /** What the library's copy takes, and a little more. The bytes that it copies are never written, so take none. */
    private static final long NEEDED_KIB = 3L << 20;

    private static final Function PUT =
            NativeLibrary.getInstance(System.getenv("KEVO_LIBRARY")).getFunction("kevo_memtable_list_put");

    @BeforeEach
    void enoughMemory() throws IOException {
        String available = Files.readAllLines(Path.of("/proc/meminfo")).stream()
                .filter(line -> line.startsWith("MemAvailable:"))
                .findFirst()
                .orElse("0");
        assumeTrue(Long.parseLong(available.replaceAll("\\D", "")) >= NEEDED_KIB, "less than 3 GiB of memory are free");
    }

    /** The keys key2 and key3 have values that are not large. */
    private static MemtableList with(Pointer key, long keyLength, Pointer value, long valueLength) {
        MemtableList list = Fixture.recover("basic");
        Object[] arguments = {null, key, keyLength, value, valueLength, 5L};
        list.handle.with(pointer -> {
            arguments[0] = pointer;
            return KevoException.check(PUT.invokeInt(arguments));
        });
        return list;
    }

    private static void tooLarge(Executable read, String what) {
        KevoException failure = assertThrows(KevoException.class, read);
        assertEquals(KevoException.Code.TOO_LARGE, failure.code());
        assertEquals(
                "the " + what + " and the sequence number 5 has 2147483648 bytes; an array has at most 2147483639",
                failure.getMessage());
    }

    @Test
    void aValueIsAnErrorAndTheScanGoesOn() {
        Memory key = new Memory(5);
        key.write(0, "key2\n".getBytes(ISO_8859_1), 0, 5);
        try (Memory value = new Memory(LENGTH);
                MemtableList list = with(key, 5, value, LENGTH);
                EntryIterator entries = list.scan()) {
            String what = "value of the entry with the key \"key2\\x0a\"";
            byte[] bytes = "key2\n".getBytes(ISO_8859_1);
            tooLarge(() -> list.get(bytes), what);
            assertTrue(list.contains(bytes));
            assertArrayEquals("value2".getBytes(ISO_8859_1), entries.next().value());
            assertTrue(entries.hasNext());
            tooLarge(entries::next, what);
            assertArrayEquals("value3".getBytes(ISO_8859_1), entries.next().value());
            assertFalse(entries.hasNext());
            try (EntryIterator left = list.scan(new Scan().start(bytes))) {
                tooLarge(left::next, what);
            }
            EntryIterator closed = list.scan(new Scan().start(bytes));
            assertTrue(closed.hasNext());
            closed.close();
            assertThrows(IllegalStateException.class, closed::next);
        }
    }

    @Test
    void aKeyIsAnErrorAndTheScanGoesOn() {
        try (Memory key = new Memory(LENGTH);
                MemtableList list = with(key, LENGTH, key, 0);
                EntryIterator entries = list.scan()) {
            String shown = "\\x00".repeat(64);
            tooLarge(entries::next, "key of the entry with the key \"" + shown + "...\"");
            assertArrayEquals("value2".getBytes(ISO_8859_1), entries.next().value());
        }
    }
}
