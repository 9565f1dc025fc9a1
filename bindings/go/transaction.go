package kevo

// #include <kevo.h>
import "C"

import (
	"errors"
	"runtime"
	"sync"
	"time"
)

// TransactionOptions are how a transaction begins. The zero TransactionOptions: beside others, and a commit finds out
// whether what was read is still so.
type TransactionOptions struct {
	// ReadOnly: it writes nothing.
	ReadOnly bool
	// Exclusive: it waits for other exclusive ones first, and conflicts only with plain writes and with transactions
	// that are not exclusive.
	Exclusive bool
	// Timeout limits that wait (ErrBusy) and how long it may live (ErrExpired); 0 is no limit.
	Timeout time.Duration
}

// Transaction is reads and writes that happen at one moment, or not at all. It sees its own writes, and otherwise the
// database as it was when it began. Goroutines that use it at once wait for each other.
type Transaction struct {
	mutex   sync.Mutex
	pointer *C.kevo_transaction
}

// Begin begins a transaction. The options may be nil. End it with Commit or Rollback.
func (db *DB) Begin(options *TransactionOptions) (*Transaction, error) {
	if options == nil {
		options = &TransactionOptions{}
	}
	var flags C.uint32_t
	if options.ReadOnly {
		flags |= C.KEVO_TRANSACTION_READ_ONLY
	}
	if options.Exclusive {
		flags |= C.KEVO_TRANSACTION_EXCLUSIVE
	}
	if options.Timeout < 0 {
		return nil, ErrInvalidArgument
	}
	// 0 is no limit, so a part of a millisecond is a whole one.
	milliseconds := C.uint64_t((options.Timeout + time.Millisecond - 1) / time.Millisecond)
	transaction := &Transaction{}
	err := db.do(func(db *C.kevo_db, details **C.kevo_error) C.int {
		return C.kevo_transaction_begin(db, flags, milliseconds, &transaction.pointer, details)
	})
	if err != nil {
		return nil, err
	}
	runtime.SetFinalizer(transaction, (*Transaction).Rollback)
	return transaction, nil
}

// Transact runs a function and commits, and does both again as long as the commit conflicts. So the function may run
// several times, and should change nothing but the transaction. If it returns an error or panics, nothing is written.
func (db *DB) Transact(function func(*Transaction) error, options *TransactionOptions) error {
	for {
		err := db.attempt(function, options)
		if !errors.Is(err, ErrConflict) {
			return err
		}
	}
}

func (db *DB) attempt(function func(*Transaction) error, options *TransactionOptions) error {
	transaction, err := db.Begin(options)
	if err != nil {
		return err
	}
	defer transaction.Rollback()
	if err := function(transaction); err != nil {
		return err
	}
	_, err = transaction.Commit()
	return err
}

func (t *Transaction) call(call func(*C.kevo_transaction, **C.kevo_error) C.int) (C.int, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.pointer == nil {
		return 0, ErrClosed
	}
	return called(func(details **C.kevo_error) C.int { return call(t.pointer, details) })
}

func (t *Transaction) do(call func(*C.kevo_transaction, **C.kevo_error) C.int) error {
	_, err := t.call(call)
	return err
}

// Get returns the value of a key. The error is ErrNotFound if it is not there. What it finds counts as read.
func (t *Transaction) Get(key []byte) (value []byte, err error) {
	err = found(t.call(func(transaction *C.kevo_transaction, details **C.kevo_error) C.int {
		var slice C.kevo_slice
		code := C.kevo_transaction_get(transaction, address(key), C.size_t(len(key)), &slice, details)
		if code == C.KEVO_OK {
			value = copied(slice)
		}
		return code
	}))
	return value, err
}

// Put gives a key a value. Nobody else sees it before the commit.
func (t *Transaction) Put(key, value []byte) error {
	return t.do(func(transaction *C.kevo_transaction, details **C.kevo_error) C.int {
		return C.kevo_transaction_put(transaction, address(key), C.size_t(len(key)), address(value),
			C.size_t(len(value)), details)
	})
}

// Delete deletes a key. It is no error if it is not there.
func (t *Transaction) Delete(key []byte) error {
	return t.do(func(transaction *C.kevo_transaction, details **C.kevo_error) C.int {
		return C.kevo_transaction_delete(transaction, address(key), C.size_t(len(key)), details)
	})
}

// DeleteRange deletes every key that it sees from begin on and below end, and returns how many that were. The range
// counts as read.
func (t *Transaction) DeleteRange(begin, end []byte) (uint64, error) {
	var count C.uint64_t
	err := t.do(func(transaction *C.kevo_transaction, details **C.kevo_error) C.int {
		from, fromLength, to, toLength := bounds(begin, end)
		return C.kevo_transaction_delete_range(transaction, from, fromLength, to, toLength, &count, details)
	})
	return uint64(count), err
}

// NewIterator goes through the keys of a scan, as the transaction sees them now. The whole range counts as read.
func (t *Transaction) NewIterator(scan Scan) *Iterator {
	iterator := &Iterator{}
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.pointer == nil {
		iterator.err = ErrClosed
		return iterator
	}
	iterator.err = iterator.scan(scan, func(scan *C.kevo_scan, made **C.kevo_iterator, details **C.kevo_error) C.int {
		return C.kevo_transaction_iterator(t.pointer, scan, made, details)
	})
	return iterator
}

// Savepoint sets a savepoint, to which RollbackToSavepoint goes back. There may be any number, one in the other.
func (t *Transaction) Savepoint() error {
	return t.do(func(transaction *C.kevo_transaction, details **C.kevo_error) C.int {
		return C.kevo_transaction_savepoint(transaction, details)
	})
}

// RollbackToSavepoint takes back what was written since the last savepoint, and takes that savepoint away. The error is
// ErrNotFound if there is none.
func (t *Transaction) RollbackToSavepoint() error {
	return found(t.call(func(transaction *C.kevo_transaction, details **C.kevo_error) C.int {
		return C.kevo_transaction_rollback_to_savepoint(transaction, details)
	}))
}

// Commit writes all that it wrote as one batch, if what it read is still so, and returns the sequence number of the
// last operation. The transaction is over, whatever happens. The error is ErrConflict if it is to be run again.
func (t *Transaction) Commit(options ...WriteOptions) (uint64, error) {
	var sequence C.uint64_t
	err := t.do(func(transaction *C.kevo_transaction, details **C.kevo_error) C.int {
		code := C.kevo_transaction_commit(transaction, writeFlags(options), &sequence, details)
		t.free()
		return code
	})
	return uint64(sequence), err
}

// Rollback ends it without writing anything. One that is over stays as it is.
func (t *Transaction) Rollback() {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.free()
}

func (t *Transaction) free() {
	C.kevo_transaction_free(t.pointer)
	t.pointer = nil
	runtime.SetFinalizer(t, nil)
}
