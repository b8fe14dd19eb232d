"""May investigations use what they count on?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sim.errors import Problem
from sim.scenario.checks.subject import Subject
from sim.scenario.cooperation_kinds import AgreementMeasure, Terms
from sim.scenario.investigation_kinds import InvestigationMeasure
from sim.scenario.measure_kinds import named_base
from sim.scenario.specs.agreements import Agreement


def joint_teams(subject: Subject) -> Iterator[Problem]:
    """Ask whether an agreement lets each country of a joint team share its evidence."""
    if not subject.complete("agreements"):
        return
    rows = {row.id: row for row in subject.scenario.investigations}
    for row in rows.values():
        yield from _missing(
            subject, ("investigations", row.id, "joint_team"), row.country, row.joint_team,
            row.since, row.until, "",
        )  # fmt: skip
    for name, measure in subject.measures():
        if not isinstance(measure, InvestigationMeasure):
            continue
        for target in measure.at:
            case = rows.get(target.partition(":")[2])
            if case is not None:
                base = named_base(measure.legal_base)
                yield from _missing(
                    subject, (name, measure.id, "joint_team"), case.country, measure.joint_team,
                    measure.since, measure.until, base,
                )  # fmt: skip


def _missing(
    subject: Subject, at: tuple[str, ...], lead: str, team: tuple[str, ...], since: date | None,
    until: date | None, base: str,
) -> Iterator[Problem]:  # fmt: skip
    for partner in team:
        if partner == lead:
            yield subject.problem("bad-team", at, f"{lead} leads the case itself", "Leave it out.")
        elif not _agreed(subject, (lead, partner), since, until, base):
            which = f"agreement {base} gives no" if base else "no agreement in force gives a"
            yield subject.problem(
                "no-agreement", at, f"{which} joint investigation to {lead} and {partner}",
                "Name one with the power `joint_investigation`, or bring one into force with a "
                "measure of kind `agreement`.",
            )  # fmt: skip


def _agreed(
    subject: Subject, pair: tuple[str, str], since: date | None, until: date | None, base: str
) -> bool:
    listed: list[tuple[str, Agreement | Terms, date | None, date | None]] = [
        (a.id, a, a.since, a.until) for a in subject.scenario.agreements
    ]
    listed += [
        (m.id, m.terms, m.since, m.until)
        for _, m in subject.measures()
        if isinstance(m, AgreementMeasure)
    ]
    return any(
        base in ("", name) and who.covers(*pair) and "joint_investigation" in who.powers
        and (since or date.min) < (ends or date.max) and (begins or date.min) < (until or date.max)
        for name, who, begins, ends in listed
    )  # fmt: skip
