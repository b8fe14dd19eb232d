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
        # Rows that the day began with, by due hour, and those hours; how many were taken out.
        self._planned, self._hours = np.empty(0, np.intp), np.empty(0, np.int32)
        self._taken = 0
        self._fresh: list[Rows] = []

    def open_day(self, hour: int) -> None:
        """Select the rows due in the 24 hours from ``hour``, and those still due before it."""
        self._end = hour + DAY
        due = self._crowd.due
        rows = (due[: self._crowd.size] < self._end).nonzero()[0]
        # Hours of the day in a byte: these are sorted by radix. Overdue rows come first.
        order = np.maximum(due[rows] - hour, 0).astype(np.uint8).argsort(kind="stable")
        self._planned = rows[order]
        self._hours = due[self._planned]
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
        begin, self._taken = self._taken, int(self._hours.searchsorted(end))
        rows = np.concatenate((self._planned[begin : self._taken], *self._fresh))
        # One put off since it was selected stays in mind.
        due = self._crowd.due[rows] < end
        self._fresh = [rows[(~due).nonzero()[0]]]
        rows = rows[due.nonzero()[0]]
        rows.sort()
        again = (rows[1:] == rows[:-1]).nonzero()[0]
        return np.delete(rows, again) if again.size else rows
