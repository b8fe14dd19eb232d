"""Duty hours: what officers on the books can serve by a shift pattern (MODEL 5a)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sim.errors import ModelError
from sim.scenario.spans import Span
from sim.scenario.specs.control import ShiftPattern

F64 = NDArray[np.float64]

_DAYS = 7.0


def shifts_of(pattern: ShiftPattern) -> tuple[tuple[int, int], ...]:
    """Return the first civil hour and the length in hours of each shift.

    Raises:
        ModelError: A shift does not begin and end on the hour, or the weights do not fit.
    """
    where = f"shift pattern {pattern.id}"
    weights = pattern.weights
    if len(weights) != len(pattern.shifts) or min(weights) < 0 or sum(weights) <= 0:
        raise ModelError(f"{where}: give each of the {len(pattern.shifts)} shifts a weight, not "
                         f"all 0")  # fmt: skip
    return tuple(Span.parse(text, where).whole_hours(where) for text in pattern.shifts)


def weekly_duty_hours(pattern: ShiftPattern, length: float, days: float = _DAYS) -> float:
    """Return the hours an officer who is present can serve in a week of shifts of this length.

    The weekly maximum, or what rest leaves on the days worked: a shift and the rest after it
    must fit into one day to be worked daily, into two to be worked every second day, and so on.
    """
    every = math.ceil((length + pattern.rest.value) / 24.0 - 1e-9)
    return min(pattern.weekly_hours.value, days / every * length)


def duty_per_officer(pattern: ShiftPattern, days: float = _DAYS) -> F64:
    """Return officers on duty in each shift per officer on the books, shape (shifts,).

    Args:
        pattern: The shifts.
        days: Days of a week on which they are worked.
    """
    lengths = [length for _, length in shifts_of(pattern)]
    hours = np.array([weekly_duty_hours(pattern, length, days) for length in lengths])
    weights = np.asarray(pattern.weights, dtype=float)
    weights = weights / weights.sum()
    return np.asarray(pattern.presence.value * weights * hours / (days * np.array(lengths)))


def officers_needed(
    positions: float, hours_per_week: float, pattern: ShiftPattern, days: float = _DAYS
) -> float:
    """Return the officers on the books it takes to man positions for so many hours a week.

    >>> from sim.scenario.specs.control import ShiftPattern
    >>> pattern = ShiftPattern(id="three", shifts=("06:00-14:00", "14:00-22:00", "22:00-06:00"),
    ...                        weights=(1, 1, 1), presence=0.79, weekly_hours=40)
    >>> round(officers_needed(1, 168, pattern), 2)
    5.32
    """
    lengths = np.array([length for _, length in shifts_of(pattern)])
    served = float((days * lengths * duty_per_officer(pattern, days)).sum())
    return positions * hours_per_week / served if served > 0 else math.inf


def require_coverage(
    target: str,
    officers: float,
    positions: float,
    hours_per_week: float,
    pattern: ShiftPattern,
    days: float = _DAYS,
) -> None:
    """Refuse a station whose officers cannot man its positions.

    Raises:
        ModelError: There are too few; the message says how many are needed.
    """
    needed = officers_needed(positions, hours_per_week, pattern, days)
    if officers < needed - 1e-9:
        raise ModelError(
            f"{target}: {officers:g} officers cannot staff {positions:g} position(s) "
            f"{hours_per_week:g} hours a week with pattern {pattern.id}: "
            f"{needed:.1f} officers on the books are needed"
        )
