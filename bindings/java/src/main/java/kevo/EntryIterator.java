package kevo;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Goes through what a scan gives. It can be used after what it came from is closed. */
public final class EntryIterator implements Iterator<Entry>, AutoCloseable {
    private static final int BUFFER_SIZE = 256 * 1024;

    private final Handle handle;
    private ByteBuffer buffer = allocate(BUFFER_SIZE).limit(0);
    /** The next entry, if it fits in no buffer; else null. */
    private ForeignEntry large;

    EntryIterator(Pointer pointer) {
        handle = new Handle(pointer, Library::kevo_iterator_free);
    }

    @Override
    public synchronized boolean hasNext() {
        return buffer.hasRemaining() || large != null || fill();
    }

    /**
     * Gives the next entry.
     *
     * @throws KevoException with the code TOO_LARGE if its key or value is longer than an array can be; calling this
     *     again gives the entry after it
     */
    @Override
    public synchronized Entry next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        if (large != null) {
            ForeignEntry entry = large;
            large = null;
            return handle.with(pointer -> entry.copy());
        }
        int keyLength = buffer.getInt();
        int valueLength = buffer.getInt();
        long sequence = buffer.getLong();
        int operation = buffer.getInt();
        buffer.getInt(); // 0
        byte[] key = take(keyLength);
        byte[] value = take(valueLength);
        return new Entry(key, operation == Library.OP_DELETE ? null : value, sequence);
    }

    /** The entries that are left, as a stream. Closing the stream closes this iterator. */
    public Stream<Entry> stream() {
        int traits = Spliterator.ORDERED | Spliterator.NONNULL | Spliterator.IMMUTABLE;
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(this, traits), false).onClose(this::close);
    }

    /** Frees the iterator. Closing it again changes nothing. */
    @Override
    public synchronized void close() {
        buffer = allocate(0);
        large = null;
        handle.close();
    }

    private boolean fill() {
        byte[] whole = buffer.array();
        long[] used = new long[1];
        return handle.with(pointer -> {
            int code = Library.kevo_iterator_next_packed(pointer, whole, whole.length, used, new long[1]);
            if (code == Library.BUFFER_TOO_SMALL) {
                check(Library.kevo_iterator_next(pointer), pointer);
                large = ForeignEntry.read(pointer);
                return true;
            }
            buffer.position(0).limit(code == Library.OK ? (int) used[0] : 0);
            return check(code, pointer) == Library.OK;
        });
    }

    /** That of a database or a table tells more of what failed. */
    private static int check(int code, Pointer iterator) {
        if (code < 0) {
            throw KevoException.of(code, Library.kevo_iterator_error(iterator), null);
        }
        return code;
    }

    private byte[] take(int length) {
        byte[] bytes = new byte[length];
        buffer.get(bytes);
        return bytes;
    }

    private static ByteBuffer allocate(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
