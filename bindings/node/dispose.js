// What `using` and `await using` call, on a runtime that has them; on others, names that nobody looks for.

export const DISPOSE = Symbol.dispose ?? Symbol('dispose');
export const ASYNC_DISPOSE = Symbol.asyncDispose ?? Symbol('asyncDispose');
