"""Recovers with a progress function.

The library works on a thread of its own, and its callback there passes each step on to the thread that called recover,
which calls `progress` and answers. So no code of the library is on the stack below `progress`, and whatever happens to
the thread of the caller is harmless: an exception, even a KeyboardInterrupt between any two instructions, becomes an
answer that cancels; and Python may end the thread, as it does with daemon threads when the interpreter exits.
"""

import atexit
import os
from _thread import start_new_thread
from collections.abc import Callable
from queue import SimpleQueue
from threading import Event, Lock
from typing import Any

from ._library import CANCELLED, Progress

_GO_ON = 0
_CANCEL = 1

_exiting = False
# What the library works for now. Adding to a set, and copying it, are atomic.
_running: set["Watched"] = set()


def interpreter_is_exiting() -> bool:
    return _exiting


class Watched:
    """One call of the library that has a progress callback."""

    def __init__(self, call: Callable[[Any], int]) -> None:
        """`call` takes the callback for the library and returns the library's code."""
        self._call: Callable[[Any], int] | None = call
        self._steps: SimpleQueue[tuple[int, int] | None] = SimpleQueue()
        self._answers: SimpleQueue[int] = SimpleQueue()
        # Taken by the thread that calls the library, before it does; or else by whatever keeps it from doing so.
        self._begun = Lock()
        self._over = Event()
        self._code = CANCELLED
        self._failure: BaseException | None = None

    def run(self, progress: Callable[[int, int], object]) -> int:
        """Returns the library's code, or raises what `progress` raised, once the library has returned."""
        try:
            start_new_thread(self._work, ())
            while (step := self._steps.get()) is not None:
                progress(*step)
                self._answers.put(_GO_ON)
        finally:
            self.cancel()
        if self._failure is not None:
            raise self._failure
        if self._code == CANCELLED:
            # Only the exit of the interpreter has cancelled it, which is about to end this thread.
            raise SystemExit
        return self._code

    def cancel(self) -> None:
        """Waits until the library has returned, which it does after its next step at the latest."""
        self._answers.put(_CANCEL)
        if self._begun.acquire(blocking=False):
            self._end()
        self._over.wait()

    def _end(self) -> None:
        # The handles that the call uses are to be freed by the caller's thread, not some time later by this one.
        self._call = None
        self._over.set()
        self._steps.put(None)

    def _work(self) -> None:
        if not self._begun.acquire(blocking=False):
            return
        _running.add(self)
        try:
            if self._call is not None and not _exiting:
                self._code = self._call(Progress(self._tell))
        except BaseException as failure:
            self._failure = failure
        finally:
            _running.discard(self)
            self._end()

    def _tell(self, _user: None, bytes_done: int, bytes_total: int) -> int:
        try:
            self._steps.put((bytes_done, bytes_total))
            return self._answers.get()
        except BaseException as failure:
            self._failure = failure
            return _CANCEL


@atexit.register
def _cancel_all() -> None:
    """Gets every thread out of the library's callback before Python ends the threads that are left.

    Python ends a thread by unwinding its stack, and it must not unwind the library.
    """
    global _exiting
    _exiting = True
    while _running:
        try:
            for watched in tuple(_running):
                watched.cancel()
        except KeyboardInterrupt:
            pass  # The interpreter is exiting already.


# A child process has no thread but the one that forked.
os.register_at_fork(after_in_child=_running.clear)
