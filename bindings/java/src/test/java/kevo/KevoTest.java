package kevo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LiveHandles.class)
class KevoTest {
    private static byte[] bytes(String text) {
        return text.getBytes(ISO_8859_1);
    }

    private static String text(byte[] bytes) {
        return bytes == null ? null : new String(bytes, ISO_8859_1);
    }

    private static Optional<String> get(Memtables memtables, String key) {
        return memtables.get(bytes(key)).map(KevoTest::text);
    }

    private static String describe(Entry entry) {
        return text(entry.key()) + "=" + text(entry.value()) + "@" + Long.toUnsignedString(entry.sequence());
    }

    private static List<String> scan(Memtables memtables, Scan scan) {
        try (EntryIterator entries = memtables.scan(scan)) {
            return entries.stream().map(KevoTest::describe).toList();
        }
    }

    private static void with(String fixture, Consumer<MemtableList> test) {
        try (MemtableList list = Fixture.recover(fixture)) {
            test.accept(list);
        }
    }

    private static void withExported(Path outDir, Consumer<MemtableList> test) {
        try (MemtableList list = Kevo.recover(outDir, new RecoveryOptions().mode(RecoveryOptions.Mode.ABSOLUTE))) {
            test.accept(list);
        }
    }

    private static KevoException failure(String fixture, RecoveryOptions options) {
        return assertThrows(KevoException.class, () -> Kevo.recover(Fixture.wal(fixture), options));
    }

    @Test
    void aKeyIsFoundDeletedOrNeverSeen() {
        with("basic", list -> {
            assertEquals(Optional.of("value2"), get(list, "key2"));
            assertEquals(Optional.empty(), get(list, "key1"));
            assertEquals(Optional.empty(), get(list, "key9"));
            assertTrue(list.contains(bytes("key2")));
            assertFalse(list.contains(bytes("key1")));
            assertFalse(list.contains(bytes("key9")));
            assertEquals(Optional.of("key2=value2@2"), list.lookup(bytes("key2")).map(KevoTest::describe));
            assertTrue(list.lookup(bytes("key1")).orElseThrow().isTombstone());
            assertEquals(Optional.empty(), list.lookup(bytes("key9")));
        });
    }

    @Test
    void aBoundShowsThePast() {
        with("basic", list -> {
            assertEquals(Optional.of("value1"), list.get(bytes("key1"), 2).map(KevoTest::text));
            assertEquals(Optional.empty(), list.lookup(bytes("key1"), 0));
        });
    }

    @Test
    void emptyKeysAndValuesAreNotAbsentOnes() {
        with("basic", list -> {
            list.put(bytes(""), bytes(""), 5);
            assertEquals(Optional.of("=@5"), list.lookup(bytes("")).map(KevoTest::describe));
            assertEquals("=@5", scan(list, new Scan()).get(0));
            list.put(bytes("nul\0s"), bytes("\0\0"), 6);
            assertEquals(Optional.of("\0\0"), get(list, "nul\0s"));
            assertEquals(Optional.empty(), get(list, "nul"));
        });
    }

    @Test
    void scansKeepToTheirRange() {
        with("multi-file", list -> {
            Scan range = new Scan().start(bytes("k05")).end(bytes("k07"));
            assertEquals(List.of("k05=f3-5@81", "k06=f3-6@82"), scan(list, range));
            assertEquals(List.of(), scan(list, new Scan().start(bytes("k07")).end(bytes("k05"))));
            assertEquals(List.of(), scan(list, new Scan().end(bytes(""))));
            assertEquals(List.of("k10=f3-10@86"), scan(list, new Scan().prefix(bytes("k1")).end(bytes("k11"))));
            assertEquals(List.of(), scan(list, new Scan().prefix(bytes("x"))));
        });
    }

    @Test
    void versionsComeNewestFirst() {
        with("multi-file", list -> {
            List<String> all = List.of("k00=f3-0@76", "k00=null@70", "k00=f2-0@51", "k00=f1-0@26", "k00=f0-0@1");
            assertEquals(all, scan(list, new Scan().prefix(bytes("k00")).versions().tombstones()));
        });
    }

    @Test
    void tombstonesHaveNoValue() {
        with("multi-file", list -> {
            Scan scan = new Scan().prefix(bytes("k00")).maxSequence(70);
            assertEquals(List.of(), scan(list, scan));
            assertEquals(List.of("k00=null@70"), scan(list, scan.tombstones()));
        });
    }

    @Test
    void aScanGoesOnAfterABufferAndGivesEntriesThatFitInNone() {
        with("empty-dir", list -> {
            List<Entry> expected = new ArrayList<>();
            for (int i = 0; i < 20_000; i++) {
                byte[] value = bytes(Character.toString(i % 256).repeat(i == 100 ? 3_000_000 : 97));
                expected.add(new Entry(bytes(String.format("%05d", i)), value, i));
                list.put(expected.get(i).key(), value, i);
            }
            try (EntryIterator entries = list.scan()) {
                for (Entry entry : expected) {
                    assertEquals(describe(entry), describe(entries.next()));
                }
                assertFalse(entries.hasNext());
            }
        });
    }

    @Test
    void aScanSeesTheMomentItWasMadeAt() {
        with("multi-file", list -> {
            try (EntryIterator entries = list.scan(new Scan().prefix(bytes("k00")))) {
                list.put(bytes("k00"), bytes("later"), 1000);
                assertEquals("k00=f3-0@76", describe(entries.next()));
            }
        });
    }

    @Test
    void aScanOutlivesItsList() {
        MemtableList list = Fixture.recover("multi-file");
        try (EntryIterator entries = list.scan(new Scan().prefix(bytes("k01")))) {
            list.close();
            assertEquals("k01=f3-1@77", describe(entries.next()));
        }
    }

    @Test
    void oneMemtableIsScannedAlone() {
        RecoveryOptions options = new RecoveryOptions().memtableSize(200).maxMemtables(1000);
        try (MemtableList list = Kevo.recover(Fixture.wal("rotation"), options)) {
            long sum = 0;
            List<Memtable> memtables = list.memtables();
            assertTrue(memtables.size() > 1);
            for (Memtable memtable : memtables) {
                assertEquals(memtable.entryCount(), scan(memtable, new Scan().versions().tombstones()).size());
                sum += memtable.entryCount();
                memtable.close();
            }
            assertEquals(list.report().entriesApplied(), sum);
        }
    }

    @Test
    void theNewestWriteWins() {
        with("basic", list -> {
            list.put(bytes("key1"), bytes("again"), -1L);
            assertEquals(Optional.of("again"), get(list, "key1"));
            assertEquals(-1L, list.maxSequence());
            list.delete(bytes("key1"), 6);
            assertEquals(Optional.empty(), get(list, "key1"));
        });
    }

    @Test
    void anImmutableMemtableTakesNoWrites() {
        with("basic", list -> {
            try (Memtable memtable = list.memtables().get(0)) {
                memtable.put(bytes("key1"), bytes("again"), 5);
                memtable.delete(bytes("key2"), 6);
                assertEquals(Optional.of("again"), get(memtable, "key1"));
                assertEquals(7, memtable.nextSequence());
                assertTrue(memtable.ageSeconds() >= 0);
                memtable.setImmutable();
                assertTrue(memtable.isImmutable());
                List<Runnable> writes = List.of(
                        () -> memtable.put(bytes("key1"), bytes(""), 7), () -> memtable.delete(bytes("key1"), 7));
                for (Runnable write : writes) {
                    KevoException refused = assertThrows(KevoException.class, write::run);
                    assertEquals(KevoException.Code.IMMUTABLE, refused.code());
                }
                list.put(bytes("key4"), bytes("value4"), 7);
                List<Memtable> memtables = list.memtables();
                assertEquals(2, memtables.size());
                memtables.forEach(Memtable::close);
            }
        });
    }

    @Test
    void anExportGivesTheSameAnswers(@TempDir Path parent) {
        Path outDir = parent.resolve("wal");
        with("basic", list -> {
            list.put(bytes("key4"), bytes("value4"), 5);
            assertEquals(new Exported(5, 124), list.export(outDir));
            List<Scan> scans = List.of(new Scan(), new Scan().versions().tombstones(), new Scan().maxSequence(2));
            withExported(outDir, exported -> {
                for (Scan scan : scans) {
                    assertEquals(scan(list, scan), scan(exported, scan));
                }
            });
        });
    }

    @Test
    void anExportCanBeOfTheNewestAlone(@TempDir Path outDir) {
        with("basic", list -> assertEquals(new Exported(3, 72), list.export(outDir, ExportOption.NEWEST_ONLY)));
        List<String> versions = List.of("key1=null@2", "key2=value2@1", "key3=value3@3");
        Scan all = new Scan().versions().tombstones();
        withExported(outDir, exported -> assertEquals(versions, scan(exported, all)));
    }

    @Test
    void anExportLeavesADirectoryAloneThatIsNotEmpty(@TempDir Path outDir) throws IOException {
        Path file = Files.createFile(outDir.resolve("file"));
        with("basic", list -> {
            KevoException failure = assertThrows(KevoException.class, () -> list.export(outDir));
            assertEquals(KevoException.Code.IO, failure.code());
            assertEquals(Optional.of(outDir), failure.path());
            assertEquals(OptionalInt.of(39), failure.osCode()); // ENOTEMPTY
            assertTrue(failure.getMessage().contains("new or empty"));
            assertEquals(Optional.empty(), failure.report());
        });
        try (Stream<Path> left = Files.list(outDir)) {
            assertEquals(List.of(file), left.toList());
        }
    }

    @Test
    void theReportCounts() {
        with("engine-set-aside", list -> {
            assertEquals(1, list.report().setAsideDirectories());
            assertEquals(1, list.report().files());
        });
        RecoveryOptions all = new RecoveryOptions().includeSetAside(true).threads(1);
        try (MemtableList list = Kevo.recover(Fixture.wal("engine-set-aside"), all)) {
            assertEquals(2, list.report().files());
            assertTrue(list.contains(bytes("k00050")));
            assertEquals(1, list.report().damage().size());
            Damage damage = list.report().damage().get(0);
            assertEquals(Damage.Kind.TORN_TAIL, damage.kind());
            assertEquals(list.report().bytesDamaged(), damage.length());
        }
        try (MemtableList list = Kevo.recover(Fixture.wal("max-seq"), new RecoveryOptions().maxSequence(2))) {
            assertTrue(list.report().entriesAboveMaxSequence() > 0);
        }
        RecoveryOptions toAPoint = new RecoveryOptions().mode(RecoveryOptions.Mode.POINT_IN_TIME);
        try (MemtableList list = Kevo.recover(Fixture.wal("dmg-torn-first-of-two"), toAPoint)) {
            assertEquals(1, list.report().filesLeftOut());
        }
    }

    @Test
    void progressIsTold() {
        List<Long> calls = new ArrayList<>();
        RecoveryOptions options = new RecoveryOptions().progress((done, total) -> {
            assertEquals(2988, total);
            calls.add(done);
        });
        Kevo.recover(Fixture.wal("multi-file"), options).close();
        assertEquals(2988, calls.get(calls.size() - 1));
        assertEquals(calls.stream().sorted().toList(), calls);
    }

    @Test
    void whatProgressThrowsComesOut() {
        IllegalStateException enough = new IllegalStateException("enough");
        RecoveryOptions options = new RecoveryOptions().progress((done, total) -> {
            throw enough;
        });
        assertSame(
                enough,
                assertThrows(
                        IllegalStateException.class, () -> Kevo.recover(Fixture.wal("multi-file"), options)));
    }

    @Test
    void damageSaysWhereItIs() {
        KevoException failure = failure("dmg-flip-payload-mid", new RecoveryOptions());
        Path path = Fixture.wal("dmg-flip-payload-mid").resolve("01750000000000000001.wal");
        assertEquals(KevoException.Code.CORRUPT, failure.code());
        assertEquals(Optional.of(path), failure.path());
        assertEquals(OptionalLong.of(19200), failure.offset());
        assertEquals(OptionalInt.empty(), failure.osCode());
        assertTrue(failure.getMessage().contains("SKIP_CORRUPTED"));
        RecoveryReport report = failure.report().orElseThrow();
        assertEquals(30, report.entriesApplied());
        assertEquals(1, report.damage().size());
        Damage damage = report.damage().get(0);
        assertEquals(new Damage(path, 19200, 640, Damage.Kind.CORRUPTION, damage.what()), damage);
        assertFalse(damage.what().isEmpty());
    }

    @Test
    void aMissingDirectoryIsAnErrorOfTheSystem() {
        KevoException failure = assertThrows(KevoException.class, () -> Kevo.recover(Path.of("/missing")));
        assertEquals(KevoException.Code.IO, failure.code());
        assertEquals(Optional.of(Path.of("/missing")), failure.path());
        assertEquals(OptionalLong.empty(), failure.offset());
        assertEquals(OptionalInt.of(2), failure.osCode());
    }

    @Test
    void tooManyMemtables() {
        KevoException failure = failure("rotation", new RecoveryOptions().memtableSize(200).maxMemtables(1));
        assertEquals(KevoException.Code.TOO_MANY_MEMTABLES, failure.code());
    }

    @Test
    void optionsOutOfRangeAreNamed() {
        RecoveryOptions options = new RecoveryOptions();
        List<Runnable> wrong = List.of(
                () -> options.maxMemtables(0), () -> options.memtableSize(-1), () -> options.threads(-1));
        List<String> named = List.of("maxMemtables cannot be 0", "memtableSize cannot be -1", "threads cannot be -1");
        for (int i = 0; i < wrong.size(); i++) {
            Throwable refused = assertThrows(IllegalArgumentException.class, wrong.get(i)::run);
            assertEquals(named.get(i), refused.getMessage());
        }
    }

    @Test
    void whatIsClosedSaysSo() {
        MemtableList list = Fixture.recover("basic");
        Memtable memtable = list.memtables().get(0);
        EntryIterator entries = list.scan();
        list.close();
        list.close();
        List<Runnable> uses = List.of(
                () -> list.get(bytes("key2")),
                list::scan,
                list::maxSequence,
                list::memtables,
                () -> list.export(Path.of("/missing/wal")),
                () -> {
                    entries.close();
                    entries.hasNext();
                });
        for (Runnable use : uses) {
            assertThrows(IllegalStateException.class, use::run);
        }
        assertArrayEquals(bytes("value2"), memtable.get(bytes("key2")).orElseThrow());
        memtable.close();
        assertThrows(IllegalStateException.class, memtable::isImmutable);
    }

    @Test
    void closingFreesAtOnce() {
        MemtableList list = Fixture.recover("basic");
        EntryIterator entries = list.scan();
        assertTrue(entries.hasNext());
        assertTrue(LiveHandles.areThere());
        entries.close();
        list.close();
        LiveHandles.assertNone();
    }

    @Test
    void whatIsNotClosedIsFreedWhenItIsForgotten() throws InterruptedException {
        Fixture.recover("basic").memtables().get(0).scan().next();
        assertTrue(LiveHandles.areThere());
        for (int i = 0; i < 1000 && LiveHandles.areThere(); i++) {
            System.gc();
            Thread.sleep(10);
        }
    }

    @Test
    void aListMayBeClosedWhileOthersUseIt() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        for (int round = 0; round < 20; round++) {
            MemtableList list = Fixture.recover("many-keys");
            Callable<Void> use = () -> {
                while (true) {
                    list.get(bytes("key"));
                    scan(list, new Scan());
                }
            };
            List<Future<Void>> users = List.of(threads.submit(use), threads.submit(use), threads.submit(use));
            list.close();
            for (Future<Void> user : users) {
                Throwable end = assertThrows(Exception.class, user::get).getCause();
                assertEquals(IllegalStateException.class, end.getClass());
            }
        }
        threads.shutdown();
    }
}
