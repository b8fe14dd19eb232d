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
    CASE,
    GAVE_UP,
    HELD,
    QUEUED,
    RECEPTION,
    Crowd,
    Rows,
)
from sim.movement.noted import Noted
from sim.movement.standing import Standing
from sim.randomness import Draws, salt

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
U64 = NDArray[np.uint64]
#: Rows, hours, places, and whether in a reception place, of waits begun: int32, int32, int16, bool.
Stays = tuple[NDArray[Any], ...]
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
        standing: Parties that stand at a place; the stays of those who stay are drawn by ``flush``.
        turned_away: Hours for which who is turned away by a network waits for another chance.
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
        self.changes, self.standing = Changes(crowd, calendar), Standing()
        self.dwell = dwell.astype(np.float64)
        self._seasonal = seasonal & (dwell > 0)
        self._shelter = shelter
        self._draws = draws
        self._asylum_stay = np.where(asylum_stay > 0, asylum_stay, np.inf)
        self._onward = onward_share.astype(np.float64)
        review = parameters["stay_review"] * 24.0
        self._review = np.where(dwell > 0, dwell, review)
        self.turned_away = parameters["turned_away_wait"] * 24.0
        living, remittance = parameters["living_cost"] / 24.0, parameters["remittance"]
        # What the kernel of ends takes; money in single precision, as funds are.
        self._terms = np.array(
            [np.float32(living), parameters["broke_gave_up_share"], np.float32(remittance),
             parameters["remittance_wait"] * 24.0]
        )  # fmt: skip
        self._salts = np.array([salt("onward"), salt("season"), salt("broke")], np.uint64)
        # Of the length of a stay, and of the order in which beds are given.
        self._stay_salts = np.array([salt("wait"), shelter.priority], np.uint64)
        self._room = _Room(self.standing.mean.size)
        # Row, hour, place and whether in a reception place.
        self._stays = Noted(np.int32, np.int32, np.int16, np.bool_)

    # Beginnings ----------------------------------------------------------------------------

    def begin(self, parties: Batch, mean_hours: F64) -> None:
        """Wait an exponential time of the stated mean, hours, before the next decision."""
        if len(parties):
            self.standing.stay(parties, mean_hours)

    def begin_review(self, parties: Batch) -> None:
        """Stay until the next decision: the place's dwell, or the review time where it has none."""
        self.begin(parties, self._review[self._crowd.node[parties.rows]])

    def begin_asylum(self, parties: Batch) -> None:
        """Enter the asylum procedure for the country's mean stay; see ``end``."""
        if len(parties):
            self.standing.claim(parties)

    def begin_reception(self, rows: Rows, hour: I32, hours: F64) -> None:
        """Enter care for a stated time: a child referred, a victim in the reflection period."""
        if not rows.size:
            return
        node = self._shelter.house(self._crowd.records, self._crowd.persons, rows)
        at = self._stays.claim(rows.size)
        to_rows, to_hour, to_node, to_housed = self._stays.columns
        to_rows[at], to_hour[at], to_node[at], to_housed[at] = rows, hour, node, True
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
            self.changes.end(rows, state, hour)

    # Ends ----------------------------------------------------------------------------------

    def end(self, rows: Rows, state: NDArray[np.uint8], season: float, standing: Standing) -> None:
        """End waits, receptions and asylum stays now due; see who stands there then.

        Money is spent while waiting. In winter a departure is put off with chance 1 - ``season``
        (a thinned Poisson process); out of money, a party waits for more or gives up.
        """
        crowd, room, noted = self._crowd, self._room, self.changes.noted
        if rows.size > room.rest.size:
            room = self._room = _Room(2 * rows.size)
        leaving, noted.count, stopping = waits.end(
            crowd.records, crowd.persons, crowd.due, rows, state, self._draws.run,
            self._seasonal, self._onward, self._review, season, self._terms, self._salts,
            standing.rows, standing.hour, standing.base, standing.mean, standing.count,
            room.node, room.leaving, room.rows, room.hour, noted.count,
            *noted.make_room(rows.size),
        )  # fmt: skip
        if leaving:
            self._shelter.leave(room.node[:leaving], room.leaving[:leaving])
        if stopping:
            self.finish(room.rows[:stopping], GAVE_UP, room.hour[:stopping])

    # Writing -------------------------------------------------------------------------------

    def flush(self) -> None:
        """Write every change noted since the last flush; rows of all of them are distinct."""
        if self.standing.remaining:
            self._write_drawn()
        self.changes.write()

    def _write_drawn(self) -> None:
        """Write the waits and asylum stays begun, of drawn length; who finds a bed has it."""
        crowd, standing, room = self._crowd, self.standing, self._room
        if standing.mean.size > room.rest.size:
            room = self._room = _Room(standing.mean.size)
        waiting, count = waits.draw(
            crowd.records, crowd.persons, standing.rows, standing.hour, standing.base,
            standing.count, self._stay_salts, self._asylum_stay, standing.mean, room.rest,
            room.node, room.persons, room.priority,
        )  # fmt: skip
        node, housed = room.node[:waiting], _NOBODY
        if waiting:
            housed = self._shelter.admit(node, room.persons[:waiting], room.priority[:waiting])
        rest = room.rest[:count]
        np.log1p(rest, rest)
        self.changes.write_drawn(standing.staying, standing.mean, rest, self._stays, node, housed)

    def take_stays(self) -> list[Stays]:
        """Return the waits and stays in care begun since last asked, valid until one begins."""
        return [self._stays.take()] if self._stays.count else []


class _Room:
    """Room for what is drawn of the parties of a window.

    Attributes and their kinds: see ``sim.kernels.waits``.
    """

    def __init__(self, parties: int) -> None:
        self.rows, self.node, self.leaving = np.empty((3, parties), np.intp)
        self.hour, self.persons = np.empty(parties, np.int32), np.empty(parties, np.uint8)
        self.rest, self.priority = np.empty(parties), np.empty(parties, np.uint64)
