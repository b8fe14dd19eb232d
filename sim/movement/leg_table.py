"""Legs as columns: what each asks of a traveller, who controls it, which line it crosses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.route_graph import RouteGraph
from sim.scenario.specs.control import USES, Sector
from sim.scenario.specs.geography import Leg, Place

F64 = NDArray[np.float64]
NOBODY = -1


@dataclass
class LegTable:
    """One entry a leg, in the route graph's order; shape (legs,) unless stated.

    Attributes:
        specs: The legs themselves, same order.
        duration: Hours of travel, without a barrier.
        barrier: Hours a fence or water adds, from the leg's sector.
        stay: Hours spent in the sector's zone.
        money: EUR per person going alone.
        fixed_days: Days of generalised cost apart from travel time.
        hours_weight: Days of cost per day of travel.
        open: bool; a closed leg is not offered.
        sector: Sector index, ``NOBODY`` if none.
        post: Post index, ``NOBODY`` if none.
        stream: Position of the stream within the post.
        use: Index in ``USES`` of an irregular use of the post.
        border: Border index, ``NOBODY`` inside a country.
        from_country: Country index of the tail.
        to_country: Country index of the head.
        gate: Route index whose gate it is, ``NOBODY`` if none.
    """

    specs: tuple[Leg, ...]
    duration: F64
    barrier: F64
    stay: F64
    money: F64
    fixed_days: F64
    hours_weight: float
    open: NDArray[np.bool_]
    sector: NDArray[np.intp]
    post: NDArray[np.intp]
    stream: NDArray[np.intp]
    use: NDArray[np.intp]
    border: NDArray[np.intp]
    from_country: NDArray[np.intp]
    to_country: NDArray[np.intp]
    gate: NDArray[np.intp]
    borders: tuple[str, ...]

    @classmethod
    def build(
        cls,
        graph: RouteGraph,
        legs: Sequence[Leg],
        places: Sequence[Place],
        countries: Sequence[str],
        sectors: Sequence[Sector],
        posts: Mapping[str, tuple[int, tuple[str, ...]]],
        routes: Sequence[str],
        parameters: Mapping[str, float],
        posts_on: bool,
    ) -> LegTable:
        """Flatten the legs; ``posts`` maps a post id to its index and stream ids.

        With ``posts_on`` false, legs through posts are closed.
        """
        by_id = {leg.id: leg for leg in legs}
        rows = tuple(by_id[name] for name in graph.legs)
        country_of = {place.id: countries.index(place.country) for place in places}
        sector_of = {s.id: i for i, s in enumerate(sectors)}
        borders = tuple(sorted({leg.border for leg in rows if leg.border}))

        def index(values: Sequence[int]) -> NDArray[np.intp]:
            return np.array(values, dtype=np.intp)

        def amount(values: Sequence[float]) -> F64:
            return np.array(values, dtype=float)

        sector = index([sector_of.get(leg.sector or "", NOBODY) for leg in rows])
        post = index([posts[leg.post][0] if leg.post else NOBODY for leg in rows])
        width = amount([s.width.value for s in sectors] + [0.0])[sector]
        stay = amount([leg.stay.value for leg in rows])
        stay = np.where((stay == 0) & (sector >= 0), width / parameters["party_speed"], stay)
        crosses = np.array([leg.border is not None for leg in rows])
        return cls(
            specs=rows,
            duration=amount([max(leg.duration.value, 0.1) for leg in rows]),
            barrier=amount([s.barrier.value for s in sectors] + [0.0])[sector],
            stay=stay,
            money=amount([leg.cost.value for leg in rows]),
            fixed_days=amount([leg.distance.value for leg in rows]) / parameters["km_per_day"]
            + parameters["border_cost"] * crosses
            + parameters["leg_fixed_cost"],
            hours_weight=parameters["hours_weight"],
            open=np.array([posts_on or not leg.post for leg in rows]),
            sector=sector,
            post=post,
            stream=index([_stream(posts, leg) for leg in rows]),
            use=index([USES.index(leg.use) if leg.use else 0 for leg in rows]),
            border=index([borders.index(leg.border) if leg.border else NOBODY for leg in rows]),
            from_country=index([country_of[leg.tail] for leg in rows]),
            to_country=index([country_of[leg.head] for leg in rows]),
            gate=index([routes.index(leg.route) if leg.route else NOBODY for leg in rows]),
            borders=borders,
        )

    @property
    def controlled(self) -> NDArray[np.bool_]:
        """Legs on which a party may be stopped."""
        return np.asarray((self.sector >= 0) | (self.post >= 0))

    def time_days(self) -> F64:
        """Return the part of the generalised cost that is travel time, days."""
        return np.asarray(self.hours_weight * (self.duration + self.barrier) / 24.0)

    def days(self) -> F64:
        """Return the generalised cost without money and risk, days."""
        return np.asarray(self.fixed_days + self.time_days())


def _stream(posts: Mapping[str, tuple[int, tuple[str, ...]]], leg: Leg) -> int:
    if leg.post is None or leg.stream is None:
        return 0
    return posts[leg.post][1].index(leg.stream)
