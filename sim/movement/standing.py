"""Parties that stand at a place in a window: they choose, begin a stay, or have left."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels.standing import FREE, GONE, LINES, STAYING
from sim.movement.batch import Batch
from sim.movement.crowd import NO_LEG, Rows

_ROOM = 1024


class Standing:
    """Parties at the end of a leg, a wait or a holding, laid side by side by what follows.

    The columns are kept and written anew in every window.

    Attributes:
        rows: Rows of the crowd, shape (3, room): those free to choose, those who stay, and those
            who have left by an exit.
        hour: Hour at which each stands there, int32, same shape.
        base: Event base of each, same shape.
        mean: Mean hours of the stay of those who stay, shape (room,).
        count: How many there are in each line, shape (3,).
    """

    def __init__(self) -> None:
        self.count = np.zeros(LINES, np.intp)
        self._make_room(_ROOM)

    def _make_room(self, room: int) -> None:
        self.rows = np.empty((LINES, room), np.intp)
        self.hour = np.empty((LINES, room), np.int32)
        self.base = np.empty((LINES, room), np.uint64)
        self.mean = np.empty(room)
        no_leg = np.full(room, NO_LEG, np.intp)
        self._lines = [
            Batch(rows, hour, no_leg, base)
            for rows, hour, base in zip(self.rows, self.hour, self.base, strict=True)
        ]

    def clear(self, parties: int) -> None:
        """Let nobody stand anywhere, and make room for so many parties."""
        self.count.fill(0)
        if parties > self.mean.size:
            self._make_room(2 * parties)

    def free(self) -> Batch:
        """Return those free to choose."""
        return self._lines[FREE].part(0, int(self.count[FREE]))

    def staying(self) -> tuple[Batch, NDArray[np.float64]]:
        """Return those who stay, and for how many hours on average."""
        number = int(self.count[STAYING])
        return self._lines[STAYING].part(0, number), self.mean[:number]

    def gone(self) -> tuple[Rows, NDArray[np.int32]]:
        """Return those who have left, and when."""
        number, line = int(self.count[GONE]), self._lines[GONE]
        return line.rows[:number], line.hour[:number]
