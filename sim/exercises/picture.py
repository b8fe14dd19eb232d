"""An exercise in a few tables and a picture of its timeline, in plain text and as facts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.exercises.loading import Exercise, PlannedInject
from sim.exercises.specs import Block
from sim.exercises.times import hour_at, text_of

#: Characters that the time axis takes.
WIDTH = 60
#: Times that a drawn axis has room for.
MOST_TICKS = 14
_KINDS = {"information": "i", "event": "E", "decision": "D", "disturbance": "!", "contingency": "c"}


def cast_list(exercise: Exercise) -> list[tuple[str, ...]]:
    """Return role, name, country, seats, what it decides on and what else it sees."""
    return [
        (
            role.id, role.name, role.country or "", str(role.seats), ", ".join(role.owns),
            ", ".join(role.knows),
        )
        for role in exercise.text.roles
    ]  # fmt: skip


def wall_clock(exercise: Exercise) -> list[tuple[str, ...]]:
    """Return block, from, until, simulated hours, minutes, hours a minute, and minutes so far."""
    rows: list[tuple[str, ...]] = []
    so_far = 0.0
    for block in exercise.text.time_plan:
        hours, minutes = _hours(exercise, block), block.takes.value
        so_far += minutes
        speed = f"{hours / minutes:.3g}" if minutes else "jump"
        rows.append((block.id, block.since, block.until, f"{hours}", f"{minutes:g}", speed,
                     f"{so_far:g}"))  # fmt: skip
    return rows


def _hours(exercise: Exercise, block: Block) -> int:
    return hour_at(exercise.clock, block.until) - hour_at(exercise.clock, block.since)


def timeline_picture(exercise: Exercise) -> Iterator[str]:
    """Yield the lines of a picture: a row an inject, its window, and the reference plan's steps.

    ``E`` event, ``i`` information, ``D`` decision, ``!`` disturbance, ``c`` contingency; ``-``
    the window of an expected action; ``*`` a step of the reference plan.
    """
    ids = [i.spec.id for i in exercise.injects] + [s.spec.id for s in exercise.steps]
    margin = min(max((len(name) for name in ids), default=8), 28) + 2
    yield " " * margin + _axis(exercise)
    yield " " * margin + _blocks(exercise)
    for inject in exercise.injects:
        who = ", ".join(inject.spec.to if len(inject.spec.to) < 3 else (*inject.spec.to[:2], "..."))
        mark = " (on call)" if inject.spec.status == "on_call" else ""
        yield f"{inject.spec.id[: margin - 2]:<{margin}}{_row(exercise, inject)}  to {who}{mark}"
    for step in exercise.steps:
        row = [" "] * WIDTH
        row[_column(exercise, step.hour)] = "*"
        yield f"{step.spec.id[: margin - 2]:<{margin}}{''.join(row)}  by {step.spec.role}"
    yield ("E event  i information  D decision  ! disturbance  c contingency  - window  "
           "* reference plan  = played  ~ jumped")  # fmt: skip


def timeline_facts(exercise: Exercise) -> dict[str, Any]:
    """Return the timeline as plain data for a drawing, in hours since the begin of play."""
    begin = exercise.begin
    return {
        "title": f"Timeline: {exercise.text.title or exercise.id}",
        "zone": exercise.clock.zone,
        "hours": exercise.end - begin,
        "ticks": _ticks(exercise),
        "blocks": [
            {"begin": hour_at(exercise.clock, block.since) - begin,
             "end": hour_at(exercise.clock, block.until) - begin, "minutes": block.takes.value}
            for block in exercise.text.time_plan
        ],
        "injects": [
            {"id": i.spec.id, "type": i.spec.inject_type, "hour": i.hour - begin,
             "until": None if i.expectation is None else min(i.until, exercise.end) - begin,
             "to": list(i.spec.to), "on_call": i.spec.status == "on_call"}
            for i in exercise.injects
        ],
        "steps": [{"id": s.spec.id, "hour": s.hour - begin, "role": s.spec.role}
                  for s in exercise.steps],
    }  # fmt: skip


def _ticks(exercise: Exercise) -> list[dict[str, Any]]:
    """Return round civil hours with their texts, as many as an axis has room for."""
    hours = range(exercise.begin, exercise.end + 1)
    step = next((s for s in (1, 3, 6, 12) if len(hours) / s <= MOST_TICKS), 24)
    moments = [(hour - exercise.begin, exercise.clock.local(hour)) for hour in hours]
    return [{"hour": hour, "text": f"{at:%H:%M}\n{at.day} {at:%b}"}
            for hour, at in moments if at.hour % step == 0]  # fmt: skip


def _column(exercise: Exercise, hour: int) -> int:
    share = (hour - exercise.begin) / max(exercise.end - exercise.begin, 1)
    return min(int(share * WIDTH), WIDTH - 1)


def _row(exercise: Exercise, inject: PlannedInject) -> str:
    row = [" "] * WIDTH
    if inject.expectation is not None:
        end = _column(exercise, min(inject.until, exercise.end))
        for column in range(_column(exercise, inject.hour), end + 1):
            row[column] = "-"
    row[_column(exercise, inject.hour)] = _KINDS[inject.spec.inject_type]
    return "".join(row)


def _axis(exercise: Exercise) -> str:
    """Return civil times along the axis, as many as fit without touching."""
    line = [" "] * (WIDTH + 16)
    free = 0
    step = max((exercise.end - exercise.begin) // 5, 1)
    for hour in range(exercise.begin, exercise.end, step):
        column, label = _column(exercise, hour), text_of(exercise.clock, hour)[5:]
        if column >= free and column + len(label) <= len(line):
            line[column : column + len(label)] = label
            free = column + len(label) + 1
    return "".join(line).rstrip()


def _blocks(exercise: Exercise) -> str:
    row = [" "] * WIDTH
    for block in exercise.text.time_plan:
        begin = _column(exercise, hour_at(exercise.clock, block.since))
        end = _column(exercise, hour_at(exercise.clock, block.until))
        sign = "=" if block.takes.value else "~"
        for column in range(begin, max(end, begin + 1)):
            row[column] = sign
        row[begin] = "|"
    return "".join(row)
