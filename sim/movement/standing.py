"""Parties that stand at a place in a window: they choose, begin a stay, or have left."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels.standing import FREE, GONE, LINES, STAYING
from sim.movement.batch import Batch
from sim.movement.crowd import NO_LEG, Rows


class Standing:
    """Parties at the end of a leg, a wait or a holding, laid side by side by what follows.

    Attributes:
        rows: Rows of the crowd, shape (3, room): those free to choose, those who stay, and those
            who have left by an exit.
        hour: Hour at which each stands there, int32, same shape.
        base: Event base of each, same shape.
        mean: Mean hours of the stay of those who stay, shape (room,).
        count: How many there are in each line, shape (3,).
    """

    __slots__ = ("_no_leg", "base", "count", "hour", "mean", "rows")

    def __init__(self, room: int) -> None:
        """Make room for so many parties."""
        self.rows = np.empty((LINES, room), np.intp)
        self.hour = np.empty((LINES, room), np.int32)
        self.base = np.empty((LINES, room), np.uint64)
        self.mean = np.empty(room)
        self.count = np.zeros(LINES, np.intp)
        self._no_leg = np.full(room, NO_LEG, np.intp)

    def free(self) -> Batch:
        """Return those free to choose."""
        return self._line(FREE)

    def staying(self) -> tuple[Batch, NDArray[np.float64]]:
        """Return those who stay, and for how many hours on average."""
        return self._line(STAYING), self.mean[: self.count[STAYING]]

    def gone(self) -> tuple[Rows, NDArray[np.int32]]:
        """Return those who have left, and when."""
        number = self.count[GONE]
        return self.rows[GONE, :number], self.hour[GONE, :number]

    def _line(self, line: int) -> Batch:
        number = self.count[line]
        return Batch(
            self.rows[line, :number], self.hour[line, :number], self._no_leg[:number],
            self.base[line, :number],
        )  # fmt: skip
