"""The calendar of due parties: a party is touched once per leg or wait, never once per tick."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.movement.crowd import Crowd, Rows

DAY = 24


class DueCalendar:
    """Rows by due hour, read from the crowd's ``due`` column once a day.

    A party keeps its exact due hour. One that falls due again inside the window that has just
    been taken out comes with the next window. A row taken out checks its ``due`` again, so that
    rescheduling a row is always safe.
    """

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._begin = 0
        self._from = 0
        self._buckets: list[list[Rows]] = [[] for _ in range(DAY)]

    def open_day(self, hour: int) -> None:
        """Select the rows due in the 24 hours from ``hour``, and those still due before it."""
        self._begin = self._from = hour
        due = self._crowd.due[: self._crowd.size]
        rows = np.flatnonzero(due < hour + DAY)
        self._buckets = [[] for _ in range(DAY)]
        self._file(rows, due[rows])

    def schedule(self, rows: Rows, due: NDArray[Any]) -> None:
        """Set the due hours of rows; those of today are filed at once."""
        self._crowd.due[rows] = due
        today = (due < self._begin + DAY).nonzero()[0]
        if today.size:
            self._file(rows[today], due[today])

    def _file(self, rows: Rows, due: NDArray[Any]) -> None:
        if not rows.size or self._from >= self._begin + DAY:
            return
        offset = (np.maximum(due, self._from) - self._begin).astype(np.uint8)
        order = offset.argsort(kind="stable")
        rows, offset = rows[order], offset[order]
        cuts = (offset[1:] != offset[:-1]).nonzero()[0]
        cuts += 1
        begin, buckets = 0, self._buckets
        firsts = (offset[0].item(), *offset[cuts].tolist())
        for first, end in zip(firsts, (*cuts.tolist(), rows.size), strict=True):
            buckets[first].append(rows[begin:end])
            begin = end

    def pop(self, hour: int, hours: int) -> Rows:
        """Take out the rows due before ``hour + hours``, sorted, each once."""
        self._from = hour + hours
        found: list[Rows] = []
        first = hour - self._begin
        for i in range(first, first + hours):
            found += self._buckets[i]
            self._buckets[i] = []
        if not found:
            return np.empty(0, np.intp)
        rows = np.concatenate(found) if len(found) > 1 else found[0]
        now = self._crowd.due[rows] < hour + hours
        if np.count_nonzero(now) < rows.size:
            rows = rows[now]
        if np.count_nonzero(rows[1:] <= rows[:-1]):
            rows = np.sort(rows)
            once = np.empty(len(rows), bool)
            once[:1] = True
            np.not_equal(rows[1:], rows[:-1], out=once[1:])
            if np.count_nonzero(once) < rows.size:
                rows = rows[once]
        return rows
