"""Do places, legs, borders and screenlines fit together?"""

from __future__ import annotations

import re
from collections.abc import Iterator

import networkx as nx

from sim.errors import Problem
from sim.route_graph import RouteGraph
from sim.scenario.checks.subject import Subject
from sim.scenario.graph import build_graph
from sim.scenario.names import nearest
from sim.scenario.specs.geography import Leg
from sim.scenario.tree import Path

_WAY_POINT = re.compile(r"([+-]?\d+(?:\.\d+)?) +([+-]?\d+(?:\.\d+)?)")
_BARE_KOSOVO = re.compile(r"Kosovo(?!\*)")


def border_order(subject: Subject) -> Iterator[Problem]:
    """Ask whether each border names its two countries in alphabetical order."""
    for path, border in _borders(subject):
        first, last = border[:3], border[4:]
        if first >= last:
            yield subject.problem(
                "border-order",
                path,
                "a border is two countries in alphabetical order",
                f"Write `{last}-{first}`." if first != last else "Name two countries.",
            )


def _borders(subject: Subject) -> Iterator[tuple[Path, str]]:
    s = subject.scenario
    for name in ("legs", "sectors", "posts", "aftermath", "observation_rules"):
        for row in getattr(s, name):
            if row.border is not None:
                yield (name, row.id, "border"), row.border
    for line in s.screenlines:
        for border in (*line.labels, *line.adriatic):
            if border != "other":
                key = "labels" if border in line.labels else "adriatic"
                yield ("screenlines", line.id, key, border), border


def borders_of_controls(subject: Subject) -> Iterator[Problem]:
    """Ask whether the country that runs a sector, post or aftermath lies at its border."""
    s = subject.scenario
    for name in ("sectors", "posts", "aftermath"):
        for row in getattr(s, name):
            if row.border is not None and row.country not in row.border.split("-"):
                yield subject.problem(
                    "border-mismatch",
                    (name, row.id, "country"),
                    f"{row.country} does not lie at {row.border}",
                    f"Use {row.border.replace('-', ' or ')}.",
                )


def borders_of_legs(subject: Subject) -> Iterator[Problem]:
    """Ask whether a leg that changes country names that border, and no other leg names one."""
    for leg in subject.scenario.legs:
        tail, head = subject.places.get(leg.tail), subject.places.get(leg.head)
        if tail is None or head is None:
            continue
        at = ("legs", leg.id)
        if leg.tail == leg.head:
            yield subject.problem(
                "leg-loop", (*at, "to"), "the leg ends where it starts", "Name two places."
            )
        crossed = "-".join(sorted({tail.country, head.country}))
        if tail.country == head.country:
            if leg.border is not None:
                yield subject.problem(
                    "border-mismatch",
                    (*at, "border"),
                    f"both ends lie in {tail.country}",
                    "Remove the border.",
                )
        elif leg.border is None:
            yield subject.problem(
                "missing-border",
                at,
                f"the leg crosses {crossed} without naming it",
                f"Add `border: {crossed}`.",
            )
        elif "-".join(sorted(leg.border.split("-"))) != crossed:
            yield subject.problem(
                "border-mismatch",
                (*at, "border"),
                f"the leg's ends lie in {tail.country} and {head.country}",
                f"Write `{crossed}`.",
            )


def controls_of_legs(subject: Subject) -> Iterator[Problem]:
    """Ask whether a leg has at most one control, and what that control needs to know."""
    for leg in subject.scenario.legs:
        at = ("legs", leg.id)
        if leg.sector and leg.post:
            yield subject.problem(
                "two-controls",
                (*at, "post"),
                "the leg has a sector and a post",
                "Keep one of the two; write a second leg for the other.",
            )
        for key, known in (("sector", subject.sectors), ("post", subject.posts)):
            control = known.get(getattr(leg, key) or "")
            if control and control.border and leg.border and control.border != leg.border:
                yield subject.problem(
                    "border-mismatch",
                    (*at, key),
                    f"the {key} lies at {control.border}, the leg crosses {leg.border}",
                    f"Name a {key} of {leg.border}.",
                )
            elif control and leg.border is None:
                yield subject.problem(
                    "border-mismatch",
                    (*at, key),
                    "the leg crosses no border",
                    f"Remove the {key}, or name the border.",
                )
        yield from _sector_stay(subject, leg)
        yield from _post_use(subject, leg)


def _sector_stay(subject: Subject, leg: Leg) -> Iterator[Problem]:
    at = ("legs", leg.id)
    if leg.sector and leg.stay.value <= 0:
        yield subject.problem(
            "missing-key",
            (*at, "stay"),
            "a leg through a sector takes some hours in its zone",
            "Add `stay: 3 h`.",
        )
    if not leg.sector and leg.stay.value > 0:
        yield subject.problem(
            "needless-key",
            (*at, "stay"),
            "only a leg through a sector has a stay",
            "Remove it, or name the sector.",
        )
    if leg.stay.value > leg.duration.value:
        yield subject.problem(
            "out-of-range",
            (*at, "stay"),
            f"the stay is longer than the leg's {leg.duration.value:g} h",
            "Shorten it.",
        )


def _post_use(subject: Subject, leg: Leg) -> Iterator[Problem]:
    at = ("legs", leg.id)
    for key in ("stream", "use"):
        given = getattr(leg, key) is not None
        if leg.post and not given:
            yield subject.problem(
                "missing-key", (*at, key), f"a leg through a post names its {key}", f"Add `{key}:`."
            )
        elif given and not leg.post:
            yield subject.problem(
                "needless-key",
                (*at, key),
                f"only a leg through a post has a {key}",
                "Remove it, or name the post.",
            )
    post = subject.posts.get(leg.post or "")
    if post and leg.stream:
        streams = [stream.id for stream in post.streams]
        if leg.stream not in streams:
            yield subject.problem(
                "unknown-stream",
                (*at, "stream"),
                f"{leg.post} has no stream {leg.stream!r}",
                nearest(leg.stream, streams),
            )


def coordinates(subject: Subject) -> Iterator[Problem]:
    """Ask whether latitudes lie between the poles."""
    s = subject.scenario
    for name in ("places", "sectors", "posts", "centres"):
        for row in getattr(s, name):
            if abs(row.lat.value) > 90:
                yield subject.problem(
                    "out-of-range",
                    (name, row.id, "lat"),
                    "no latitude lies beyond 90 degrees",
                    "Check whether lat and lon are swapped.",
                )


def way_points(subject: Subject) -> Iterator[Problem]:
    """Ask whether the way points of legs are a longitude and a latitude each."""
    for leg in subject.scenario.legs:
        for point in leg.via:
            match = _WAY_POINT.fullmatch(point)
            if match is None or abs(float(match[1])) > 180 or abs(float(match[2])) > 90:
                yield subject.problem(
                    "bad-way-point",
                    ("legs", leg.id, "via"),
                    f"{point!r} is no way point",
                    "Write longitude and latitude in degrees, as `17.76 43.66`.",
                )
                break


def exits(subject: Subject) -> Iterator[Problem]:
    """Ask whether there is an exit, with a value, that can be reached from where people start."""
    s = subject.scenario
    out = [place.id for place in s.places if place.kind == "exit"]
    for place in s.places:
        if (place.kind == "exit") != (place.exit_value is not None):
            wrong = "missing-key" if place.kind == "exit" else "needless-key"
            yield subject.problem(
                wrong,
                ("places", place.id, "exit_value"),
                "an exit has an exit_value, and no other place has",
                "Add `exit_value: 0`."
                if place.kind == "exit"
                else "Remove it, or make the place an exit.",
            )
    if not subject.complete("places"):
        return
    if not out:
        yield subject.problem(
            "no-exit", ("places",), "no place is an exit", "Give at least one place `kind: exit`."
        )
        return
    graph = build_graph(s)
    if not s.legs or not subject.complete("legs"):
        return
    starts = {row.place for row in s.arrivals} | {row.place for row in s.stocks}
    starts &= set(subject.places)
    starts |= {place.id for place in s.places if place.kind == "entry"}
    cut = set(RouteGraph.from_networkx(graph).cut_off(out))
    lost = sorted(starts & cut)
    if lost:
        yield subject.problem(
            "unreachable-exit",
            ("places", lost[0]),
            f"no exit can be reached from {', '.join(lost)}",
            "Add the missing leg.",
        )
    if starts <= cut:
        return
    reached = set().union(*({p} | nx.descendants(graph, p) for p in starts))
    for exit_ in out:
        if exit_ not in reached:
            yield subject.problem(
                "unreachable-exit",
                ("places", exit_),
                "nobody can reach this exit from where people enter",
                "Add the missing leg.",
            )


def some_legs(subject: Subject) -> Iterator[Problem]:
    """Ask whether there is a leg to go along, and somebody to go."""
    if not subject.ids("legs") and not subject.excused("legs"):
        yield subject.problem(
            "no-leg",
            ("legs",),
            "the scenario has no leg",
            "Add legs, or extend a region that has some.",
        )
    lists = ("arrivals", "stocks")
    if not any(subject.ids(name) or subject.excused(name) for name in lists):
        yield subject.problem(
            "no-people",
            ("arrivals",),
            "nobody enters and nobody is there",
            "Add `arrivals` or `stocks`.",
        )


def screenlines(subject: Subject) -> Iterator[Problem]:
    """Ask whether every leg out of a screenline's inside is counted under one of its labels."""
    for line in subject.scenario.screenlines:
        inside = set(line.inside)
        gaps: dict[str, str] = {}
        for leg in subject.scenario.legs:
            tail, head = subject.places.get(leg.tail), subject.places.get(leg.head)
            if not (tail and head and leg.border) or tail.country not in inside:
                continue
            if leg.border != "-".join(sorted((tail.country, head.country))):
                continue
            if head.country not in inside and leg.border not in line.labels:
                gaps.setdefault(leg.border, leg.id)
        for border, leg_id in gaps.items():
            if "other" not in line.labels:
                yield subject.problem(
                    "screenline-gap",
                    ("screenlines", line.id, "labels"),
                    f"leg {leg_id} leaves by {border}, which has no label",
                    f"Add a label for `{border}` or for `other`.",
                )


def kosovo_label(subject: Subject) -> Iterator[Problem]:
    """Ask whether Kosovo* carries its asterisk wherever it is named, and its footnote."""
    s = subject.scenario
    for country in s.countries:
        if country.id == "XKX" and (country.label != "Kosovo*" or not country.footnote):
            yield subject.problem(
                "kosovo-label",
                ("countries", "XKX", "label"),
                "Kosovo* is printed with its asterisk and its footnote",
                "Write `label: Kosovo*` and the `footnote`.",
            )
    for name in ("countries", "places", "legs", "sectors", "posts", "routes", "networks"):
        for row in getattr(s, name):
            if _BARE_KOSOVO.search(row.name):
                yield subject.problem(
                    "kosovo-label",
                    (name, row.id, "name"),
                    "the name lacks the asterisk",
                    "Write `Kosovo*`.",
                )
