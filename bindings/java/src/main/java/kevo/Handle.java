package kevo;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** A pointer to something that the library has made, which is freed by close, or by a later garbage collection. */
final class Handle implements AutoCloseable {
    private static final Cleaner CLEANER = Cleaner.create();

    /** Held for reading while the pointer is in use, so that it is not freed at that time. */
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

    private final Cleaner.Cleanable freeing;
    private final Supplier<RuntimeException> closed;
    private Pointer pointer;

    Handle(Pointer pointer, Consumer<Pointer> free) {
        this(pointer, free, () -> new IllegalStateException("closed"));
    }

    /** What {@code closed} makes is thrown when it is used after it was closed. */
    Handle(Pointer pointer, Consumer<Pointer> free, Supplier<RuntimeException> closed) {
        this.closed = closed;
        this.pointer = pointer;
        freeing = CLEANER.register(this, () -> free.accept(pointer));
    }

    /** Calls a function with the pointer, which stays usable until the function returns. */
    <T> T with(Function<Pointer, T> function) {
        lock.readLock().lock();
        try {
            if (pointer == null) {
                throw closed.get();
            }
            return function.apply(pointer);
        } finally {
            lock.readLock().unlock();
            Reference.reachabilityFence(this);
        }
    }

    /** A call of the library with the pointer and a place for the error, which is thrown. */
    int call(Call call) {
        return with(pointer -> Kevo.checked(error -> call.call(pointer, error)));
    }

    @FunctionalInterface
    interface Call {
        int call(Pointer pointer, PointerByReference error);
    }

    boolean isClosed() {
        lock.readLock().lock();
        try {
            return pointer == null;
        } finally {
            lock.readLock().unlock();
        }
    }

    @Override
    public void close() {
        close(() -> {});
    }

    /** Calls {@code before} when no other thread uses the pointer, and frees it. */
    void close(Runnable before) {
        if (lock.getReadHoldCount() > 0) {
            throw new IllegalStateException("a callback cannot close what its own call uses");
        }
        lock.writeLock().lock();
        try {
            if (pointer != null) {
                before.run();
            }
            pointer = null;
            freeing.clean();
        } finally {
            lock.writeLock().unlock();
        }
    }
}
