package kevo

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const fixtures = "../../tests/fixtures"

// A fixture's case.json.
type fixtureCase struct {
	Runs []struct {
		Options struct {
			Mode         string
			Order        string
			MaxSequence  uint64 `json:"max_sequence"`
			MaxMemtables uint   `json:"max_memtables"`
			MemtableSize uint64 `json:"memtable_size"`
		}
		outcome
	}
}

type outcome struct {
	Ok          bool
	Error       string
	Damage      []fixtureDamage
	MaxSequence uint64 `json:"max_sequence"`
	Memtables   []fixtureMemtable
}

type fixtureDamage struct {
	File           string
	Offset, Length uint64
	Kind           string
}

type fixtureMemtable struct {
	Immutable       bool
	ApproximateSize uint64 `json:"approximate_size"`
	Entries         []fixtureEntry
}

// Key, sequence number, put or delete, value: as they stand there.
type fixtureEntry []json.RawMessage

var modes = map[string]Mode{
	"tolerate-torn-tail": TolerateTornTail,
	"absolute":           Absolute,
	"point-in-time":      PointInTime,
	"skip-corrupted":     SkipCorrupted,
}

var orders = map[string]Order{"log": LogOrder, "sequence": SequenceOrder}

func TestEveryFixtureGivesWhatItSays(t *testing.T) {
	noHandlesAfter(t)
	paths, _ := filepath.Glob(fixtures + "/*/case.json")
	if len(paths) == 0 {
		t.Fatal("no fixtures")
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		fatal(t, err)
		var fixture fixtureCase
		fatal(t, json.Unmarshal(text, &fixture))
		for _, run := range fixture.Runs {
			options := []Option{
				WithMode(modes[run.Options.Mode]),
				WithOrder(orders[run.Options.Order]),
				WithMaxSequence(run.Options.MaxSequence),
				WithMaxMemtables(run.Options.MaxMemtables),
				WithMemtableSize(run.Options.MemtableSize),
			}
			actual := recoverFixture(t, filepath.Join(filepath.Dir(path), "wal"), options)
			if !reflect.DeepEqual(actual, run.outcome) {
				t.Errorf("%s with %+v:\n%+v\ninstead of\n%+v", path, run.Options, actual, run.outcome)
			}
		}
	}
}

func recoverFixture(t *testing.T, walDir string, options []Option) outcome {
	list, err := Recover(walDir, options...)
	if err != nil {
		var failure *Error
		if !errors.As(err, &failure) {
			t.Fatal(err)
		}
		name := map[Code]string{ErrCorrupt: "corrupt", ErrTooManyMemtables: "limit"}[failure.Code]
		return outcome{Error: name, Damage: describeDamage(walDir, failure.Report.Damage)}
	}
	defer list.Close()
	sequence, err := list.MaxSequence()
	fatal(t, err)
	result := outcome{Ok: true, Damage: describeDamage(walDir, list.Report.Damage), MaxSequence: sequence}
	tables, err := list.Memtables()
	fatal(t, err)
	for _, table := range tables {
		result.Memtables = append(result.Memtables, describeMemtable(t, table))
		table.Close()
	}
	return result
}

func describeDamage(walDir string, damage []Damage) []fixtureDamage {
	described := []fixtureDamage{}
	for _, d := range damage {
		kind := strings.ReplaceAll(d.Kind.String(), " ", "-")
		described = append(described, fixtureDamage{strings.TrimPrefix(d.Path, walDir+"/"), d.Offset, d.Length, kind})
	}
	return described
}

func describeMemtable(t *testing.T, table *Memtable) fixtureMemtable {
	info, err := table.Info()
	fatal(t, err)
	described := fixtureMemtable{info.Immutable, info.ApproximateSize, []fixtureEntry{}}
	entries := table.Scan(Range{Versions: true, Tombstones: true})
	for entries.Next() {
		described.Entries = append(described.Entries, describeEntry(t, entries.Entry()))
	}
	fatal(t, entries.Err())
	return described
}

func describeEntry(t *testing.T, entry Entry) fixtureEntry {
	fields := []any{describe(entry.Key), entry.Sequence, "put", describe(entry.Value)}
	if entry.Tombstone {
		fields[2], fields[3] = "delete", nil
	}
	described := fixtureEntry{}
	for _, field := range fields {
		text, err := json.Marshal(field)
		fatal(t, err)
		described = append(described, text)
	}
	return described
}

// Hexadecimal, or length and checksum of what is long.
func describe(bytes []byte) string {
	if len(bytes) > 64 {
		return fmt.Sprintf("len:%d crc32:%08x", len(bytes), crc32.ChecksumIEEE(bytes))
	}
	return hex.EncodeToString(bytes)
}
