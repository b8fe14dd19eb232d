"""Columns noted piece by piece in a window and taken at its end; they keep their room."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

_ROOM = 1024


class Noted:
    """Columns of one length.

    Attributes:
        columns: The columns with all of their room, in the order of their kinds.
        count: How many rows are noted; they are the first ones.
    """

    __slots__ = ("columns", "count")

    def __init__(self, *kinds: DTypeLike) -> None:
        """Make empty columns of such kinds."""
        self.columns: tuple[NDArray[Any], ...] = tuple(np.empty(_ROOM, kind) for kind in kinds)
        self.count = 0

    def make_room(self, rows: int) -> tuple[NDArray[Any], ...]:
        """Return the columns with room for so many rows more."""
        room = self.count + rows
        if room > self.columns[0].size:
            before = self.columns
            self.columns = tuple(np.empty(2 * room, column.dtype) for column in before)
            for column, old in zip(self.columns, before, strict=True):
                column[: self.count] = old[: self.count]
        return self.columns

    def claim(self, rows: int) -> slice:
        """Return where so many more rows stand in the columns, to be written there."""
        self.make_room(rows)
        begin, self.count = self.count, self.count + rows
        return slice(begin, self.count)

    def take(self) -> tuple[NDArray[Any], ...]:
        """Return what is noted, valid until something is noted anew."""
        count, self.count = self.count, 0
        return tuple([column[:count] for column in self.columns])
