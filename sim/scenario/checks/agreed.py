"""What countries have agreed on, by day: what checks of powers and pairs ask."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

from sim.scenario.checks.subject import Subject
from sim.scenario.cooperation_kinds import AgreementMeasure
from sim.scenario.specs.agreements import Agreement


def agreements_of(subject: Subject) -> list[Agreement]:
    """Return listed agreements and those that measures bring into force, some day or other."""
    return [*subject.scenario.agreements, *(_as_row(m) for m in _brought(subject))]


def first_day_without(
    subject: Subject,
    powers: Collection[str],
    pair: tuple[str, str],
    since: date | None,
    until: date | None,
    named: str = "",
) -> date | None:
    """Return the first day of a period within the run on which nothing gives a pair the powers.

    An agreement that waits for a condition (``when``) is in force on no day for sure.

    Args:
        subject: A scenario whose ``start`` and ``until`` are sound.
        powers: Any of them will do.
        pair: The two countries.
        since: First day, None for that of the run.
        until: First day after, None for that of the run.
        named: Id of the only agreement that counts; "" for any.
    """
    sure = [*subject.scenario.agreements]
    sure += [_as_row(m) for m in _brought(subject) if m.when is None]
    spans = sorted(
        (a.since or date.min, a.until or date.max)
        for a in sure
        if a.covers(*pair) and set(a.powers) & set(powers) and named in ("", a.id)
    )
    day = max(since or date.min, subject.scenario.start)
    for begin, end in spans:
        if begin <= day < end:
            day = end
    last = min(until or date.max, subject.scenario.until)
    return day if day < last else None


def ever_agreed(
    subject: Subject, power: str, pair: tuple[str, str], since: date | None, until: date | None
) -> bool:
    """Return whether a power may hold between two countries on any day of a period."""
    return any(
        a.covers(*pair) and power in a.powers
        and (since or date.min) < (a.until or date.max)
        and (a.since or date.min) < (until or date.max)
        for a in agreements_of(subject)
    )  # fmt: skip


def on_every_day(subject: Subject, powers: Collection[str], pair: tuple[str, str]) -> str:
    """Return the remedy for a day without an agreement, and why one that waits is none."""
    what = " or ".join(f"`{power}`" for power in powers)
    waiting = [
        m.id for m in _brought(subject)
        if m.when is not None and m.terms.covers(*pair) and set(m.powers) & set(powers)
    ]  # fmt: skip
    waits = f" ({', '.join(waiting)} waits for a condition: no day is sure)" if waiting else ""
    return (
        f"Name an agreement of {pair[0]} and {pair[1]} that gives {what} on every day of the "
        f"measure, add one by a measure of kind `agreement`, or end the measure before{waits}."
    )


def _brought(subject: Subject) -> Iterator[AgreementMeasure]:
    return (m for _, m in subject.measures() if isinstance(m, AgreementMeasure))


def _as_row(measure: AgreementMeasure) -> Agreement:
    return Agreement.model_validate({
        "id": measure.id, "parties": measure.parties, "powers": measure.powers,
        "from": measure.since, "until": measure.until,
    })  # fmt: skip
