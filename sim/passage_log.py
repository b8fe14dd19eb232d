"""What passages leave for those who look later: crossings, stops, parties split, by day.

Everything that ends a leg writes here; the daybook reads it once a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.cooperation.readmission import Readmission
from sim.kernels import crossings
from sim.movement.batch import Batch
from sim.movement.crowd import Crowd, Rows
from sim.movement.leg_table import NOBODY, LegTable

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
Index = NDArray[np.intp]


#: (rows, legs, hours, persons) of legs across a border that were passed.
Crossed = tuple[Rows, Index, I32, NDArray[np.uint8]]
_ROOM = 1024


@dataclass
class DayLog:
    """What happened in a day, for those who look once a day; entries in order of time.

    Attributes:
        crossed: Crossings; good until the next day is asked for.
        stopped: (rows, country, border, hours) of interceptions registered.
        split: (parents, new rows, hours) in order.
    """

    crossed: Crossed
    stopped: list[tuple[Rows, Index, Index, I32]] = field(default_factory=list)
    split: list[tuple[Rows, Rows, I32]] = field(default_factory=list)


class PassageLog:
    """The day's log, and the date under which the ledger enters what happens.

    Attributes:
        day: Days since the start.
        month: Months since the start month.
        readmission: Hears of parties that are split; None without any agreement.
    """

    def __init__(self, crowd: Crowd, legs: LegTable) -> None:
        self.day = 0
        self.month = 0
        self.readmission: Readmission | None = None
        self._crowd = crowd
        self._crosses = legs.border != NOBODY
        self._crossed = _room_for(_ROOM)
        self._crossings = 0
        self._log = DayLog(self._so_far())
        self._split_off: list[Rows] = []

    def crossing(self, parties: Batch, which: Index | None = None) -> None:
        """Note the legs across a border among those just passed.

        ``which`` are the positions of the parties that passed; all of them if None.
        """
        if which is None:
            which = np.arange(parties.rows.size)
        needed = self._crossings + which.size
        if needed > self._crossed[0].size:
            self._make_room(2 * needed)
        self._crossings = crossings.note(
            which, parties.rows, parties.leg, parties.hour, self._crosses, self._crowd.persons,
            self._crossings, *self._crossed,
        )  # fmt: skip

    def _make_room(self, crossings_: int) -> None:
        kept, self._crossed = self._so_far(), _room_for(crossings_)
        columns: Sequence[NDArray[Any]] = self._crossed
        for column, before in zip(columns, kept, strict=True):
            column[: self._crossings] = before

    def _so_far(self) -> Crossed:
        rows, leg, hour, persons = self._crossed
        n = self._crossings
        return rows[:n], leg[:n], hour[:n], persons[:n]

    def stop(self, parties: Batch, country: Index, border: Index) -> None:
        """Note interceptions registered, with the country that stopped and the border."""
        self._log.stopped.append((parties.rows, country, border, parties.hour))

    def split(self, parents: Rows, number: I64, hour: I32) -> Rows:
        """Move a number of persons out of each party, adults first, into new rows; note it."""
        new = self._crowd.split(parents, self._crowd.adults_first(parents, number))
        self._split_off.append(new)
        if self.readmission is not None:
            self.readmission.split(parents, new)
        self._log.split.append((parents, new, hour))
        return new

    def take_split_off(self) -> list[Rows]:
        """Return the rows split off since last asked."""
        taken, self._split_off = self._split_off, []
        return taken

    def take(self) -> DayLog:
        """Return the day's log and start a new one."""
        taken = self._log
        taken.crossed, self._crossings = self._so_far(), 0
        self._log = DayLog(self._so_far())
        return taken


def _room_for(crossings_: int) -> Crossed:
    return (
        np.empty(crossings_, np.intp), np.empty(crossings_, np.intp),
        np.empty(crossings_, np.int32), np.empty(crossings_, np.uint8),
    )  # fmt: skip
