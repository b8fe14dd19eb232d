"""Waits: how a party's stay at a place begins and ends, what it costs, and final states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.kernels import waits
from sim.movement.batch import Batch
from sim.movement.calendar import DueCalendar
from sim.movement.changes import Changes
from sim.movement.crowd import (
    ASYLUM,
    CASE,
    GAVE_UP,
    HELD,
    QUEUED,
    RECEPTION,
    WAITING,
    Crowd,
    Rows,
)
from sim.movement.noted import Noted
from sim.movement.standing import Standing
from sim.randomness import Draws, salt

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
U64 = NDArray[np.uint64]
#: Rows, hours, places, and whether in a reception place, of waits begun together.
Stays = tuple[Rows, I32, NDArray[np.intp], NDArray[np.bool_]]
_NOBODY = np.empty(0, np.bool_)


class Shelter(Protocol):
    """Reception places as a wait sees them."""

    priority: int
    """Salt of the draw by whose order places are given."""

    def admit(
        self, node: NDArray[np.intp], persons: NDArray[Any], priority: U64
    ) -> NDArray[np.bool_]:
        """Return who gets a place."""

    def house(
        self, records: NDArray[Any], persons: NDArray[np.uint8], rows: Rows
    ) -> NDArray[np.intp]:
        """Take in parties in a procedure, whether or not a place is free; return their places."""

    def leave(self, node: NDArray[np.intp], persons: NDArray[Any]) -> None:
        """Give places back."""


class Waits:
    """Begins and ends waits.

    Attributes:
        changes: Changes of state, written by ``flush`` once a window.
        dwell: Mean hours that who arrives stays, by place; 0 where it chooses at once.
    """

    def __init__(
        self,
        crowd: Crowd,
        calendar: DueCalendar,
        parameters: Mapping[str, float],
        dwell: F64,
        seasonal: NDArray[np.bool_],
        shelter: Shelter,
        asylum_stay: F64,
        onward_share: F64,
        draws: Draws,
    ) -> None:
        """Join the parts; arrays are by place: mean dwell h, whether the season delays departures,
        mean asylum stay h, share that moves on from asylum.
        """
        self._crowd = crowd
        self.changes = Changes(crowd, calendar)
        self.dwell = dwell.astype(np.float64)
        self._seasonal = seasonal & (dwell > 0)
        self._shelter = shelter
        self._draws = draws
        self._asylum_stay = np.where(asylum_stay > 0, asylum_stay, np.inf)
        self._onward = onward_share.astype(np.float64)
        review = parameters["stay_review"] * 24.0
        self._review = np.where(dwell > 0, dwell, review)
        self._turned_away = parameters["turned_away_wait"] * 24.0
        living, remittance = parameters["living_cost"] / 24.0, parameters["remittance"]
        # What the kernel of ends takes; money in single precision, as funds are.
        self._terms = np.array(
            [np.float32(living), parameters["broke_gave_up_share"], np.float32(remittance),
             parameters["remittance_wait"] * 24.0]
        )  # fmt: skip
        self._salts = np.array([salt("onward"), salt("season"), salt("broke")], np.uint64)
        self._salt_wait = np.uint64(salt("wait"))
        self._salt_bed = np.uint64(shelter.priority)
        # Stays of drawn length: row, hour, mean hours, event base, and room for the draw.
        self._drawn = Noted(np.intp, np.int32, np.float64, np.uint64, np.float64)
        self._asylum: list[Batch] = []
        self._cared_for: list[Stays] = []
        self._stays: list[Stays] = []

    # Beginnings ----------------------------------------------------------------------------

    def begin(self, parties: Batch, mean_hours: F64) -> None:
        """Wait an exponential time of the stated mean, hours, before the next decision."""
        if len(parties):
            self._note(parties, mean_hours)

    def _note(self, parties: Batch, mean_hours: F64 | float) -> None:
        at = self._drawn.claim(len(parties))
        rows, hour, mean, base, _ = self._drawn.columns
        rows[at] = parties.rows
        hour[at] = parties.hour
        mean[at] = mean_hours
        base[at] = parties.base

    def begin_review(self, parties: Batch) -> None:
        """Stay until the next decision: the place's dwell, or the review time where it has none."""
        self.begin(parties, self._review[self._crowd.node[parties.rows]])

    def begin_turned_away(self, rows: Rows, hour: I32) -> None:
        """Wait for another chance with the networks."""
        if rows.size:
            self.changes.enter(rows, WAITING, hour, self._turned_away)

    def begin_asylum(self, parties: Batch) -> None:
        """Enter the asylum procedure for the country's mean stay; see ``end``."""
        if len(parties):
            self._asylum.append(parties)

    def begin_reception(self, rows: Rows, hour: I32, hours: F64) -> None:
        """Enter care for a stated time: a child referred, a victim in the reflection period."""
        if not rows.size:
            return
        node = self._shelter.house(self._crowd.records, self._crowd.persons, rows)
        self._cared_for.append((rows, hour, node, np.ones(rows.size, np.bool_)))
        self.changes.enter(rows, RECEPTION, hour, hours)

    def begin_held(self, rows: Rows, hour: I32, hours: F64) -> None:
        """Be held after an interception; the leg is kept: it says where release leads."""
        if rows.size:
            self.changes.enter(rows, HELD, hour, hours)

    def begin_case(self, rows: Rows, hour: I32, hours: F64) -> None:
        """Wait for the next event of a case of readmission; the leg is kept."""
        if rows.size:
            self.changes.enter(rows, CASE, hour, hours)

    def begin_queue(self, rows: Rows, hour: I32, hours: F64) -> None:
        """Stand in the queue of a post; the leg is kept."""
        if rows.size:
            self.changes.enter(rows, QUEUED, hour, hours)

    def finish(self, rows: Rows, state: int, hour: I32) -> None:
        """Enter a final state."""
        if rows.size:
            self.changes.enter(rows, state, hour, np.inf)

    # Ends ----------------------------------------------------------------------------------

    def end(self, rows: Rows, state: NDArray[np.uint8], season: float, standing: Standing) -> None:
        """End waits, receptions and asylum stays now due; see who stands there then.

        Money is spent while waiting. In winter a departure is put off with chance 1 - ``season``
        (a thinned Poisson process); out of money, a party waits for more or gives up.
        """
        crowd, count = self._crowd, rows.size
        beds, apart = np.empty((2, count), np.intp), np.empty((2, count), np.intp)
        when = np.empty((2, count), np.int32)
        leaving, remaining, stopping = waits.end(
            crowd.records, crowd.persons, crowd.due, rows, state, self._draws.run,
            self._seasonal, self._onward, self._review, season, self._terms, self._salts,
            standing.rows, standing.hour, standing.base, standing.mean, standing.count, beds,
            apart, when,
        )  # fmt: skip
        if leaving:
            self._shelter.leave(beds[0, :leaving], beds[1, :leaving])
        if remaining:
            self.changes.enter(apart[0, :remaining], ASYLUM, when[0, :remaining], np.inf)
        if stopping:
            self.finish(apart[1, :stopping], GAVE_UP, when[1, :stopping])

    # Writing -------------------------------------------------------------------------------

    def flush(self) -> None:
        """Write every change noted since the last flush; rows of all of them are distinct."""
        if self._drawn.count or self._asylum:
            self._write_drawn()
        if self._cared_for:
            self._stays += self._cared_for
            self._cared_for = []
        self.changes.write()

    def _write_drawn(self) -> None:
        """Write the waits and asylum stays begun, of drawn length; who finds a bed has it."""
        crowd = self._crowd
        waiting = self._drawn.count
        for entered in self._asylum:
            self._note(entered, np.nan)  # by place, looked up below
        self._asylum.clear()
        rows, hour, mean, base, rest = self._drawn.take()
        node = np.empty(waiting, np.intp)
        persons, priority = np.empty(waiting, np.uint8), np.empty(waiting, np.uint64)
        waits.draw(
            crowd.records, crowd.persons, rows, base, waiting, self._salt_wait, self._salt_bed,
            self._asylum_stay, mean, rest, node, persons, priority,
        )  # fmt: skip
        housed = _NOBODY
        if waiting:
            housed = self._shelter.admit(node, persons, priority)
            self._stays.append((rows[:waiting].copy(), hour[:waiting].copy(), node, housed))
        self.changes.write_drawn(rows, hour, mean, np.log1p(rest, out=rest), housed)

    def take_stays(self) -> list[Stays]:
        """Return the waits and stays in care begun since last asked."""
        taken, self._stays = self._stays, []
        return taken
