"""Changes of state: noted as they come and written together at the end of a window.

Until then whoever asks for a party's state, leg or wait finds what it was touched with. Who sets
out is written at once by ``sim.departure``: the last to happen, after which nobody asks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels import changes
from sim.movement.batch import Batch
from sim.movement.calendar import DueCalendar
from sim.movement.crowd import Crowd, Rows
from sim.movement.noted import Noted

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]


class Changes:
    """Writes the state of parties that have entered.

    Attributes:
        calendar: When parties are due.
        noted: Row, state, hour it begins, hours it lasts, of changes not written yet.
    """

    def __init__(self, crowd: Crowd, calendar: DueCalendar) -> None:
        self._crowd = crowd
        self.calendar = calendar
        self.noted = Noted(np.intp, np.uint8, np.int32, np.float64)
        self._endless = np.full(1, np.inf)

    def enter(self, rows: Rows, state: int, hour: I32, hours: F64) -> None:
        """Note that parties enter a state for so many hours; these may have more room.

        Who is held, in a queue or a case keeps its leg; all others are on none any more.
        """
        noted = self.noted
        noted.count = changes.note(
            rows, state, hour, hours, noted.count, *noted.make_room(rows.size)
        )

    def end(self, rows: Rows, state: int, hour: I32) -> None:
        """Note that parties enter a final state."""
        if rows.size > self._endless.size:
            self._endless = np.full(2 * rows.size, np.inf)
        self.enter(rows, state, hour, self._endless)

    def write_drawn(
        self, parties: Batch, mean: F64, log_of_rest: F64, stays: Noted, node: NDArray[np.intp],
        housed: NDArray[np.bool_],
    ) -> None:  # fmt: skip
        """Write waits of exponential length at once: the first rows wait, the others ask asylum.

        Args:
            parties: Those whose waits begin, distinct from all of those noted, and more room.
            mean: Mean length of each, hours.
            log_of_rest: log(1 - u) of each draw u: minus an exponential draw of mean 1.
            stays: Takes those that wait.
            node: Their places.
            housed: Which of them have a bed.
        """
        crowd, calendar, count = self._crowd, self.calendar, log_of_rest.size
        calendar.make_room(count)
        changes.begin_drawn(
            crowd.records, crowd.state, crowd.due, calendar.noted, calendar.day,
            parties.rows, parties.hour, mean, log_of_rest, node, housed,
            stays.count, *stays.make_room(housed.size),
        )  # fmt: skip
        stays.count += housed.size

    def set_back(self, rows: Rows, hour: I32, hours: F64, wait: NDArray[np.intp]) -> None:
        """Write when parties are due that wait before they enter legs that take ``hours``."""
        calendar = self.calendar
        calendar.make_room(rows.size)
        changes.set_back(self._crowd.due, calendar.noted, calendar.day, rows, hour, hours, wait)

    def write(self) -> None:
        """Write every change noted since the last time; rows of all of them are distinct."""
        count, self.noted.count = self.noted.count, 0
        if count:
            crowd, calendar = self._crowd, self.calendar
            calendar.make_room(count)
            changes.begin(
                crowd.records, crowd.state, crowd.due, crowd.ended, calendar.noted, calendar.day,
                count, *self.noted.columns,
            )  # fmt: skip
