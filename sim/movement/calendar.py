"""The calendar of due parties: a party is touched once per leg or wait, never once per tick."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.movement.crowd import Crowd, Rows

DAY = 24


class DueCalendar:
    """Rows due today, read from the crowd's ``due`` column once a day.

    A party keeps its exact due hour. One that falls due again inside the window that has just
    been taken out comes with the next window. A row taken out checks its ``due`` again, so that
    rescheduling a row is always safe.
    """

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._end = DAY
        # Rows that the day began with, by due hour; how many of them are due before each hour
        # of the day; how many were taken out.
        self._planned = np.empty(0, np.intp)
        self._before = [0] * (DAY + 1)
        self._taken = 0
        self._fresh: list[Rows] = []

    def open_day(self, hour: int) -> None:
        """Select the rows due in the 24 hours from ``hour``, and those still due before it."""
        self._end = hour + DAY
        due = self._crowd.due
        rows = (due[: self._crowd.size] < self._end).nonzero()[0]
        # Hours of the day in a byte: these are sorted by radix. Overdue rows come first.
        of_day = np.maximum(due[rows] - hour, 0).astype(np.uint8)
        self._planned = rows[of_day.argsort(kind="stable")]
        self._before = [0, *np.bincount(of_day, minlength=DAY).cumsum().tolist()]
        self._taken = 0
        self._fresh = []

    def schedule(self, rows: Rows, due: NDArray[Any]) -> None:
        """Set the due hours of rows; those of today are kept in mind at once."""
        self._crowd.due[rows] = due
        today = (due < self._end).nonzero()[0]
        if today.size:
            self._fresh.append(rows[today])

    def pop(self, hour: int, hours: int) -> Rows:
        """Take out the rows due before ``hour + hours``, sorted, each once."""
        end = hour + hours
        begin, self._taken = self._taken, self._before[min(end - self._end, 0) + DAY]
        rows = np.concatenate((self._planned[begin : self._taken], *self._fresh))
        # One put off since it was selected stays in mind.
        due = self._crowd.due[rows] < end
        self._fresh = [rows[(~due).nonzero()[0]]]
        rows = rows[due.nonzero()[0]]
        rows.sort()
        again = (rows[1:] == rows[:-1]).nonzero()[0]
        return np.delete(rows, again) if again.size else rows
