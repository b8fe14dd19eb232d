"""People's rights: nothing that is laid over a scenario may lower them.

A scenario's own rows and history say what states do. A plan, a setting, a measure, an inject or
an order may make that better for people, never worse (MODEL 14): returns outside procedure may
not become more, and access to asylum, registration, referral of children, the reflection period
of victims and claims on tracks of readmission not less.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from sim.errors import Problem
from sim.scenario.checks.subject import Subject
from sim.scenario.measure_kinds import ScreeningMeasure
from sim.scenario.measures import Measure
from sim.scenario.quantities import Quantity
from sim.scenario.specs.control import Aftermath
from sim.scenario.specs.readmission import Readmission
from sim.scenario.specs.scenario import Scenario
from sim.scenario.tree import Path

#: Lists of a scenario in which the rights stand.
LISTS = ("aftermath", "history", "measures", "readmission", "screening")
#: Rights in rows of ``screening`` that a measure may raise: to claim asylum, to have the claim
#: registered, and of unaccompanied children to be referred.
RAISED_BY_MEASURES = ("access_share", "registered_share", "referral_share")
#: All of them: the reflection period of an identified victim is no measure's.
OF_SCREENING = (*RAISED_BY_MEASURES, "reflection")
#: Equal within this, shares and hours.
_SAME = 1e-12


def outside_share_raised(subject: Subject, before: Scenario) -> Iterator[Problem]:
    """Ask whether a plan or setting raises returns outside procedure anywhere on any day.

    Args:
        subject: The scenario with plans and settings.
        before: The same scenario without them.
    """
    for row in subject.scenario.aftermath:
        for old in before.aftermath:
            if (old.border, old.country) != (row.border, row.country) or not _meet(row, old):
                continue
            was = _numbers(old.outside_share)
            if _above(_numbers(row.outside_share)[1:], was[1:]):
                yield subject.problem(
                    "outside-share-raised",
                    ("aftermath", row.id, "outside_share"),
                    f"returns outside procedure at {row.border} were "
                    f"{was.value:g}; no plan or setting may raise them",
                    f"Use at most {was.value:g}, or leave it.",
                )
                break


def screening_lowered(subject: Subject, before: Scenario) -> Iterator[Problem]:
    """Ask whether a plan or setting lowers a right in ``screening`` on any day, or takes it out.

    What ``history`` sets counts in its days: a plan may neither add what lowers a right there nor
    take away what raises it, unless a measure of the plan's own does so as well. Numbers are
    compared as in ``_numbers``, so that no draw lowers it.
    """
    after = subject.scenario
    days = {date.min}
    for measure in (*before.history, *after.history, *before.measures, *after.measures):
        if isinstance(measure, ScreeningMeasure):
            days |= {measure.since, measure.until or date.max}
    for row in before.screening:
        if all(row.country != other.country for other in after.screening):
            if subject.complete("screening"):
                yield subject.problem(
                    "rights-lowered",
                    ("screening", row.id),
                    f"how {row.country} screens is taken out; no plan or setting may do that",
                    f"Keep a row for {row.country}.",
                )
            continue
        for right in OF_SCREENING:
            for day in sorted(days):
                worse = _worse(before, after, row.country, right, day)
                if worse is not None:
                    path, source, was = worse
                    by = f" by {source[0]}.{source[1]} from {day}" if source[0] != path[0] else ""
                    yield _lowered(subject, path, f"{right} of {row.country}", was, by)
                    break


def claims_lowered(subject: Subject, before: Scenario) -> Iterator[Problem]:
    """Ask whether a plan or setting leaves fewer claims on a track of readmission, or later ones.

    A row is held against that of its id, and against those of the same track on the same days.
    """
    for track in subject.scenario.readmission:
        own = [old for old in before.readmission if _same_track(track, old)]
        for old in own:
            at = ("readmission", track.id)
            if _above(_numbers(old.claim_share), _numbers(track.claim_share)):
                yield _lowered(subject, (*at, "claim_share"), "claim_share", old.claim_share)
                break
        for old in own:
            was = _numbers(old.claim_delay)
            if _above(_numbers(track.claim_delay), was):
                yield subject.problem(
                    "rights-lowered",
                    ("readmission", track.id, "claim_delay"),
                    f"claim_delay was {_told(old.claim_delay)}; no plan or setting may make "
                    "claims later",
                    f"Use at most {_told(old.claim_delay)}, or leave it.",
                )
                break


#: Asked of a scenario with plans and settings against the same scenario without them.
QUESTIONS = (outside_share_raised, screening_lowered, claims_lowered)


def screening_measures(subject: Subject) -> Iterator[Problem]:
    """Ask whether each measure of screening leaves the rights in ``screening`` or raises them.

    A number below the country's row in some draws only is lifted to it in those (``drawing``).
    """
    for measure in subject.scenario.measures:
        if not isinstance(measure, ScreeningMeasure):
            continue
        for row in subject.scenario.screening:
            for right in RAISED_BY_MEASURES:
                share: Quantity | None = getattr(measure, right)
                if share is None or f"country:{row.country}" not in measure.at:
                    continue
                least: Quantity = getattr(row, right)
                if _above(_numbers(least)[:3], _numbers(share)[:3]):
                    yield subject.problem(
                        "rights-lowered",
                        ("measures", measure.id, right),
                        f"{right} of {row.country} is {_told(least)} without the measure; "
                        "measures may only raise it",
                        f"Use at least {_told(least)}, or leave it.",
                    )


class _Numbers(NamedTuple):
    """What is compared of a quantity that may be drawn between low and high."""

    low: float
    value: float
    mean: float
    high: float


def _numbers(quantity: Quantity) -> _Numbers:
    """Return the least draw, the central value, the mean of the draws, and the largest draw."""
    value, low, high = quantity.value, quantity.low, quantity.high
    if low is None or high is None or low == high:
        return _Numbers(value, value, value, value)
    if quantity.scale == "log":
        return _Numbers(low, value, (high - low) / math.log(high / low), high)
    return _Numbers(low, value, (low + high) / 2, high)


def _above(some: tuple[float, ...], others: tuple[float, ...]) -> bool:
    return any(one > other + _SAME for one, other in zip(some, others, strict=True))


def _worse(
    before: Scenario, after: Scenario, country: str, right: str, day: date
) -> tuple[Path, Path, Quantity] | None:
    """Return where a right is lower on a day than before, where it was set then, and to what.

    A measure that waits for a condition counts where it lowers the right, and is new.
    """
    source, was = _in_force(before, country, right, day)
    now = [_in_force(after, country, right, day)]
    for measure in after.history:
        share = _stated(measure, country, right, day)
        if share is not None and measure.when is not None and measure not in before.history:
            now.append((("history", measure.id, right), share))
    for path, share in now:
        own_question = path[0] == "measures" and source[0] == "screening"
        if not own_question and _above(_numbers(was), _numbers(share)):
            return path, source, was
    return None


def _in_force(scenario: Scenario, country: str, right: str, day: date) -> tuple[Path, Quantity]:
    """Return where a right is set on a day, by a measure or by its row, and to what."""
    for name, measures in (("history", scenario.history), ("measures", scenario.measures)):
        for measure in measures:
            share = _stated(measure, country, right, day)
            if share is not None and measure.when is None:
                return (name, measure.id, right), share
    row = next(row for row in scenario.screening if row.country == country)
    return ("screening", row.id, right), getattr(row, right)


def _stated(measure: Measure, country: str, right: str, day: date) -> Quantity | None:
    """Return what a measure of screening that holds on a day sets a right to."""
    if not isinstance(measure, ScreeningMeasure) or f"country:{country}" not in measure.at:
        return None
    if not measure.since <= day < (measure.until or date.max):
        return None
    share: Quantity | None = getattr(measure, right, None)
    return share


def _lowered(subject: Subject, path: Path, what: str, was: Quantity, by: str = "") -> Problem:
    return subject.problem(
        "rights-lowered",
        path,
        f"{what} was {_told(was)}{by}; no plan or setting may lower it",
        "Leave it, or state value, low and high, none below these; a measure of kind `screening` "
        "may raise it with one number."
        if was.low is not None and path[0] == "screening" and path[-1] in RAISED_BY_MEASURES
        else f"Use at least {_told(was)}, or leave it.",
    )


def _told(quantity: Quantity) -> str:
    """Return a number as the messages tell it: ``0.6 (low 0.3, high 0.9)``, ``720 h``."""
    unit = f" {quantity.unit}" if quantity.unit == "h" else ""
    low, high = quantity.low, quantity.high
    if low is None or high is None or low == high:
        return f"{quantity.value:g}{unit}"
    return f"{quantity.value:g}{unit} (low {low:g}, high {high:g})"


def _same_track(one: Readmission, two: Readmission) -> bool:
    if one.id == two.id:
        return True
    pairs = [(row.requesting, row.requested, row.track) for row in (one, two)]
    return pairs[0] == pairs[1] and _meet(one, two)


def _meet(one: Aftermath | Readmission, two: Aftermath | Readmission) -> bool:
    first = max(one.since or date.min, two.since or date.min)
    return first < min(one.until or date.max, two.until or date.max)
