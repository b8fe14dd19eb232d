"""Which desks a request goes to: on the spot, a centre, two centres, or the capitals (MODEL 8)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.cooperation.requests import KINDS, NOWHERE
from sim.kernels.requests import BY_CENTRE, BY_CONTACT_POINTS, BY_INTERMEDIATE
from sim.scenario.specs.centres import Centre, Desk

#: How a request goes, in order of preference; positions are the codes of ``RequestBook.route``.
ROUTES = ("on_the_spot", "centre", "intermediate", "contact_points", "nobody")
I64 = NDArray[np.int64]

_EARTH_KM = 6371.0
_NO_MORE = (NOWHERE,) * 3


class Route(NamedTuple):
    """A way a request may go.

    Attributes:
        code: Index into ``ROUTES``.
        desks: Desks that work on it, in order.
    """

    code: int
    desks: tuple[int, ...]


class Routing:
    """Ways between two countries for a kind and a border, the best first.

    Centres that hold the desks of both are tried by distance from the border; then pairs of
    centres joined by a country that has a desk at both; then the contact points of the two. Of
    all ways the first counts whose desks are all open and staffed in that hour; if there is none,
    the first at all, and the request waits until it opens (``kernels.requests.way_of``).

    Attributes:
        transit: Hours a request travels before it lies on each desk.
        at: Desk index by (centre index, country index).
        centre_of: Centre index of each desk.
        ways: Ways laid so far: route, number of desks, and desks, shape (ways, 5).
        ways_of: First and number of them by country that asks and is asked, kind, and border,
            none being the last; the number is negative where they are not laid.
    """

    def __init__(
        self,
        centres: Sequence[Centre],
        desks: Sequence[Desk],
        countries: Sequence[str],
        borders: Sequence[str],
        middle: NDArray[np.float64],
    ) -> None:
        """Take the map of who sits where.

        Args:
            centres: Centres and contact points.
            desks: Their desks.
            countries: Country codes, in the order of the engine's country index.
            borders: Borders, in the order of the engine's border index.
            middle: Latitude and longitude of the middle of each border, shape (borders, 2).
        """
        self._centres, self._borders, self._middle = tuple(centres), tuple(borders), middle
        index = {c: i for i, c in enumerate(countries)}
        place = {row.id: i for i, row in enumerate(centres)}
        self.at: dict[tuple[int, int], int] = {
            (place[d.centre], index[d.country]): i for i, d in enumerate(desks)
        }
        self.centre_of: I64 = np.array([place[d.centre] for d in desks], np.int64)
        self._countries = len(countries)
        self.transit = np.array([centres[place[d.centre]].transit.value for d in desks], float)
        shape = (len(countries), len(countries), len(KINDS), len(borders) + 1, 2)
        self.ways: I64 = np.empty((0, 5), np.int64)
        self.ways_of: I64 = np.full(shape, -1, np.int64)

    def seat(self, desk: int, centre: int, country: int) -> None:
        """Add a desk of guests: at a centre, or ``NOWHERE`` at a post or sector."""
        self.centre_of = np.append(self.centre_of, centre)
        transit = 0.0 if centre == NOWHERE else self._centres[centre].transit.value
        self.transit = np.append(self.transit, transit)
        if centre != NOWHERE:
            self.at[centre, country] = desk
            self.ways, self.ways_of[:] = self.ways[:0], -1

    def lay(self, asking: int, answering: int, kind: int, border: int) -> None:
        """Lay the ways between two countries for a kind and a border."""
        ways = self._ways(asking, answering, kind, border)
        self.ways_of[asking, answering, kind, border] = len(self.ways), len(ways)
        rows = [(way.code, len(way.desks), *way.desks, *_NO_MORE[len(way.desks) :]) for way in ways]
        self.ways = np.concatenate([self.ways, np.array(rows, np.int64).reshape(-1, 5)])

    def _ways(self, asking: int, answering: int, kind: int, border: int) -> list[Route]:
        competent = [
            i for i, row in enumerate(self._centres)
            if row.type == "centre"
            and (not row.kinds or KINDS[kind] in row.kinds)
            and (not row.borders or (border >= 0 and self._borders[border] in row.borders))
        ]  # fmt: skip
        competent.sort(key=lambda i: (self._distance(i, border), self._centres[i].id))
        direct = [
            Route(BY_CENTRE, (self.at[i, asking], self.at[i, answering]))
            for i in competent
            if (i, asking) in self.at and (i, answering) in self.at
        ]
        return [
            *direct,
            *self._joined(competent, asking, answering),
            *self._capitals(asking, answering),
        ]

    def _joined(self, competent: Sequence[int], asking: int, answering: int) -> list[Route]:
        """Return ways through a centre of each, joined by a country that sits at both."""
        return [
            Route(BY_INTERMEDIATE, (self.at[one, asking], self.at[one, go_between],
                                    self.at[other, answering]))
            for one in competent
            for other in competent
            if one != other and (one, asking) in self.at and (other, answering) in self.at
            for go_between in range(self._countries)
            if go_between not in (asking, answering)
            and (one, go_between) in self.at and (other, go_between) in self.at
        ]  # fmt: skip

    def _capitals(self, asking: int, answering: int) -> list[Route]:
        points = [i for i, row in enumerate(self._centres) if row.type == "contact_point"]
        return [
            Route(BY_CONTACT_POINTS, (self.at[one, asking], self.at[other, answering]))
            for one in points
            for other in points
            if (one, asking) in self.at and (other, answering) in self.at
        ]

    def _distance(self, centre: int, border: int) -> float:
        """Return kilometres on the globe from a centre to the middle of a border, 0 for none."""
        if border == NOWHERE:
            return 0.0
        row = self._centres[centre]
        lat, lon = (math.radians(x) for x in (row.lat.value, row.lon.value))
        lat2, lon2 = (math.radians(float(x)) for x in self._middle[border])
        half = (
            math.sin((lat2 - lat) / 2) ** 2
            + math.cos(lat) * math.cos(lat2) * math.sin((lon2 - lon) / 2) ** 2
        )
        return 2 * _EARTH_KM * math.asin(math.sqrt(half))
