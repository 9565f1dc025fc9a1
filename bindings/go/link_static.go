//go:build !kevo_shared

package kevo

// It links the library that `make library` in the checkout, or `go generate` here, has built: nothing need be installed
// where the program runs. With the build tag kevo_shared it links libkevo.so instead.

/*
#cgo CFLAGS: -I${SRCDIR}
#cgo LDFLAGS: ${SRCDIR}/../../target/release/libkevo.a -lutil -lrt -lpthread -lm -ldl
#if defined(__has_include)
#if !__has_include("../../target/release/libkevo.a")
#error build libkevo first: `make library` in the checkout of libkevo, which needs Rust, or use -tags kevo_shared
#endif
#endif
*/
import "C"

//go:generate make -C ../.. library
