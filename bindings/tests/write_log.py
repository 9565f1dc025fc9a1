"""Writes a log to measure with: random 16-byte keys, 100-byte values. usage: write_log.py DIRECTORY [ENTRIES]"""

import random
import struct
import sys
import zlib
from pathlib import Path


def write_log(directory: Path, entries: int) -> None:
    numbers = random.Random(entries)
    with open(directory / "00000000000000000001.wal", "wb") as file:
        for sequence in range(1, entries + 1):
            payload = struct.pack("<BQI16sI100s", 1, sequence, 16, numbers.randbytes(16), 100, numbers.randbytes(100))
            file.write(struct.pack("<IHB", zlib.crc32(payload), len(payload), 1) + payload)


if __name__ == "__main__":
    write_log(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000)
