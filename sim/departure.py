"""Next choices: parties that are free choose a leg and a service, pay and set out, or stay.

Phases 5 and 6 of a tick. Joins the crowd's choice with the networks' capacity and scouts.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from sim.control.sectors import Sectors
from sim.movement.batch import Batch
from sim.movement.calendar import DueCalendar
from sim.movement.choice import STAY, RouteChoice
from sim.movement.crowd import ALONE, MOVING, RETURNED, Crowd
from sim.movement.leg_table import LegTable
from sim.movement.waits import Waits
from sim.notes import Notes
from sim.randomness import Draws, salt
from sim.smuggling.networks import Networks

F64 = NDArray[np.float64]
Index = NDArray[np.intp]


class Departure:
    """Makes free parties choose; counts what set out, by leg."""

    def __init__(
        self,
        crowd: Crowd,
        calendar: DueCalendar,
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
        self._calendar = calendar
        self._legs = legs
        self._choice = choice
        self._networks = networks
        self._waits = waits
        self._sectors = sectors
        self._draws = draws
        self._low = parameters["low_funds"]
        self._high = parameters["high_funds"]
        self._settle = settle_share
        self._ends = settle_share + home_share
        self._salt_stay = salt("stay")
        self._salt_scouts = salt("scouts")
        self._scout_horizon = parameters["scout_horizon"]
        self._began = Notes()

    def choose(self, parties: Batch) -> None:
        """Let free parties choose, each at its own hour."""
        crowd = self._crowd
        rows = parties.rows
        funds = crowd.funds[rows]
        node = crowd.node[rows].astype(np.intp)
        class_ = self._choice.class_of(
            crowd.profile[rows], funds, crowd.failures[rows], self._low, self._high
        )
        leg = self._choice.choose_legs(self._draws, parties.base, class_, node)
        stays = leg == STAY
        stay = stays.nonzero()[0]
        if stay.size:
            self._stay(parties.take(stay), node[stay])
            go = (~stays).nonzero()[0]
            parties, class_, funds, leg = parties.take(go), class_[go], funds[go], leg[go]
        if len(parties):
            self._go(parties, class_, funds, leg)

    def _stay(self, parties: Batch, node: Index) -> None:
        u = self._draws.uniform(parties.base, self._salt_stay)
        ends = u < self._ends[node]
        if ends.any():
            asylum = u < self._settle[node]
            home = ends & ~asylum
            self._waits.finish(parties.rows[home], RETURNED, parties.hour[home])
            self._waits.begin_asylum(parties.take(asylum))
            parties = parties.take(~ends)
        self._waits.begin_review(parties)

    def _go(self, parties: Batch, class_: Index, funds: NDArray[np.float32], leg: Index) -> None:
        crowd, networks = self._crowd, self._networks
        offer = self._choice.choose_services(
            self._draws, parties.base, class_, leg, funds, networks.price
        )
        guided = (offer != ALONE).nonzero()[0]
        if guided.size:
            won = networks.allocate(
                offer[guided], crowd.persons[parties.rows[guided]], parties.base[guided],
                self._draws,
            )  # fmt: skip
            if not won.all():
                lost = guided[~won]
                self._waits.begin_turned_away(parties.rows[lost], parties.hour[lost])
                keep = np.ones(len(parties), bool)
                keep[lost] = False
                parties, funds = parties.take(keep), funds[keep]
                leg, offer = leg[keep], offer[keep]
                guided = (offer != ALONE).nonzero()[0]
        self._set_out(parties, funds, leg, offer, guided)

    def _set_out(
        self, parties: Batch, funds: NDArray[np.float32], leg: Index, offer: Index, guided: Index
    ) -> None:
        crowd, legs = self._crowd, self._legs
        rows, hour = parties.rows, parties.hour
        duration = legs.duration[leg]
        fare = legs.money[leg]
        if len(guided):
            # A network is paid on arrival; see Passage.
            fare[guided] = 0.0
            duration[guided] *= 1.0 - self._networks.quality[offer[guided]]
        duration += legs.barrier[leg]
        if len(guided):
            duration[guided] += self._quiet_wait(
                leg[guided], hour[guided] + duration[guided], offer[guided], parties.base[guided]
            )
        due = (hour + np.maximum(np.ceil(duration), 1.0)).astype(np.int32)
        paid = np.minimum(fare, funds).astype(np.float32)
        crowd.funds[rows] = funds - paid
        crowd.spent[rows] += paid
        crowd.leg[rows] = leg
        crowd.offer[rows] = offer
        crowd.state[rows] = MOVING
        crowd.begun[rows] = hour
        crowd.moves[rows] += 1
        self._calendar.schedule(rows, due)
        self._began.add(leg, crowd.persons[rows])

    def _quiet_wait(self, leg: Index, ends: F64, offer: Index, base: NDArray[np.uint64]) -> F64:
        """Return hours guided parties wait for the quietest crossing their scouts can see."""
        legs = self._legs
        wait = np.zeros(len(leg))
        sees = self._draws.uniform(base, self._salt_scouts) < self._networks.scouts[offer]
        watched = (sees & (legs.sector[leg] >= 0)).nonzero()[0]
        if len(watched):
            stay = (legs.stay + legs.barrier)[leg[watched]]
            wait[watched] = self._sectors.quiet_wait(
                legs.sector[leg[watched]], ends[watched] - stay, stay, self._scout_horizon
            )
        return wait

    def take_flows(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return persons and parties that began each leg since last asked, and start anew."""
        leg, persons = self._began.take() or (np.empty(0, np.intp), None)
        legs = len(self._legs.specs)
        parties = np.bincount(leg, minlength=legs)
        return np.bincount(leg, persons, legs).astype(np.int64), parties
