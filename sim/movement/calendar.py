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
        self._today: list[Rows] = []

    def open_day(self, hour: int) -> None:
        """Select the rows due in the 24 hours from ``hour``, and those still due before it."""
        self._end = hour + DAY
        self._today = [(self._crowd.due[: self._crowd.size] < self._end).nonzero()[0]]

    def schedule(self, rows: Rows, due: NDArray[Any]) -> None:
        """Set the due hours of rows; those of today are kept in mind at once."""
        self._crowd.due[rows] = due
        today = (due < self._end).nonzero()[0]
        if today.size:
            self._today.append(rows[today])

    def pop(self, hour: int, hours: int) -> Rows:
        """Take out the rows due before ``hour + hours``, sorted, each once."""
        if not self._today:
            return np.empty(0, np.intp)
        today = np.concatenate(self._today) if len(self._today) > 1 else self._today[0]
        now = self._crowd.due[today] < hour + hours
        self._today = [today[~now]]
        rows = today[now]
        if np.count_nonzero(rows[1:] <= rows[:-1]):
            rows = np.sort(rows)
            once = np.empty(len(rows), bool)
            once[:1] = True
            np.not_equal(rows[1:], rows[:-1], out=once[1:])
            if np.count_nonzero(once) < rows.size:
                rows = rows[once]
        return rows
