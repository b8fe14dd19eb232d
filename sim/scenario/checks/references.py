"""Does every name lead to something?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.errors import Problem
from sim.scenario.checks.subject import Subject
from sim.scenario.names import nearest
from sim.scenario.tree import Path

#: What one row of a list is called in rule ids and messages.
SINGULAR = {
    "places": "place",
    "posts": "post",
    "sectors": "sector",
    "legs": "leg",
    "routes": "route",
    "mixes": "mix",
    "profiles": "profile",
    "shift_patterns": "shift-pattern",
    "demand_patterns": "demand-pattern",
    "hazards": "hazard",
    "countries": "country",
    "networks": "network",
    "readmission": "readmission",
    "investigations": "investigation",
    "centres": "centre",
    "desks": "desk",
    "agreements": "agreement",
    "reserves": "reserve",
}


#: Where names of rows stand, and the list they must stand in: ``*`` is any row, key or item, and
#: ``@`` stands for the keys of a map.
REFERENCES: tuple[tuple[str, str], ...] = (
    ("places.*.country", "countries"),
    ("legs.*.from", "places"),
    ("legs.*.to", "places"),
    ("legs.*.sector", "sectors"),
    ("legs.*.post", "posts"),
    ("legs.*.route", "routes"),
    ("legs.*.hazard", "hazards"),
    ("routes.*.successes.*", "legs"),
    ("screenlines.*.inside.*", "countries"),
    ("mixes.*.shares.@", "profiles"),
    ("profiles.*.exit_values.@", "places"),
    ("arrivals.*.place", "places"),
    ("arrivals.*.mix", "mixes"),
    ("stocks.*.place", "places"),
    ("stocks.*.mix", "mixes"),
    ("sectors.*.country", "countries"),
    ("sectors.*.shift", "shift_patterns"),
    ("posts.*.country", "countries"),
    ("posts.*.shift", "shift_patterns"),
    ("posts.*.streams.*.pattern", "demand_patterns"),
    ("aftermath.*.country", "countries"),
    ("screening.*.country", "countries"),
    ("networks.*.services.*.leg", "legs"),
    ("other_crime.*.post", "posts"),
    ("other_crime.*.sector", "sectors"),
    ("centres.*.countries.*", "countries"),
    ("desks.*.centre", "centres"),
    ("desks.*.country", "countries"),
    ("desks.*.shift", "shift_patterns"),
    ("answer_clocks.*.parties.*", "countries"),
    ("agreements.*.parties.*", "countries"),
    ("agreements.*.partners.*", "countries"),
    ("reserves.*.country", "countries"),
    ("readmission.*.requesting", "countries"),
    ("readmission.*.requested", "countries"),
    ("readmission.*.place", "places"),
    ("holidays.*.country", "countries"),
    ("investigations.*.country", "countries"),
    ("investigations.*.network", "networks"),
    ("investigations.*.joint_team.*", "countries"),
    ("interpreted_screening.*.country", "countries"),
    ("forged_documents.*.country", "countries"),
    ("observation_rules.*.country", "countries"),
    ("fitted_sets.*.stopped_share.@", "sectors"),
)


def unknown_references(subject: Subject) -> Iterator[Problem]:
    """Ask whether each name of another row is the id of one, in rows with other mistakes too."""
    values = subject.resolved.tree.values
    for pattern, target in REFERENCES:
        known = subject.ids(target)
        if subject.excused(target) or (not known and not subject.sound("start")):
            continue
        what = SINGULAR[target]
        for path, name in _names(values, pattern.split("."), ()):
            if name not in known:
                message = f"no {what.replace('-', ' ')} {name!r}"
                remedy = nearest(name, known, what)
                yield subject.problem(f"unknown-{what}", path, message, remedy)


def _names(value: Any, parts: list[str], path: Path) -> Iterator[tuple[Path, str]]:
    """Yield the key and the text of every name that a pattern reaches."""
    if not parts:
        if isinstance(value, str) and value:
            yield path, value
        return
    head, rest = parts[0], parts[1:]
    if head == "*" and isinstance(value, list):
        for number, item in enumerate(value, 1):
            yield from _names(item, rest, (*path, str(number)))
    elif isinstance(value, dict):
        if head == "@":
            yield from (((*path, key), key) for key in value)
        for key in value if head == "*" else [head] if head in value else []:
            yield from _names(value[key], rest, (*path, key))


def series_observed(subject: Subject) -> Iterator[Problem]:
    """Ask whether the series of every target is made by an observation rule."""
    rules = subject.scenario.observation_rules
    if not subject.complete("observation_rules"):
        return
    made = {rule.series for rule in rules}
    for target in subject.scenario.targets:
        if target.series not in made:
            yield subject.problem(
                "unknown-series",
                ("targets", target.id, "series"),
                f"no observation rule makes the series {target.series!r}",
                nearest(target.series, made, "observed series"),
            )
