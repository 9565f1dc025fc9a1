package kevo

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
)

func wal(fixture string) string { return fixtures + "/" + fixture + "/wal" }

// The list is closed when the test is over.
func recovered(t *testing.T, fixture string, options ...Option) *MemtableList {
	t.Helper()
	noHandlesAfter(t)
	list, err := Recover(wal(fixture), options...)
	fatal(t, err)
	t.Cleanup(list.Close)
	return list
}

func tables(t *testing.T, list *MemtableList) []*Memtable {
	t.Helper()
	tables, err := list.Memtables()
	fatal(t, err)
	for _, table := range tables {
		t.Cleanup(table.Close)
	}
	return tables
}

func expect(t *testing.T, actual, expected any) {
	t.Helper()
	if !reflect.DeepEqual(actual, expected) {
		t.Errorf("%#v instead of %#v", actual, expected)
	}
}

func expectError(t *testing.T, err, expected error) {
	t.Helper()
	if !errors.Is(err, expected) {
		t.Errorf("%v instead of %v", err, expected)
	}
}

func expectValue(t *testing.T, list *MemtableList, key, value string) {
	t.Helper()
	actual, err := list.Get([]byte(key))
	fatal(t, err)
	expect(t, string(actual), value)
}

// Each key with its value, in order.
func pairs(t *testing.T, scan *Iterator) (pairs []string) {
	t.Helper()
	for scan.Next() {
		pairs = append(pairs, string(scan.Key())+"="+string(scan.Value()))
	}
	fatal(t, scan.Err())
	return pairs
}

func TestAKeyIsFoundDeletedOrNeverSeen(t *testing.T) {
	list := recovered(t, "basic")
	expectValue(t, list, "key2", "value2")
	_, err := list.Get([]byte("key1"))
	expectError(t, err, ErrDeleted)
	expectError(t, err, ErrNotFound)
	_, err = list.Get([]byte("key9"))
	expectError(t, err, ErrNotFound)
	expect(t, errors.Is(err, ErrDeleted), false)

	entry, err := list.Lookup([]byte("key1"), Latest)
	fatal(t, err)
	expect(t, entry, Entry{Key: []byte("key1"), Sequence: 3, Tombstone: true})
	entry, err = list.Lookup([]byte("key2"), Latest)
	fatal(t, err)
	expect(t, entry, Entry{Key: []byte("key2"), Value: []byte("value2"), Sequence: 2})
	_, err = list.Lookup([]byte("key9"), Latest)
	expectError(t, err, ErrNotFound)
}

func TestABoundShowsThePast(t *testing.T) {
	list := recovered(t, "basic")
	value, err := list.GetAt([]byte("key1"), 2)
	fatal(t, err)
	expect(t, string(value), "value1")
	_, err = list.GetAt([]byte("key1"), 0)
	expectError(t, err, ErrNotFound)
}

func TestEmptyKeysAndValuesAreNotAbsentOnes(t *testing.T) {
	list := recovered(t, "basic")
	fatal(t, list.Put(nil, nil, 5))
	entry, err := list.Lookup([]byte{}, Latest)
	fatal(t, err)
	expect(t, entry, Entry{Key: []byte{}, Value: []byte{}, Sequence: 5})
	scan := list.Scan(Range{})
	defer scan.Close()
	expect(t, scan.Next(), true)
	expect(t, scan.Entry(), entry)
	fatal(t, list.Put([]byte("nul\x00s"), []byte("\x00\x00"), 6))
	expectValue(t, list, "nul\x00s", "\x00\x00")
	_, err = list.Get([]byte("nul"))
	expectError(t, err, ErrNotFound)
}

func TestScansKeepToTheirRange(t *testing.T) {
	list := recovered(t, "multi-file")
	expect(t, pairs(t, list.Scan(Range{Start: []byte("k05"), End: []byte("k08")})),
		[]string{"k05=f3-5", "k06=f3-6", "k07=f3-7"})
	expect(t, len(pairs(t, list.Scan(Range{Start: []byte("k08"), End: []byte("k05")}))), 0)
	expect(t, len(pairs(t, list.Scan(Range{End: []byte{}}))), 0)
	expect(t, pairs(t, list.Scan(Range{Prefix: []byte("k1"), End: []byte("k12")})), []string{"k10=f3-10", "k11=f3-11"})
	expect(t, len(pairs(t, list.Scan(Range{Prefix: []byte("x")}))), 0)
}

func TestVersionsComeNewestFirst(t *testing.T) {
	scan := recovered(t, "multi-file").Scan(Range{Prefix: []byte("k00"), Versions: true, Tombstones: true})
	var versions []string
	for scan.Next() {
		entry := scan.Entry()
		versions = append(versions, fmt.Sprint(entry.Sequence, " ", string(entry.Value), " ", entry.Tombstone))
	}
	fatal(t, scan.Err())
	expect(t, versions, []string{"76 f3-0 false", "70  true", "51 f2-0 false", "26 f1-0 false", "1 f0-0 false"})
}

func TestTombstonesHaveNoValue(t *testing.T) {
	list := recovered(t, "multi-file")
	expect(t, len(pairs(t, list.ScanAt(Range{Prefix: []byte("k00")}, 70))), 0)
	scan := list.ScanAt(Range{Prefix: []byte("k00"), Tombstones: true}, 70)
	expect(t, scan.Next(), true)
	expect(t, scan.Entry(), Entry{Key: []byte("k00"), Sequence: 70, Tombstone: true})
	expect(t, scan.Next(), false)
}

func TestAScanGoesOnAfterABufferAndGivesEntriesThatFitInNone(t *testing.T) {
	list := recovered(t, "empty-dir")
	var expected []Entry
	for i := 0; i < 20000; i++ {
		entry := Entry{Key: []byte(fmt.Sprintf("%05d", i)), Value: bytes.Repeat([]byte{byte(i)}, 97), Sequence: uint64(i)}
		if i == 100 {
			entry.Value = make([]byte, 3000000)
		}
		fatal(t, list.Put(entry.Key, entry.Value, entry.Sequence))
		expected = append(expected, entry)
	}
	var actual []Entry
	scan := list.Scan(Range{})
	for scan.Next() {
		actual = append(actual, scan.Entry())
	}
	fatal(t, scan.Err())
	if !reflect.DeepEqual(actual, expected) {
		t.Errorf("%d entries, not all as expected", len(actual))
	}
}

func TestAScanSeesTheMomentItWasMadeAt(t *testing.T) {
	list := recovered(t, "multi-file")
	scan := list.Scan(Range{Prefix: []byte("k00")})
	fatal(t, list.Put([]byte("k00"), []byte("later"), 1000))
	expect(t, pairs(t, scan), []string{"k00=f3-0"})
}

func TestAScanOutlivesItsList(t *testing.T) {
	list := recovered(t, "multi-file")
	scan := list.Scan(Range{Start: []byte("k01"), End: []byte("k02")})
	list.Close()
	expect(t, pairs(t, scan), []string{"k01=f3-1"})
}

func TestOneMemtableIsScannedAlone(t *testing.T) {
	list := recovered(t, "rotation", WithMemtableSize(200), WithMaxMemtables(1000))
	all := tables(t, list)
	if len(all) < 2 {
		t.Fatal("one memtable")
	}
	var sum uint64
	for _, table := range all {
		info, err := table.Info()
		fatal(t, err)
		expect(t, uint64(len(pairs(t, table.Scan(Range{Versions: true, Tombstones: true})))), info.EntryCount)
		sum += info.EntryCount
	}
	expect(t, sum, list.Report.EntriesApplied)
}

func TestTheNewestWriteWins(t *testing.T) {
	list := recovered(t, "basic")
	fatal(t, list.Put([]byte("key1"), []byte("again"), math.MaxUint64))
	expectValue(t, list, "key1", "again")
	sequence, err := list.MaxSequence()
	fatal(t, err)
	expect(t, sequence, uint64(math.MaxUint64))
	fatal(t, list.Delete([]byte("key1"), 6))
	_, err = list.Get([]byte("key1"))
	expectError(t, err, ErrDeleted)
}

func TestAnImmutableMemtableTakesNoWrites(t *testing.T) {
	list := recovered(t, "basic")
	table := tables(t, list)[0]
	fatal(t, table.Put([]byte("key1"), []byte("again"), 5))
	fatal(t, table.Delete([]byte("key2"), 6))
	fatal(t, table.SetImmutable())
	info, err := table.Info()
	fatal(t, err)
	expect(t, info.Immutable, true)
	expect(t, info.NextSequence, uint64(7))
	value, err := table.Get([]byte("key1"))
	fatal(t, err)
	expect(t, string(value), "again")
	expectError(t, table.Put([]byte("key1"), nil, 7), ErrImmutable)
	expectError(t, table.Delete([]byte("key1"), 7), ErrImmutable)
	fatal(t, list.Put([]byte("key4"), []byte("value4"), 7))
	expect(t, len(tables(t, list)), 2)
}

// The export is closed when the test is over.
func exported(t *testing.T, directory string) *MemtableList {
	t.Helper()
	list, err := Recover(directory, WithMode(Absolute))
	fatal(t, err)
	t.Cleanup(list.Close)
	return list
}

func TestAnExportGivesTheSameAnswers(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "\xff[1]*")
	list := recovered(t, "basic")
	fatal(t, list.Put([]byte("key4"), []byte("value4"), 5))
	result, err := list.Export(directory, ExportOptions{})
	fatal(t, err)
	expect(t, result, Exported{Entries: 5, MemtableSize: 124})
	again := exported(t, directory)
	all := Range{Versions: true, Tombstones: true}
	for sequence := uint64(0); sequence <= 5; sequence++ {
		expect(t, pairs(t, again.ScanAt(Range{}, sequence)), pairs(t, list.ScanAt(Range{}, sequence)))
		expect(t, pairs(t, again.ScanAt(all, sequence)), pairs(t, list.ScanAt(all, sequence)))
	}
}

func TestAnExportCanBeOfTheNewestAlone(t *testing.T) {
	directory := t.TempDir()
	list := recovered(t, "basic")
	result, err := list.Export(directory, ExportOptions{NewestOnly: true})
	fatal(t, err)
	expect(t, result, Exported{Entries: 3, MemtableSize: 72})
	versions := exported(t, directory).Scan(Range{Versions: true, Tombstones: true})
	expect(t, pairs(t, versions), pairs(t, list.Scan(Range{Tombstones: true})))
}

func TestAnExportLeavesADirectoryAloneThatIsNotEmpty(t *testing.T) {
	directory := t.TempDir()
	file := filepath.Join(directory, "file")
	fatal(t, os.WriteFile(file, nil, 0o600))
	_, err := recovered(t, "basic").Export(directory, ExportOptions{})
	expectError(t, err, ErrIO)
	expectError(t, err, syscall.ENOTEMPTY)
	var failure *Error
	expect(t, errors.As(err, &failure), true)
	expect(t, failure.Path, directory)
	expect(t, strings.Contains(err.Error(), "new or empty"), true)
	left, err := filepath.Glob(directory + "/*")
	fatal(t, err)
	expect(t, left, []string{file})
}

func TestTheReportCounts(t *testing.T) {
	list := recovered(t, "engine-set-aside")
	expect(t, []uint64{list.Report.SetAsideDirectories, list.Report.Files}, []uint64{1, 1})
	list.Close()
	list = recovered(t, "engine-set-aside", WithSetAside(), WithThreads(1))
	expect(t, list.Report.Files, uint64(2))
	expect(t, len(list.Report.Damage), 1)
	damage := list.Report.Damage[0]
	expect(t, damage.Kind, TornTail)
	expect(t, damage.Length, list.Report.BytesDamaged)
	_, err := list.Get([]byte("k00050"))
	fatal(t, err)
	list.Close()
	list = recovered(t, "max-seq", WithMaxSequence(2))
	expect(t, list.Report.EntriesAboveMaxSequence > 0, true)
	list.Close()
	list = recovered(t, "dmg-torn-first-of-two", WithMode(PointInTime))
	expect(t, list.Report.FilesLeftOut, uint64(1))
}

func TestAPathNeedNotBeUTF8(t *testing.T) {
	noHandlesAfter(t)
	directory := filepath.Join(t.TempDir(), "\xff[1]*")
	fatal(t, os.Mkdir(directory, 0o700))
	path := filepath.Join(directory, "1.wal")
	fatal(t, os.WriteFile(path, []byte(strings.Repeat("This is a text, and no log.\n", 10)), 0o600))
	_, err := Recover(directory)
	var failure *Error
	expect(t, errors.As(err, &failure), true)
	expect(t, failure.Path, path)
}

func TestProgressIsTold(t *testing.T) {
	var done, total uint64
	recovered(t, "multi-file", WithProgress(func(bytesDone, bytesTotal uint64) error {
		expect(t, bytesDone >= done, true)
		done, total = bytesDone, bytesTotal
		return nil
	}))
	expect(t, []uint64{done, total}, []uint64{2988, 2988})
}

func TestWhatProgressReturnsComesOut(t *testing.T) {
	noHandlesAfter(t)
	enough := errors.New("enough")
	_, err := Recover(wal("multi-file"), WithProgress(func(_, _ uint64) error { return enough }))
	expect(t, err, enough)
}

func TestAPanicOfProgressComesOut(t *testing.T) {
	noHandlesAfter(t)
	defer func() { expect(t, recover(), "enough") }()
	_, err := Recover(wal("multi-file"), WithProgress(func(_, _ uint64) error { panic("enough") }))
	t.Errorf("no panic, but %v", err)
}

func TestDamageSaysWhereItIs(t *testing.T) {
	noHandlesAfter(t)
	_, err := Recover(wal("dmg-flip-payload-mid"))
	expectError(t, err, ErrCorrupt)
	var failure *Error
	expect(t, errors.As(err, &failure), true)
	path := wal("dmg-flip-payload-mid") + "/01750000000000000001.wal"
	expect(t, failure.Path, path)
	expect(t, failure.Offset, int64(19200))
	expect(t, strings.Contains(err.Error(), "SKIP_CORRUPTED"), true)
	expect(t, failure.Report.EntriesApplied, uint64(30))
	expect(t, len(failure.Report.Damage), 1)
	damage := failure.Report.Damage[0]
	expect(t, damage.What != "", true)
	damage.What = ""
	expect(t, damage, Damage{Path: path, Offset: 19200, Length: 640, Kind: Corruption})
}

func TestAMissingDirectoryIsASystemError(t *testing.T) {
	noHandlesAfter(t)
	_, err := Recover("/missing")
	expectError(t, err, ErrIO)
	expectError(t, err, fs.ErrNotExist)
	expectError(t, err, syscall.ENOENT)
	var failure *Error
	expect(t, errors.As(err, &failure), true)
	expect(t, failure.Path, "/missing")
	expect(t, failure.Offset, int64(-1))
}

func TestTooManyMemtables(t *testing.T) {
	noHandlesAfter(t)
	_, err := Recover(wal("rotation"), WithMemtableSize(200), WithMaxMemtables(1))
	expectError(t, err, ErrTooManyMemtables)
}

func TestOptionsOutOfRangeAreNamed(t *testing.T) {
	noHandlesAfter(t)
	for name, option := range map[string]Option{
		"mode 4":          WithMode(4),
		"order 2":         WithOrder(2),
		"memtables 0":     WithMaxMemtables(0),
		"memtable size 0": WithMemtableSize(0),
	} {
		_, err := Recover(wal("basic"), option)
		expectError(t, err, ErrInvalidArgument)
		expect(t, strings.HasSuffix(err.Error(), name), true)
	}
	_, err := Recover("a\x00b")
	expectError(t, err, ErrInvalidArgument)
	_, err = recovered(t, "basic").Export("a\x00b", ExportOptions{})
	expectError(t, err, ErrInvalidArgument)
}

func TestWhatIsClosedSaysSo(t *testing.T) {
	list := recovered(t, "basic")
	table := tables(t, list)[0]
	list.Close()
	list.Close()
	_, err := list.Get([]byte("key2"))
	expectError(t, err, ErrClosed)
	expectError(t, list.Put(nil, nil, 1), ErrClosed)
	_, err = list.MaxSequence()
	expectError(t, err, ErrClosed)
	_, err = list.Memtables()
	expectError(t, err, ErrClosed)
	_, err = list.Export("/missing/wal", ExportOptions{})
	expectError(t, err, ErrClosed)
	scan := list.Scan(Range{})
	expect(t, scan.Next(), false)
	expectError(t, scan.Err(), ErrClosed)
	_, err = table.Get([]byte("key2"))
	fatal(t, err)
	table.Close()
	expectError(t, table.SetImmutable(), ErrClosed)
}

func TestClosingFreesAtOnce(t *testing.T) {
	needHandleCounts(t)
	list := recovered(t, "basic")
	table := tables(t, list)[0]
	scan := list.Scan(Range{})
	expect(t, scan.Next(), true)
	expect(t, noHandles(t), false)
	scan.Close()
	scan.Close()
	expect(t, scan.Next(), false)
	table.Close()
	list.Close()
	expect(t, noHandles(t), true)
}

func TestWhatIsNotClosedIsFreedWhenItIsForgotten(t *testing.T) {
	needHandleCounts(t)
	func() {
		list, err := Recover(wal("basic"))
		fatal(t, err)
		all, err := list.Memtables()
		fatal(t, err)
		list.Scan(Range{}).Next()
		all[0].Scan(Range{}).Next()
		expect(t, noHandles(t), false)
	}()
	collect(t)
	expect(t, noHandles(t), true)
}

func TestAListMayBeClosedWhileOthersUseIt(t *testing.T) {
	noHandlesAfter(t)
	for round := 0; round < 20; round++ {
		list, err := Recover(wal("many-keys"))
		fatal(t, err)
		var users sync.WaitGroup
		for i := 0; i < 4; i++ {
			users.Add(1)
			go func() {
				defer users.Done()
				var err error
				for !errors.Is(err, ErrClosed) {
					if _, err = list.Get([]byte("key")); err == nil || errors.Is(err, ErrNotFound) {
						scan := list.Scan(Range{})
						for scan.Next() {
						}
						err = scan.Err()
					}
					if err != nil && !errors.Is(err, ErrClosed) {
						t.Error(err)
						return
					}
				}
			}()
		}
		list.Close()
		users.Wait()
	}
}

func BenchmarkScan(b *testing.B) {
	list, err := Recover(os.Getenv("KEVO_BENCH_LOG"), WithMaxMemtables(math.MaxInt32))
	if err != nil {
		b.Fatal(err)
	}
	defer list.Close()
	entries := 0
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		scan := list.Scan(Range{})
		for scan.Next() {
			entries++
		}
		if scan.Err() != nil {
			b.Fatal(scan.Err())
		}
	}
	b.ReportMetric(float64(entries)/float64(b.N), "entries/op")
}
