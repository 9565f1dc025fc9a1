package kevo;

/**
 * What an export holds.
 *
 * @param entries puts and deletes
 * @param memtableSize the bytes that a memtable must hold for all of them. Kevo's memtables hold 32 MiB by default.
 *     If this is as much or more, set "memtable_size" to more in the file MANIFEST of Kevo's database before
 *     Kevo opens it
 */
public record Exported(long entries, long memtableSize) {}
