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
Index = NDArray[np.intp]


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

    def choose(self, parties: Batch) -> None:
        """Let free parties choose, each at its own hour."""
        networks = self._networks
        made = self._choice.choose(
            self._crowd, parties.rows, parties.base, self._low, self._high, networks.price
        )
        won = networks.allocate(made.asked, made.persons, made.key)
        size = len(parties)
        way, at = np.empty(size, np.uint8), np.empty((2, size), np.intp)
        begin = np.empty(kernels.WAYS + 1, np.intp)
        laid = Batch(
            np.empty(size, np.intp), np.empty(size, np.int32), np.empty(size, np.intp),
            np.empty(size, np.uint64),
        )  # fmt: skip
        kernels.part(
            parties.rows, parties.hour, parties.leg, parties.base, made.leg, made.node,
            self._salt_stay, self._settle, self._ends, made.asking, won, way, at, begin,
            laid.rows, laid.hour, laid.leg, laid.base,
        )  # fmt: skip
        _, home, asylum, stays, end, going = begin.tolist()
        self._turn(laid, home, asylum, stays, end)
        if going:
            self._set_out(parties, at[0, :going], made)

    def _turn(self, laid: Batch, home: int, asylum: int, stays: int, end: int) -> None:
        """Let parties that do not set out begin what they turn to; laid out by that."""
        waits = self._waits
        if home:
            waits.begin_turned_away(laid.rows[:home], laid.hour[:home])
        if asylum > home:
            waits.finish(laid.rows[home:asylum], RETURNED, laid.hour[home:asylum])
        if stays > asylum:
            waits.begin_asylum(laid.part(asylum, stays))
        if end > stays:
            waits.begin_review(laid.part(stays, end))

    def _set_out(self, parties: Batch, going: Index, made: Choices) -> None:
        crowd, legs, networks = self._crowd, self._legs, self._networks
        changes, size = self._waits.changes, going.size
        calendar = changes.calendar
        calendar.make_room(size)
        rows, sector = np.empty((2, size), np.intp)
        hour, (hours, start, stay) = np.empty(size, np.int32), np.empty((3, size))
        seeing = kernels.set_out(
            going, parties.rows, parties.hour, parties.base, made.leg, made.offer,
            legs.duration, legs.barrier, legs.stay, legs.money, legs.sector,
            networks.quality, networks.scouts, self._salt_scouts,
            crowd.persons, crowd.records, crowd.state, crowd.due,
            calendar.noted, calendar.day, self._began,
            rows, hour, hours, sector, start, stay,
        )  # fmt: skip
        if seeing:
            # They wait for the quietest crossing that their scouts can see.
            hours = hours[:seeing] + self._sectors.quiet_wait(
                sector[:seeing], start[:seeing], stay[:seeing], self._scout_horizon
            )
            changes.lengthen(rows[:seeing], hour[:seeing], hours)

    def take_flows(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return persons and parties that began each leg since last asked, and start anew."""
        persons, parties = self._began
        self._began = np.zeros_like(self._began)
        return persons, parties
