package kevo;

/** What a write is asked to do. */
public enum WriteOption {
    /** It is on disk when the call returns, whatever the database's mode is. */
    SYNC(1),
    /** It need not be. */
    NO_SYNC(2),
    /** A {@link BusyException} rather than a wait for a flush. */
    NO_WAIT(4),
    /** Of {@link Database#deleteRange}: in several batches, each atomic. */
    IN_PIECES(8);

    private final int flag;

    WriteOption(int flag) {
        this.flag = flag;
    }

    static int flags(WriteOption... options) {
        int flags = 0;
        for (WriteOption option : options) {
            flags |= option.flag;
        }
        return flags;
    }
}
