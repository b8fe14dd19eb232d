"""Returns outside procedure: nothing laid over a scenario may raise their background rate."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date

from sim.errors import Problem
from sim.scenario.checks.subject import Subject
from sim.scenario.quantities import Quantity
from sim.scenario.specs.control import Aftermath
from sim.scenario.specs.scenario import Scenario


def raised(subject: Subject, before: Scenario) -> Iterator[Problem]:
    """Ask whether a plan or setting raises the rate anywhere on any day.

    Args:
        subject: The scenario with plans and settings.
        before: The same scenario without them.
    """
    for row in subject.scenario.aftermath:
        for old in before.aftermath:
            if (old.border, old.country) != (row.border, row.country) or not _meet(row, old):
                continue
            new_rate, old_rate = _rates(row.outside_share), _rates(old.outside_share)
            if any(new > old + 1e-12 for new, old in zip(new_rate, old_rate, strict=True)):
                yield subject.problem(
                    "outside-share-raised",
                    ("aftermath", row.id, "outside_share"),
                    f"returns outside procedure at {row.border} were "
                    f"{old_rate[0]:g}; no plan or setting may raise them",
                    f"Use at most {old_rate[0]:g}, or leave it.",
                )
                break


def _rates(share: Quantity) -> tuple[float, float, float]:
    """Return the central value, the mean of its draws, and the largest draw."""
    low, high = share.low, share.high
    if low is None or high is None or low == high:
        return share.value, share.value, share.value
    if share.scale == "log":
        return share.value, (high - low) / math.log(high / low), high
    return share.value, (low + high) / 2, high


def _meet(one: Aftermath, two: Aftermath) -> bool:
    first = max(one.since or date.min, two.since or date.min)
    return first < min(one.until or date.max, two.until or date.max)
