package kevo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LiveHandles.class)
@SuppressWarnings("try") // closes what is in use, on purpose
class DatabaseTest {
    @TempDir
    Path directory;

    private Path path;

    @BeforeEach
    void choosePath() {
        path = directory.resolve("database");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static Optional<String> text(Optional<byte[]> value) {
        return value.map(bytes -> new String(bytes, UTF_8));
    }

    private static List<String> texts(EntryIterator scan) {
        try (var entries = scan.stream()) {
            return entries.map(entry -> new String(entry.key(), UTF_8) + "=" + new String(entry.value(), UTF_8))
                    .toList();
        }
    }

    private static KevoException.Code code(org.junit.jupiter.api.function.Executable call) {
        return assertThrows(KevoException.class, call).code();
    }

    @Test
    void whatWasPutIsThereAfterANewOpen() {
        try (Database database = Kevo.open(path)) {
            database.put(bytes("key"), bytes("value"));
            database.put(new byte[0], new byte[0], WriteOption.SYNC);
            database.put(bytes("gone"), bytes(""), WriteOption.NO_SYNC, WriteOption.NO_WAIT);
            database.delete(bytes("gone"));
            assertTrue(database.contains(bytes("key")));
            assertFalse(database.contains(bytes("gone")));
        }
        try (Database database = Kevo.open(path, new Options().createIfMissing(false))) {
            assertEquals(Optional.of("value"), text(database.get(bytes("key"))));
            assertEquals(Optional.of(""), text(database.get(new byte[0])));
            assertEquals(Optional.empty(), database.get(bytes("gone")));
            assertEquals(4, database.lastSequence());
            assertEquals(List.of("=", "key=value"), texts(database.scan()));
        }
        Kevo.destroy(path);
        assertFalse(Files.exists(path));
    }

    @Test
    void batchesRangesAndSeveralKeys() {
        try (Database database = Kevo.open(path);
                Batch batch = new Batch()) {
            batch.put(bytes("a"), bytes("1")).put(bytes("b"), bytes("2")).delete(bytes("a"));
            assertEquals(3, batch.count());
            assertTrue(batch.size() > 0);
            assertEquals(3, database.write(batch, WriteOption.SYNC));
            assertEquals(0, batch.clear().count());
            assertEquals(
                    List.of(Optional.empty(), Optional.of("2"), Optional.empty()),
                    database.multiGet(List.of(bytes("a"), bytes("b"), bytes(""))).stream()
                            .map(DatabaseTest::text)
                            .toList());
            assertEquals(List.of(), database.multiGet(List.of()));
            assertEquals(0, database.deleteRange(new byte[0], new byte[0]));
            assertTrue(database.approximateSize(new byte[0], null) >= 0);
            assertEquals(1, database.deleteRange(bytes("b"), null, WriteOption.IN_PIECES));
            assertEquals(List.of(), texts(database.scan()));
        }
    }

    @Test
    void aSnapshotStaysAsItIs() {
        Snapshot snapshot;
        try (Database database = Kevo.open(path)) {
            database.put(bytes("key"), bytes("old"));
            snapshot = database.snapshot();
            database.put(bytes("key"), bytes("new"));
        }
        assertEquals(1, snapshot.sequence());
        assertEquals(Optional.of("old"), text(snapshot.get(bytes("key"))));
        assertEquals(List.of("key=old"), texts(snapshot.scan(new Scan())));
        snapshot.close();
        assertThrows(ClosedException.class, () -> snapshot.get(bytes("key")));
    }

    @Test
    void transactions() {
        try (Database database = Kevo.open(path)) {
            database.put(bytes("a"), bytes("1"));
            try (Transaction transaction = database.transaction()) {
                assertEquals(Optional.of("1"), text(transaction.get(bytes("a"))));
                transaction.put(bytes("b"), bytes("2"));
                transaction.savepoint();
                assertEquals(2, transaction.deleteRange(new byte[0], null));
                assertTrue(transaction.rollbackToSavepoint());
                assertFalse(transaction.rollbackToSavepoint());
                assertEquals(List.of("a=1", "b=2"), texts(transaction.scan(new Scan())));
                database.put(bytes("a"), bytes("changed"));
                assertThrows(ConflictException.class, transaction::commit);
                assertEquals(KevoException.Code.INVALID_ARGUMENT, code(transaction::rollback));
            }
            int[] runs = new int[1];
            assertEquals("done", database.transact(transaction -> {
                transaction.get(bytes("a"));
                if (runs[0]++ == 0) {
                    database.put(bytes("a"), bytes("3"));
                }
                transaction.delete(bytes("a"));
                return "done";
            }));
            assertEquals(2, runs[0]);
            assertFalse(database.contains(bytes("a")));
            assertThrows(IllegalStateException.class, () -> database.transact(transaction -> {
                throw new IllegalStateException();
            }));
            try (Transaction reading = database.readOnlyTransaction();
                    Transaction exclusive = database.exclusiveTransaction(Duration.ZERO)) {
                assertEquals(KevoException.Code.READ_ONLY, code(() -> reading.put(bytes("a"), bytes(""))));
                assertThrows(BusyException.class, () -> database.exclusiveTransaction(Duration.ofMillis(10)));
                exclusive.rollback();
            }
        }
    }

    @Test
    void maintenance() throws Exception {
        try (Database database = Kevo.open(path)) {
            database.put(bytes("a"), bytes("1"));
            database.flush();
            database.put(bytes("b"), bytes("2"));
            database.flush();
            database.pauseBackground();
            database.continueBackground();
            database.compact();
            database.sync();
            database.resume();
            database.checkStatus();
            assertTrue(database.stats().get("flushes") >= 2);
            assertTrue(database.statText().contains("\nkevo_flushes_total " + database.stats().get("flushes") + "\n"));
            assertEquals(List.of(), database.verify().damage());
            assertEquals(
                    "enough",
                    assertThrows(IllegalStateException.class, () -> database.verify((done, total) -> {
                                throw new IllegalStateException("enough");
                            }))
                            .getMessage());
            assertThrows(IllegalStateException.class, () -> database.verify((done, total) -> database.close()));
            Path copy = directory.resolve("copy");
            database.checkpoint(copy);
            try (Database copied = Kevo.open(copy, new Options().readOnly(true))) {
                assertEquals(List.of("a=1", "b=2"), texts(copied.scan()));
                copied.catchUp();
                assertEquals(KevoException.Code.READ_ONLY, code(() -> copied.put(bytes("a"), bytes(""))));
            }
            Path file = database.tables().get(0);
            try (Table table = Kevo.openTable(file, false)) {
                assertEquals(Optional.of("1"), text(table.get(bytes("a"))));
                assertEquals(List.of("a=1", "b=2"), texts(table.scan(new Scan())));
                assertEquals(2, table.stats().get("entries"));
                table.verify();
                assertEquals(List.of(), table.damage());
            }
            byte[] damaged = Files.readAllBytes(file);
            Arrays.fill(damaged, 0, 20, (byte) 255);
            Files.write(file, damaged);
            CorruptException failure = assertThrows(CorruptException.class, database::verify);
            assertFalse(failure.report().orElseThrow().damage().isEmpty());
        }
        Path saved = directory.resolve("saved");
        assertFalse(Kevo.salvage(path, saved).damage().isEmpty());
        Kevo.open(saved).close();
    }

    @Test
    void openingSaysWhatIsWrong() {
        Options all = new Options()
                .errorIfExists(true)
                .recoveryMode(RecoveryOptions.Mode.SKIP_CORRUPTED)
                .includeSetAside(true)
                .progress((done, total) -> {})
                .memtableSize(1 << 20)
                .maxMemtables(3)
                .sync(Options.Sync.BYTES, 4096)
                .logSize(1 << 20)
                .logMapped(true)
                .logRetention(1)
                .tableSize(1 << 20)
                .blockSize(4096)
                .cacheSize(0)
                .filterBits(12)
                .compaction(Options.Compaction.LEVELED, 1)
                .compactionRate(1 << 30)
                .maxOpenFiles(100);
        try (Database database = Kevo.open(path, all)) {
            assertEquals(path, database.path());
            assertEquals(List.of(), database.report().damage());
            assertThrows(LockedException.class, () -> Kevo.open(path));
        }
        assertEquals(KevoException.Code.EXISTS, code(() -> Kevo.open(path, all)));
        assertEquals(
                KevoException.Code.NOT_A_DATABASE,
                code(() -> Kevo.open(directory.resolve("none"), new Options().createIfMissing(false))));
        assertThrows(KevoException.class, () -> Kevo.openTable(directory.resolve("none"), false));
        assertThrows(KevoException.class, () -> Kevo.openLog(directory.resolve("none"), 0));
    }

    @Test
    void theFeedWaitsForMore() throws Exception {
        try (Database database = Kevo.open(path)) {
            database.put(bytes("a"), bytes("1"));
            LogCursor.Place place;
            try (LogCursor feed = database.log(0)) {
                LogCursor.LogEntry first = feed.next(Duration.ZERO).orElseThrow();
                assertEquals(1, first.entry().sequence());
                assertTrue(first.lastOfBatch());
                place = first.place();
                assertEquals(Optional.empty(), feed.next(Duration.ofMillis(1)));
                feed.wake();
                assertEquals(KevoException.Code.CANCELLED, code(() -> feed.next(Duration.ofSeconds(60))));
                ExecutorService thread = Executors.newSingleThreadExecutor();
                Future<KevoException> waiting = thread.submit(
                        () -> assertThrows(KevoException.class, () -> feed.next(Duration.ofSeconds(60))));
                Thread.sleep(50);
                feed.close();
                waiting.get();
                thread.shutdown();
            }
            database.delete(bytes("a"));
            try (LogCursor feed = Kevo.openLogAt(path.resolve("wal"), place)) {
                assertTrue(feed.next(Duration.ofSeconds(10)).orElseThrow().entry().isTombstone());
            }
        }
    }

    @Test
    void manyThreadsUseItWhileOneClosesIt() throws Exception {
        for (int round = 0; round < 10; round++) {
            Database database = Kevo.open(path, new Options().sync(Options.Sync.NONE, 0));
            ExecutorService threads = Executors.newFixedThreadPool(4);
            List<Future<?>> ends = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                int number = thread;
                ends.add(threads.submit(() -> assertThrows(ClosedException.class, () -> {
                    for (int i = 0; ; i++) {
                        byte[] key = bytes(number + " " + i);
                        database.put(key, key);
                        assertArrayEquals(key, database.get(key).orElseThrow());
                        if (i % 100 == 0) {
                            database.scan().close();
                        }
                    }
                })));
            }
            Thread.sleep(50);
            database.close();
            database.close();
            for (Future<?> end : ends) {
                end.get();
            }
            threads.shutdown();
        }
    }

    @Test
    void randomCallsThrowNothingButExceptions() {
        Random random = new Random(1);
        try (Database database = Kevo.open(path, new Options().sync(Options.Sync.NONE, 0))) {
            List<AutoCloseable> things = new ArrayList<>();
            for (int i = 0; i < 20_000; i++) {
                byte[] key = bytes(Integer.toString(random.nextInt(50)));
                AutoCloseable thing = things.isEmpty() ? new Batch() : things.get(random.nextInt(things.size()));
                try {
                    switch (random.nextInt(12)) {
                        case 0 -> things.add(database.snapshot());
                        case 1 -> things.add(database.transaction());
                        case 2 -> things.add(database.scan());
                        case 3 -> things.add(new Batch());
                        case 4 -> database.put(key, key);
                        case 5 -> database.deleteRange(key, null);
                        case 6, 7 -> thing.close();
                        default -> use(database, thing, key, random.nextInt(5));
                    }
                } catch (KevoException | IllegalStateException expected) {
                    // of what is closed or over
                } catch (Exception other) {
                    throw new AssertionError(other);
                }
                if (thing instanceof Batch batch && !things.contains(batch)) {
                    batch.close();
                }
            }
            for (AutoCloseable thing : things) {
                assertDoesNotThrowOnClose(thing);
            }
        }
    }

    private static void use(Database database, AutoCloseable thing, byte[] key, int which) {
        if (thing instanceof Snapshot snapshot) {
            snapshot.get(key);
        } else if (thing instanceof Batch batch) {
            batch.put(key, key);
            database.write(batch);
        } else if (thing instanceof EntryIterator iterator) {
            iterator.hasNext();
        } else if (thing instanceof Transaction transaction) {
            switch (which) {
                case 0 -> transaction.put(key, key);
                case 1 -> transaction.get(key);
                case 2 -> transaction.savepoint();
                case 3 -> transaction.rollbackToSavepoint();
                default -> transaction.commit();
            }
        }
    }

    private static void assertDoesNotThrowOnClose(AutoCloseable thing) {
        try {
            thing.close();
        } catch (Exception exception) {
            throw new AssertionError(exception);
        }
    }
}
