"""The one seasonal term: departures everywhere, never on one route (MODEL 4, SHIFT.md)."""

from __future__ import annotations

import math


def departures_let_through(year_day: int, depth: float) -> float:
    """Return the share of departures that the season lets through on a day of the year.

    ``s = 1 - depth * max(0, cos(2 pi (day - 15) / 365))``: least in mid-January, 1 from
    mid-April to mid-October. Source: SHIFT.md of the design; depth is fitted.

    >>> round(departures_let_through(15, 0.745), 3), departures_let_through(196, 0.745)
    (0.255, 1.0)
    """
    return 1.0 - depth * max(0.0, math.cos(2 * math.pi * (year_day - 15) / 365))
