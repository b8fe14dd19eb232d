"""Rooms: arrays kept from one use to the next, so that a day's work makes none anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


class Rooms:
    """Arrays of one length, one of each kind; what they hold is good until asked for again."""

    __slots__ = ("_arrays",)

    def __init__(self, *kinds: DTypeLike) -> None:
        """Begin with empty arrays of such kinds."""
        self._arrays = tuple(np.empty(0, kind) for kind in kinds)

    def rooms(self, rows: int) -> tuple[NDArray[Any], ...]:
        """Return the arrays, of so many rows or more; their content is not defined."""
        if rows > self._arrays[0].size:
            size = rows + rows // 4
            self._arrays = tuple(np.empty(size, array.dtype) for array in self._arrays)
        return self._arrays

    def joined(self, *columns: Sequence[NDArray[Any]]) -> tuple[NDArray[Any], ...]:
        """Return batches of each column put together, in the first arrays."""
        rows = sum(map(len, columns[0]))
        rooms = self.rooms(rows)
        return tuple(
            np.concatenate(column, out=room[:rows])
            for column, room in zip(columns, rooms, strict=True)
        )
