package kevo

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"
)

var handlesDirectory = os.Getenv("KEVO_LIVE_HANDLES")

// Skips a test that is only about handles where nothing counts them.
func needHandleCounts(t *testing.T) {
	if handlesDirectory == "" {
		t.Skip("handles are counted by `.ci/bindings go`")
	}
}

// How many handles of libkevo there are, all zeros if there are none, or if nothing counts them: see
// bindings/tests/live_handles.c.
func liveHandles(t *testing.T) []byte {
	if handlesDirectory == "" {
		return nil
	}
	counts, err := os.ReadFile(filepath.Join(handlesDirectory, strconv.Itoa(os.Getpid())))
	fatal(t, err)
	return counts
}

func noHandles(t *testing.T) bool { return len(bytes.Trim(liveHandles(t), "\x00")) == 0 }

// Once the test is over, all must have been closed.
func noHandlesAfter(t *testing.T) {
	t.Cleanup(func() {
		if !noHandles(t) {
			t.Errorf("handles are left: %v", liveHandles(t))
		}
	})
}

// Collects garbage until no handle is left.
func collect(t *testing.T) {
	for deadline := time.Now().Add(10 * time.Second); !noHandles(t) && time.Now().Before(deadline); {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
