"""The calendar of due parties: a party is touched once per leg or wait, never once per tick."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels import calendar
from sim.movement.crowd import Crowd, Rows

DAY = 24
_ROOM = 256


class DueCalendar:
    """Rows due today, read from the crowd's ``due`` column once a day.

    Of those still to arrive, who lie in the order of their hours, only the first are read.
    A party keeps its exact due hour. One that falls due again inside the window that has just
    been taken out comes with the next window. A row taken out checks its ``due`` again, so that
    rescheduling a row is always safe.

    Attributes:
        noted: Rows that fell due within the day since it was opened, by hour of the day, and how
            many there are, see ``sim.kernels.calendar``; who writes there makes room before.
        day: See ``noted``.
    """

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        # Rows that the day began with, by due hour, and how many of them are due before each
        # hour of the day.
        self._planned = np.empty(0, np.int32)
        self._before = np.zeros(DAY + 1, np.int64)
        self._found = _room_for(_ROOM)
        self.noted = np.empty((DAY + 1, _ROOM), np.int32)
        self.day = np.zeros(DAY + 3, np.int64)
        # No hour has more rows noted.
        self._most = 0

    def open_day(self, hour: int) -> None:
        """Select the rows due in the 24 hours from ``hour``, and those still due before it."""
        crowd = self._crowd
        while True:
            found, at = self._found
            count = calendar.find_due(
                crowd.heads.view(np.uint64),
                crowd.present,
                crowd.planned,
                crowd.size,
                hour,
                DAY,
                found,
                at,
            )
            if count < found.size:
                break
            self._found = _room_for(count + count // 4)
        self._planned = np.empty(count, np.int32)
        # Overdue rows come first.
        calendar.lay_out_day(found[:count], at[:count], self._before, self._planned)
        # A day on which many parties are there at once leaves no room behind that others need not.
        self.noted = np.empty((DAY + 1, _ROOM), np.int32)
        self.day[: DAY + 1] = self._most = 0
        self.day[DAY + 1 :] = hour

    def make_room(self, rows: int) -> None:
        """Make sure that so many rows more can be noted for any hour of the day."""
        self._most += rows
        if self._most > self.noted.shape[1]:
            self._most = max(self.day[: DAY + 1].tolist()) + rows
        if self._most > self.noted.shape[1]:
            noted = np.empty((DAY + 1, 4 * self._most), np.int32)
            noted[:, : self.noted.shape[1]] = self.noted
            self.noted = noted

    def schedule(self, rows: Rows, due: NDArray[np.int32]) -> None:
        """Set the due hours of rows; those of today are kept in mind at once."""
        self.make_room(rows.size)
        calendar.schedule(rows, due, self._crowd.due, self.noted, self.day)

    def pop(self, hour: int, hours: int) -> Rows:
        """Take out the rows due before ``hour + hours``, sorted, each once."""
        end = hour + hours
        begin, reached = self.day[DAY + 1 :].tolist()
        first, last = reached - begin, min(end - begin, DAY)
        rows = np.concatenate([
            self._planned[self._before[first] : self._before[last]],
            *(self.noted[h, : self.day[h]] for h in range(first, last)),
        ])  # fmt: skip
        rows.sort()
        due = np.empty(rows.size + 1, np.intp)
        count = calendar.still_due(rows, self._crowd.due, end, due)
        self.day[first:last] = 0
        self.day[DAY + 2] = end
        return due[:count]


def _room_for(rows: int) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Return room for so many rows found due and their hours, and for one more."""
    return np.empty(rows + 1, np.int32), np.empty(rows + 1, np.uint8)
