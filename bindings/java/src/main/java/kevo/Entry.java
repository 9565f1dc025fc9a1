package kevo;

/**
 * One version of a key. The arrays are copies.
 *
 * @param key the key
 * @param value the value; null for a tombstone
 * @param sequence the sequence number, unsigned
 */
public record Entry(byte[] key, byte[] value, long sequence) {
    /** Tells whether this is a delete. */
    public boolean isTombstone() {
        return value == null;
    }
}
