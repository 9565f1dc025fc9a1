// Calls that are made on no handle: they are given a path, or two.

import { output } from './library.js';
import { finish, onThread } from './resource.js';

// `call` is as in resource.js, without a handle.
export function callWhole(call) {
  const error = output();
  try {
    return finish(call, call.run(...call.arguments, error), error);
  } finally {
    call.done?.();
  }
}

export async function callWholeAsync(call) {
  const error = output();
  try {
    return finish(call, await onThread(call.run, [...call.arguments, error]), error);
  } finally {
    call.done?.();
  }
}
