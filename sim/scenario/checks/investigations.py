"""May investigations use what they count on?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sim.errors import Problem
from sim.scenario.checks.subject import Subject
from sim.scenario.cooperation_kinds import AgreementMeasure
from sim.scenario.investigation_kinds import InvestigationMeasure


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
                base = (measure.legal_base or "").partition(":")[2]
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
        elif not _agreed(subject, {lead, partner}, since, until, base):
            which = f"agreement {base} gives no" if base else "no agreement in force gives a"
            yield subject.problem(
                "no-agreement", at, f"{which} joint investigation to {lead} and {partner}",
                "Name one with the power `joint_investigation`, or bring one into force with a "
                "measure of kind `agreement`.",
            )  # fmt: skip


def _agreed(
    subject: Subject, pair: set[str], since: date | None, until: date | None, base: str
) -> bool:
    listed = [(a.id, a.parties, a.powers, a.since, a.until) for a in subject.scenario.agreements]
    listed += [
        (m.id, m.parties, m.powers, m.since, m.until)
        for _, m in subject.measures()
        if isinstance(m, AgreementMeasure)
    ]
    return any(
        base in ("", name) and pair <= set(parties) and "joint_investigation" in powers
        and (since or date.min) < (ends or date.max) and (begins or date.min) < (until or date.max)
        for name, parties, powers, begins, ends in listed
    )  # fmt: skip
