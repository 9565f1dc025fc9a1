import { openFeed } from './feed.js';
import { library } from './library.js';

export { Batch } from './batch.js';
export { Database, destroy, destroyAsync, open, openAsync, salvage, salvageAsync } from './database.js';
export {
  KevoBusyError,
  KevoClosedError,
  KevoConflictError,
  KevoCorruptError,
  KevoError,
  KevoLockedError,
} from './errors.js';
export { Feed } from './feed.js';
export { UINT64_MAX as LATEST } from './library.js';
export { Memtable, MemtableList } from './memtables.js';
export { recover } from './recover.js';
export { Snapshot } from './snapshot.js';
export { Table, openTable, openTableAsync } from './table.js';
export { Transaction } from './transaction.js';

// The feed of a directory of logs, whoever writes to it.
export const feed = (walDirectory, options) => openFeed(walDirectory, options);
export const libraryVersion = library.kevo_version_string();
