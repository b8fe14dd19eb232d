"""Can centres, their desks and clocks work as written?"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

import numpy as np

from sim.errors import ModelError, Problem
from sim.scenario.checks.subject import Subject
from sim.scenario.duty import require_coverage, shifts_of
from sim.scenario.measure_kinds import is_span
from sim.scenario.measures import Change, Posting
from sim.scenario.names import nearest
from sim.scenario.spans import Span
from sim.scenario.specs.centres import Desk
from sim.scenario.specs.control import ShiftPattern
from sim.scenario.tree import Path

_LANGUAGE = re.compile("[a-z]{2}")


def centres_work(subject: Subject) -> Iterator[Problem]:
    """Ask whether each centre joins two countries, and works between two dates."""
    borders = {leg.border for leg in subject.scenario.legs if leg.border}
    for row in subject.scenario.centres:
        at = ("centres", row.id)
        if len(set(row.countries)) < len(row.countries):
            yield subject.problem(
                "duplicate-party", (*at, "countries"), "a country is named twice",
                "Name each country once.",
            )  # fmt: skip
        if (len(row.countries) == 1) != (row.type == "contact_point"):
            yield subject.problem(
                "wrong-length", (*at, "countries"),
                "a contact point is one country's own, a centre joins two or more",
                "Name the countries, or set `type`.",
            )  # fmt: skip
        if row.opened and row.closed and row.opened >= row.closed:
            yield subject.problem(
                "bad-period", (*at, "closed"), f"the centre opens on {row.opened}",
                "`closed` is the first day it no longer works.",
            )  # fmt: skip
        for number, border in enumerate(row.borders, 1):
            if borders and border not in borders:
                yield subject.problem(
                    "unknown-border", (*at, "borders", str(number)), f"no leg crosses {border}",
                    nearest(border, borders, "border"),
                )  # fmt: skip


def desks_stand_in_centres(subject: Subject) -> Iterator[Problem]:
    """Ask whether each desk is one of its centre's countries, the only one of it there."""
    centres = {row.id: row for row in subject.scenario.centres}
    seen: dict[tuple[str, str], str] = {}
    for desk in subject.scenario.desks:
        centre = centres.get(desk.centre)
        if centre is not None and desk.country not in centre.countries:
            yield subject.problem(
                "wrong-country", ("desks", desk.id, "country"),
                f"{desk.centre} is of {', '.join(centre.countries)}",
                "Name one of them, or add the country to the centre.",
            )  # fmt: skip
        first = seen.setdefault((desk.centre, desk.country), desk.id)
        if first != desk.id:
            yield subject.problem(
                "duplicate-id", ("desks", desk.id), f"{first} is this country's desk there",
                "Keep one desk a country and centre.",
            )  # fmt: skip


def desks_are_staffed(subject: Subject) -> Iterator[Problem]:
    """Ask whether the officers of each desk can staff it in its hours, measures included."""
    patterns = {row.id: row for row in subject.scenario.shift_patterns}
    standing = {row.id for row in subject.scenario.centres if row.standing}
    for desk in subject.scenario.desks:
        if desk.centre in standing:
            books = sum(q.value for q in desk.officers.values())
            yield from _staffed(subject, ("desks", desk.id), desk, books, patterns)
    yield from _staffed_by_measures(subject, patterns, standing)


def _staffed_by_measures(
    subject: Subject, patterns: dict[str, ShiftPattern], standing: set[str]
) -> Iterator[Problem]:
    changes: dict[str, list[Change]] = defaultdict(list)
    postings: dict[str, list[Posting]] = defaultdict(list)
    where: dict[str, Path] = {}
    for name, measure in subject.measures():
        where[measure.id] = (name, measure.id)
        for change in measure.changes():
            changes[change.target].append(change)
        for posting in measure.postings():
            postings[posting.target].append(posting)
    for desk in subject.scenario.desks:
        targets = (f"desk:{desk.id}", f"centre:{desk.centre}")
        mine = [c for target in targets for c in changes[target]]
        moved = postings[f"desk:{desk.id}"]
        turns: list[Change | Posting] = [*mine, *moved]
        for turn in turns:
            held = [c for c in mine if _holds(c, turn.since)]
            opened = any(c.quantity == "opened" and c.value for c in held)
            if desk.centre not in standing and not opened:
                continue
            books = float(sum(q.value for q in desk.officers.values()))
            books += sum(p.officers for p in moved if _holds(p, turn.since))
            keys = {c.quantity: c.value for c in held if c.quantity in ("hours", "days", "shift")}
            now = desk.model_copy(update=keys)
            yield from _staffed(subject, where[turn.measure], now, books, patterns)


def _holds(turn: Change | Posting, day: date) -> bool:
    return bool(turn.since <= day and (turn.until is None or day < turn.until))


def _staffed(
    subject: Subject, path: Path, desk: Desk, books: float, patterns: dict[str, ShiftPattern]
) -> Iterator[Problem]:
    pattern = patterns.get(desk.shift)
    if pattern is None or not is_span(desk.hours):
        return
    try:
        span = Span.parse(desk.hours, f"desk {desk.id}")
        days = len(set(desk.days))
        served = np.zeros(24, np.bool_)
        for begin, length in shifts_of(pattern):
            served[(begin + np.arange(length)) % 24] = True
    except ModelError:
        return  # told by the questions about spans and shifts
    if (span.shares()[~served] > 0).any():
        yield subject.problem(
            "hours-without-shift", (*path, "hours"),
            f"pattern {pattern.id} has nobody on duty in some of the hours {desk.hours}",
            "Take another pattern, or other hours.",
        )  # fmt: skip
        return
    try:
        require_coverage(f"desk:{desk.id}", books, 1.0, span.hours * days, pattern, days)
    except ModelError as error:
        yield subject.problem(
            "not-enough-officers", (*path, "officers"), str(error),
            "Give it the officers, or shorter hours.",
        )  # fmt: skip


def desks_know(subject: Subject) -> Iterator[Problem]:
    """Ask whether requests want each system of a desk, and languages are codes of ISO 639-1."""
    s = subject.scenario
    wanted = {row.system for row in s.request_kinds}
    spoken = {word for desk in s.desks for word in desk.languages if _LANGUAGE.fullmatch(word)}
    for desk in s.desks:
        for number, system in enumerate(desk.systems, 1):
            if wanted and system not in wanted and subject.complete("request_kinds"):
                yield subject.problem(
                    "unknown-system", ("desks", desk.id, "systems", str(number)),
                    f"no kind of request asks the system {system!r}",
                    nearest(system, wanted, "system"),
                )  # fmt: skip
        for number, word in enumerate(desk.languages, 1):
            if not _LANGUAGE.fullmatch(word):
                others = ", ".join(f"`{code}`" for code in sorted(spoken)[:4]) or "`de`, `en`"
                yield subject.problem(
                    "unknown-value", ("desks", desk.id, "languages", str(number)),
                    f"{word!r} is no code of a language",
                    f"Write two lower-case letters of ISO 639-1, e.g. {others}.",
                )  # fmt: skip


def kinds_of_request(subject: Subject) -> Iterator[Problem]:
    """Ask whether each kind of request stands once, and desks have something to answer."""
    s = subject.scenario
    seen: dict[str, str] = {}
    for row in s.request_kinds:
        first = seen.setdefault(row.kind, row.id)
        if first != row.id:
            yield subject.problem(
                "duplicate-id", ("request_kinds", row.id, "kind"), f"{first} is this kind",
                "Keep one row a kind.",
            )  # fmt: skip
        for key in ("own", "partner"):
            if getattr(row, key).value <= 0:
                yield subject.problem(
                    "out-of-range", ("request_kinds", row.id, key), f"{key} takes no time",
                    "Use more than 0.",
                )  # fmt: skip
        if row.spread.value < 0:
            yield subject.problem(
                "out-of-range", ("request_kinds", row.id, "spread"), "a spread is 0 or more",
                "Use 0 or more.",
            )  # fmt: skip
    if s.desks and not s.request_kinds and subject.complete("request_kinds"):
        yield subject.problem(
            "no-request-kinds", ("desks", s.desks[0].id),
            "there are desks, and no kind of request to answer", "Add rows to `request_kinds`.",
        )  # fmt: skip


def clocks_of_answers(subject: Subject) -> Iterator[Problem]:
    """Ask whether each clock has a period and limits, and none contradicts another."""
    rows = subject.scenario.answer_clocks
    for row in rows:
        at = ("answer_clocks", row.id)
        if len(row.parties) == 1 or len(set(row.parties)) < len(row.parties):
            yield subject.problem(
                "wrong-length", (*at, "parties"), "a clock holds between two countries or more",
                "Name distinct parties, or none for all.",
            )  # fmt: skip
        if row.since and row.until and row.since >= row.until:
            yield subject.problem(
                "bad-period", (*at, "until"), f"the period from {row.since} ends before it starts",
                "`until` is the first day after.",
            )  # fmt: skip
        if row.urgent.value > row.normal.value:
            yield subject.problem(
                "out-of-range", (*at, "urgent"), "urgent takes longer than normal",
                "Swap the two.",
            )  # fmt: skip
    same = defaultdict(list)
    for row in rows:
        for kind in row.kinds or ("",):
            same[tuple(sorted(row.parties)), kind].append(row)
    for group in same.values():
        group.sort(key=lambda r: r.since or date.min)
        for one, two in pairwise(group):
            if (one.since or date.min) == (two.since or date.min):
                yield subject.problem(
                    "duplicate-id", ("answer_clocks", two.id),
                    f"{one.id} holds for the same parties and kinds from the same day",
                    "Remove one of the two.",
                )  # fmt: skip


def desk_measures(subject: Subject) -> Iterator[Problem]:
    """Ask whether officers join a desk of their own country, in a shift that exists."""
    desks = {row.id: row for row in subject.scenario.desks}
    shifts = subject.ids("shift_patterns")
    for name, measure in subject.measures():
        if measure.kind not in ("centre_desk", "officer_exchange"):
            continue
        for posting in measure.postings():
            desk = desks.get(posting.target.partition(":")[2])
            if posting.officers > 0 and desk is not None and desk.country != posting.country:
                yield subject.problem(
                    "wrong-country", (name, measure.id, "officers", posting.country),
                    f"{desk.id} is a desk of {desk.country}",
                    f"Name officers of {desk.country}.",
                )  # fmt: skip
        shift = getattr(measure, "shift", None)
        if shift is not None and shift not in shifts:
            yield subject.problem(
                "unknown-shift-pattern", (name, measure.id, "shift"), f"no shift pattern {shift!r}",
                nearest(shift, shifts, "shift pattern"),
            )  # fmt: skip


def centres_are_open(subject: Subject) -> Iterator[Problem]:
    """Ask whether the centre of a desk works from a measure's first day to its last."""
    s = subject.scenario
    if not subject.sound("start", "until"):
        return
    centres = {row.id: row for row in s.centres}
    desks = {row.id: row for row in s.desks}
    for name, measure in subject.measures():
        if measure.kind not in ("centre_desk", "officer_exchange"):
            continue
        told: set[str] = set()
        for target in measure.at:
            kind, _, which = target.partition(":")
            desk = desks.get(which) if kind == "desk" else None
            centre = centres.get(desk.centre if desk else which if kind == "centre" else "")
            if centre is None or centre.id in told:
                continue
            first = max(measure.since, s.start)
            last = min(subject.until(measure.until), s.until)
            told.add(centre.id)
            if centre.opened is not None and centre.opened > first:
                yield subject.problem(
                    "not-open", (name, measure.id, "from"),
                    f"{centre.id} opens on {centre.opened}, the measure begins on {first}",
                    f"Begin it on {centre.opened}, or name another centre.",
                )  # fmt: skip
            elif centre.closed is not None and centre.closed < last:
                yield subject.problem(
                    "not-open", (name, measure.id, "until"),
                    f"{centre.id} works until {centre.closed}, the measure until {last}",
                    f"End it by {centre.closed}, or name another centre.",
                )  # fmt: skip


def guests_meet_desk_hours(subject: Subject) -> Iterator[Problem]:
    """Ask whether officers sent to a desk serve in some hour in which it may be open."""
    desks = {row.id: row for row in subject.scenario.desks}
    changes = [c for _, measure in subject.measures() for c in measure.changes()]
    for name, measure in subject.measures():
        for posting in measure.postings():
            desk = desks.get(posting.target.removeprefix("desk:"))
            hours = posting.hours
            if desk is None or posting.as_host or hours is None or not is_span(hours):
                continue
            where = (posting.target, f"centre:{desk.centre}")
            set_ = {str(c.value) for c in changes if c.quantity == "hours" and c.target in where}
            served = Span.parse(hours, measure.id).shares() > 0
            opened = [h for h in (desk.hours, *sorted(set_)) if is_span(h)]
            if not any((Span.parse(h, desk.id).shares()[served] > 0).any() for h in opened):
                yield subject.problem(
                    "not-open", (name, measure.id, "hours"),
                    f"{desk.id} is open {' or '.join(opened)}: they would never sit there",
                    "Name hours in which the desk is open, or leave `hours` out.",
                )  # fmt: skip
