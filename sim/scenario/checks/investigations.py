"""May investigations use what they count on?"""

from __future__ import annotations

from collections.abc import Iterator

from sim.errors import Problem
from sim.scenario.checks.agreed import ever_agreed, first_day_without, on_every_day
from sim.scenario.checks.subject import Subject
from sim.scenario.investigation_kinds import InvestigationMeasure
from sim.scenario.measure_kinds import named_base
from sim.scenario.specs.investigations import Investigation

_POWER = "joint_investigation"


def cases_have_periods(subject: Subject) -> Iterator[Problem]:
    """Ask whether each case ends after it begins."""
    for row in subject.scenario.investigations:
        if row.since and row.until and row.since >= row.until:
            yield subject.problem(
                "bad-period", ("investigations", row.id, "until"),
                f"the case from {row.since} ends before it starts",
                "`until` is the first day after.",
            )  # fmt: skip


def joint_teams(subject: Subject) -> Iterator[Problem]:
    """Ask whether an agreement lets each country of a joint team share its evidence.

    Of a case on some day, before and after which its team shares nothing; of a measure every day.
    """
    if not subject.complete("agreements"):
        return
    rows = {row.id: row for row in subject.scenario.investigations}
    for row in rows.values():
        at = ("investigations", row.id, "joint_team")
        for pair in _pairs(row, row.joint_team):
            if pair[0] == pair[1]:
                yield _leads_itself(subject, at, row)
            elif not ever_agreed(subject, _POWER, pair, row.since, row.until):
                yield subject.problem(
                    "no-agreement", at,
                    f"no agreement in force gives a joint investigation to {' and '.join(pair)}",
                    f"Add one with the power `{_POWER}` to `agreements`.",
                )  # fmt: skip
    for name, measure in subject.measures():
        if not isinstance(measure, InvestigationMeasure) or not subject.sound("start", "until"):
            continue
        at, base = (name, measure.id, "joint_team"), named_base(measure.legal_base)
        which = f"agreement {base} gives no" if base else "no agreement in force gives a"
        cases = (rows.get(target.partition(":")[2]) for target in measure.at)
        for case in filter(None, cases):
            for pair in _pairs(case, measure.joint_team):
                if pair[0] == pair[1]:
                    yield _leads_itself(subject, at, case)
                    continue
                day = first_day_without(
                    subject, (_POWER,), pair, measure.since, measure.until, base
                )
                if day is not None:
                    yield subject.problem(
                        "no-agreement", at,
                        f"{which} joint investigation to {' and '.join(pair)} on {day}",
                        on_every_day(subject, (_POWER,), pair),
                    )  # fmt: skip


def _pairs(case: Investigation, team: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    return ((case.country, partner) for partner in team)


def _leads_itself(subject: Subject, at: tuple[str, ...], case: Investigation) -> Problem:
    return subject.problem("bad-team", at, f"{case.country} leads the case itself", "Leave it out.")
