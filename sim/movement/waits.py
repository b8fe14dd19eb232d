"""Waits: how a party's stay at a place begins and ends, what it costs, and final states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.movement.batch import EMPTY, Batch
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
from sim.randomness import Draws, log_of_rest, salt

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
U64 = NDArray[np.uint64]
#: Rows, hours, places, and whether in a reception place, of waits begun together.
Stays = tuple[Rows, I32, NDArray[np.intp], NDArray[np.bool_]]
# Arrays of no dimension: numpy takes one in faster than a number.
_NOTHING = np.array(0.0)
_IS_WAITING = np.array(WAITING, np.uint8)
_RECEPTION_NOT_WAITING = np.array(RECEPTION - WAITING, np.uint8)


class Shelter(Protocol):
    """Reception places as a wait sees them."""

    priority: int
    """Salt of the draw by whose order places are given."""

    def admit(
        self, node: NDArray[np.intp], persons: NDArray[Any], priority: U64
    ) -> NDArray[np.bool_]:
        """Return who gets a place."""

    def house(self, node: NDArray[np.intp], persons: NDArray[Any]) -> None:
        """Take in persons in a procedure, whether or not a place is free."""

    def leave(self, node: NDArray[np.intp], persons: NDArray[Any]) -> None:
        """Give places back."""


class Waits:
    """Begins and ends waits.

    Attributes:
        changes: Changes of state, written by ``flush`` once a window.
    """

    def __init__(
        self,
        crowd: Crowd,
        calendar: DueCalendar,
        draws: Draws,
        parameters: Mapping[str, float],
        dwell: F64,
        seasonal: NDArray[np.bool_],
        shelter: Shelter,
        asylum_stay: F64,
        onward_share: F64,
    ) -> None:
        """Join the parts; arrays are by place: mean dwell h, whether the season delays departures,
        mean asylum stay h, share that moves on from asylum.
        """
        self._crowd = crowd
        self.changes = Changes(crowd, calendar)
        self._draws = draws
        self._dwell = dwell
        self._seasonal = seasonal & (dwell > 0)
        self._shelter = shelter
        self._asylum_stay = np.where(asylum_stay > 0, asylum_stay, np.inf)
        self._onward = onward_share
        review = parameters["stay_review"] * 24.0
        self._review = np.where(dwell > 0, dwell, review)
        self._turned_away = parameters["turned_away_wait"] * 24.0
        self._living = np.array(parameters["living_cost"] / 24.0, np.float32).astype(np.float64)
        self._remittance = parameters["remittance"]
        self._remittance_wait = parameters["remittance_wait"] * 24.0
        self._broke_gave_up = parameters["broke_gave_up_share"]
        self._salt_wait = salt("wait")
        self._salts_wait = np.array([[self._salt_wait], [shelter.priority]], np.uint64)
        self._salt_season = salt("season")
        self._salt_broke = salt("broke")
        self._salt_onward = salt("onward")
        self._waiting: list[tuple[Rows, I32, F64, U64]] = []
        self._asylum: list[Batch] = []
        self._cared_for: list[Stays] = []
        self._stays: list[Stays] = []

    # Beginnings ----------------------------------------------------------------------------

    def arrive(self, parties: Batch) -> Batch:
        """Begin the dwell of parties that arrived; return those free to choose at once."""
        mean = self._dwell[self._crowd.node[parties.rows]]
        stays = mean > 0
        resting = stays.nonzero()[0]
        if resting.size == len(mean):
            self.begin(parties, mean)
            return EMPTY
        if resting.size:
            self.begin(parties.take(resting), mean[resting])
            return parties.take((~stays).nonzero()[0])
        return parties

    def begin(self, parties: Batch, mean_hours: F64) -> None:
        """Wait an exponential time of the stated mean, hours, before the next decision."""
        if len(parties):
            self._waiting.append((parties.rows, parties.hour, mean_hours, parties.base))

    def begin_review(self, parties: Batch) -> None:
        """Stay until the next decision: the place's dwell, or the review time where it has none."""
        self.begin(parties, self._review[self._crowd.node[parties.rows]])

    def begin_turned_away(self, rows: Rows, hour: I32) -> None:
        """Wait for another chance with the networks."""
        if rows.size:
            self.changes.rest(rows, WAITING, hour, self._turned_away)

    def begin_asylum(self, parties: Batch) -> None:
        """Enter the asylum procedure for the country's mean stay; see ``end``."""
        if len(parties):
            self._asylum.append(parties)

    def begin_reception(self, rows: Rows, hour: I32, hours: F64) -> None:
        """Enter care for a stated time: a child referred, a victim in the reflection period."""
        if not rows.size:
            return
        node = self._crowd.node[rows].astype(np.intp)
        self._shelter.house(node, self._crowd.persons[rows].astype(np.int64))
        self._cared_for.append((rows, hour, node, np.ones(rows.size, np.bool_)))
        self.changes.rest(rows, RECEPTION, hour, hours)

    def begin_held(self, rows: Rows, hour: I32, hours: F64) -> None:
        """Be held after an interception; the leg is kept: it says where release leads."""
        if rows.size:
            self.changes.pause(rows, HELD, hour, hours)

    def begin_case(self, rows: Rows, hour: I32, hours: F64) -> None:
        """Wait for the next event of a case of readmission; the leg is kept."""
        if rows.size:
            self.changes.pause(rows, CASE, hour, hours)

    def begin_queue(self, rows: Rows, hour: I32, hours: F64) -> None:
        """Stand in the queue of a post; the leg is kept."""
        if rows.size:
            self.changes.pause(rows, QUEUED, hour, hours)

    def finish(self, rows: Rows, state: int, hour: I32) -> None:
        """Enter a final state."""
        if rows.size:
            self.changes.finish(rows, state, hour)

    # Ends ----------------------------------------------------------------------------------

    def end(self, parties: Batch, state: NDArray[np.uint8], season: float) -> Batch:
        """End waits, receptions and asylum stays now due; return who is free to choose.

        Money is spent while waiting. In winter a departure is put off with chance 1 - ``season``
        (a thinned Poisson process); out of money, a party waits for more or gives up.
        """
        rows = parties.rows
        node = self._crowd.node[rows].astype(np.intp)
        waits = state == _IS_WAITING
        if np.count_nonzero(waits) == rows.size:
            stays = None
            funds = self._spend(rows, None, parties.hour)
        else:
            stays = self._end_procedures(parties, state, node)
            funds = self._spend(rows, waits, parties.hour)
        broke = funds <= _NOTHING
        if season < 1.0:
            put_off = self._draws.uniform(parties.base, self._salt_season) >= season
            put_off &= self._seasonal[node]
            if stays is not None:
                put_off &= ~stays
            late = put_off.nonzero()[0]
            if late.size:
                self.begin(parties.take(late), self._review[node[late]])
                stays = put_off if stays is None else stays | put_off
        if stays is not None:
            broke &= ~stays
        poor = broke.nonzero()[0]
        if poor.size:
            self._broke(parties.take(poor))
            stays = broke if stays is None else stays | broke
        return parties if stays is None else parties.take((~stays).nonzero()[0])

    def _end_procedures(
        self, parties: Batch, state: NDArray[np.uint8], node: NDArray[np.intp]
    ) -> NDArray[np.bool_] | None:
        """Give beds back; return who stays for good after asylum, None if nobody does."""
        housed = (state == RECEPTION).nonzero()[0]
        if housed.size:
            persons = self._crowd.persons[parties.rows[housed]].astype(np.int64)
            self._shelter.leave(node[housed], persons)
        asylum = (state == ASYLUM).nonzero()[0]
        if asylum.size:
            u = self._draws.uniform(parties.base[asylum], self._salt_onward)
            remains = asylum[u >= self._onward[node[asylum]]]
            if remains.size:
                self.changes.rest(parties.rows[remains], ASYLUM, parties.hour[remains], np.inf)
                stays = np.zeros(len(parties), np.bool_)
                stays[remains] = True
                return stays
        return None

    def _spend(self, rows: Rows, waits: NDArray[np.bool_] | None, hour: I32) -> F64:
        """Take the living cost of waits, None for all, since they began; return what is left."""
        crowd = self._crowd
        # In double precision throughout, but for what is kept: numpy is slow where types mix.
        funds = crowd.funds[rows].astype(np.float64)
        cost = (hour - crowd.begun[rows]).astype(np.float64)
        cost *= self._living
        if waits is not None:
            cost[(~waits).nonzero()[0]] = 0.0
        # A fee can leave a debt; it is not living cost and is kept.
        np.minimum(cost, np.maximum(funds, _NOTHING), out=cost)
        funds -= cost
        crowd.funds[rows] = funds.astype(np.float32)
        cost += crowd.spent[rows]
        crowd.spent[rows] = cost.astype(np.float32)
        return funds

    def _broke(self, parties: Batch) -> None:
        stops = self._draws.uniform(parties.base, self._salt_broke) < self._broke_gave_up
        stop = stops.nonzero()[0]
        on = parties
        if stop.size:
            self.finish(parties.rows[stop], GAVE_UP, parties.hour[stop])
            on = parties.take((~stops).nonzero()[0])
        self.begin(on, np.full(len(on), self._remittance_wait))
        # The money pays for the wait itself, too.
        self._crowd.funds[on.rows] += np.float32(self._remittance)

    # Writing -------------------------------------------------------------------------------

    def flush(self) -> None:
        """Write every change noted since the last flush; rows of all of them are distinct."""
        if self._waiting or self._asylum:
            self._draw_lengths()
        if self._cared_for:
            self._stays += self._cared_for
            self._cared_for = []
        self.changes.write()

    def _draw_lengths(self) -> None:
        """Draw the length of the waits and asylum stays begun; who finds a bed is in reception."""
        noted, self._waiting = self._waiting, []
        waiting = sum([wait[0].size for wait in noted])
        if self._asylum:
            entered, self._asylum = Batch.join(self._asylum), []
            mean = self._asylum_stay[self._crowd.node[entered.rows]]
            noted.append((entered.rows, entered.hour, mean, entered.base))
        rows, hour, mean, base = (
            noted[0] if len(noted) == 1
            else [np.concatenate(part) for part in zip(*noted, strict=True)]
        )  # fmt: skip
        bits = self._draws.bits(base, self._salts_wait)
        hours = log_of_rest(bits[0])
        hours *= mean
        np.negative(hours, out=hours)
        state = np.empty(rows.size, np.uint8)
        state[waiting:] = ASYLUM
        if waiting:
            here, when = rows[:waiting], hour[:waiting]
            node = self._crowd.node[here].astype(np.intp)
            housed = self._shelter.admit(node, self._crowd.persons[here], bits[1, :waiting])
            self._stays.append((here, when, node, housed))
            state[:waiting] = housed * _RECEPTION_NOT_WAITING + _IS_WAITING
        self.changes.rest(rows, state, hour, hours)

    def take_stays(self) -> list[Stays]:
        """Return the waits and stays in care begun since last asked."""
        taken, self._stays = self._stays, []
        return taken
