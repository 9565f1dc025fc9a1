package kevo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.sun.jna.Pointer;

/** An entry whose bytes are the library's, and which may be too long for Java. */
record ForeignEntry(
        long keyAddress, long keyLength, long valueAddress, long valueLength, long sequence, int operation) {
    /** The longest array that every Java virtual machine can make: the JDK itself makes no longer ones. */
    static final int MAX_LENGTH = Integer.MAX_VALUE - 8;

    /** How much of a key an error shows, in bytes. */
    private static final int SHOWN = 64;

    /** Copies the entry that an iterator is on. */
    static ForeignEntry read(Pointer iterator) {
        long[] entry = new long[6];
        KevoException.check(Library.kevo_iterator_entry(iterator, entry));
        return new ForeignEntry(entry[0], entry[1], entry[2], entry[3], entry[4], (int) entry[5]);
    }

    /** Copies the bytes, which must still be there. */
    Entry copy() {
        byte[] start = copy(keyAddress, Math.min(keyLength, SHOWN + 1));
        byte[] key = copy("key", start, sequence, keyAddress, keyLength);
        boolean isDelete = operation == Library.OP_DELETE;
        return new Entry(key, isDelete ? null : copy("value", start, sequence, valueAddress, valueLength), sequence);
    }

    /** Copies the value of a key. */
    static byte[] copyValue(byte[] key, long sequence, long address, long length) {
        return copy("value", key, sequence, address, length);
    }

    /** {@code key} tells in an error which entry it is; its start will do. */
    private static byte[] copy(String what, byte[] key, long sequence, long address, long length) {
        if (length > MAX_LENGTH) {
            throw KevoException.tooLarge(String.format(
                    "the %s of the entry with the key %s and the sequence number %s has %d bytes; "
                            + "an array has at most %d",
                    what, shown(key), Long.toUnsignedString(sequence), length, MAX_LENGTH));
        }
        return copy(address, length);
    }

    private static byte[] copy(long address, long length) {
        return length == 0 ? new byte[0] : new Pointer(address).getByteArray(0, (int) length);
    }

    private static String shown(byte[] key) {
        StringBuilder shown = new StringBuilder("\"");
        for (char letter : new String(key, 0, Math.min(key.length, SHOWN), ISO_8859_1).toCharArray()) {
            boolean isPrintable = letter >= ' ' && letter <= '~';
            shown.append(isPrintable ? Character.toString(letter) : String.format("\\x%02x", (int) letter));
        }
        return shown.append(key.length > SHOWN ? "...\"" : "\"").toString();
    }
}
