"""Reports on legs: those of a day are heard, older ones fade (``sim.movement.knowledge``)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled

F64 = NDArray[np.float64]


@compiled
def hear(today: F64, late: F64, mix: F64, fade: Any, heard: F64, week: F64) -> None:
    """Close a day of reports.

    Args:
        today: Persons reported stopped and passed in the day, (2, profiles, legs, 2).
        late: Those of the day that is heard of now, same shape.
        mix: Share of the reports of each profile, (profiles, profiles), that another one hears.
        fade: Share of the weight that older reports keep.
        heard: Reports heard, shaped as ``today``; brought up to date.
        week: Persons by leg, (2, legs); the day is added.
    """
    _, profiles, legs, ways = heard.shape
    flat, old = late.reshape(2, profiles, legs * ways), heard.reshape(2, profiles, legs * ways)
    news = np.empty(legs * ways)
    for kind in range(2):
        for p in range(profiles):
            news[:] = 0.0
            for q in range(profiles):
                share = mix[p, q]
                for i in range(news.size):
                    news[i] += share * flat[kind, q, i]
            for i in range(news.size):
                old[kind, p, i] = old[kind, p, i] * fade + news[i]
            for leg in range(legs):
                for way in range(ways):
                    week[kind, leg] += today[kind, p, leg, way]
