// How many handles of libkevo there are now: see bindings/tests/live_handles.c.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

const directory = process.env.KEVO_LIVE_HANDLES;

// An option of tests that are only about handles.
export const countsHandles = directory ? {} : { skip: 'handles are counted by `.ci/bindings node`' };

// None, if nothing counts them.
const liveHandles = () => (directory ? [...readFileSync(`${directory}/${process.pid}`)] : []);

export const someHandles = () => liveHandles().some((part) => part !== 0);

export function assertNoHandles() {
  assert(!someHandles(), `handles are left: ${liveHandles()}`);
}

// Waits until garbage collection has freed all of them, or ten seconds.
export async function collect() {
  for (let i = 0; i < 1000 && someHandles(); i++) {
    globalThis.gc();
    await setTimeout(10);
  }
}
