"""Irregular use of a post: who is referred, who is found, and what follows at the counter.

No function here sees an origin, or any property of a person: a cue belongs to a vehicle or a
document, an alert names a document, a vehicle or a network.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.posts import STREAM
from sim.randomness import salt
from sim.scenario.specs.control import USES, HitRate, Post

F64 = NDArray[np.float64]

HIDDEN, FORGED, CLAIM = range(3)
#: What comes of it.
PASSED, INTERCEPTED, REFUSED, CLAIMED = range(4)
#: Minutes and hits of one method, sorted by minutes, by (use, method, trained).
HitCurves = dict[tuple[str, str, bool], tuple[F64, F64]]


def hit_curves(rates: Iterable[HitRate]) -> HitCurves:
    """Return the hit rates as curves over minutes, through (0, 0), one a use and method."""
    points: dict[tuple[str, str, bool], list[tuple[float, float]]] = {}
    for rate in rates:
        key: tuple[str, str, bool] = (rate.use, rate.method, rate.trained)
        points.setdefault(key, [(0.0, 0.0)]).append((rate.minutes.value, rate.hit.value))
    curves: HitCurves = {}
    for key, rows in points.items():
        rows.sort()
        curves[key] = (np.array([m for m, _ in rows]), np.array([h for _, h in rows]))
    return curves


def best_hit(
    curves: HitCurves, use: str, methods: Iterable[str], minutes: float, trained: bool
) -> float:
    """Return the probability of finding a use by the best of the methods in the minutes given.

    Linear between the rows of the table and flat beyond the last. Trained officers use the
    untrained row where the table has no trained one; a method without a row finds nothing.
    """
    best = 0.0
    for method in methods:
        curve = curves.get((use, method, trained)) or curves.get((use, method, False))
        if curve is not None:
            best = max(best, float(np.interp(minutes, *curve)))
    return best


_STREAMS = ("post cue", "post referral", "post search")


class Inspection:
    """First line, referral and second line of irregular users, for all posts.

    P(found) = P(referred | cue, alert) x hit(method, minutes, trained). A claim at the counter
    is a claim whatever the search. An alert always refers.

    Attributes:
        streams: How each post-stream inspects (``kernels.posts``), shape (rows,).
        methods: Search methods in use by post.
        trained: Whether the officers of a post are trained in them, bool, shape (posts,).
        learned: Whether they have learnt them from guests; counts like training.
        version: How often ``refresh`` was called.
    """

    def __init__(self, posts: Sequence[Post], rates: Iterable[HitRate]) -> None:
        self.version = 0
        self.methods: list[tuple[str, ...]] = [tuple(p.methods) for p in posts]
        self.trained = np.zeros(len(posts), dtype=np.bool_)
        self.learned = np.zeros(len(posts), dtype=np.bool_)
        self._curves = hit_curves(rates)
        self._minutes = [[s.second_line.value for s in p.streams] for p in posts]
        self._post_of = np.repeat(np.arange(len(posts)), [len(p.streams) for p in posts])
        self.streams: NDArray[Any] = np.zeros(self._post_of.size, STREAM)
        self._hit: F64 = self.streams["hit"]
        self._known: F64 = self.streams["known"]
        columns = {
            "post": range(len(posts)),
            "cue": [p.cue_share.value for p in posts],
            "plain": [p.referral_plain.value for p in posts],
            "cued": [p.referral_cued.value for p in posts],
        }
        for name, column in columns.items():
            self.streams[name] = np.array(column)[self._post_of]
        salts_ = [[salt(stream, p.id) for stream in _STREAMS] for p in posts]
        self.streams["salts"] = np.array(salts_, np.uint64).reshape(-1, 3)[self._post_of]
        self.refresh()

    def refresh(self) -> None:
        """Recompute the hit table (rows, uses) after ``methods``, ``trained`` or ``learned``."""
        self.version += 1
        row = 0
        for post, minutes in enumerate(self._minutes):
            for m in minutes:
                for k, use in enumerate(USES):
                    methods = self.methods[post]
                    trained = bool(self.trained[post] | self.learned[post])
                    self._hit[row, k] = best_hit(self._curves, use, methods, m, trained)
                    self._known[row, k] = best_hit(self._curves, use, methods, m, True)
                row += 1

    def found_share(self, rows: NDArray[Any], use: NDArray[Any]) -> F64:
        """Return the chance that a use is found, without an alert; 0 for claims. Shape of ``rows``.

        P = (c r_cued + (1 - c) r_plain) x hit, c the share with a cue.
        """
        at = self.streams[rows]
        referred = (1.0 - at["cue"]) * at["plain"] + at["cue"] * at["cued"]
        return np.where(use == CLAIM, 0.0, referred * self._hit[rows, use])
