"""How many handles of libkevo there are now: see bindings/tests/live_handles.c."""

import os
import unittest
from pathlib import Path

_DIRECTORY = os.environ.get("KEVO_LIVE_HANDLES")

counts_handles = unittest.skipUnless(_DIRECTORY, "handles are counted by `.ci/bindings python`")
"""Marks a test that is only about handles."""


def live_handles() -> bytes:
    """All zeros, if there are none, or if nothing counts them."""
    return (Path(_DIRECTORY) / str(os.getpid())).read_bytes() if _DIRECTORY else b""


class TestCase(unittest.TestCase):
    """After each test, nothing may be left, without the help of the garbage collector."""

    def setUp(self) -> None:
        self.addCleanup(self.assert_no_handles)

    def assert_no_handles(self) -> None:
        handles = live_handles()
        self.assertEqual(handles.strip(b"\0"), b"", handles)
