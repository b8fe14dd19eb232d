"""Learning by doing: a post's officers learn the guests' methods on days of joint duty (MODEL 9).

Off unless an exchange asks for it. Knowledge K is counted in days: each day on which a guest was
on duty at the post adds one, and it is forgotten with a half-life h, K_t = K_{t-1} 2^(-1/h) + 1
on such a day. While K is at least the days asked, the post works by the trained rows of the
tables of hit rates and processing times; nothing else changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.control.posts import Posts
from sim.control.rosters import Visit
from sim.cooperation.powers import VisitorPowers
from sim.scenario.cooperation_kinds import Learning

I64 = NDArray[np.int64]

#: Quantity of a post that an exchange with learning sets for each country, ``learns.AAA``.
LEARNS: Final = "learns."


class PostsThatLearn:
    """What each post has learnt from its guests, in days of joint duty.

    Attributes:
        days: K by post, shape (posts,).
    """

    def __init__(
        self,
        posts: Posts | None,
        targets: Sequence[str],
        first_post: int,
        powers: VisitorPowers,
        announce: Callable[[int, str, str, str], None],
    ) -> None:
        """Begin with nothing learnt.

        Args:
            posts: The posts; None where they are switched off.
            targets: ``post:id`` of each.
            first_post: Station index of the first post.
            powers: What visiting officers may do.
            announce: Told (hour, kind, subject, text) when a post has learnt or forgotten.
        """
        self._posts = posts
        self._targets = tuple(targets)
        self._first_post = first_post
        self._powers = powers
        self._announce = announce
        self._asked: dict[tuple[int, str], Learning | None] = {}
        #: Terms that a post last learnt by; it forgets by them afterwards.
        self._terms: dict[int, Learning] = {}
        self.days = np.zeros(len(targets))

    def asked(self, target: str, country: str) -> Learning | None:
        """Return the terms by which a post learns from a country's officers, None for none."""
        return self._asked.get((self._targets.index(target), country))

    def ask(self, target: str, country: str, terms: Learning | None) -> None:
        """Let a post learn from a country's officers, or end it."""
        post = self._targets.index(target)
        self._asked[post, country] = terms
        if terms is not None:
            self._terms[post] = terms

    def close_day(self, hour: int, visits: Sequence[Visit], duty: I64) -> None:
        """Count the day that ends at ``hour``.

        Args:
            hour: Hour at which the day ends.
            visits: Who visits where.
            duty: Visitors on duty in the day, shape (visits, services, hours).
        """
        if self._posts is None or not self._terms:
            return
        for post, terms in self._terms.items():
            self.days[post] *= 2.0 ** (-1.0 / terms.half_life.value)
            self.days[post] += self._joint_duty(post, hour, visits, duty)
            knows = bool(self.days[post] >= terms.joint_days.value)
            if knows != self._posts.learned(post):
                self._posts.learn(post, knows)
                what = "work by the guests' methods" if knows else "have forgotten them"
                text = f"its officers {what} after {self.days[post]:.0f} days of joint duty"
                self._announce(hour, "methods", self._targets[post], text)

    def _joint_duty(self, post: int, hour: int, visits: Sequence[Visit], duty: I64) -> bool:
        return any(
            visit.station == self._first_post + post
            and not visit.as_host
            and self._asked.get((post, visit.country)) is not None
            and bool(duty[i][self._powers.may(visit, "post", hour)].any())
            for i, visit in enumerate(visits)
        )
