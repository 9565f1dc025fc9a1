package kevo;

import com.sun.jna.Pointer;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Function;

/** A pointer to something that the library has made, which is freed by close, or by a later garbage collection. */
final class Handle implements AutoCloseable {
    private static final Cleaner CLEANER = Cleaner.create();

    /** Held for reading while the pointer is in use, so that it is not freed at that time. */
    private final ReadWriteLock lock = new ReentrantReadWriteLock();

    private final Cleaner.Cleanable freeing;
    private Pointer pointer;

    Handle(Pointer pointer, Consumer<Pointer> free) {
        this.pointer = pointer;
        freeing = CLEANER.register(this, () -> free.accept(pointer));
    }

    /** Calls a function with the pointer, which stays usable until the function returns. */
    <T> T with(Function<Pointer, T> function) {
        lock.readLock().lock();
        try {
            if (pointer == null) {
                throw new IllegalStateException("closed");
            }
            return function.apply(pointer);
        } finally {
            lock.readLock().unlock();
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            pointer = null;
            freeing.clean();
        } finally {
            lock.writeLock().unlock();
        }
    }
}
