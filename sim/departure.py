"""Next choices: parties that are free choose a leg and a service, pay and set out, or stay.

Phases 5 and 6 of a tick. Joins the crowd's choice with the networks' capacity and scouts.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from sim.control.sectors import Sectors
from sim.kernels import departure as kernels
from sim.movement.batch import Batch
from sim.movement.choice import Choices, RouteChoice
from sim.movement.crowd import RETURNED, Crowd
from sim.movement.leg_table import LegTable
from sim.movement.waits import Waits
from sim.randomness import salt
from sim.smuggling.networks import Networks

F64 = NDArray[np.float64]
_ROOM = 1024


class _Room:
    """Room for the parties of a window: those that stay, and those that see ahead.

    Attributes and their kinds: see ``sim.kernels.departure``.
    """

    def __init__(self, parties: int) -> None:
        self.lists = np.empty((kernels.WAYS, parties), np.int32)
        self.staying = self.lists[kernels.STAYS]
        self.count = np.zeros(kernels.WAYS, np.intp)
        self.rows, self.sector = np.empty((2, parties), np.intp)
        self.hour, (self.hours, self.start, self.stay) = (
            np.empty(parties, np.int32), np.empty((3, parties)),
        )  # fmt: skip


class Departure:
    """Makes free parties choose; counts what set out, by leg."""

    def __init__(
        self,
        crowd: Crowd,
        legs: LegTable,
        choice: RouteChoice,
        networks: Networks,
        waits: Waits,
        sectors: Sectors,
        parameters: Mapping[str, float],
        settle_share: F64,
        home_share: F64,
    ) -> None:
        """Join the parts; ``settle_share`` and ``home_share`` are by place, per stay chosen."""
        self._crowd = crowd
        self._legs = legs
        self._choice = choice
        self._networks = networks
        self._waits = waits
        self._sectors = sectors
        self._low = np.float32(parameters["low_funds"])
        self._high = np.float32(parameters["high_funds"])
        self._settle = settle_share
        self._ends = settle_share + home_share
        self._salt_stay = np.uint64(salt("stay"))
        self._salt_scouts = np.uint64(salt("scouts"))
        self._scout_horizon = parameters["scout_horizon"]
        self._began = np.zeros((2, len(legs.specs)), np.int64)
        self._room = _Room(_ROOM)

    def let_go(self) -> None:
        """Let go of the room for the departures of many, and for their choices."""
        self._room = _Room(_ROOM)
        self._choice.let_go()

    def choose(self, parties: Batch) -> None:
        """Let free parties choose, each at its own hour."""
        size, room = parties.rows.size, self._room
        made = self._choice.choose(
            self._crowd, parties.rows, parties.base, self._low, self._high, self._networks.price
        )
        if size > room.hour.size:
            room = self._room = _Room(2 * size)
        if made.asking:
            self._turn_away(parties, made)
        staying = self._set_out(parties, made)
        if staying:
            kernels.part(
                staying, parties.base, made.node, self._salt_stay, self._settle, self._ends,
                room.lists, room.count,
            )  # fmt: skip
            for way, number in enumerate(room.count.tolist()):
                if number:
                    self._turn(way, parties.take(room.lists[way, :number]))

    def _turn_away(self, parties: Batch, made: Choices) -> None:
        """Let networks take in who asks, and all others of these wait for another chance."""
        waits, asking = self._waits, slice(made.asking)
        won = self._networks.allocate(made.asked[asking], made.persons[asking], made.key[asking])
        noted = waits.changes.noted
        noted.count = kernels.turn_away(
            made.who, won, waits.turned_away, parties.rows, parties.hour, made.leg, noted.count,
            *noted.make_room(won.size),
        )  # fmt: skip

    def _turn(self, way: int, parties: Batch) -> None:
        """Let parties that do not set out begin what they turn to."""
        waits = self._waits
        if way == kernels.GOES_HOME:
            waits.finish(parties.rows, RETURNED, parties.hour)
        elif way == kernels.TO_ASYLUM:
            waits.begin_asylum(parties)
        else:
            waits.begin_review(parties)

    def _set_out(self, parties: Batch, made: Choices) -> int:
        """Let all set out that have a leg; return how many stay, listed in the room."""
        crowd, legs, networks, room = self._crowd, self._legs, self._networks, self._room
        changes = self._waits.changes
        calendar = changes.calendar
        calendar.make_room(parties.rows.size)
        staying, seeing = kernels.set_out(
            parties.rows, parties.hour, parties.base, made.leg, made.offer, made.funds,
            legs.duration, legs.barrier, legs.stay, legs.money, legs.sector, networks.quality,
            networks.scouts, self._salt_scouts, crowd.persons, crowd.records, crowd.state,
            crowd.due, calendar.noted, calendar.day, self._began, room.staying, room.rows,
            room.hour, room.sector, room.hours, room.start, room.stay,
        )  # fmt: skip
        if seeing:
            # They wait for the quietest crossing that their scouts can see.
            wait = self._sectors.quiet_wait(
                room.sector[:seeing], room.start[:seeing], room.stay[:seeing], self._scout_horizon
            )
            changes.set_back(room.rows[:seeing], room.hour, room.hours, wait)
        return staying

    def take_flows(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return persons and parties that began each leg since last asked, and start anew."""
        persons, parties = self._began
        self._began = np.zeros_like(self._began)
        return persons, parties
