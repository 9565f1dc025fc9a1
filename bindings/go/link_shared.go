//go:build kevo_shared

package kevo

// #cgo LDFLAGS: -L${SRCDIR}/../../target/release -lkevo -Wl,-rpath,${SRCDIR}/../../target/release
import "C"
