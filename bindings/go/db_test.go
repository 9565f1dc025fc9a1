package kevo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The database is closed when the test is over.
func opened(t *testing.T, options *Options) (*DB, string) {
	t.Helper()
	noHandlesAfter(t)
	path := filepath.Join(t.TempDir(), "db")
	return openedAt(t, path, options), path
}

func openedAt(t *testing.T, path string, options *Options) *DB {
	t.Helper()
	if options == nil {
		options = &Options{Sync: SyncNone}
	}
	db, err := Open(path, options)
	fatal(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

func put(t *testing.T, db *DB, key, value string) {
	t.Helper()
	fatal(t, db.Put([]byte(key), []byte(value)))
}

func has(t *testing.T, get func([]byte) ([]byte, error), key, value string) {
	t.Helper()
	actual, err := get([]byte(key))
	fatal(t, err)
	expect(t, string(actual), value)
}

func TestADatabaseIsReadAndWritten(t *testing.T) {
	db, path := opened(t, nil)
	put(t, db, "b", "2")
	put(t, db, "a", "")
	put(t, db, "", "empty")
	has(t, db.Get, "a", "")
	has(t, db.Get, "", "empty")
	_, err := db.Get([]byte("missing"))
	expectError(t, err, ErrNotFound)
	there, err := db.Has([]byte("b"))
	fatal(t, err)
	expect(t, there, true)
	values, err := db.MultiGet([][]byte{[]byte("b"), []byte("missing"), nil, []byte("a")})
	fatal(t, err)
	expect(t, values, [][]byte{[]byte("2"), nil, []byte("empty"), {}})
	fatal(t, db.Delete([]byte("b"), WriteOptions{Sync: true}))
	_, err = db.Get([]byte("b"))
	expectError(t, err, ErrNotFound)
	fatal(t, db.Close())
	fatal(t, db.Close())
	has(t, openedAt(t, path, nil).Get, "", "empty")
}

func TestABatchIsWrittenAsOne(t *testing.T) {
	db, _ := opened(t, nil)
	put(t, db, "old", "")
	var batch Batch
	defer batch.Close()
	fatal(t, batch.Put([]byte("new"), []byte("1")))
	fatal(t, batch.Delete([]byte("old")))
	expect(t, batch.Len(), 2)
	expect(t, batch.Size() > 0, true)
	sequence, err := db.Write(&batch)
	fatal(t, err)
	expect(t, sequence, uint64(3))
	expect(t, pairs(t, db.NewIterator(Scan{})), []string{"new=1"})
	batch.Clear()
	sequence, err = db.Write(&batch)
	fatal(t, err)
	expect(t, sequence, uint64(3))
}

func TestIteratorsKeepToTheirRangeAndMoment(t *testing.T) {
	db, _ := opened(t, nil)
	for number := 0; number < 10; number++ {
		put(t, db, fmt.Sprintf("k%d", number), strconv.Itoa(number))
	}
	scan := func(scan Scan) []string { return pairs(t, db.NewIterator(scan)) }
	expect(t, scan(Scan{Range: Range{Start: []byte("k3"), End: []byte("k5")}}), []string{"k3=3", "k4=4"})
	expect(t, scan(Scan{Range: Range{Prefix: []byte("k")}, Reverse: true, Limit: 2}), []string{"k9=9", "k8=8"})
	expect(t, scan(Scan{Limit: 1}), []string{"k0=0"})
	expect(t, len(scan(Scan{Range: Range{End: []byte{}}})), 0)
	iterator, backwards := db.NewIterator(Scan{}), db.NewIterator(Scan{Reverse: true})
	snapshot, err := db.Snapshot()
	fatal(t, err)
	count, err := db.DeleteRange(nil, []byte("k5"))
	fatal(t, err)
	expect(t, count, uint64(5))
	count, err = db.DeleteRange(nil, []byte{})
	fatal(t, err)
	expect(t, count, uint64(0))
	fatal(t, db.Compact(nil, nil, nil))
	fatal(t, db.Close())
	expect(t, len(pairs(t, iterator)), 10)
	expect(t, len(pairs(t, backwards)), 10)
	has(t, snapshot.Get, "k0", "0")
	expect(t, len(pairs(t, snapshot.NewIterator(Scan{}))), 10)
	sequence, err := snapshot.Sequence()
	fatal(t, err)
	expect(t, sequence, uint64(10))
	snapshot.Close()
	snapshot.Close()
	_, err = snapshot.Get(nil)
	expectError(t, err, ErrClosed)
	stopped := db.NewIterator(Scan{})
	expect(t, stopped.Next(), false)
	expectError(t, stopped.Err(), ErrClosed)
}

func TestNothingIsCutToAnInt(t *testing.T) {
	db, _ := opened(t, nil)
	// As 32 bits, its length would be 0.
	expectError(t, db.Put([]byte("key"), make([]byte, 1<<32)), ErrTooLarge)
	expectError(t, db.Put(make([]byte, 1<<24+1), nil), ErrTooLarge)
	var batch Batch
	defer batch.Close()
	expectError(t, batch.Put([]byte("key"), make([]byte, 1<<31+5)), ErrTooLarge)
	expect(t, len(pairs(t, db.NewIterator(Scan{}))), 0)
	large := make([]byte, 1<<24)
	fatal(t, db.Put(large, large))
	iterator := db.NewIterator(Scan{})
	defer iterator.Close()
	expect(t, iterator.Next(), true)
	expect(t, len(iterator.Key())+len(iterator.Value()), 2<<24)
}

func TestTransactions(t *testing.T) {
	db, _ := opened(t, nil)
	transaction, err := db.Begin(nil)
	fatal(t, err)
	fatal(t, transaction.Put([]byte("a"), []byte("1")))
	fatal(t, transaction.Savepoint())
	count, err := transaction.DeleteRange(nil, nil)
	fatal(t, err)
	expect(t, count, uint64(1))
	fatal(t, transaction.RollbackToSavepoint())
	expectError(t, transaction.RollbackToSavepoint(), ErrNotFound)
	has(t, transaction.Get, "a", "1")
	expect(t, pairs(t, transaction.NewIterator(Scan{})), []string{"a=1"})
	_, err = db.Get([]byte("a"))
	expectError(t, err, ErrNotFound)
	sequence, err := transaction.Commit(WriteOptions{NoSync: true})
	fatal(t, err)
	expect(t, sequence, uint64(1))
	for _, err := range []error{
		transaction.Put(nil, nil), transaction.Delete(nil), transaction.Savepoint(),
		transaction.NewIterator(Scan{}).Err(),
	} {
		expectError(t, err, ErrClosed)
	}
	transaction.Rollback()

	transaction, err = db.Begin(nil)
	fatal(t, err)
	has(t, transaction.Get, "a", "1")
	fatal(t, transaction.Put([]byte("b"), nil))
	put(t, db, "a", "2")
	_, err = transaction.Commit()
	expectError(t, err, ErrConflict)

	runs := 0
	fatal(t, db.Transact(func(transaction *Transaction) error {
		value, err := transaction.Get([]byte("a"))
		if runs++; runs == 1 {
			put(t, db, "a", "3")
		}
		fatal(t, err)
		return transaction.Put([]byte("a"), append(value, '0'))
	}, nil))
	expect(t, runs, 2)
	has(t, db.Get, "a", "30")
	failure := errors.New("failure")
	expect(t, db.Transact(func(transaction *Transaction) error {
		fatal(t, transaction.Delete([]byte("a")))
		return failure
	}, nil), failure)
	has(t, db.Get, "a", "30")

	holder, err := db.Begin(&TransactionOptions{Exclusive: true})
	fatal(t, err)
	defer holder.Rollback()
	_, err = db.Begin(&TransactionOptions{Exclusive: true, Timeout: 20 * time.Millisecond})
	expectError(t, err, ErrBusy)
	expiring, err := db.Begin(&TransactionOptions{Timeout: time.Microsecond})
	fatal(t, err)
	defer expiring.Rollback()
	time.Sleep(100 * time.Millisecond)
	expectError(t, expiring.Put(nil, nil), ErrExpired)
	reading, err := db.Begin(&TransactionOptions{ReadOnly: true})
	fatal(t, err)
	defer reading.Rollback()
	expectError(t, reading.Put(nil, nil), ErrReadOnly)
	fatal(t, holder.Put(nil, nil))
	fatal(t, db.Close())
	_, err = holder.Commit()
	expectError(t, err, ErrClosed)
}

func TestGoroutinesCountRight(t *testing.T) {
	db, _ := opened(t, nil)
	put(t, db, "n", "0")
	var group sync.WaitGroup
	for worker := 0; worker < 4; worker++ {
		options := &TransactionOptions{Exclusive: worker%2 == 0}
		group.Add(1)
		go func() {
			defer group.Done()
			for round := 0; round < 50; round++ {
				if err := db.Transact(func(transaction *Transaction) error {
					value, err := transaction.Get([]byte("n"))
					if err != nil {
						return err
					}
					number, _ := strconv.Atoi(string(value))
					return transaction.Put([]byte("n"), []byte(strconv.Itoa(number+1)))
				}, options); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	group.Wait()
	has(t, db.Get, "n", "200")
}

func TestMaintenance(t *testing.T) {
	db, path := opened(t, &Options{Sync: SyncNone, Compaction: NoCompaction, LogRetention: 1 << 20})
	for round := 0; round < 3; round++ {
		for number := 0; number < 100; number++ {
			put(t, db, fmt.Sprint("key", number), fmt.Sprint(round))
		}
		fatal(t, db.Flush())
	}
	stats, err := db.Stats()
	fatal(t, err)
	expect(t, []uint64{stats["operations"], stats["flushes"], stats["tables"]}, []uint64{300, 3, 3})
	text, err := db.StatText()
	fatal(t, err)
	expect(t, strings.Contains(text, "\nkevo_flushes_total 3\n"), true)
	cancel := errors.New("cancel")
	stop := func(_, _ uint64) error { return cancel }
	expect(t, db.Compact(nil, nil, stop), cancel)
	_, err = db.Verify(stop)
	expect(t, err, cancel)
	calls := 0
	fatal(t, db.Compact(nil, nil, func(_, _ uint64) error { calls++; return nil }))
	expect(t, calls > 0, true)
	tables, err := db.Tables()
	fatal(t, err)
	expect(t, len(tables), 1)
	expect(t, tables[0].Entries, uint64(100))
	size, err := db.ApproximateSize(nil, nil)
	fatal(t, err)
	expect(t, size > 0, true)
	for _, err := range []error{
		db.Sync(), db.Resume(), db.Status(), db.CatchUp(), db.PauseBackground(), db.ContinueBackground(),
	} {
		fatal(t, err)
	}
	expectError(t, db.ContinueBackground(), ErrInvalidArgument)
	copied := path + "-copy"
	fatal(t, db.Checkpoint(copied, nil))
	expectError(t, db.Checkpoint(copied, nil), ErrExists)
	reader := openedAt(t, copied, &Options{ReadOnly: true})
	expect(t, len(pairs(t, reader.NewIterator(Scan{}))), 100)
	expectError(t, reader.Put(nil, nil), ErrReadOnly)

	report, err := db.Verify(nil)
	fatal(t, err)
	expect(t, len(report.Damage), 0)
	bytes, err := os.ReadFile(tables[0].Path)
	fatal(t, err)
	bytes[5] ^= 1
	fatal(t, os.WriteFile(tables[0].Path, bytes, 0o600))
	report, err = db.Verify(nil)
	expectError(t, err, ErrCorrupt)
	expect(t, len(report.Damage), 1)
	for _, reverse := range []bool{false, true} {
		iterator := db.NewIterator(Scan{Reverse: reverse})
		for iterator.Next() {
		}
		var failure *Error
		expect(t, errors.As(iterator.Err(), &failure), true)
		expect(t, failure.Path, tables[0].Path)
	}
	fatal(t, db.Close())
	report, err = Salvage(path, path+"-saved")
	fatal(t, err)
	expect(t, len(report.Damage) > 0, true)
	openedAt(t, path+"-saved", nil).Close()
	fatal(t, Destroy(path+"-saved"))
	_, err = os.Stat(path + "-saved")
	expectError(t, err, fs.ErrNotExist)
}

func TestOpeningsFailWithTypes(t *testing.T) {
	db, path := opened(t, nil)
	_, err := Open(path, nil)
	expectError(t, err, ErrLocked)
	expectError(t, Destroy(path), ErrLocked)
	fatal(t, db.Close())
	_, err = Open(path, &Options{ErrorIfExists: true})
	expectError(t, err, ErrExists)
	_, err = Open(path+"-missing", &Options{MustExist: true})
	expectError(t, err, ErrNotADatabase)
	_, err = Open(path+"/missing/db", nil)
	expectError(t, err, fs.ErrNotExist)
	_, err = Open("a\x00b", nil)
	expectError(t, err, ErrInvalidArgument)
	for _, options := range []Options{
		{FilterBits: 65}, {FilterBits: 1<<32 + 1}, {BlockSize: 1 << 31}, {Sync: 9}, {Compaction: 9}, {Mode: 9},
	} {
		_, err = Open(path, &options)
		expectError(t, err, ErrInvalidArgument)
	}
	openedAt(t, path+"-all", &Options{
		MemtableSize: 1 << 33, MaxMemtables: 2, Sync: SyncBytes, SyncBytes: 4096, LogSize: 1 << 40, LogMapped: true,
		LogRetention: 1 << 33, TableSize: 1 << 20, BlockSize: 1024, NoCache: true, NoFilters: true,
		Compaction: Leveled, CompactionThreads: 1, CompactionRate: 1 << 30, MaxOpenFiles: 10, Mode: Absolute,
		WithoutSetAside: true, RecoveryThreads: 1,
		Logger:   func(LogLevel, string) {},
		Progress: func(_, _ uint64) error { return nil },
	})
}

func TestTheFeed(t *testing.T) {
	db, path := opened(t, nil)
	put(t, db, "a", "1")
	fatal(t, db.Delete([]byte("a")))
	cursor, err := OpenLogCursor(path+"/wal", 0)
	fatal(t, err)
	defer cursor.Close()
	background := context.Background()
	first, err := cursor.Next(background)
	fatal(t, err)
	expect(t, first.Entry, Entry{Key: []byte("a"), Value: []byte("1"), Sequence: 1})
	second, there, err := cursor.TryNext()
	fatal(t, err)
	expect(t, []any{second.Tombstone, second.LastOfBatch, there}, []any{true, true, true})
	_, there, err = cursor.TryNext()
	fatal(t, err)
	expect(t, there, false)
	again, err := OpenLogCursorAt(path+"/wal", first.Path, first.Offset)
	fatal(t, err)
	defer again.Close()
	entry, err := again.Next(background)
	fatal(t, err)
	expect(t, entry.Sequence, uint64(2))

	started := time.Now()
	for round := 0; round < 3; round++ {
		ctx, cancel := context.WithTimeout(background, 50*time.Millisecond)
		_, err = cursor.Next(ctx)
		expectError(t, err, context.DeadlineExceeded)
		cancel()
	}
	expect(t, time.Since(started) < feedWait*time.Millisecond/2, true)
	time.AfterFunc(50*time.Millisecond, func() { _ = db.Put([]byte("b"), nil) })
	entry, err = cursor.Next(background)
	fatal(t, err)
	expect(t, string(entry.Key), "b")
	time.AfterFunc(50*time.Millisecond, cursor.Close)
	_, err = cursor.Next(background)
	expectError(t, err, ErrClosed)
	_, err = OpenLogCursor(path+"/missing", 0)
	expectError(t, err, ErrIO)
}

func TestATableIsRead(t *testing.T) {
	db, _ := opened(t, nil)
	put(t, db, "a", "1")
	put(t, db, "b", "2")
	fatal(t, db.Flush())
	tables, err := db.Tables()
	fatal(t, err)
	table, err := OpenTable(tables[0].Path, Absolute)
	fatal(t, err)
	defer table.Close()
	entry, err := table.Lookup([]byte("a"))
	fatal(t, err)
	expect(t, entry, Entry{Key: []byte("a"), Value: []byte("1"), Sequence: 1})
	_, err = table.Lookup([]byte("c"))
	expectError(t, err, ErrNotFound)
	iterator := table.Scan(Range{Versions: true, Tombstones: true})
	stats, err := table.Stats()
	fatal(t, err)
	expect(t, []uint64{stats.Entries, stats.Bytes, stats.Generation}, []uint64{2, tables[0].Bytes, 4})
	fatal(t, table.Verify())
	report, err := table.Damage()
	fatal(t, err)
	expect(t, len(report.Damage), 0)
	table.Close()
	table.Close()
	expect(t, pairs(t, iterator), []string{"a=1", "b=2"})
	expectError(t, table.Verify(), ErrClosed)
	_, err = OpenTable(tables[0].Path, PointInTime)
	expectError(t, err, ErrInvalidArgument)
	_, err = OpenTable("/missing", Absolute)
	expectError(t, err, fs.ErrNotExist)
}

// Everything that can be asked of a database, in any order.
func everyUse(db *DB, directory string, numbers *rand.Rand) []func() error {
	key := func() []byte { return []byte{byte(numbers.Intn(4))} }
	second := func(_ any, err error) error { return err }
	return []func() error{
		func() error { _, err := db.Get(key()); return err },
		func() error { return second(db.Has(key())) },
		func() error { return second(db.MultiGet([][]byte{key(), nil})) },
		func() error { return db.Put(key(), key()) },
		func() error { return db.Delete(key()) },
		func() error { var batch Batch; defer batch.Close(); return second(db.Write(&batch)) },
		func() error { return second(db.DeleteRange(key(), key())) },
		func() error { return second(db.DeleteRangeInPieces(key(), nil)) },
		func() error {
			iterator := db.NewIterator(Scan{Reverse: numbers.Intn(2) == 0})
			defer iterator.Close()
			iterator.Next()
			return iterator.Err()
		},
		func() error {
			snapshot, err := db.Snapshot()
			if err == nil {
				defer snapshot.Close()
				_, err = snapshot.Get(key())
			}
			return err
		},
		func() error {
			return db.Transact(func(transaction *Transaction) error { return transaction.Put(key(), nil) },
				&TransactionOptions{Exclusive: numbers.Intn(2) == 0})
		},
		db.Sync, db.Resume, db.Flush, db.CatchUp, db.Status,
		func() error { return db.Compact(nil, nil, nil) },
		func() error { return db.Checkpoint(filepath.Join(directory, fmt.Sprint(numbers.Int())), nil) },
		func() error { return second(db.Verify(nil)) },
		func() error { return second(db.ApproximateSize(nil, nil)) },
		func() error { return second(db.LastSequence()) },
		func() error { return second(db.Stats()) },
		func() error { return second(db.StatText()) },
		func() error { return second(db.Tables()) },
		func() error {
			if err := db.PauseBackground(); err != nil {
				return err
			}
			return db.ContinueBackground()
		},
	}
}

func TestADatabaseThatIsClosedSaysSo(t *testing.T) {
	db, path := opened(t, nil)
	fatal(t, db.Close())
	for index, use := range everyUse(db, path, rand.New(rand.NewSource(1))) {
		if err := use(); !errors.Is(err, ErrClosed) {
			t.Errorf("%d: %v", index, err)
		}
	}
}

func TestADatabaseMayBeClosedWhileOthersUseIt(t *testing.T) {
	noHandlesAfter(t)
	directory := t.TempDir()
	for round := 0; round < 10; round++ {
		db, err := Open(filepath.Join(directory, fmt.Sprint(round)), &Options{Sync: SyncNone})
		fatal(t, err)
		var group sync.WaitGroup
		for seed := int64(0); seed < 4; seed++ {
			numbers := rand.New(rand.NewSource(int64(round)*100 + seed))
			uses := everyUse(db, directory, numbers)
			group.Add(1)
			go func() {
				defer group.Done()
				for {
					switch err := uses[numbers.Intn(len(uses))](); {
					case errors.Is(err, ErrClosed):
						return
					case err != nil && !errors.Is(err, ErrNotFound):
						t.Error(err)
						return
					}
				}
			}()
		}
		time.Sleep(20 * time.Millisecond)
		fatal(t, db.Close())
		fatal(t, db.Close())
		group.Wait()
	}
}

func TestWhatIsForgottenIsFreed(t *testing.T) {
	needHandleCounts(t)
	path := filepath.Join(t.TempDir(), "db")
	func() {
		db, err := Open(path, &Options{Logger: func(LogLevel, string) {}})
		fatal(t, err)
		_, err = db.Begin(nil)
		fatal(t, err)
		_, err = db.Snapshot()
		fatal(t, err)
		db.NewIterator(Scan{})
		fatal(t, (&Batch{}).Put(nil, nil))
	}()
	collect(t)
	expect(t, noHandles(t), true)
}
