const [SYNC, NO_SYNC, NO_WAIT] = [1, 2, 4];

// Of options { sync, wait }: whether a write is on disk when it is acknowledged, whatever the database's mode, and
// whether it waits for a flush.
export function writeFlags({ sync, wait = true } = {}) {
  return (sync === undefined ? 0 : sync ? SYNC : NO_SYNC) | (wait ? 0 : NO_WAIT);
}
