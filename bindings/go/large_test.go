package kevo

import (
	"os"
	"regexp"
	"strconv"
	"testing"
)

// Longer than a C int can say.
const largeLength = 1<<31 + 1

// The library's copy and one that comes back; what is put is zeros, which take no memory.
const largeNeedsGiB = 5

func enoughMemory(t *testing.T) {
	text, err := os.ReadFile("/proc/meminfo")
	fatal(t, err)
	if found := regexp.MustCompile(`MemAvailable: +(\d+)`).FindSubmatch(text); found != nil {
		available, err := strconv.Atoi(string(found[1]))
		fatal(t, err)
		if available < largeNeedsGiB<<20 {
			t.Skipf("less than %d GiB of memory are free", largeNeedsGiB)
		}
	}
}

func expectZeros(t *testing.T, value []byte) {
	t.Helper()
	expect(t, len(value), largeLength)
	for at := 0; at < len(value); at += 1 << 20 {
		if value[at] != 0 {
			t.Fatalf("%d at %d", value[at], at)
		}
	}
}

func TestAValueOfMoreThan2GiBComesBackWhole(t *testing.T) {
	enoughMemory(t)
	list := recovered(t, "basic")
	fatal(t, list.Put([]byte("key2"), make([]byte, largeLength), 5))
	scan := list.Scan(Range{})
	defer scan.Close()
	expect(t, scan.Next(), true)
	expect(t, string(scan.Key()), "key2")
	expectZeros(t, scan.Value())
	expect(t, len(scan.buffer), bufferSize)
	expect(t, scan.Next(), true)
	expect(t, string(scan.Key()), "key3")
	expect(t, string(scan.Value()), "value3")
	expect(t, scan.Next(), false)
	fatal(t, scan.Err())
}
