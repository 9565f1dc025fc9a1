/** The bound on sequence numbers that bounds nothing. */
export const LATEST: bigint;

/** The version of libkevo that is in use, such as "0.1.0". */
export const libraryVersion: string;

/** A string stands for its UTF-8. */
export type Bytes = string | Uint8Array;

/** A sequence number; from 2**53 on, it has to be a bigint. */
export type Sequence = number | bigint;

export interface RecoveryOptions {
  /**
   * What recovery does about damage.
   * - tolerate-torn-tail, the default: torn tails are reported, in any file; corruption is an error.
   * - absolute: any damage is an error.
   * - point-in-time: nothing behind corruption is recovered; behind a torn tail, a later file is read only if it goes
   *   on where the sequence numbers left off.
   * - skip-corrupted: all that is intact is recovered.
   */
  mode?: 'tolerate-torn-tail' | 'absolute' | 'point-in-time' | 'skip-corrupted';
  /**
   * What makes a version of a key the newest: it was written last (log, the default), or what Kevo itself would answer,
   * which can be an old value (sequence).
   */
  order?: 'log' | 'sequence';
  /** The highest sequence number that is recovered; entries above it are ignored. */
  maxSequence?: Sequence;
  /** How many memtables recovery may make at the most; 4 by default. */
  maxMemtables?: number | bigint;
  /** The approximate size, in bytes, from which on a memtable is full; 32 MiB by default. */
  memtableSize?: number | bigint;
  /** Whether the logs that Kevo has moved to backup_* are read too. */
  includeSetAside?: boolean;
  /** How many threads recovery uses at the most; 0, the default, is one for each core. */
  threads?: number;
  /** Told how far recovery has read. What it throws ends recovery, and comes out of it. */
  progress?: (bytesDone: number, bytesTotal: number) => void;
}

export interface Damage {
  /** The file: the WAL directory as it was given, and the path below it. */
  path: string;
  /** Where in the file it starts, in bytes. */
  offset: number;
  /** In bytes. */
  length: number;
  /** A write that was interrupted at the end of a file, or bytes that were not written so. */
  kind: 'torn-tail' | 'corruption';
  /** What is wrong where it starts. */
  what: string;
}

/** What recovery found; if it failed, as far as it got. */
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
  /** Directories in which Kevo has set logs aside, read or not. */
  setAsideDirectories: number;
  /** The last files of the log, in front of which a recovery to a point in time ended, whatever is in them. */
  filesLeftOut: number;
  /** In the order of the log; if recovery failed, up to and including what failed it. */
  damage: Damage[];
}

/** Anything that libkevo says has failed. */
export class KevoError extends Error {
  code:
    | 'KEVO_E_INVALID_ARGUMENT'
    | 'KEVO_E_IO'
    | 'KEVO_E_CORRUPT'
    | 'KEVO_E_TOO_MANY_MEMTABLES'
    | 'KEVO_E_IMMUTABLE'
    | 'KEVO_E_NO_MEMORY'
    | 'KEVO_E_PANIC';
  /** The file or directory that it is about. */
  path?: string;
  /** Where in that file the trouble starts, in bytes. */
  offset?: number;
  /** The operating system's number for what went wrong. */
  errno?: number;
  /** If recovery failed, what it found up to there. */
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
  /** Leaves out keys in front of it. */
  start?: Bytes;
  /** Leaves out this key and those behind it. */
  end?: Bytes;
  /** Asks for every version, newest first. */
  versions?: boolean;
  /** Asks for deletes too. */
  tombstones?: boolean;
  /** Leaves out versions above it. */
  maxSequence?: Sequence;
}

/** What an export holds. */
export interface Exported {
  /** Puts and deletes. */
  entries: number;
  /**
   * How many bytes a memtable has to hold for all of them. Kevo's hold 32 MiB by default: if this is not less, set
   * "memtable_size" to more in the file MANIFEST of Kevo's database, before Kevo opens it.
   */
  memtableSize: number;
}

/** What a scan gives. It outlives what it came from, and is closed at its end or when a loop over it is left. */
export interface Entries<T> extends IterableIterator<T> {
  close(): void;
  [Symbol.dispose](): void;
}

/** What a list of memtables and a single one have in common. Keys and values are copies. */
declare abstract class Memtables {
  /** The newest version of a key, which can be a tombstone; undefined if there is none. */
  lookup(key: Bytes, options?: { maxSequence?: Sequence }): Entry | undefined;
  /** The value of a key; undefined if it was deleted or never seen. */
  get(key: Bytes, options?: { maxSequence?: Sequence }): Buffer | undefined;
  /** Whether a key has a value. */
  has(key: Bytes): boolean;
  /** Goes through keys, in the order of their bytes, as they are now, whatever is written meanwhile. */
  scan(options: ScanOptions & { tombstones: true }): Entries<[key: Buffer, value: Buffer | null]>;
  scan(options?: ScanOptions): Entries<[key: Buffer, value: Buffer]>;
  /** Does what scan does, and gives the sequence numbers too. */
  entries(options?: ScanOptions): Entries<Entry>;
  [Symbol.iterator](): Entries<[key: Buffer, value: Buffer]>;
  /** Gives a key a value, in memory only. Iterators that there are already do not see it. */
  put(key: Bytes, value: Bytes, sequence: Sequence): void;
  /** Deletes a key, in memory only: writes a tombstone. Iterators that there are already do not see it. */
  delete(key: Bytes, sequence: Sequence): void;
  /** Frees it. Iterators go on, and so do memtables of a list. Closing again changes nothing. */
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
  /** The memtables that there are now, oldest first. */
  readonly memtables: Memtable[];
  /**
   * Writes all puts and deletes as they are now, those since recovery included, as a clean log that Kevo can open; with
   * newestOnly, only the last one of each key. outDir must be new or empty, and its parent must be there; it never
   * holds a part of a log.
   */
  export(outDir: string | Uint8Array, options?: { newestOnly?: boolean }): Exported;
}

/** One memtable of a list. */
export class Memtable extends Memtables {
  private constructor();
  /** Makes it immutable, for good. */
  setImmutable(): void;
  readonly isImmutable: boolean;
  /** In bytes: for each put and delete, superseded ones included, key length + value length + 16. */
  readonly approximateSize: number;
  /** How many puts and deletes there are, superseded ones included. */
  readonly entryCount: number;
  /** The number behind the highest sequence number; 0n if the memtable is empty. */
  readonly nextSequence: bigint;
  /** How long ago it was made. */
  readonly ageSeconds: number;
}

/** Rebuilds the memtables of the write-ahead log in a directory. Nothing on disk is changed. */
export function recover(path: string | Uint8Array, options?: RecoveryOptions): MemtableList;
