"""What people believe, not what is true: awareness of routes, reports on legs (MODEL 4).

Awareness of a route spreads with its successes (implicit availability, Cascetta & Papola 2001):
``A <- A + (1 - A)(1 - exp(-kappa S(d - delay) / N))`` with S successes of a day and N people on
the way. Beliefs are counts of reports that fade: ``a <- rho a + stops``, ``b <- rho b + passes``,
``p = (a0 + a) / (a0 + a + b0 + b)``, rho = 2^(-1/half-life); news is late by ``delay`` days and
mixed across profiles by a row-stochastic matrix. A leg nobody reports on drifts back to its prior.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels import attempts as kernel, beliefs

F64 = NDArray[np.float64]


class Awareness:
    """Awareness of each route, in [0, 1], shape (routes,).

    Args:
        initial: Awareness at the start, shape (routes,).
        successes: Leg indices whose passages are successes, a sequence per route.
        legs: Number of legs.
        kappa: Gain per success relative to the pool.
        delay: Days until a success is known.
    """

    def __init__(
        self, initial: F64, successes: Sequence[Sequence[int]], legs: int, kappa: float, delay: int
    ) -> None:
        self.value = np.array(initial, dtype=float)
        self._kappa = kappa
        self._counts = np.zeros((legs, len(self.value)))
        for route, indices in enumerate(successes):
            self._counts[list(indices), route] = 1.0
        self._late = np.zeros((delay + 1, len(self.value)))
        self._day = 0

    def daily(self, passages: NDArray[Any], pool: float) -> None:
        """Take in a day's passages, persons per leg, and let the news of ``delay`` days ago in."""
        slot = self._day % len(self._late)
        self._late[slot] = passages @ self._counts
        self._day += 1
        heard = self._late[self._day % len(self._late)]
        gain = 1.0 - np.exp(-self._kappa * heard / max(pool, 1.0))
        self.value += (1.0 - self.value) * gain


class Beliefs:
    """Believed chance of being stopped, shape (profiles, legs, 2); last axis alone, guided.

    Args:
        prior: Prior chance by leg, shape (legs,), inside (0, 1).
        profiles: Number of profiles.
        strength: Weight of the prior, in persons reported on.
        half_life: Days in which a report loses half its weight.
        delay: Days until a report is heard.
        mixing: Share of reports heard evenly from all profiles instead of one's own.

    Attributes:
        today: Persons reported stopped and passed today, shape (2, profiles, legs, 2).
    """

    def __init__(
        self,
        prior: F64,
        profiles: int,
        strength: float,
        half_life: float,
        delay: int,
        mixing: float,
    ) -> None:
        legs = len(prior)
        self._shape = (profiles, legs, 2)
        self._prior_stops = (prior * strength)[None, :, None]
        self._strength = strength
        self._fade = 2.0 ** (-1.0 / half_life)
        # Reports of stops and of passes, (2, profiles, legs, 2).
        self._heard = np.zeros((2, *self._shape))
        self._late: list[F64] = [self._heard.copy() for _ in range(delay + 1)]
        self._week = np.zeros((2, legs))
        self._mix = (1 - mixing) * np.eye(profiles) + mixing / profiles
        self.today: F64 = np.zeros((2, *self._shape))
        #: Reports of days closed and not yet heard of.
        self._closed: list[F64] = []
        self._day = 0

    def begin(self, prior: F64) -> None:
        """Set what is believed before anything is reported: a chance in (0, 1) by leg."""
        self._prior_stops = (prior * self._strength)[None, :, None]

    def report(
        self,
        profile: NDArray[Any],
        leg: NDArray[Any],
        guided: NDArray[np.bool_],
        persons: NDArray[Any],
        stopped: NDArray[np.bool_],
    ) -> None:
        """Take in what happened to parties on controlled legs, arrays of one shape."""
        kernel.report(profile, leg, guided, persons, stopped, self.today)

    def daily(self) -> None:
        """Close the day: old reports fade, those of ``delay`` days ago are heard.

        Worked out when somebody asks what is believed.
        """
        self._closed.append(self.today)
        self.today = np.zeros((2, *self._shape))

    def _hear(self) -> None:
        """Hear the reports of the days closed, day by day."""
        days, self._closed = self._closed, []
        for today in days:
            self._late[self._day % len(self._late)] = today
            self._day += 1
            late = self._late[self._day % len(self._late)]
            beliefs.hear(today, late, self._mix, self._fade, self._heard, self._week)

    def take_reports(self) -> F64:
        """Return persons stopped and passed by leg on days closed since last asked, (2, legs)."""
        self._hear()
        taken, self._week = self._week, np.zeros_like(self._week)
        return taken

    def stopped(self) -> F64:
        """Return the believed chance of being stopped, shape (profiles, legs, 2)."""
        self._hear()
        stops, passes = self._heard
        return np.asarray((self._prior_stops + stops) / (self._strength + stops + passes))
