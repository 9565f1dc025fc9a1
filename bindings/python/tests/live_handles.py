"""How many handles of libkevo there are now: see bindings/tests/live_handles.c."""

import os
import unittest
from pathlib import Path


def live_handles() -> bytes:
    """All zeros, if there are none."""
    return (Path(os.environ["KEVO_LIVE_HANDLES"]) / str(os.getpid())).read_bytes()


class TestCase(unittest.TestCase):
    """After each test, nothing may be left, without the help of the garbage collector."""

    def setUp(self) -> None:
        self.addCleanup(self.assert_no_handles)

    def assert_no_handles(self) -> None:
        handles = live_handles()
        self.assertEqual(handles.strip(b"\0"), b"", handles)
