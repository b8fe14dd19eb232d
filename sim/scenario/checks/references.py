"""Does every name lead to something?"""

from __future__ import annotations

from collections.abc import Iterator

from sim.errors import Problem
from sim.scenario.checks.subject import Subject
from sim.scenario.names import nearest
from sim.scenario.specs.scenario import Scenario
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
    "centre_sites": "centre",
}


def unknown_references(subject: Subject) -> Iterator[Problem]:
    """Ask whether each name of another row is the id of one."""
    for path, name, target in _references(subject.scenario):
        known = subject.ids(target)
        if name is None or name in known or subject.excused(target):
            continue
        if not known and not subject.sound("start"):
            continue
        what = SINGULAR[target]
        yield subject.problem(
            f"unknown-{what}",
            path,
            f"no {what.replace('-', ' ')} {name!r}",
            nearest(name, known, what),
        )


def _references(s: Scenario) -> Iterator[tuple[Path, str | None, str]]:
    """Yield the key, the name and the list of every reference."""
    for leg in s.legs:
        at = ("legs", leg.id)
        yield (*at, "from"), leg.tail, "places"
        yield (*at, "to"), leg.head, "places"
        yield (*at, "sector"), leg.sector, "sectors"
        yield (*at, "post"), leg.post, "posts"
        yield (*at, "route"), leg.route, "routes"
        yield (*at, "hazard"), leg.hazard, "hazards"
    for name in ("places", "sectors", "posts", "aftermath", "screening", "observation_rules"):
        for row in getattr(s, name):
            yield (name, row.id, "country"), row.country, "countries"
    for line in s.screenlines:
        for n, country in enumerate(line.inside, 1):
            yield ("screenlines", line.id, "inside", str(n)), country, "countries"
    for site in s.centre_sites:
        for n, country in enumerate(site.countries, 1):
            yield ("centre_sites", site.id, "countries", str(n)), country, "countries"
    for route in s.routes:
        for n, leg_id in enumerate(route.successes, 1):
            yield ("routes", route.id, "successes", str(n)), leg_id, "legs"
    yield from _people(s)
    for sector in s.sectors:
        yield ("sectors", sector.id, "shift"), sector.shift, "shift_patterns"
    for post in s.posts:
        yield ("posts", post.id, "shift"), post.shift, "shift_patterns"
        for stream in post.streams:
            at3 = ("posts", post.id, "streams", stream.id, "pattern")
            yield at3, stream.pattern, "demand_patterns"
    for network in s.networks:
        for service in network.services:
            yield ("networks", network.id, "services", service.leg, "leg"), service.leg, "legs"


def _people(s: Scenario) -> Iterator[tuple[Path, str | None, str]]:
    for name in ("arrivals", "stocks"):
        for row in getattr(s, name):
            yield (name, row.id, "place"), row.place, "places"
            yield (name, row.id, "mix"), row.mix, "mixes"
    for mix in s.mixes:
        for profile in mix.shares:
            yield ("mixes", mix.id, "shares", profile), profile, "profiles"
    for who in s.profiles:
        for exit_ in who.exit_values:
            yield ("profiles", who.id, "exit_values", exit_), exit_, "places"


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
