package kevo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Every log in tests/fixtures gives what its case.json says. */
@ExtendWith(LiveHandles.class)
class FixturesTest {
    @Test
    void everyFixtureGivesWhatItSays() throws IOException {
        List<Path> directories;
        try (Stream<Path> all = Files.list(Fixture.ALL)) {
            directories = all.sorted().toList();
        }
        assertFalse(directories.isEmpty());
        for (Path directory : directories) {
            JsonObject fixture = JsonParser.parseString(Files.readString(directory.resolve("case.json")))
                    .getAsJsonObject();
            for (JsonElement run : fixture.getAsJsonArray("runs")) {
                JsonObject expected = run.getAsJsonObject();
                JsonObject options = expected.remove("options").getAsJsonObject();
                // Compared as text: only so are numbers up to 2^64 - 1 all different.
                String actual = outcome(directory.resolve("wal"), options(options)).toString();
                assertEquals(expected.toString(), actual, directory + " with " + options);
            }
        }
    }

    private static RecoveryOptions options(JsonObject options) {
        return new RecoveryOptions()
                .mode(RecoveryOptions.Mode.valueOf(constant(options.get("mode").getAsString())))
                .order(RecoveryOptions.Order.valueOf(constant(options.get("order").getAsString())))
                .maxSequence(Long.parseUnsignedLong(options.get("max_sequence").getAsString()))
                .maxMemtables(options.get("max_memtables").getAsLong())
                .memtableSize(options.get("memtable_size").getAsLong());
    }

    private static String constant(String name) {
        return name.toUpperCase(Locale.ROOT).replace('-', '_');
    }

    private static JsonObject outcome(Path wal, RecoveryOptions options) {
        JsonObject outcome = new JsonObject();
        try (MemtableList list = Kevo.recover(wal, options)) {
            outcome.addProperty("ok", true);
            outcome.add("error", JsonNull.INSTANCE);
            outcome.add("damage", damage(wal, list.report()));
            outcome.add("max_sequence", unsigned(list.maxSequence()));
            JsonArray memtables = new JsonArray();
            list.memtables().forEach(memtable -> memtables.add(describe(memtable)));
            outcome.add("memtables", memtables);
        } catch (KevoException failure) {
            outcome.addProperty("ok", false);
            outcome.addProperty("error", failure.code() == KevoException.Code.CORRUPT ? "corrupt" : "limit");
            outcome.add("damage", damage(wal, failure.report().orElseThrow()));
        }
        return outcome;
    }

    private static JsonArray damage(Path wal, RecoveryReport report) {
        JsonArray all = new JsonArray();
        for (Damage damage : report.damage()) {
            JsonObject described = new JsonObject();
            described.addProperty("file", wal.relativize(damage.path()).toString());
            described.addProperty("offset", damage.offset());
            described.addProperty("length", damage.length());
            described.addProperty("kind", damage.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'));
            all.add(described);
        }
        return all;
    }

    private static JsonObject describe(Memtable memtable) {
        JsonObject described = new JsonObject();
        described.addProperty("immutable", memtable.isImmutable());
        described.addProperty("approximate_size", memtable.approximateSize());
        JsonArray entries = new JsonArray();
        try (EntryIterator iterator = memtable.scan(new Scan().versions().tombstones())) {
            iterator.forEachRemaining(entry -> entries.add(describe(entry)));
        }
        described.add("entries", entries);
        memtable.close();
        return described;
    }

    private static JsonArray describe(Entry entry) {
        JsonArray described = new JsonArray();
        described.add(describe(entry.key()));
        described.add(unsigned(entry.sequence()));
        described.add(entry.isTombstone() ? "delete" : "put");
        described.add(entry.isTombstone() ? null : describe(entry.value()));
        return described;
    }

    /** Hexadecimal, or length and checksum of what is long. */
    private static String describe(byte[] bytes) {
        if (bytes.length <= 64) {
            return HexFormat.of().formatHex(bytes);
        }
        CRC32 checksum = new CRC32();
        checksum.update(bytes);
        return String.format("len:%d crc32:%08x", bytes.length, checksum.getValue());
    }

    private static JsonElement unsigned(long number) {
        return JsonParser.parseString(Long.toUnsignedString(number));
    }
}
