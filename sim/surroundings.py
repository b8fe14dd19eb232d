"""Who stands where: places of legs, countries of places, sectors and posts, by index."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.intp]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Surroundings:
    """Who stands where, by index; see the attribute for the axis.

    Attributes:
        head: Place a leg leads to, by leg.
        tail: Place a leg starts from, by leg.
        place_country: Country, by place.
        is_exit: By place.
        arrivals_open: By place; parties of closed arrivals never enter.
        sector_country: Country that patrols, by sector.
        post_country: Country that runs it, by post.
        post_rule: Column of the posts' aftermath table, by post.
    """

    head: Index
    tail: Index
    place_country: Index
    is_exit: Mask
    arrivals_open: Mask
    sector_country: Index
    post_country: Index
    post_rule: Index

    def controlled_by(self, sector: Index, post: Index) -> Index:
        """Return the country whose officers stand on each leg; any where nobody does.

        Args:
            sector: Sector of each leg, negative without one.
            post: Post of each leg, negative without one.
        """
        country = np.zeros(sector.shape, np.intp)
        for place, of in ((sector, self.sector_country), (post, self.post_country)):
            mine = (place >= 0).nonzero()[0]
            country[mine] = of[place[mine]]
        return country
