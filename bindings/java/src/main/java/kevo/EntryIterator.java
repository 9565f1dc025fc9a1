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

/** Goes through what a scan gives. It outlives what it came from. */
public final class EntryIterator implements Iterator<Entry>, AutoCloseable {
    private static final int BUFFER_SIZE = 256 * 1024;

    private final Handle handle;
    private ByteBuffer buffer = allocate(BUFFER_SIZE).limit(0);

    EntryIterator(Pointer pointer) {
        handle = new Handle(pointer, Library::kevo_iterator_free);
    }

    @Override
    public synchronized boolean hasNext() {
        return buffer.hasRemaining() || fill();
    }

    @Override
    public synchronized Entry next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
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

    /** What is left, as a stream; closing it closes this. */
    public Stream<Entry> stream() {
        int traits = Spliterator.ORDERED | Spliterator.NONNULL | Spliterator.IMMUTABLE;
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(this, traits), false).onClose(this::close);
    }

    /** Frees the iterator. Closing again changes nothing. */
    @Override
    public synchronized void close() {
        buffer = allocate(0);
        handle.close();
    }

    private boolean fill() {
        long[] used = new long[1];
        int code = next(used);
        if (code == Library.BUFFER_TOO_SMALL) {
            buffer = allocate(Math.toIntExact(used[0]));
            code = next(used);
        }
        buffer.position(0).limit(code == Library.OK ? (int) used[0] : 0);
        return KevoException.check(code) == Library.OK;
    }

    private int next(long[] used) {
        byte[] whole = buffer.array();
        return handle.with(
                pointer -> Library.kevo_iterator_next_packed(pointer, whole, whole.length, used, new long[1]));
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
