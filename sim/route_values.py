"""What the routes are worth on what is known of them now (MODEL 3, 4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.control.odds import stopped_today
from sim.control.posts import Posts
from sim.control.sectors import Sectors
from sim.movement.choice import RouteChoice, Terms
from sim.movement.knowledge import Awareness, Beliefs
from sim.movement.leg_table import LegTable
from sim.protection.hazards import Hazards
from sim.scenario.specs.geography import Place
from sim.scenario.specs.scenario import Scenario
from sim.smuggling.networks import Networks

F64 = NDArray[np.float64]


class RouteValues:
    """Puts what is known, charged and open before the route choice.

    Args:
        scenario: Profiles, switches, and shares stated of sectors.
        clock: The run's clock.
        legs: Legs.
        places: Places, in the graph's order.
        sectors: Sectors.
        posts: Posts, None where they are switched off.
        hazards: Hazards, None where they are switched off.
        awareness: How many know each route.
        beliefs: What people think the chance of being stopped is.
        networks: What networks charge.
        choice: What is solved.
        plan_duty: Plans the rosters of the day of an hour.

    Attributes:
        prior: Chance of being stopped on each leg that people begin with, shape (legs,).
    """

    def __init__(
        self,
        scenario: Scenario,
        clock: Clock,
        legs: LegTable,
        places: Sequence[Place],
        sectors: Sectors,
        posts: Posts | None,
        hazards: Hazards | None,
        awareness: Awareness,
        beliefs: Beliefs,
        networks: Networks,
        choice: RouteChoice,
        plan_duty: Callable[[int], None],
    ) -> None:
        self._scenario, self._clock = scenario, clock
        self._legs, self._places = legs, places
        self._sectors, self._posts, self._hazards = sectors, posts, hazards
        self._awareness, self._beliefs = awareness, beliefs
        self._networks, self._choice = networks, choice
        self._plan_duty = plan_duty
        self.prior = self._known_before()

    def _known_before(self) -> F64:
        """Return what people believe at the start: the truth of those before them.

        A sector whose officers were solved from a share has that share, of a whole year.
        """
        prior = self.true_stopped(0)
        for i, sector in enumerate(self._scenario.sectors):
            if sector.stopped_share is not None:
                prior[self._legs.sector == i] = sector.stopped_share.value
        return prior

    def true_stopped(self, hour: int) -> F64:
        """Return the chance of being stopped on each leg with today's officers, shape (legs,)."""
        self._plan_duty(hour)
        legs = self._legs
        chance = np.zeros(len(legs.specs))
        watched = np.flatnonzero(legs.sector >= 0)
        stay = (legs.stay + legs.barrier)[watched]
        chance[watched] = stopped_today(self._sectors, hour, legs.sector[watched], stay)
        if self._posts is not None:
            through = np.flatnonzero(legs.post >= 0)
            chance[through] = self._posts.found_share(
                legs.post[through], legs.use[through], legs.stream[through]
            )
        return chance

    def solve(self, hour: int) -> None:
        """Solve the route choice on what is believed now."""
        legs = self._legs
        deaths = np.zeros(len(legs.specs))
        if self._hazards is not None:
            deaths = self._hazards.rates(min(hour, self._clock.hours - 1))[0] * (
                legs.duration + legs.barrier
            )
        self._choice.solve(
            Terms(
                days=legs.days(), time_days=legs.time_days(), money=legs.money, deaths=deaths,
                controlled=legs.controlled, available=self._available(),
                stopped=self._stopped(hour), exit_value=self.exit_values(),
                is_entry=np.array([p.kind == "entry" for p in self._places]),
            ),
            self._networks.price,
        )  # fmt: skip

    def _available(self) -> F64:
        """Return the share of people to whom each leg is open, shape (legs,)."""
        legs = self._legs
        available = np.where(legs.open, 1.0, 0.0)
        if self._posts is not None:
            through = np.flatnonzero(legs.post >= 0)
            available[through] *= self._posts.open[legs.post[through]]
        if self._scenario.switches.learning in ("awareness", "both"):
            gated = legs.gate >= 0
            available[gated] *= self._awareness.value[legs.gate[gated]]
        return available

    def _stopped(self, hour: int) -> F64:
        """Return the chance of being stopped as it is thought, shape (profiles, legs, 2)."""
        learning = self._scenario.switches.learning
        if learning in ("belief", "both"):
            return self._beliefs.stopped()
        known = self.true_stopped(hour) if learning == "truth" else self.prior
        shape = (len(self._scenario.profiles), len(self._legs.specs), 2)
        return np.broadcast_to(known[None, :, None], shape)

    def exit_values(self) -> F64:
        """Return what arriving at each place is worth, NaN but at exits; (profiles, places)."""
        profiles = self._scenario.profiles
        values = np.full((len(profiles), len(self._places)), np.nan)
        for i, place in enumerate(self._places):
            if place.kind == "exit":
                own = place.exit_value.value if place.exit_value is not None else 0.0
                for j, profile in enumerate(profiles):
                    values[j, i] = own + profile.exit_values.get(place.id, 0.0)
        return values
