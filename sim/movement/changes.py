"""Changes of state: noted as they come and written together once a window.

A tick then costs a few passes over all parties touched instead of a few over each small group.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.movement.calendar import DueCalendar
from sim.movement.crowd import ALONE, MOVING, NEVER, NO_LEG, Crowd, Rows

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
Index = NDArray[np.intp]
#: Rows, state (one for all or by row), hour it begins, and hours it lasts (same).
Change = tuple[Rows, int | NDArray[np.uint8], I32, float | F64]
# Arrays of no dimension: numpy takes one in faster than a number.
_ONE, _LATEST, _STEP = np.array(1.0), np.array(float(NEVER)), np.array(1, np.uint32)


class Changes:
    """The only place that writes the state of a party that has entered."""

    def __init__(self, crowd: Crowd, calendar: DueCalendar) -> None:
        self._crowd = crowd
        self._calendar = calendar
        self._start_anew()

    def _start_anew(self) -> None:
        self._off_leg: list[Change] = []
        self._going: list[Change] = []
        self._on_leg: list[Change] = []
        self._way: list[tuple[Index, Index]] = []
        self._ended: list[tuple[Rows, I32]] = []

    def rest(
        self, rows: Rows, state: int | NDArray[np.uint8], hour: I32, hours: float | F64
    ) -> None:
        """Note that parties enter a state and are on no leg any more."""
        self._off_leg.append((rows, state, hour, hours))

    def pause(self, rows: Rows, state: int, hour: I32, hours: float | F64) -> None:
        """Note that parties enter a state and keep the leg they were on."""
        self._on_leg.append((rows, state, hour, hours))

    def finish(self, rows: Rows, state: int, hour: I32) -> None:
        """Note that parties enter a final state."""
        self._off_leg.append((rows, state, hour, np.inf))
        self._ended.append((rows, hour))

    def set_out(self, rows: Rows, hour: I32, hours: F64, leg: Index, offer: Index) -> None:
        """Note that parties set out on a leg, with an offer of a network or ``ALONE``."""
        self._going.append((rows, MOVING, hour, hours))
        self._way.append((leg, offer))

    def write(self) -> None:
        """Write every change noted since the last time; rows of all of them are distinct."""
        changes = [*self._off_leg, *self._going, *self._on_leg]
        if not changes:
            return
        crowd = self._crowd
        rows = np.concatenate([change[0] for change in changes])
        hour = np.concatenate([change[2] for change in changes])
        state, due = np.empty(rows.size, np.uint8), np.empty(rows.size)
        begin = 0
        for changed, code, _, hours in changes:
            end = begin + changed.size
            state[begin:end], due[begin:end] = code, hours
            begin = end
        np.ceil(due, out=due)
        np.maximum(due, _ONE, out=due)
        due += hour
        # An endless wait whose draw is exactly 0 is no number: endless, too.
        np.fmin(due, _LATEST, out=due)
        crowd.state[rows] = state
        crowd.begun[rows] = hour
        crowd.moves[rows] += _STEP
        self._write_legs(rows)
        for ended, when in self._ended:
            crowd.ended[ended] = when
        self._calendar.schedule(rows, due.astype(np.int32))
        self._start_anew()

    def _write_legs(self, rows: Rows) -> None:
        """Write the legs and offers of the rows, the first of which end or begin a leg."""
        begin = sum([change[0].size for change in self._off_leg])
        count = begin + sum([change[0].size for change in self._going])
        leg, offer = np.empty(count, np.int16), np.empty(count, np.int16)
        leg[:begin], offer[:begin] = NO_LEG, ALONE
        for taken, sold in self._way:
            end = begin + taken.size
            leg[begin:end], offer[begin:end] = taken, sold
            begin = end
        rows = rows[:count]
        self._crowd.leg[rows] = leg
        self._crowd.offer[rows] = offer
