package kevo;

import com.sun.jna.Pointer;
import java.util.Optional;

/** Reads and writes that happen at one moment, or not at all. Closing one that is not over rolls it back. */
public final class Transaction implements AutoCloseable {
    private final Handle handle;

    Transaction(Pointer pointer) {
        handle = new Handle(pointer, Library::kevo_transaction_free, KevoException::closed);
    }

    /** The value of a key, its own writes first; empty if it has none. */
    public synchronized Optional<byte[]> get(byte[] key) {
        long[] value = new long[2];
        return handle.with(pointer -> {
            int code = Kevo.checked(error -> Library.kevo_transaction_get(pointer, key, key.length, value, error));
            return code == Library.OK
                    ? Optional.of(ForeignEntry.copyValue(key, 0, value[0], value[1]))
                    : Optional.empty();
        });
    }

    /** Gives a key a value. */
    public synchronized void put(byte[] key, byte[] value) {
        handle.call((transaction, error) ->
                Library.kevo_transaction_put(transaction, key, key.length, value, value.length, error));
    }

    /** Deletes a key. */
    public synchronized void delete(byte[] key) {
        handle.call((transaction, error) -> Library.kevo_transaction_delete(transaction, key, key.length, error));
    }

    /** Deletes the keys from {@code begin} on, and below {@code end} or, if it is null, to the last; tells how many. */
    public synchronized long deleteRange(byte[] begin, byte[] end) {
        long[] count = new long[1];
        byte[] bound = Database.bound(end);
        handle.call((transaction, error) -> Library.kevo_transaction_delete_range(
                transaction, begin, begin.length, bound, end == null ? 0 : end.length, count, error));
        return count[0];
    }

    /** Goes through keys, its own writes included. */
    public synchronized EntryIterator scan(Scan scan) {
        return Reader.scan(handle, scan, Library::kevo_transaction_iterator);
    }

    /** Marks where {@link #rollbackToSavepoint} goes back to. */
    public synchronized void savepoint() {
        handle.call(Library::kevo_transaction_savepoint);
    }

    /** Goes back to the last savepoint, and takes it away. Tells whether there was one. */
    public synchronized boolean rollbackToSavepoint() {
        return handle.call(Library::kevo_transaction_rollback_to_savepoint) == Library.OK;
    }

    /**
     * Commits, and gives the last sequence number. It is over afterwards, whatever happens.
     *
     * @throws ConflictException if what it read was written since
     */
    public synchronized long commit(WriteOption... options) {
        long[] sequence = new long[1];
        handle.call((transaction, error) ->
                Library.kevo_transaction_commit(transaction, WriteOption.flags(options), sequence, error));
        return sequence[0];
    }

    /** Takes all back. */
    public synchronized void rollback() {
        handle.call(Library::kevo_transaction_rollback);
    }

    /** Frees it. */
    @Override
    public void close() {
        handle.close();
    }
}
