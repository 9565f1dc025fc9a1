"""Values that are longer than a C int can say."""

import unittest
from pathlib import Path


from .live_handles import TestCase
from .test_kevo import recover

_LENGTH = 2**31
# The library's copy of the value and the one that comes back; the value itself is zeros, which take no memory.
_MEMORY = 5 * 2**30


def _available_memory() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0


class LargeValues(TestCase):
    def test_a_value_of_2_gib_comes_back_whole(self) -> None:
        if _available_memory() < _MEMORY:
            self.skipTest(f"less than {_MEMORY >> 30} GiB of memory are free")
        with recover("basic") as log:
            log.put(b"key2", bytes(_LENGTH), 5)
            self.assert_zeros(log[b"key2"])
            scan = log.scan()
            key, value = next(scan)
            self.assertEqual(key, b"key2")
            self.assert_zeros(value)
            del value
            self.assertEqual(list(scan), [(b"key3", b"value3")])

    def assert_zeros(self, value: bytes | None) -> None:
        # assertEqual would print what differs.
        self.assertTrue(value == bytes(_LENGTH))


if __name__ == "__main__":
    unittest.main()
