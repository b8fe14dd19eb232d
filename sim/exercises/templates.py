"""The first text of a new exercise: it passes its check as it is, and says what to change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sim.exercises.specs import EVERYBODY, STAFF
from sim.scenario.specs.scenario import Scenario

#: Days after the start at which a new exercise begins, at most.
_LATEST = 90
#: Hours that a new exercise goes on after the last row of an events list.
_AFTER = 4
_BY = re.compile(r"\bby ([a-z0-9_]+)")


def exercise_text(
    name: str,
    scenario: Scenario,
    reference: str,
    table: str = "",
    rows: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Return an exercise that fits a scenario.

    Args:
        name: Id of the exercise.
        scenario: The scenario it is played on.
        reference: What ``scenario`` names: a shipped one, or a file beside the exercise.
        table: Name of a CSV file beside it that holds the timeline; empty writes two injects.
        rows: The rows of that table; roles, objectives and tasks they name are written out.
    """
    country, target = _watched(scenario)
    begin, end = _period(scenario, rows)
    roles = _roles(rows) or [f"duty_{country.lower()}"]
    middle = begin + (end - begin) // 2
    middle = middle.replace(minute=0)
    lines = [
        f"exercise: {name}",
        "title: Say in a few words what it is called",
        "summary: Say in one line what happens",
        f"scenario: {reference}",
        f"at: {begin:%Y-%m-%d %H:%M}            # civil time; the world runs there first",
        "",
        "# What the numbers of this file rest on: an exercise is invented, and says so.",
        f'provenance: {{source: "assumed: made up for the exercise {name}", status: assumed}}',
        "",
        "roles:",
    ]
    for role in roles:
        lines += _role(role, country)
    lines += ["", *_aims(rows), ""]
    lines += [
        "# Blocks of simulated time and the minutes they take; 0 min is a jump.",
        "time_plan:",
        _block("first_half", begin, middle, 30),
        _block("second_half", middle, end, 10),
        "",
    ]
    day = f"{begin:%Y-%m-%d}"
    lines += [f"timeline_table: {table}"] if table else _injects(scenario, day, roles[0], target)
    place = target.startswith("place:")
    what = "reception_places: 100" if place else f"officers: {{{country}: 6}}"
    kind = "reception_places" if place else "staffing"
    lines += [
        "",
        "# What a good answer looks like; roles without a player follow it.",
        "reference_plan:",
        "  - id: first_answer",
        f"    time: {begin + timedelta(hours=2):%Y-%m-%d %H:%M}",
        f"    role: {roles[0]}",
        f'    measure: {{kind: {kind}, at: "{target}", {what}}}',
        "    because: Say why",
        "",
        "# For the facilitator alone.",
        "notes: |",
        "  Say what to watch for.",
        "",
    ]
    return "\n".join(lines)


def _watched(scenario: Scenario) -> tuple[str, str]:
    """Return a country and a place of its that officers can be sent to."""
    for kind, rows in (("sector", scenario.sectors), ("post", scenario.posts)):
        for row in rows:
            return row.country, f"{kind}:{row.id}"
    place = scenario.places[0]
    return place.country, f"place:{place.id}"


def _period(scenario: Scenario, rows: Sequence[Mapping[str, Any]]) -> tuple[datetime, datetime]:
    """Return begin and end: half a day, or what the rows of an events list span."""
    days = (scenario.until - scenario.start).days
    day = scenario.start + timedelta(days=min(days // 4, _LATEST))
    first = _at(day, 6)
    if not rows:
        return first, _at(day, 18)
    times = []
    for row in rows:
        try:
            times.append(datetime.fromisoformat(str(row.get("time"))))
        except ValueError:
            continue  # its check says so
    if not times:
        return first, _at(day, 18)
    return min(times), max(times) + timedelta(hours=_AFTER)


def _at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour)


def _roles(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    names: dict[str, None] = {}
    for row in rows:
        named = [*row.get("to", ()), *_BY.findall(str(row.get("expected_action", "")))]
        names |= dict.fromkeys(n for n in named if n not in (*STAFF, EVERYBODY))
    return list(names)


def _role(name: str, country: str) -> list[str]:
    return [
        f"  - id: {name}",
        "    name: Say what the post is called",
        f"    country: {country}",
        "    service: border_police",
        f'    owns: ["country:{country}"]   # what it decides on; `knows` adds what it sees',
        "    seats: 2",
        "    brief: Say what the player finds on the desk",
    ]


def _aims(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    aims = dict.fromkeys(str(r["objective"]) for r in rows if r.get("objective")) or {
        "respond": None
    }
    tasks = {str(r["critical_task"]): str(r.get("objective") or next(iter(aims)))
             for r in rows if r.get("critical_task")}  # fmt: skip
    if not rows:
        tasks = {"react": "respond"}
    lines = ["objectives:"]
    lines += [f"  - {{id: {aim}, text: Say what is to be learnt}}" for aim in aims]
    if tasks:
        lines.append("critical_tasks:")
        lines += [f"  - {{id: {task}, objective: {aim}, text: Say what must be done in time}}"
                  for task, aim in tasks.items()]  # fmt: skip
    return lines


def _block(name: str, begin: datetime, end: datetime, minutes: int) -> str:
    return (f"  - {{id: {name}, from: {begin:%Y-%m-%d %H:%M}, until: {end:%Y-%m-%d %H:%M}, "
            f"takes: {minutes} min}}")  # fmt: skip


def _injects(scenario: Scenario, day: str, role: str, target: str) -> Iterator[str]:
    kind = "reception_places" if target.startswith("place:") else "staffing"
    yield "timeline:"
    yield f"  - id: first_news\n    time: {day} 07:00\n    to: [{role}]"
    yield "    from: A colleague"
    yield "    means: phone\n    text: Say what is reported\n    inject_type: event"
    if scenario.arrivals:
        arrival = scenario.arrivals[0]
        surge = f"surge place={arrival.place} persons=50 over=4h mix={arrival.mix}"
        yield f'    effect: "{surge}"'
    yield f'    expected_action: "{kind} {target} by {role} | in time"'
    yield "    objective: respond\n    critical_task: react\n    window: 3 h"
    yield f"  - id: reminder\n    time: {day} 11:00\n    to: [{role}]"
    yield "    from: Headquarters"
    yield "    text: Ask what has been done\n    inject_type: contingency"
    yield "    condition: not first_news"
