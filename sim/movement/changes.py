"""Changes of state: noted as they come and written together at the end of a window.

Until then whoever asks for a party's state, leg or wait finds what it was touched with. Who sets
out is written at once by ``sim.departure``: the last to happen, after which nobody asks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels import changes
from sim.movement.calendar import DueCalendar
from sim.movement.crowd import Crowd, Rows
from sim.movement.noted import Noted

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]


class Changes:
    """Writes the state of parties that have entered.

    Attributes:
        calendar: When parties are due.
    """

    def __init__(self, crowd: Crowd, calendar: DueCalendar) -> None:
        self._crowd = crowd
        self.calendar = calendar
        # Row, state, hour it begins, hours it lasts.
        self._noted = Noted(np.intp, np.uint8, np.int32, np.float64)

    def enter(self, rows: Rows, state: int, hour: I32, hours: F64 | float) -> None:
        """Note that parties enter a state, a final one for ever.

        Who is held, in a queue or a case keeps its leg; all others are on none any more.
        """
        at = self._noted.claim(rows.size)
        to_rows, to_state, to_hour, to_hours = self._noted.columns
        to_rows[at] = rows
        to_state[at] = state
        to_hour[at] = hour
        to_hours[at] = hours

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
        crowd, calendar = self._crowd, self.calendar
        calendar.make_room(rows.size)
        changes.begin_drawn(
            crowd.records, crowd.state, crowd.due, calendar.noted, calendar.day,
            rows, hour, mean, log_of_rest, housed,
        )  # fmt: skip

    def lengthen(self, rows: Rows, hour: I32, hours: F64) -> None:
        """Write how long parties are on the legs on which they have just set out."""
        calendar = self.calendar
        calendar.make_room(rows.size)
        changes.lengthen(self._crowd.due, calendar.noted, calendar.day, rows, hour, hours)

    def write(self) -> None:
        """Write every change noted since the last time; rows of all of them are distinct."""
        if not self._noted.count:
            return
        crowd, calendar = self._crowd, self.calendar
        rows, state, hour, hours = self._noted.take()
        calendar.make_room(rows.size)
        changes.begin(
            crowd.records, crowd.state, crowd.due, crowd.ended, calendar.noted, calendar.day,
            rows, state, hour, hours,
        )  # fmt: skip
