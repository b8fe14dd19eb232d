"""The calendar of due parties: a party is touched once per leg or wait, never once per tick."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels import calendar
from sim.movement.crowd import Crowd, Rows

DAY = 24
_ROOM = 1024


class DueCalendar:
    """Rows due today, read from the crowd's ``due`` column once a day.

    A party keeps its exact due hour. One that falls due again inside the window that has just
    been taken out comes with the next window. A row taken out checks its ``due`` again, so that
    rescheduling a row is always safe.

    Attributes:
        end: Hour at which the day ends.
        fresh: Rows that fell due within the day since it was opened, and their hours, int64,
            shape (2, room); the first ``count`` are in use.
        count: See ``fresh``.
    """

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self.end = DAY
        # Rows that the day began with, by due hour; how many of them are due before each hour
        # of the day; how many were taken out.
        self._planned = np.empty(0, np.intp)
        self._before = np.zeros(DAY + 1, np.int64)
        self._taken = 0
        self.fresh = np.empty((2, _ROOM), np.int64)
        self.count = 0

    def open_day(self, hour: int) -> None:
        """Select the rows due in the 24 hours from ``hour``, and those still due before it."""
        self.end = hour + DAY
        due, size = self._crowd.due, self._crowd.size
        calendar.count_day(due, size, hour, self._before)
        # Overdue rows come first.
        self._planned = np.empty(self._before[DAY], np.intp)
        calendar.lay_out_day(due, size, hour, self._before, self._planned)
        self._taken = self.count = 0

    def make_room(self, rows: int) -> None:
        """Make sure that so many rows more can be noted as fresh."""
        needed = self.count + rows
        if needed > self.fresh.shape[1]:
            fresh = np.empty((2, 2 * needed), np.int64)
            fresh[:, : self.count] = self.fresh[:, : self.count]
            self.fresh = fresh

    def schedule(self, rows: Rows, due: NDArray[np.int32]) -> None:
        """Set the due hours of rows; those of today are kept in mind at once."""
        self.make_room(rows.size)
        self.count = calendar.schedule(rows, due, self._crowd.due, self.fresh, self.count, self.end)

    def pop(self, hour: int, hours: int) -> Rows:
        """Take out the rows due before ``hour + hours``, sorted, each once."""
        end = hour + hours
        begin, self._taken = self._taken, int(self._before[min(end - self.end, 0) + DAY])
        rows = np.empty(self._taken - begin + self.count, np.intp)
        taken, self.count = calendar.take_due(
            self._planned, begin, self._taken, self.fresh, self.count, self._crowd.due, end, rows
        )
        rows = rows[:taken]
        rows.sort()
        return rows[: calendar.drop_repeated(rows)]
