"""Interrupts that arrive while the library works, and threads that the interpreter ends when it exits."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import kevo

from .live_handles import TestCase

_PACKAGES = Path(__file__).parents[1]
_WRITE_LOG = Path(__file__).parents[2] / "tests" / "write_log.py"

# Daemon threads recover logs until the interpreter exits. Its arguments are a log, what `progress` does, and how long
# the main thread waits for the interpreter to be in the middle of things.
_DAEMON_THREADS = """
import sys, threading, time
import kevo

log, progress, seconds = sys.argv[1:]
PROGRESS = {"none": None, "returns": lambda done, total: None, "sleeps": lambda done, total: time.sleep(1000)}

def work():
    while True:
        recovered = kevo.recover(log, progress=PROGRESS[progress], max_memtables=1000)
        next(recovered.scan())

for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
time.sleep(float(seconds))
"""


class Interrupts(TestCase):
    log: ClassVar[str]

    @classmethod
    def setUpClass(cls) -> None:
        cls.log = cls.enterClassContext(tempfile.TemporaryDirectory())
        subprocess.run([sys.executable, _WRITE_LOG, cls.log, "200000"], check=True)

    def setUp(self) -> None:
        super().setUp()
        # Python does not do this if it starts with the signal ignored, as in a background job of a shell.
        previous = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, previous)

    def recover(self, progress: Callable[[int, int], object] | None) -> None:
        kevo.recover(self.log, progress=progress).close()

    def interrupt_recoveries(self, progress: Callable[[int, int], object] | None) -> None:
        unraisable: list[Any] = []
        previous, sys.unraisablehook = sys.unraisablehook, unraisable.append
        try:
            for attempt in range(20):
                timer = threading.Timer(0.005 + 0.001 * attempt, os.kill, (os.getpid(), signal.SIGINT))
                deadline = time.monotonic() + 60
                with self.assertRaises(KeyboardInterrupt):
                    timer.start()
                    while time.monotonic() < deadline:
                        self.recover(progress)
                timer.join()
                self.assert_no_handles()
        finally:
            sys.unraisablehook = previous
        self.assertEqual(unraisable, [])

    def test_one_that_arrives_during_a_recovery_comes_out_of_it(self) -> None:
        self.interrupt_recoveries(None)

    def test_with_progress_it_ends_the_recovery(self) -> None:
        self.interrupt_recoveries(lambda done, total: None)

    def test_one_that_arrives_in_progress_does_too(self) -> None:
        told: list[int] = []

        def progress(done: int, total: int) -> None:
            told.append(done)
            signal.raise_signal(signal.SIGINT)

        with self.assertRaises(KeyboardInterrupt):
            self.recover(progress)
        self.assertEqual(len(told), 1)

    def test_progress_is_told_on_the_thread_that_recovers(self) -> None:
        threads: set[threading.Thread] = set()
        self.recover(lambda done, total: threads.add(threading.current_thread()))
        self.assertEqual(threads, {threading.current_thread()})

    def test_a_recovery_can_be_started_by_progress(self) -> None:
        told: list[int] = []
        self.recover(lambda done, total: self.recover(lambda done, total: told.append(done)) if not told else None)
        self.assertGreater(len(told), 1)

    def assert_exits(self, progress: str, seconds: float) -> None:
        command = [sys.executable, "-c", _DAEMON_THREADS, self.log, progress, str(seconds)]
        started = time.monotonic()
        done = subprocess.run(
            command, cwd=_PACKAGES, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False
        )
        self.assertEqual((done.returncode, done.stdout), (0, b""), f"after {time.monotonic() - started} s")

    def test_daemon_threads_do_not_keep_the_interpreter_from_exiting(self) -> None:
        for progress in ("none", "returns", "sleeps"):
            for attempt in range(5):
                with self.subTest(progress=progress, attempt=attempt):
                    self.assert_exits(progress, 0.05 * attempt)


if __name__ == "__main__":
    unittest.main()
