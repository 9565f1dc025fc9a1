/** Above every sequence number: as a bound, it leaves nothing out. */
export const LATEST: bigint;

/** The version of libkevo that is in use, such as "0.1.0". */
export const libraryVersion: string;

/** A string stands for its UTF-8 bytes. */
export type Bytes = string | Uint8Array;

/** A sequence number; from 2**53 on, it has to be a bigint. */
export type Sequence = number | bigint;

export interface RecoveryOptions {
  /**
   * What recovery does about damage.
   * - tolerate-torn-tail, the default: torn tails are reported, in any file; corruption is an error.
   * - absolute: any damage is an error.
   * - point-in-time: nothing after corruption is recovered; after a torn tail, a later file is read only if its
   *   sequence numbers continue where those before the tail ended.
   * - skip-corrupted: everything that is intact is recovered.
   */
  mode?: 'tolerate-torn-tail' | 'absolute' | 'point-in-time' | 'skip-corrupted';
  /**
   * What makes a version of a key the newest: that it was written last (log, the default), or that Kevo itself would
   * answer with it, although it can be an old one (sequence).
   */
  order?: 'log' | 'sequence';
  /** The highest sequence number that is recovered; entries above it are ignored. */
  maxSequence?: Sequence;
  /** How many memtables recovery may make at most; 4 by default. */
  maxMemtables?: number | bigint;
  /** The approximate size, in bytes, at which a memtable is full; 32 MiB by default. */
  memtableSize?: number | bigint;
  /** Whether the logs that Kevo has moved to backup_* are also read. */
  includeSetAside?: boolean;
  /** How many threads recovery uses at most; 0, the default, is one for each core. */
  threads?: number;
  /** Is told how far recovery has read. An exception that it throws cancels the recovery, and comes out of it. */
  progress?: (bytesDone: number, bytesTotal: number) => void;
}

export interface Damage {
  /** The file: the WAL directory as it was given, and the path below it. */
  path: string;
  /** Where in the file it starts, in bytes. */
  offset: number;
  /** In bytes. */
  length: number;
  /** A write that was interrupted at the end of a file, or bytes that are not as they were written. */
  kind: 'torn-tail' | 'corruption';
  /** What is wrong where it starts. */
  what: string;
}

/** What recovery found; if it failed, what it found before that. */
export interface RecoveryReport {
  /** Files read. */
  files: number;
  /** Bytes of the files read. */
  bytes: number;
  /** Puts and deletes that are in a memtable. */
  entriesApplied: number;
  /** Entries ignored because of their sequence number. */
  entriesAboveMaxSequence: number;
  /** Merges, which no memtable holds. */
  mergesIgnored: number;
  /** Batches of which not all entries were there. */
  batchesDropped: number;
  /** Bytes that could not be used. */
  bytesDamaged: number;
  /** Directories to which Kevo has moved old logs, whether or not they were read. */
  setAsideDirectories: number;
  /** Files at the end of the log that a point-in-time recovery did not read. */
  filesLeftOut: number;
  /** In the order of the log; if recovery failed, up to and including the damage that it failed on. */
  damage: Damage[];
}

/** Anything that failed in libkevo, or in reading what it holds. */
export class KevoError extends Error {
  code:
    | 'KEVO_E_INVALID_ARGUMENT'
    | 'KEVO_E_IO'
    | 'KEVO_E_CORRUPT'
    | 'KEVO_E_TOO_MANY_MEMTABLES'
    | 'KEVO_E_IMMUTABLE'
    | 'KEVO_E_NO_MEMORY'
    | 'KEVO_E_PANIC';
  /** The file or directory that the error is about. */
  path?: string;
  /** Where in that file the trouble starts, in bytes. */
  offset?: number;
  /** The operating system's error number. */
  errno?: number;
  /** If recovery failed, what it found before it failed. */
  report?: RecoveryReport;
}

/** One version of a key. */
export interface Entry {
  key: Buffer;
  /** null for a tombstone. */
  value: Buffer | null;
  sequence: bigint;
}

export interface ScanOptions {
  /** Leaves out keys that do not begin with it. */
  prefix?: Bytes;
  /** Leaves out keys that sort before it. */
  start?: Bytes;
  /** Leaves out this key and those that sort after it. */
  end?: Bytes;
  /** Asks for every version, newest first. */
  versions?: boolean;
  /** Asks for deletes as well. */
  tombstones?: boolean;
  /** Leaves out versions above it. */
  maxSequence?: Sequence;
}

/** What an export holds. */
export interface Exported {
  /** Puts and deletes. */
  entries: number;
  /**
   * The bytes that a memtable must hold for all of them. Kevo's memtables hold 32 MiB by default. If this is as much
   * or more, set "memtable_size" to more in the file MANIFEST of Kevo's database before Kevo opens it.
   */
  memtableSize: number;
}

/**
 * What a scan gives. It can be used after the list or memtable that it came from is closed. It is closed at its end, or
 * when a loop over it is left.
 */
export interface Entries<T> extends IterableIterator<T> {
  /**
   * Gives the next entry. If no Buffer can be made for its key or value, throws a KevoError with the code
   * KEVO_E_NO_MEMORY; calling this again gives the entry after it. (A for-of loop ends with the error.)
   */
  next(): IteratorResult<T>;
  close(): void;
  [Symbol.dispose](): void;
}

/** What a list of memtables and a single memtable have in common. Keys and values are copies. */
declare abstract class Memtables {
  /** The newest version of a key, which can be a tombstone; undefined if there is none. */
  lookup(key: Bytes, options?: { maxSequence?: Sequence }): Entry | undefined;
  /** The value of a key; undefined if the key was deleted or never written. */
  get(key: Bytes, options?: { maxSequence?: Sequence }): Buffer | undefined;
  /** Whether a key has a value. */
  has(key: Bytes): boolean;
  /** Goes through keys, in the order of their bytes. Later writes are not seen. */
  scan(options: ScanOptions & { tombstones: true }): Entries<[key: Buffer, value: Buffer | null]>;
  scan(options?: ScanOptions): Entries<[key: Buffer, value: Buffer]>;
  /** Does what scan does, and also gives the sequence numbers. */
  entries(options?: ScanOptions): Entries<Entry>;
  [Symbol.iterator](): Entries<[key: Buffer, value: Buffer]>;
  /** Gives a key a value, in memory only. Iterators that were made before do not see it. */
  put(key: Bytes, value: Bytes, sequence: Sequence): void;
  /** Deletes a key, in memory only, by writing a tombstone. Iterators that were made before do not see it. */
  delete(key: Bytes, sequence: Sequence): void;
  /** Frees it. Iterators, and memtables of a list, can still be used. Closing it again changes nothing. */
  close(): void;
  [Symbol.dispose](): void;
}

/** All memtables of a log, oldest first, of which the last is open for writes. */
export class MemtableList extends Memtables {
  private constructor();
  /** What recovery found. */
  readonly report: RecoveryReport;
  /** The highest sequence number that was read and not ignored, or written since; 0n if there is none. */
  readonly maxSequence: bigint;
  /** The memtables of the list as it is now, oldest first. */
  readonly memtables: Memtable[];
  /**
   * Writes all puts and deletes as they are now, including those since the recovery, as a clean log that Kevo can open;
   * with newestOnly, only the last one of each key. outDir must be new or empty, and its parent must exist. If the
   * export fails, no part of a log is left in it.
   */
  export(outDir: string | Uint8Array, options?: { newestOnly?: boolean }): Exported;
}

/** One memtable of a list. */
export class Memtable extends Memtables {
  private constructor();
  /** Makes it immutable. This cannot be undone. */
  setImmutable(): void;
  readonly isImmutable: boolean;
  /** In bytes: key length + value length + 16 for each put and delete, including superseded ones. */
  readonly approximateSize: number;
  /** The number of puts and deletes, including superseded ones. */
  readonly entryCount: number;
  /** The highest sequence number plus one; 0n if the memtable is empty. */
  readonly nextSequence: bigint;
  /** How long ago it was made. */
  readonly ageSeconds: number;
}

/** Rebuilds the memtables of the write-ahead log in a directory. Nothing on disk is changed. */
export function recover(path: string | Uint8Array, options?: RecoveryOptions): MemtableList;
