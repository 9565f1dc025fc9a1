package kevo;

import com.sun.jna.Pointer;
import java.util.function.ToIntFunction;

/** Writes that a database takes all together or not at all. Of a key that is in it twice, the last counts. */
public final class Batch implements AutoCloseable {
    private final Handle handle =
            new Handle(Library.kevo_batch_new(), Library::kevo_batch_free, KevoException::closed);

    /** Gives a key a value. */
    public Batch put(byte[] key, byte[] value) {
        return change(batch -> Library.kevo_batch_put(batch, key, key.length, value, value.length));
    }

    /** Deletes a key. */
    public Batch delete(byte[] key) {
        return change(batch -> Library.kevo_batch_delete(batch, key, key.length));
    }

    /** Takes it all back. */
    public Batch clear() {
        return change(batch -> {
            Library.kevo_batch_clear(batch);
            return Library.OK;
        });
    }

    /** How many operations are in it. */
    public synchronized long count() {
        return handle.with(Library::kevo_batch_count);
    }

    /** The bytes of log that it will take. */
    public synchronized long size() {
        return handle.with(Library::kevo_batch_size);
    }

    /** Frees it. */
    @Override
    public void close() {
        handle.close();
    }

    private synchronized Batch change(ToIntFunction<Pointer> change) {
        handle.with(batch -> KevoException.check(change.applyAsInt(batch)));
        return this;
    }

    /** While nobody changes it. */
    synchronized int use(ToIntFunction<Pointer> use) {
        return handle.with(use::applyAsInt);
    }
}
