"""Next choices: parties that are free choose a leg and a service, pay and set out, or stay.

Phases 5 and 6 of a tick. Joins the crowd's choice with the networks' capacity and scouts.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from sim.control.sectors import Sectors
from sim.movement.batch import Batch
from sim.movement.choice import STAY, RouteChoice
from sim.movement.crowd import ALONE, RETURNED, Crowd
from sim.movement.leg_table import LegTable
from sim.movement.waits import Waits
from sim.notes import Notes
from sim.randomness import Draws, salt
from sim.smuggling.networks import Networks

F64 = NDArray[np.float64]
Index = NDArray[np.intp]
# Arrays of no dimension: numpy takes one in faster than a number.
_STAY, _ALONE = np.array(STAY), np.array(ALONE)


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
        draws: Draws,
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
        self._draws = draws
        self._low = np.array(parameters["low_funds"], np.float32)
        self._high = np.array(parameters["high_funds"], np.float32)
        self._settle = settle_share
        self._ends = settle_share + home_share
        self._salt_stay = salt("stay")
        self._salt_scouts = salt("scouts")
        self._scout_horizon = parameters["scout_horizon"]
        self._began = Notes()

    def choose(self, parties: Batch) -> None:
        """Let free parties choose, each at its own hour."""
        crowd, choice, networks = self._crowd, self._choice, self._networks
        rows, hour, base = parties.rows, parties.hour, parties.base
        funds = crowd.funds[rows]
        node = crowd.node[rows].astype(np.intp)
        class_ = choice.class_of(
            crowd.profile[rows], funds, crowd.failures[rows], self._low, self._high
        )
        leg = choice.choose_legs(self._draws, base, class_, node)
        offer = choice.choose_services(self._draws, base, class_, leg, funds, networks.price)
        stay = (leg == _STAY).nonzero()[0]
        if stay.size:
            self._stay(parties.take(stay), node[stay])
        guided = (offer != _ALONE).nonzero()[0]
        if guided.size:
            won = networks.allocate(
                offer[guided], crowd.persons[rows[guided]], base[guided], self._draws
            )
            lost = guided[(~won).nonzero()[0]]
            if lost.size:
                self._waits.begin_turned_away(rows[lost], hour[lost])
                leg[lost] = STAY
        go = (leg != _STAY).nonzero()[0]
        if go.size < leg.size:
            parties, funds, leg, offer = parties.take(go), funds[go], leg[go], offer[go]
            guided = (offer != _ALONE).nonzero()[0]
        if go.size:
            self._set_out(parties, funds, leg, offer, guided)

    def _stay(self, parties: Batch, node: Index) -> None:
        u = self._draws.uniform(parties.base, self._salt_stay)
        ends = u < self._ends[node]
        if np.count_nonzero(ends):
            asylum = u < self._settle[node]
            home = (ends & ~asylum).nonzero()[0]
            if home.size:
                self._waits.finish(parties.rows[home], RETURNED, parties.hour[home])
            self._waits.begin_asylum(parties.take(asylum.nonzero()[0]))
            parties = parties.take((~ends).nonzero()[0])
        self._waits.begin_review(parties)

    def _set_out(
        self, parties: Batch, funds: NDArray[np.float32], leg: Index, offer: Index, guided: Index
    ) -> None:
        crowd, legs = self._crowd, self._legs
        rows, hour = parties.rows, parties.hour
        duration = legs.duration[leg]
        fare = legs.money[leg]
        if guided.size:
            # A network is paid on arrival; see Attempts.
            fare[guided] = 0.0
            duration[guided] *= 1.0 - self._networks.quality[offer[guided]]
        duration += legs.barrier[leg]
        if guided.size:
            self._wait_for_quiet(duration, guided, leg, hour, offer, parties.base)
        paid = np.minimum(fare, funds).astype(np.float32)
        crowd.funds[rows] = funds - paid
        crowd.spent[rows] += paid
        self._waits.changes.set_out(rows, hour, duration, leg, offer)
        self._began.add(leg, crowd.persons[rows])

    def _wait_for_quiet(
        self,
        duration: F64,
        guided: Index,
        leg: Index,
        hour: NDArray[np.int32],
        offer: Index,
        base: NDArray[np.uint64],
    ) -> None:
        """Add the hours guided parties wait for the quietest crossing their scouts can see."""
        legs = self._legs
        sector = legs.sector[leg[guided]]
        watched = (sector >= 0).nonzero()[0]
        if not watched.size:
            return
        guided = guided[watched]
        sees = self._draws.uniform(base[guided], self._salt_scouts)
        seen = (sees < self._networks.scouts[offer[guided]]).nonzero()[0]
        if not seen.size:
            return
        guided = guided[seen]
        stay = (legs.stay + legs.barrier)[leg[guided]]
        ends = hour[guided] + duration[guided]
        duration[guided] += self._sectors.quiet_wait(
            sector[watched[seen]], ends - stay, stay, self._scout_horizon
        )

    def take_flows(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return persons and parties that began each leg since last asked, and start anew."""
        leg, persons = self._began.take() or (np.empty(0, np.intp), None)
        legs = len(self._legs.specs)
        parties = np.bincount(leg, minlength=legs)
        return np.bincount(leg, persons, legs).astype(np.int64), parties
