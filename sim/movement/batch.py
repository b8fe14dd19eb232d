"""A batch: parties handled together in one window, with what every step needs of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.movement.crowd import Rows


@dataclass(slots=True, eq=False)
class Batch:
    """Columns of one shape; each party stands in a batch at most once. Never changed once made.

    Not declared frozen: that would triple the time of making one, some 30 times a window.

    Attributes:
        rows: Rows of the crowd.
        hour: Hour at which each party acts (its own due hour), int32.
        leg: Leg under way, intp; -1 if none.
        base: Event base of (key, moves), uint64.
    """

    rows: Rows
    hour: NDArray[np.int32]
    leg: NDArray[np.intp]
    base: NDArray[np.uint64]

    def __len__(self) -> int:
        return self.rows.size

    def take(self, which: NDArray[Any] | slice) -> Batch:
        """Return the parties at an index, mask or slice (a slice copies nothing)."""
        return Batch(self.rows[which], self.hour[which], self.leg[which], self.base[which])

    def part(self, begin: int, end: int) -> Batch:
        """Return the parties from one position to another; copies nothing."""
        return Batch(
            self.rows[begin:end], self.hour[begin:end], self.leg[begin:end], self.base[begin:end]
        )

    @staticmethod
    def join(parts: Sequence[Batch]) -> Batch:
        """Return several batches as one, in the order given."""
        parts = [part for part in parts if part.rows.size]
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return EMPTY
        return Batch(
            np.concatenate([p.rows for p in parts]),
            np.concatenate([p.hour for p in parts]),
            np.concatenate([p.leg for p in parts]),
            np.concatenate([p.base for p in parts]),
        )


#: Nobody.
EMPTY = Batch(
    np.empty(0, np.intp), np.empty(0, np.int32), np.empty(0, np.intp), np.empty(0, np.uint64)
)
