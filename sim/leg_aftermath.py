"""What follows a stop on each leg: the rows that hold at its sector or its post (MODEL 6)."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from sim.control.aftermath import AftermathTable, Terms
from sim.kernels import stops
from sim.movement.leg_table import LegTable
from sim.randomness import U64

Index = NDArray[np.intp]


class LegAftermath:
    """The tables of sectors and posts laid out by leg, so that both are looked up at once."""

    def __init__(
        self, legs: LegTable, at_sectors: AftermathTable, at_posts: AftermathTable, post_rule: Index
    ) -> None:
        """Join the tables; ``post_rule`` is the column of ``at_posts`` by post."""
        by_sector, by_post = (legs.sector >= 0).nonzero()[0], (legs.post >= 0).nonzero()[0]
        self._legs = len(legs.specs)
        self._at_sectors, self._at_posts = at_sectors, at_posts
        self._sides = (
            (at_sectors, by_sector, legs.sector[by_sector]),
            (at_posts, by_post, post_rule[legs.post[by_post]]),
        )
        self._salts: U64 = np.zeros(self._legs, np.uint64)
        for table, mine, place in self._sides:
            self._salts[mine] = table.salts[place]
        #: Terms at sectors and at posts of which ``_terms`` were laid out.
        self._laid_out: tuple[Terms | None, Terms | None] = None, None

    def at(self, hour: float) -> Terms:
        """Return what holds at an hour; columns by leg, 0 on legs that nobody controls."""
        sectors, posts = self._at_sectors.at(hour), self._at_posts.at(hour)
        before = self._laid_out
        if sectors is not before[0] or posts is not before[1]:
            self._laid_out = sectors, posts
            self._terms = self._lay_out((sectors, posts))
        return self._terms

    def _lay_out(self, now: tuple[Terms, Terms]) -> Terms:
        columns = {}
        for field in fields(Terms):
            by_place = [getattr(terms, field.name) for terms in now]
            by_leg = np.zeros((*by_place[0].shape[:-1], self._legs))
            for column, (_, mine, place) in zip(by_place, self._sides, strict=True):
                by_leg[..., mine] = column[..., place]
            columns[field.name] = by_leg
        return Terms(**columns)

    def dispose(self, leg: Index, base: U64, terms: Terms) -> NDArray[np.uint8]:
        """Return what becomes of parties whose holding ends."""
        fate = np.empty(leg.size, np.uint8)
        stops.dispose(leg, base, self._salts, terms.edges, fate)
        return fate
