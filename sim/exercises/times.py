"""Civil times of an exercise and simulation hours."""

from __future__ import annotations

import re
from datetime import date, time

from sim.clock import Clock

_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}):(\d{2}))?")


def hour_at(clock: Clock, text: str) -> int:
    """Return the hour of a civil time such as ``2018-08-13 06:00`` in the scenario's zone.

    Raises:
        ValueError: It is no such time, or does not lie on a full hour.
    """
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        raise ValueError("a time is written as 2018-08-13 06:00")
    day = date.fromisoformat(match[1])
    hour, minute = int(match[2] or 0), int(match[3] or 0)
    if minute:
        raise ValueError("injects and decisions act on full hours")
    if hour > 23:
        raise ValueError("a day has the hours 00 to 23")
    return clock.hour_of(day, time(hour))


def text_of(clock: Clock, hour: float) -> str:
    """Return the civil time of an hour, ``2018-08-13 06:00``."""
    return f"{clock.local(hour):%Y-%m-%d %H:%M}"
