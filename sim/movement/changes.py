"""Changes of state: noted as they come and written together at the end of a window.

Until then whoever asks for a party's state, leg or wait finds what it was touched with.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels import changes
from sim.movement.calendar import DueCalendar
from sim.movement.crowd import Crowd, Rows

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
Index = NDArray[np.intp]


class Changes:
    """The only place that writes the state of a party that has entered."""

    def __init__(self, crowd: Crowd, calendar: DueCalendar) -> None:
        self._crowd = crowd
        self._calendar = calendar
        # Rows, state, hour it begins, hours it lasts, whether the leg is kept.
        self._begun: list[tuple[Rows, int, I32, F64, bool]] = []
        self._going: list[tuple[Rows, I32, F64, Index, Index]] = []
        self._ended: list[tuple[Rows, int, I32]] = []

    def rest(self, rows: Rows, state: int, hour: I32, hours: F64) -> None:
        """Note that parties enter a state and are on no leg any more.

        ``hours`` it lasts have the shape of ``rows``, or (1,) for all.
        """
        self._begun.append((rows, state, hour, hours, False))

    def pause(self, rows: Rows, state: int, hour: I32, hours: F64) -> None:
        """Note that parties enter a state and keep the leg they were on; as ``rest``."""
        self._begun.append((rows, state, hour, hours, True))

    def finish(self, rows: Rows, state: int, hour: I32) -> None:
        """Note that parties enter a final state."""
        self._ended.append((rows, state, hour))

    def set_out(self, rows: Rows, hour: I32, hours: F64, leg: Index, offer: Index) -> None:
        """Note that parties set out on a leg, with an offer of a network or ``ALONE``."""
        self._going.append((rows, hour, hours, leg, offer))

    def write_drawn(
        self, rows: Rows, hour: I32, mean: F64, log_of_rest: F64, housed: NDArray[np.bool_]
    ) -> None:
        """Write waits of exponential length at once: the first rows wait, the others ask asylum.

        Args:
            rows: Rows, distinct from all of those noted.
            hour: Hour each begins.
            mean: Mean length, hours.
            log_of_rest: log(1 - u) of each draw u: minus an exponential draw of mean 1.
            housed: Of those that wait, who has a bed.
        """
        crowd, calendar = self._crowd, self._calendar
        calendar.make_room(rows.size)
        changes.begin_drawn(
            crowd.records, crowd.state, crowd.due, calendar.noted, calendar.day,
            rows, hour, mean, log_of_rest, housed,
        )  # fmt: skip

    def write(self) -> None:
        """Write every change noted since the last time; rows of all of them are distinct."""
        crowd, calendar = self._crowd, self._calendar
        for rows, state, hour, hours, keeps_leg in self._begun:
            calendar.make_room(rows.size)
            changes.begin(
                crowd.records, crowd.state, crowd.due, calendar.noted, calendar.day,
                rows, state, hour, hours, keeps_leg,
            )  # fmt: skip
        for rows, hour, hours, leg, offer in self._going:
            calendar.make_room(rows.size)
            changes.set_out(
                crowd.records, crowd.state, crowd.due, calendar.noted, calendar.day,
                rows, hour, hours, leg, offer,
            )  # fmt: skip
        for rows, state, hour in self._ended:
            changes.finish(crowd.records, crowd.state, crowd.due, crowd.ended, rows, state, hour)
        self._begun, self._going, self._ended = [], [], []
