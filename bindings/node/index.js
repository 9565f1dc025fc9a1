import { library } from './library.js';

export { KevoError } from './errors.js';
export { UINT64_MAX as LATEST } from './library.js';
export { Memtable, MemtableList } from './memtables.js';
export { recover } from './recover.js';

export const libraryVersion = library.kevo_version_string();
