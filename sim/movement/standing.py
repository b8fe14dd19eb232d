"""Parties that stand at a place in a window: they choose, begin a stay, have left, or claim."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels.standing import CLAIMING, FREE, GONE, LINES, STAYING, claim, stay
from sim.movement.batch import Batch
from sim.movement.crowd import NO_LEG, Rows

_ROOM = 1024


class Standing:
    """Parties at the end of a leg, a wait or a holding, laid side by side by what follows.

    The columns are kept. Those who stay or claim asylum remain until their stays are written; all
    others are laid down anew in every window.

    Attributes:
        rows: Rows of the crowd, shape (4, room): those free to choose, those who stay, those who
            have left by an exit, and those who enter the asylum procedure.
        hour: Hour at which each stands there, int32, same shape.
        base: Event base of each, same shape.
        mean: Mean hours of the stay of those who stay, shape (room,).
        count: How many there are in each line, shape (4,).
        staying: Line of those who stay, with all of its room; they are the first ones.
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
        self.staying = self._lines[STAYING]

    def _grow(self, room: int) -> None:
        """Make more room, all lines kept."""
        rows, hour, base, mean, kept = self.rows, self.hour, self.base, self.mean, self.mean.size
        self._make_room(room)
        self.rows[:, :kept], self.hour[:, :kept], self.base[:, :kept] = rows, hour, base
        self.mean[:kept] = mean

    def let_go(self) -> None:
        """Let go of the room for many, where nobody stays."""
        if not self.remaining:
            self._make_room(_ROOM)

    @property
    def number_staying(self) -> int:
        """How many stay."""
        return int(self.count[STAYING])

    @property
    def remaining(self) -> int:
        """How many stay or claim asylum."""
        return int(self.count[STAYING] + self.count[CLAIMING])

    def clear(self, parties: int) -> None:
        """Let nobody be free or gone, and make room for so many parties."""
        self.count[FREE] = self.count[GONE] = 0
        self._make_sure(parties)

    def _make_sure(self, parties: int) -> None:
        """Make sure that there is room for so many parties more in one line."""
        room = self.remaining + parties
        if room > self.mean.size:
            self._grow(2 * room)

    def stay(self, parties: Batch, mean: NDArray[np.float64]) -> None:
        """Let parties stay where they are, for so many hours on average."""
        self._make_sure(parties.rows.size)
        stay(
            parties.rows, parties.hour, parties.base, mean, self.rows, self.hour, self.base,
            self.mean, self.count,
        )  # fmt: skip

    def claim(self, parties: Batch) -> None:
        """Let parties enter the asylum procedure."""
        self._make_sure(parties.rows.size)
        claim(parties.rows, parties.hour, parties.base, self.rows, self.hour, self.base, self.count)

    def free(self) -> Batch:
        """Return those free to choose."""
        return self._lines[FREE].part(0, int(self.count[FREE]))

    def gone(self) -> tuple[Rows, NDArray[np.int32]]:
        """Return those who have left, and when."""
        number, line = int(self.count[GONE]), self._lines[GONE]
        return line.rows[:number], line.hour[:number]
