package kevo;

/**
 * What an export holds.
 *
 * @param entries puts and deletes
 * @param memtableSize how many bytes a memtable has to hold for all of them. Kevo's hold 32 MiB by default: if this is
 *     not less, set "memtable_size" to more in the file MANIFEST of Kevo's database, before Kevo opens it
 */
public record Exported(long entries, long memtableSize) {}
