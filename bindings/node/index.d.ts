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
  /**
   * A write that was interrupted at the end of a file; bytes that are not as they were written; a file that is not
   * there; an order that the files do not tell, or older values behind a damaged table; VERSIONS, made anew from the
   * tables.
   */
  kind: 'torn-tail' | 'corruption' | 'missing' | 'doubt' | 'rebuilt';
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
    | 'KEVO_E_CANCELLED'
    | 'KEVO_E_IMMUTABLE'
    | 'KEVO_E_NO_MEMORY'
    | 'KEVO_E_LOCKED'
    | 'KEVO_E_CONFLICT'
    | 'KEVO_E_READ_ONLY'
    | 'KEVO_E_CLOSED'
    | 'KEVO_E_FAILED'
    | 'KEVO_E_EXISTS'
    | 'KEVO_E_NOT_A_DATABASE'
    | 'KEVO_E_TOO_LARGE'
    | 'KEVO_E_EXPIRED'
    | 'KEVO_E_UNSUPPORTED'
    | 'KEVO_E_BUSY'
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

/** A database that another process, or another handle, has open for writing. */
export class KevoLockedError extends KevoError {}
/** A transaction that read what was written since; run it again. */
export class KevoConflictError extends KevoError {}
/** What was used is closed. */
export class KevoClosedError extends KevoError {}
/** Damage, which `path` and `offset` place. */
export class KevoCorruptError extends KevoError {}
/** It would have to wait, a time limit ran out, or an asynchronous call uses it: await that first. */
export class KevoBusyError extends KevoError {}

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
export interface Entries<T> extends IterableIterator<T>, AsyncIterable<T> {
  /**
   * Gives the next entry. If no Buffer can be made for its key or value, throws a KevoError with the code
   * KEVO_E_NO_MEMORY; calling this again gives the entry after it. (A for-of loop ends with the error.)
   */
  next(): IteratorResult<T>;
  /** Does what next does, on a worker thread. Calls take their turn. */
  nextAsync(): Promise<IteratorResult<T>>;
  [Symbol.asyncIterator](): AsyncIterator<T>;
  close(): void;
  /** Waits for a nextAsync that runs. */
  closeAsync(): Promise<void>;
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
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

/** Is told how far a call has come, in bytes. An exception that it throws cancels the call, and comes out of it. */
export type Progress = (bytesDone: number, bytesTotal: number) => void;

/** What is not set is what the directory's MANIFEST says, else the default. */
export interface OpenOptions {
  /** Makes a database where there is none; true by default. */
  createIfMissing?: boolean;
  /** Fails with KEVO_E_EXISTS if there is one. */
  errorIfExists?: boolean;
  /** Takes no lock and changes nothing on disk; another process may write meanwhile. */
  readOnly?: boolean;
  /** How the logs are recovered; by default tolerate-torn-tail, set-aside logs taken in, a thread for each core. */
  recovery?: { mode?: RecoveryOptions['mode']; includeSetAside?: boolean; threads?: number };
  progress?: Progress;
  /** When writes are on disk: before they are acknowledged (always, the default), every syncBytes, within 10 ms, or
   * when the system likes. */
  sync?: 'none' | 'bytes' | 'always' | 'buffered';
  syncBytes?: number | bigint;
  /** In bytes; 32 MiB by default. */
  memtableSize?: number | bigint;
  /** Writers wait when so many are full; 4 by default. */
  maxMemtables?: number | bigint;
  /** In bytes; 64 MiB by default. */
  logSize?: number | bigint;
  /** Writes the log through a map: see kevo_db_options_set_log_mapped in kevo.h before using it. */
  logMapped?: boolean;
  /** How many bytes of logs that are no more needed are kept for feeds; 0 by default. */
  logRetention?: number | bigint;
  /** In bytes; 64 MiB by default. */
  tableSize?: number | bigint;
  /** In bytes. */
  blockSize?: number | bigint;
  /** Of blocks, in bytes; 64 MiB by default, 0 is none. */
  cacheSize?: number | bigint;
  /** Of filters, for each key; 10 by default, 0 is none. */
  filterBits?: number;
  /** none: only Database.compact. */
  compaction?: 'tiered' | 'leveled' | 'none';
  compactionThreads?: number;
  /** In bytes a second; 0, the default, is no limit. */
  compactionRate?: number | bigint;
  maxOpenFiles?: number;
}

export interface WriteOptions {
  /** Whether the write is on disk when it is acknowledged, whatever the database's mode is. */
  sync?: boolean;
  /** false: KEVO_E_BUSY rather than wait for a flush. */
  wait?: boolean;
}

/** From start on, and below end: all keys if neither is there. */
export interface Range {
  start?: Bytes;
  end?: Bytes;
}

/** What reads take. */
export interface ReadOptions {
  /** Reads what was there at its moment. */
  snapshot?: Snapshot;
}

/** Without versions and maxSequence, which a table does not keep for all keys. */
export type DatabaseScanOptions = Pick<ScanOptions, 'prefix' | 'start' | 'end' | 'tombstones'>;

interface Scans<Options> {
  /** Goes through keys, in the order of their bytes. Later writes are not seen. */
  scan(options: Options & { tombstones: true }): Entries<[key: Buffer, value: Buffer | null]>;
  scan(options?: Options): Entries<[key: Buffer, value: Buffer]>;
  /** Does what scan does, and also gives the sequence numbers. */
  entries(options?: Options): Entries<Entry>;
}

interface Closes {
  /** Frees it; closing it again changes nothing. Throws KEVO_E_BUSY while asynchronous calls on it run. */
  close(): void;
  /** Refuses new calls, waits for those that run, and frees it. */
  closeAsync(): Promise<void>;
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Writes that a database takes all together or not at all, in every crash. Of a key that is in it twice, the last counts. */
export class Batch {
  constructor();
  put(key: Bytes, value: Bytes): this;
  delete(key: Bytes): this;
  append(other: Batch): this;
  clear(): this;
  readonly count: number;
  /** The bytes of log that it will take. */
  readonly size: number;
  close(): void;
  [Symbol.dispose](): void;
}

/** A database as it was at one moment. It can be used after the database is closed. */
export interface Snapshot extends Scans<DatabaseScanOptions>, Closes {
  readonly sequence: bigint;
  get(key: Bytes): Buffer | undefined;
  getAsync(key: Bytes): Promise<Buffer | undefined>;
  has(key: Bytes): boolean;
  hasAsync(key: Bytes): Promise<boolean>;
  [Symbol.iterator](): Entries<[key: Buffer, value: Buffer]>;
  [Symbol.asyncIterator](): AsyncIterator<[key: Buffer, value: Buffer]>;
}
export const Snapshot: abstract new () => Snapshot;

export interface TransactionOptions {
  readOnly?: boolean;
  /** Waits for other exclusive ones, and does not conflict with them. */
  exclusive?: boolean;
  /** How long that waits (KEVO_E_BUSY) and how long it may live (KEVO_E_EXPIRED); 0, the default, is no limit. */
  timeoutMs?: number;
}

/** Reads and writes that happen at one moment, or not at all. One call at a time; closing rolls back. */
export interface Transaction extends Scans<DatabaseScanOptions>, Closes {
  /** Committed, rolled back or closed. */
  readonly isOver: boolean;
  get(key: Bytes): Buffer | undefined;
  getAsync(key: Bytes): Promise<Buffer | undefined>;
  has(key: Bytes): boolean;
  hasAsync(key: Bytes): Promise<boolean>;
  put(key: Bytes, value: Bytes): void;
  putAsync(key: Bytes, value: Bytes): Promise<void>;
  delete(key: Bytes): void;
  deleteAsync(key: Bytes): Promise<void>;
  /** Gives how many keys it deleted. */
  deleteRange(range?: Range): number;
  deleteRangeAsync(range?: Range): Promise<number>;
  savepoint(): void;
  savepointAsync(): Promise<void>;
  /** Takes the last savepoint away. Tells whether there was one. */
  rollbackToSavepoint(): boolean;
  rollbackToSavepointAsync(): Promise<boolean>;
  /** Gives the sequence number of its last operation. It is over afterwards, also if this throws. */
  commit(options?: WriteOptions): bigint;
  commitAsync(options?: WriteOptions): Promise<bigint>;
  rollback(): void;
  rollbackAsync(): Promise<void>;
}
export const Transaction: abstract new () => Transaction;

export interface ListedTable {
  path: string;
  /** That of its run: a newer run has a higher one. */
  age: number;
  level: number;
  /** Tombstones included. */
  entries: number;
  tombstones: number;
  bytes: number;
  /** Whether Kevo wrote it. */
  foreign: boolean;
}

export interface CompactOptions extends Range {
  progress?: Progress;
}

/**
 * An open database. Each method whose name ends in Async does what the one without it does, on a worker thread: what it
 * was given is copied first, and close refuses (closeAsync waits) while it runs.
 */
export interface Database extends Scans<DatabaseScanOptions & ReadOptions>, Closes {
  /** As it was given. */
  readonly path: string | Uint8Array;
  /** What opening it found. */
  readonly report: RecoveryReport;
  readonly isClosed: boolean;
  readonly lastSequence: bigint;
  get(key: Bytes, options?: ReadOptions): Buffer | undefined;
  getAsync(key: Bytes, options?: ReadOptions): Promise<Buffer | undefined>;
  has(key: Bytes, options?: ReadOptions): boolean;
  hasAsync(key: Bytes, options?: ReadOptions): Promise<boolean>;
  /** All at one moment. */
  multiGet(keys: Iterable<Bytes>, options?: ReadOptions): (Buffer | undefined)[];
  multiGetAsync(keys: Iterable<Bytes>, options?: ReadOptions): Promise<(Buffer | undefined)[]>;
  put(key: Bytes, value: Bytes, options?: WriteOptions): void;
  putAsync(key: Bytes, value: Bytes, options?: WriteOptions): Promise<void>;
  delete(key: Bytes, options?: WriteOptions): void;
  deleteAsync(key: Bytes, options?: WriteOptions): Promise<void>;
  /** Gives the sequence number of its last operation. */
  write(batch: Batch, options?: WriteOptions): bigint;
  writeAsync(batch: Batch, options?: WriteOptions): Promise<bigint>;
  /** Gives how many keys it deleted; all as one batch, unless inPieces is set. */
  deleteRange(range?: Range, options?: WriteOptions & { inPieces?: boolean }): number;
  deleteRangeAsync(range?: Range, options?: WriteOptions & { inPieces?: boolean }): Promise<number>;
  snapshot(): Snapshot;
  snapshotAsync(): Promise<Snapshot>;
  /** Throws KEVO_E_BUSY rather than wait for another exclusive one of this database. */
  transaction(options?: TransactionOptions): Transaction;
  transactionAsync(options?: TransactionOptions): Promise<Transaction>;
  /** Runs `change` in a transaction and commits it, again as long as that conflicts. An exception rolls back. */
  transact<T>(change: (transaction: Transaction) => T, options?: TransactionOptions & WriteOptions): T;
  transactAsync<T>(
    change: (transaction: Transaction) => T | Promise<T>,
    options?: TransactionOptions & WriteOptions,
  ): Promise<T>;
  [Symbol.iterator](): Entries<[key: Buffer, value: Buffer]>;
  [Symbol.asyncIterator](): AsyncIterator<[key: Buffer, value: Buffer]>;
  /** The log of this database. */
  feed(options?: FeedOptions): Feed;
  /** Brings to disk all that was acknowledged before. */
  sync(): void;
  syncAsync(): Promise<void>;
  /** Takes writes again after KEVO_E_FAILED, when its cause is gone. */
  resume(): void;
  resumeAsync(): Promise<void>;
  /** Brings into tables all that was written before. */
  flush(): void;
  flushAsync(): Promise<void>;
  /** Brings a read-only database to what another process has written since. */
  catchUp(): void;
  catchUpAsync(): Promise<void>;
  /** Throws what poisons it, or what its last compaction failed with. */
  checkStatus(): void;
  checkStatusAsync(): Promise<void>;
  /** Begins no flush and no compaction, until continueBackground was called as often. */
  pauseBackground(): void;
  pauseBackgroundAsync(): Promise<void>;
  continueBackground(): void;
  continueBackgroundAsync(): Promise<void>;
  /** Merges all tables that have keys of the range. */
  compact(options?: CompactOptions): void;
  compactAsync(options?: CompactOptions): Promise<void>;
  /** Makes a second database in a directory that is new or empty. */
  checkpoint(path: string | Uint8Array, options?: { progress?: Progress }): void;
  checkpointAsync(path: string | Uint8Array, options?: { progress?: Progress }): Promise<void>;
  /** Reads every byte. Of damage it throws a KevoCorruptError, whose report has all of it. */
  verify(options?: { progress?: Progress }): RecoveryReport;
  verifyAsync(options?: { progress?: Progress }): Promise<RecoveryReport>;
  /** About how many bytes the keys of a range take on disk. */
  approximateSize(range?: Range): number;
  approximateSizeAsync(range?: Range): Promise<number>;
  /** By their names in kevo.h: bytes-flushed is bytesFlushed. */
  stats(): Record<string, number>;
  /** All of these, in the form that Prometheus collects, with the levels as well. */
  statText(): string;
  tables(): ListedTable[];
}
export const Database: abstract new () => Database;

/** Opens the database in a directory, Kevo's or libkevo's, or makes one. */
export function open(path: string | Uint8Array, options?: OpenOptions): Database;
export function openAsync(path: string | Uint8Array, options?: OpenOptions): Promise<Database>;
/** Removes a database that is closed: its files, by their names, and what is then empty. */
export function destroy(path: string | Uint8Array): void;
export function destroyAsync(path: string | Uint8Array): Promise<void>;

export interface SalvageOptions {
  includeSetAside?: boolean;
  threads?: number;
  progress?: Progress;
}

/** Makes a database in `into` of whatever is left in `path`, where nothing changes. The report says what is not. */
export function salvage(
  path: string | Uint8Array,
  into: string | Uint8Array,
  options?: SalvageOptions,
): RecoveryReport;
export function salvageAsync(
  path: string | Uint8Array,
  into: string | Uint8Array,
  options?: SalvageOptions,
): Promise<RecoveryReport>;

export interface FeedOptions {
  /** Begins with the first entry after this sequence number; 0 by default. */
  after?: Sequence;
  /** Begins after an entry that a feed has given, instead. */
  at?: { path: string | Uint8Array; offset: number | bigint };
  /** Whether it waits at the end for more; true by default. */
  wait?: boolean;
}

/** A write, as it is in the log. */
export interface LogEntry extends Entry {
  /** Whether it is in no batch, or the last one of its batch. */
  lastOfBatch: boolean;
  /** Its log. */
  path: string;
  /** Where in its log a feed goes on after it. */
  offset: number;
}

/** What was written, in the order of the log, live. It waits on no thread. */
export interface Feed extends AsyncIterableIterator<LogEntry> {
  next(): Promise<IteratorResult<LogEntry>>;
  /** A next that waits ends. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
export const Feed: abstract new () => Feed;

/** The feed of a directory of logs, whoever writes to it. */
export function feed(walDirectory: string | Uint8Array, options?: FeedOptions): Feed;

/** One table file, for tools. */
export interface Table extends Scans<ScanOptions>, Closes {
  get(key: Bytes): Buffer | undefined;
  getAsync(key: Bytes): Promise<Buffer | undefined>;
  lookup(key: Bytes): Entry | undefined;
  lookupAsync(key: Bytes): Promise<Entry | undefined>;
  [Symbol.iterator](): Entries<[key: Buffer, value: Buffer]>;
  stats(): Record<string, number | bigint>;
  /** Reads all of it, and throws a KevoCorruptError of damage. */
  verify(): void;
  verifyAsync(): Promise<void>;
  /** All damage. */
  damage(): Damage[];
  damageAsync(): Promise<Damage[]>;
}
export const Table: abstract new () => Table;

export function openTable(path: string | Uint8Array, options?: { mode?: 'absolute' | 'skip-corrupted' }): Table;
export function openTableAsync(
  path: string | Uint8Array,
  options?: { mode?: 'absolute' | 'skip-corrupted' },
): Promise<Table>;
