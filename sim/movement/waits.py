"""Waits: how a party's stay at a place begins and ends, what it costs, and final states.

Changes of state are noted as they come and written together by ``flush`` once a window: a tick
then costs a few passes over all parties touched instead of a few over each small group.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.movement.batch import Batch
from sim.movement.calendar import DueCalendar
from sim.movement.crowd import (
    ALONE,
    ASYLUM,
    CASE,
    GAVE_UP,
    HELD,
    NEVER,
    NO_LEG,
    QUEUED,
    RECEPTION,
    WAITING,
    Crowd,
    Rows,
)
from sim.randomness import Draws, salt

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
U64 = NDArray[np.uint64]
#: Rows, hours, places, and whether in a reception place, of waits begun together.
Stays = tuple[Rows, I32, NDArray[np.intp], NDArray[np.bool_]]
#: States that keep the leg a party was on: it says where release, return or the queue lead.
_KEEP_LEG = frozenset({CASE, HELD, QUEUED})
# Arrays of no dimension: numpy takes one in faster than a number.
_ONE, _LATEST = np.array(1.0), np.array(float(NEVER))
_NOTHING = np.array(0.0, np.float32)
_STEP = np.array(1, np.uint32)
_IS_WAITING = np.array(WAITING, np.uint8)
_RECEPTION_NOT_WAITING = np.array(RECEPTION - WAITING, np.uint8)


class Shelter(Protocol):
    """Reception places as a wait sees them."""

    def has_free(self) -> NDArray[np.bool_]:
        """Return whether a place is free now, by node."""

    def admit(
        self, node: NDArray[np.intp], persons: NDArray[Any], base: U64, draws: Draws
    ) -> NDArray[np.bool_]:
        """Return who gets a place."""

    def house(self, node: NDArray[np.intp], persons: NDArray[Any]) -> None:
        """Take in persons in a procedure, whether or not a place is free."""

    def leave(self, node: NDArray[np.intp], persons: NDArray[Any]) -> None:
        """Give places back."""


class Waits:
    """Begins and ends waits; the only place that writes a resting party's state."""

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
        self._calendar = calendar
        self._draws = draws
        self._dwell = dwell
        self._seasonal = seasonal & (dwell > 0)
        self._shelter = shelter
        self._asylum_stay = asylum_stay
        self._onward = onward_share
        review = parameters["stay_review"] * 24.0
        self._review = np.where(dwell > 0, dwell, review)
        self._turned_away = parameters["turned_away_wait"] * 24.0
        self._living = np.array(parameters["living_cost"] / 24.0, np.float32)
        self._remittance = parameters["remittance"]
        self._remittance_wait = parameters["remittance_wait"] * 24.0
        self._broke_gave_up = parameters["broke_gave_up_share"]
        self._salt_wait = salt("wait")
        self._salt_season = salt("season")
        self._salt_broke = salt("broke")
        self._salt_onward = salt("onward")
        self._waiting: list[tuple[Rows, I32, F64, U64]] = []
        self._asylum: list[Batch] = []
        self._turns: list[tuple[Rows, int, I32, F64 | None]] = []
        self._stays: list[Stays] = []

    # Beginnings ----------------------------------------------------------------------------

    def arrive(self, parties: Batch) -> Batch:
        """Begin the dwell of parties that arrived; return those free to choose at once."""
        mean = self._dwell[self._crowd.node[parties.rows]]
        stays = mean > 0
        resting = stays.nonzero()[0]
        if resting.size == len(mean):
            self.begin(parties, mean)
            return parties.take(slice(0, 0))
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
        self._turn(rows, WAITING, hour, np.full(len(rows), self._turned_away))

    def begin_asylum(self, parties: Batch) -> None:
        """Enter the asylum procedure for the country's mean stay; see ``end``."""
        if len(parties):
            self._asylum.append(parties)

    def begin_reception(self, rows: Rows, hour: I32, hours: F64) -> None:
        """Enter care for a stated time: a child referred, a victim in the reflection period."""
        node = self._crowd.node[rows].astype(np.intp)
        self._shelter.house(node, self._crowd.persons[rows].astype(np.int64))
        self._turn(rows, RECEPTION, hour, hours)

    def begin_held(self, rows: Rows, hour: I32, hours: F64) -> None:
        """Be held after an interception; the leg is kept."""
        self._turn(rows, HELD, hour, hours)

    def begin_case(self, rows: Rows, hour: I32, hours: F64) -> None:
        """Wait for the next event of a case of readmission; the leg is kept."""
        self._turn(rows, CASE, hour, hours)

    def begin_queue(self, rows: Rows, hour: I32, hours: F64) -> None:
        """Stand in the queue of a post; the leg is kept."""
        self._turn(rows, QUEUED, hour, hours)

    def finish(self, rows: Rows, state: int, hour: I32) -> None:
        """Enter a final state."""
        self._turn(rows, state, hour, None)

    def _turn(self, rows: Rows, state: int, hour: I32, hours: F64 | None) -> None:
        if len(rows):
            self._turns.append((rows, state, hour, hours))

    # Ends ----------------------------------------------------------------------------------

    def end(self, parties: Batch, state: NDArray[np.uint8], season: float) -> Batch:
        """End waits, receptions and asylum stays now due; return who is free to choose.

        Money is spent while waiting. In winter a departure is put off with chance 1 - ``season``
        (a thinned Poisson process); out of money, a party waits for more or gives up.
        """
        rows = parties.rows
        node = self._crowd.node[rows].astype(np.intp)
        free = np.ones(rows.size, np.bool_)
        waits = state == _IS_WAITING
        if np.count_nonzero(waits) < rows.size:
            self._end_procedures(parties, state, node, free)
        funds = self._spend(rows, waits, parties.hour)
        if season < 1.0:
            put_off = self._seasonal[node]
            put_off &= self._draws.uniform(parties.base, self._salt_season) >= season
            put_off &= free
            late = put_off.nonzero()[0]
            if late.size:
                self.begin(parties.take(late), self._review[node[late]])
                free[late] = False
        broke = (free & (funds <= _NOTHING)).nonzero()[0]
        if broke.size:
            self._broke(parties.take(broke))
            free[broke] = False
        go = free.nonzero()[0]
        return parties if go.size == len(free) else parties.take(go)

    def _end_procedures(
        self,
        parties: Batch,
        state: NDArray[np.uint8],
        node: NDArray[np.intp],
        free: NDArray[np.bool_],
    ) -> None:
        housed = (state == RECEPTION).nonzero()[0]
        if housed.size:
            persons = self._crowd.persons[parties.rows[housed]].astype(np.int64)
            self._shelter.leave(node[housed], persons)
        asylum = (state == ASYLUM).nonzero()[0]
        if asylum.size:
            u = self._draws.uniform(parties.base[asylum], self._salt_onward)
            remains = asylum[u >= self._onward[node[asylum]]]
            endless = np.full(len(remains), np.inf)
            self._turn(parties.rows[remains], ASYLUM, parties.hour[remains], endless)
            free[remains] = False

    def _spend(self, rows: Rows, waits: NDArray[np.bool_], hour: I32) -> NDArray[np.float32]:
        crowd = self._crowd
        funds = crowd.funds[rows]
        elapsed = hour - crowd.begun[rows]
        elapsed *= waits
        # A fee can leave a debt; it is not living cost and is kept.
        cost = np.minimum(elapsed * self._living, np.maximum(funds, _NOTHING))
        funds -= cost
        crowd.funds[rows] = funds
        crowd.spent[rows] += cost
        return funds

    def _broke(self, parties: Batch) -> None:
        stop = self._draws.uniform(parties.base, self._salt_broke) < self._broke_gave_up
        self.finish(parties.rows[stop], GAVE_UP, parties.hour[stop])
        on = parties.take(~stop)
        self.begin(on, np.full(len(on), self._remittance_wait))
        # The money pays for the wait itself, too.
        self._crowd.funds[on.rows] += np.float32(self._remittance)

    # Writing -------------------------------------------------------------------------------

    def flush(self) -> None:
        """Write every change noted since the last flush; rows of all of them are distinct."""
        if self._waiting:
            self._flush_waiting()
        if self._asylum:
            self._draw_asylum()
        if self._turns:
            self._flush_turns()

    def _flush_waiting(self) -> None:
        noted, self._waiting = self._waiting, []
        rows, hour, mean, base = (
            noted[0] if len(noted) == 1
            else tuple(np.concatenate(part) for part in zip(*noted, strict=True))
        )  # fmt: skip
        u = self._draws.uniform(base, self._salt_wait)
        np.negative(u, out=u)
        np.log1p(u, out=u)
        u *= mean
        np.ceil(np.negative(u, out=u), out=u)
        np.maximum(u, _ONE, out=u)
        u += hour
        node = self._crowd.node[rows].astype(np.intp)
        housed = np.zeros(rows.size, np.bool_)
        here = self._shelter.has_free()[node].nonzero()[0]
        if here.size:
            housed[here] = self._shelter.admit(
                node[here], self._crowd.persons[rows[here]], base[here], self._draws
            )
        self._stays.append((rows, hour, node, housed))
        state = housed * _RECEPTION_NOT_WAITING
        state += _IS_WAITING
        self._write(rows, state, hour, u.astype(np.int32), rows)

    def _draw_asylum(self) -> None:
        noted, self._asylum = Batch.join(self._asylum), []
        mean = self._asylum_stay[self._crowd.node[noted.rows]]
        u = self._draws.uniform(noted.base, self._salt_wait)
        hours = np.where(mean > 0, -np.log1p(-u) * mean, np.inf)
        self._turn(noted.rows, ASYLUM, noted.hour, hours)

    def _flush_turns(self) -> None:
        noted, self._turns = self._turns, []
        crowd, last, cleared = self._crowd, [], []
        for rows, state, hour, hours in noted:
            if hours is None:
                crowd.ended[rows] = hour
            if state == RECEPTION:
                node = crowd.node[rows].astype(np.intp)
                self._stays.append((rows, hour, node, np.ones(rows.size, np.bool_)))
            last.append(np.full(rows.size, np.inf) if hours is None else hours)
            if state not in _KEEP_LEG:
                cleared.append(rows)
        lengths = [turn[0].size for turn in noted]
        states = np.array([turn[1] for turn in noted], np.uint8).repeat(lengths)
        begun = np.concatenate([turn[2] for turn in noted])
        due = np.ceil(np.concatenate(last))
        np.maximum(due, _ONE, out=due)
        due += begun
        np.minimum(due, _LATEST, out=due)
        clear = np.concatenate(cleared) if cleared else None
        self._write(np.concatenate([turn[0] for turn in noted]), states, begun,
                    due.astype(np.int32), clear)  # fmt: skip

    def _write(
        self,
        rows: Rows,
        state: NDArray[np.uint8],
        hour: I32,
        due: I32,
        clear: Rows | None,
    ) -> None:
        """Write states; the rows of ``clear`` are on no leg any more."""
        crowd = self._crowd
        crowd.state[rows] = state
        crowd.begun[rows] = hour
        crowd.moves[rows] += _STEP
        if clear is not None:
            crowd.leg[clear] = NO_LEG
            crowd.offer[clear] = ALONE
        self._calendar.schedule(rows, due)

    def take_stays(self) -> list[Stays]:
        """Return the waits and stays in care begun since last asked."""
        taken, self._stays = self._stays, []
        return taken
