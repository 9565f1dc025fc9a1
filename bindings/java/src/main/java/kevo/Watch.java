package kevo;

import com.sun.jna.Pointer;

/** Keeps an exception that progress throws until the library has returned: it must not go through the library. */
final class Watch implements Library.Progress {
    private final RecoveryOptions.Progress progress;
    private RuntimeException exception;
    private Error error;

    Watch(RecoveryOptions.Progress progress) {
        this.progress = progress;
    }

    @Override
    public int invoke(Pointer user, long bytesDone, long bytesTotal) {
        try {
            progress.read(bytesDone, bytesTotal);
            return 0;
        } catch (RuntimeException thrown) {
            exception = thrown;
        } catch (Error thrown) {
            error = thrown;
        }
        return 1;
    }

    void rethrow() {
        if (exception != null) {
            throw exception;
        }
        if (error != null) {
            throw error;
        }
    }
}
