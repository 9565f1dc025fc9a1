"""What a database, a snapshot and a transaction have in common: they are read as a dict is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from operator import itemgetter
from typing import Any

from ._errors import ClosedError
from ._library import UINT64_MAX, BytesLike, Handle, IteratorHandle, ScanHandle
from ._scan import new_scan, rows


class Reader(ABC):
    @abstractmethod
    def _value(self, key: BytesLike) -> bytes | None:
        """The value of a key; None if it has none."""

    @abstractmethod
    def _iterator(self, scan: ScanHandle) -> IteratorHandle: ...

    def get(self, key: BytesLike, default: bytes | None = None) -> bytes | None:
        """The value of a key; `default` if it is not there."""
        value = self._value(key)
        return default if value is None else value

    def __getitem__(self, key: BytesLike) -> bytes:
        value = self._value(key)
        if value is None:
            raise KeyError(key)
        return value

    def __contains__(self, key: BytesLike) -> bool:
        return self._value(key) is not None

    def __iter__(self) -> Iterator[bytes]:
        """All keys, in the order of their bytes."""
        return self.keys()

    def keys(self) -> Iterator[bytes]:
        """All keys, in the order of their bytes."""
        return self.scan_keys()

    def values(self) -> Iterator[bytes]:
        """All values, in the order of their keys."""
        return map(itemgetter(1), self.scan())

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """All keys with their values, in order."""
        return self.scan()

    def scan(
        self,
        start: BytesLike | None = None,
        end: BytesLike | None = None,
        *,
        prefix: BytesLike = b"",
        reverse: bool = False,
        limit: int | None = None,
    ) -> Iterator[tuple[bytes, bytes]]:
        """Goes through the keys from `start` up to, but not including, `end` that begin with `prefix`, in the order of
        their bytes, or, if `reverse`, from the last to the first; at most `limit` of them. It gives keys with values.

        It sees one moment, whatever is written meanwhile, and can be used after a close. One thread at a time may use
        it.
        """
        return map(itemgetter(0, 1), self._rows(start, end, prefix, reverse, limit))

    def scan_keys(
        self,
        start: BytesLike | None = None,
        end: BytesLike | None = None,
        *,
        prefix: BytesLike = b"",
        reverse: bool = False,
        limit: int | None = None,
    ) -> Iterator[bytes]:
        """Does what scan does, and gives keys alone."""
        return map(itemgetter(0), self._rows(start, end, prefix, reverse, limit))

    def _rows(
        self, start: BytesLike | None, end: BytesLike | None, prefix: BytesLike, reverse: bool, limit: int | None
    ) -> Iterator[tuple[Any, Any, int]]:
        scan = new_scan(prefix, start, end, False, False, UINT64_MAX)
        return rows(self._iterator(scan), reverse, limit)


class Closable:
    """Something with a handle that is freed when it is closed, or when nothing refers to it any more."""

    _handle: Handle | None

    def _open(self) -> Any:
        handle = self._handle
        if handle is None:
            raise ClosedError(message=f"this {type(self).__name__} is closed")
        return handle

    def close(self) -> None:
        """Frees it. Iterators can still be used. Closing it again changes nothing."""
        self._handle = None

    @property
    def closed(self) -> bool:
        return self._handle is None
