"""Can a run of this length, clock and set of parameters start?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from zoneinfo import ZoneInfo

from sim.errors import Problem
from sim.scenario.checks.subject import Subject
from sim.scenario.parameters import PARAMETERS
from sim.scenario.tree import Path

_MONTH = r"\d{4}-(0[1-9]|1[0-2])"
_PERIOD = re.compile(rf"\d{{4}}|{_MONTH}|{_MONTH}\.\.{_MONTH}")
#: Pairs of parameters of which the first may not exceed the second, whatever is drawn.
_ORDERED = (("theta", "mu", "theta-above-mu"), ("low_funds", "high_funds", "funds-order"))
#: Whole hours a window may have: a day is a whole number of windows.
WINDOWS = (1, 2, 3, 4, 6)


def run_period(subject: Subject) -> Iterator[Problem]:
    """Ask whether the run ends after it starts."""
    s = subject.scenario
    if subject.sound("start", "until") and s.start >= s.until:
        yield subject.problem(
            "bad-period",
            ("until",),
            f"the run from {s.start} ends before it starts",
            "`until` is the first day no longer simulated.",
        )


def clock(subject: Subject) -> Iterator[Problem]:
    """Ask whether the tick is an hour and the window 1, 2, 3, 4 or 6 whole hours."""
    s = subject.scenario
    if s.clock.tick.value != 1:
        yield subject.problem(
            "bad-clock", ("clock", "tick"), "a tick is one hour", "Widen the window instead."
        )
    if s.clock.window.value not in WINDOWS:
        yield subject.problem(
            "bad-clock",
            ("clock", "window"),
            "a window has 1, 2, 3, 4 or 6 whole hours",
            "Use 1 h or 3 h.",
        )


def zones(subject: Subject) -> Iterator[Problem]:
    """Ask whether each time zone is known."""
    written: list[tuple[Path, str]] = [(("zone",), subject.scenario.zone)]
    written += [(("countries", c.id, "zone"), c.zone) for c in subject.scenario.countries]
    for path, name in written:
        if not _is_zone(name):
            yield subject.problem(
                "unknown-zone",
                path,
                f"no time zone is called {name!r}",
                "Use an IANA name such as `Europe/Belgrade`.",
            )


@cache
def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        return False
    return True


def parameters_complete(subject: Subject) -> Iterator[Problem]:
    """Ask whether every parameter has a value."""
    written = subject.resolved.tree.values.get("parameters") or {}
    for name, parameter in PARAMETERS.items():
        if name not in written and not subject.excused("parameters", name):
            yield subject.problem(
                "missing-parameter",
                ("parameters", name),
                f"{name} ({parameter.meaning}) has no value",
                "Set it, or extend `common`.",
            )


def parameters_ordered(subject: Subject) -> Iterator[Problem]:
    """Ask whether theta stays at or below mu and the funds bands in order, for every draw."""
    values = subject.scenario.parameters
    for lesser, greater, rule in _ORDERED:
        if lesser not in values or greater not in values:
            continue
        low, high = values[lesser], values[greater]
        top = low.value if low.high is None or low.low is None else low.high
        bottom = high.value if high.low is None or high.high is None else high.low
        if top > bottom:
            yield subject.problem(
                rule,
                ("parameters", lesser),
                f"{lesser} may reach {top:g} where {greater} is {bottom:g}",
                f"Keep {lesser}, with its range, at or below {greater}.",
            )


def target_periods(subject: Subject) -> Iterator[Problem]:
    """Ask whether targets name a month, a year or months from..to."""
    for target in subject.scenario.targets:
        first, _, last = target.period.partition("..")
        if not _PERIOD.fullmatch(target.period) or (last and last < first):
            yield subject.problem(
                "bad-period",
                ("targets", target.id, "period"),
                "a target is for a month, a year or whole months",
                "Write `2018-03`, `2018` or `2018-01..2018-05`.",
            )


def freezing_date(subject: Subject) -> Iterator[Problem]:
    """Ask whether smugglers' adaptation freezes within the run."""
    s = subject.scenario
    frozen = s.adaptation_frozen_from
    if frozen and subject.sound("start", "until") and not s.start <= frozen <= s.until:
        yield subject.problem(
            "outside-run",
            ("adaptation_frozen_from",),
            f"the run is from {s.start} until {s.until}",
            "Name a day of the run.",
        )
