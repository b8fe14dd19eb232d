"""Calendar months of a run: labels, days in them, the month of a day."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock


def month_labels(clock: Clock) -> tuple[str, ...]:
    """Return ``YYYY-MM`` of every month the run touches, in order."""
    first = np.datetime64(clock.start, "M")
    last = np.datetime64(clock.until, "D") - np.timedelta64(1, "D")
    return tuple(np.arange(first, last.astype("datetime64[M]") + 1).astype(str).tolist())


def month_of_day(clock: Clock, day: NDArray[Any]) -> NDArray[np.intp]:
    """Return months since the start month of civil days since the start date."""
    days = np.datetime64(clock.start, "D") + day.astype(np.int64)
    months = days.astype("datetime64[M]") - np.datetime64(clock.start, "M")
    return months.astype(np.intp)


def days_by_month(clock: Clock) -> NDArray[np.int64]:
    """Return how many days of each month are simulated, shape (months,)."""
    days = (clock.until - clock.start).days
    return np.bincount(month_of_day(clock, np.arange(days)))


def length_of_months(clock: Clock) -> NDArray[np.int64]:
    """Return how many days each month of the run has on the calendar, shape (months,)."""
    edges = np.datetime64(clock.start, "M") + np.arange(len(month_labels(clock)) + 1)
    return np.asarray(np.diff(edges.astype("datetime64[D]").astype(np.int64)), np.int64)
