"""Can tracks of readmission be followed, and are they agreed on?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from sim.errors import Problem
from sim.scenario.checks.agreed import ever_agreed, first_day_without, on_every_day
from sim.scenario.checks.subject import Subject
from sim.scenario.measure_kinds import is_span
from sim.scenario.readmission_kinds import ReadmissionMeasure
from sim.scenario.specs.readmission import Readmission

_WALL = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def readmission_tracks(subject: Subject) -> Iterator[Problem]:
    """Ask whether each track of readmission can be followed."""
    places = subject.places
    seen: dict[tuple[str, str, str], list[Readmission]] = {}
    for row in subject.scenario.readmission:
        at = ("readmission", row.id)
        for key, wrong, message, remedy in (
            ("requested", row.requesting == row.requested, "a state asks itself",
             "Name two countries."),
            ("place", row.place in places and places[row.place].country != row.requested,
             f"{row.place} does not lie in {row.requested}", "Name a place there."),
            ("near_hours", row.track == "accelerated" and row.near_hours is None,
             "an accelerated track needs the hours after entry within which it is open",
             "Give `near_hours` and `near_distance`."),
            ("near_distance", row.track == "accelerated" and row.near_distance is None,
             "an accelerated track needs the distance from the border within which it is open",
             "Give `near_hours` and `near_distance`."),
            ("office", not is_span(row.office), "this is no span of civil time",
             "Write e.g. `08:00-16:00`, or `00:00-24:00` for always."),
            ("handover", not _WALL.fullmatch(row.handover), "this is no time of day",
             "Write e.g. `12:00`."),
            ("until", row.since is not None and row.until is not None and row.since >= row.until,
             f"the period from {row.since} ends before it starts",
             "`until` is the first day after."),
        ):  # fmt: skip
            if wrong:
                yield subject.problem("bad-track", (*at, key), message, remedy)
        for other in seen.setdefault((row.requesting, row.requested, row.track), []):
            if _together(row, other):
                yield subject.problem(
                    "track-twice",
                    at,
                    f"{other.id} is the {row.track} track of {row.requesting} and "
                    f"{row.requested} in the same period",
                    "End one before the other starts.",
                )
        seen[row.requesting, row.requested, row.track].append(row)
    for name, measure in subject.measures():
        span = getattr(measure, "office", None)
        if isinstance(measure, ReadmissionMeasure) and span is not None and not is_span(span):
            yield subject.problem(
                "bad-span",
                (name, measure.id, "office"),
                "this is no span of civil time",
                "Write e.g. `08:00-16:00`, or `00:00-24:00` for always.",
            )


def _together(one: Readmission, two: Readmission) -> bool:
    return (one.since or date.min) < (two.until or date.max) and (two.since or date.min) < (
        one.until or date.max
    )


def readmission_agreed(subject: Subject) -> Iterator[Problem]:
    """Ask whether an agreement gives readmission to the two states of each track.

    Of a track on some day, before and after which it rests; of a measure on every day.
    """
    rows = {row.id: row for row in subject.scenario.readmission}
    if not subject.complete("agreements"):
        return
    for row in rows.values():
        pair = row.requesting, row.requested
        if not ever_agreed(subject, "readmission", pair, row.since, row.until):
            yield subject.problem(
                "no-agreement",
                ("readmission", row.id),
                f"no agreement in force gives readmission between {row.requesting} and "
                f"{row.requested}",
                "Add one with the power `readmission` to `agreements`.",
            )
    for name, measure in subject.measures():
        if not isinstance(measure, ReadmissionMeasure) or not subject.sound("start", "until"):
            continue
        for target in measure.at:
            track = rows.get(target.partition(":")[2])
            if track is None:
                continue
            pair, power = (track.requesting, track.requested), ("readmission",)
            day = first_day_without(subject, power, pair, measure.since, measure.until)
            if day is not None:
                yield subject.problem(
                    "no-agreement",
                    (name, measure.id, "at"),
                    f"no agreement in force gives readmission between {track.requesting} and "
                    f"{track.requested} on {day}",
                    on_every_day(subject, power, pair),
                )
