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

    def claim(self, rows: int) -> slice:
        """Return where so many more rows stand in the columns, to be written there."""
        begin, self.count = self.count, self.count + rows
        if self.count > self.columns[0].size:
            self._grow(begin)
        return slice(begin, self.count)

    def _grow(self, kept: int) -> None:
        before = self.columns
        self.columns = tuple(np.empty(2 * self.count, column.dtype) for column in before)
        for column, old in zip(self.columns, before, strict=True):
            column[:kept] = old[:kept]

    def take(self) -> tuple[NDArray[Any], ...]:
        """Return what is noted, valid until something is noted anew."""
        count, self.count = self.count, 0
        return tuple([column[:count] for column in self.columns])
