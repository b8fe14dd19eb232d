"""A run for other programs: GeoJSON for maps (RFC 7946), the route graph for network tools.

Both hold what truly happened in the simulation (MODEL 17), not what would be registered. Persons
on a leg are those who set out on it; who was stopped set out again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import networkx as nx
import pandas as pd

from sim.clock import Clock
from sim.records.hashing import run_hash
from sim.records.months import month_labels, month_of_day
from sim.records.run_reader import RunFolder
from sim.scenario.graph import build_graph
from sim.scenario.loading import from_text
from sim.scenario.specs.scenario import Scenario

#: Counts of the daily tables that are added up, by table.
_COUNTS = {
    "sectors": ("tried", "not_seen", "lost", "aborted", "intercepted", "outside", "unit_hours"),
    "posts": ("served", "tried", "found", "false_alerts"),
}
_ABOUT = (
    "True flows and outcomes of one simulated run, not registrations; persons on a leg are those "
    "who set out on it, again after a stop. Null is not recorded."
)

Facts = dict[str, Any]


@dataclass(frozen=True)
class _Counted:
    """Totals of an item and by month; None where the run did not record it."""

    total: Facts
    months: Facts


class _Contents:
    """What both formats say of a run, item by item."""

    def __init__(self, run: RunFolder) -> None:
        self.run = run
        self.scenario: Scenario = from_text(run.scenario)
        clock = Clock(self.scenario.start, self.scenario.until, self.scenario.zone)
        self._clock = clock
        self.months = month_labels(clock)
        self.country = {c.id: c for c in self.scenario.countries}
        self.country_of = {p.id: p.country for p in self.scenario.places}
        self._tables: dict[str, pd.DataFrame | None] = {}

    def head(self) -> Facts:
        """Return what the run is, and the footnotes of its countries' labels."""
        manifest = self.run.manifest
        footnotes = sorted({c.footnote for c in self.scenario.countries if c.footnote})
        return {
            "about": _ABOUT,
            "scenario": manifest["scenario"],
            "plan": manifest["plan"],
            "seed": manifest["seed"],
            "crossborder": manifest["crossborder"],
            "run_hash": run_hash(self.run),
            "start": str(self.scenario.start),
            "until": str(self.scenario.until),
            "synthetic": self.scenario.synthetic,
            "footnotes": footnotes,
        }

    def place(self, place: Any) -> Facts:
        """Return a place's own facts."""
        beds = place.reception_places
        return {
            "kind": "place", "id": place.id, "name": place.name, "place_kind": place.kind,
            "dwell_h": place.dwell.value, "reception_places": None if beds is None else beds.value,
            **self._labels([place.country]),
        }  # fmt: skip

    def leg(self, leg: Any) -> Facts:
        """Return a leg's own facts."""
        ends = [self.country_of[leg.tail], self.country_of[leg.head]]
        return {
            "kind": "leg", "id": leg.id, "from": leg.tail, "to": leg.head, "mode": leg.mode,
            "distance_km": leg.distance.value, "duration_h": leg.duration.value,
            "border": leg.border, "sector": leg.sector, "post": leg.post, "route": leg.route,
            **self._labels(ends),
        }  # fmt: skip

    def control(self, kind: str, row: Any) -> Facts:
        """Return a sector's or post's own facts."""
        sides = row.border.split("-") if row.border else [row.country]
        return {"kind": kind, "id": row.id, "name": row.name, "border": row.border,
                "run_by": row.country, **self._labels(sides)}  # fmt: skip

    def _labels(self, countries: Iterable[str]) -> Facts:
        specs = [self.country[c] for c in dict.fromkeys(countries)]
        labels = {"countries": " - ".join(c.label or c.name for c in specs)}
        footnote = " ".join(dict.fromkeys(c.footnote for c in specs if c.footnote))
        return {**labels, "footnote": footnote} if footnote else dict(labels)

    def flows(self, leg: str) -> _Counted:
        """Return persons and parties that set out on a leg."""
        return self._counted("flows", "leg", leg, ("persons", "parties"), or_zero=True)

    def outcomes(self, table: str, item: str) -> _Counted:
        """Return the counts of a sector or post."""
        return self._counted(table, table.removesuffix("s"), item, _COUNTS[table], or_zero=False)

    def _counted(
        self, table: str, key: str, item: str, names: tuple[str, ...], *, or_zero: bool
    ) -> _Counted:
        grouped = self._by_month(table, key, names)
        absent: Any = 0 if or_zero else None
        if grouped is None or item not in grouped.index.get_level_values(0):
            return _Counted(dict.fromkeys(names, absent), dict.fromkeys(names, absent))
        mine = grouped.loc[item]
        series = {
            name: {m: _number(mine[name].get(i, 0)) for i, m in enumerate(self.months)}
            for name in names
        }
        return _Counted({name: _number(mine[name].sum()) for name in names}, series)

    def _by_month(self, table: str, key: str, names: tuple[str, ...]) -> pd.DataFrame | None:
        if table not in self._tables:
            frame = self.run.table(table)
            if frame is not None:
                frame["month"] = month_of_day(self._clock, frame["day"].to_numpy())
                frame = frame.groupby([key, "month"])[list(names)].sum()
            self._tables[table] = frame
        return self._tables[table]


def _number(value: Any) -> float | int:
    number = round(float(value), 3)
    return int(number) if number.is_integer() else number


def geojson(run: RunFolder) -> Facts:
    """Return a FeatureCollection of places, legs, sectors and posts.

    Places, sectors and posts are points, legs lines from place to place along their way points:
    their course between these is not known. Coordinates are longitude, latitude in degrees
    (WGS 84). What the run is stands in the member ``crossborder``. Each feature of a country whose
    label has a footnote carries it.
    """
    contents = _Contents(run)
    scenario = contents.scenario
    at = {p.id: [p.lon.value, p.lat.value] for p in scenario.places}
    features = [_feature("Point", at[p.id], contents.place(p)) for p in scenario.places]
    for leg in scenario.legs:
        facts = contents.leg(leg) | _nested(contents.flows(leg.id))
        points = [[float(degrees) for degrees in point.split()] for point in leg.via]
        features.append(_feature("LineString", [at[leg.tail], *points, at[leg.head]], facts))
    for table, kind in (("sectors", "sector"), ("posts", "post")):
        for row in getattr(scenario, table):
            facts = contents.control(kind, row) | _nested(contents.outcomes(table, row.id))
            features.append(_feature("Point", [row.lon.value, row.lat.value], facts))
    return {
        "type": "FeatureCollection", "features": features, "crossborder": contents.head(),
    }  # fmt: skip


def _feature(kind: str, coordinates: list[Any], facts: Facts) -> Facts:
    return {
        "type": "Feature", "id": f"{facts['kind']}:{facts['id']}",
        "geometry": {"type": kind, "coordinates": coordinates}, "properties": facts,
    }  # fmt: skip


def _nested(counted: _Counted) -> Facts:
    by_month = {f"{name}_by_month": months for name, months in counted.months.items()}
    return counted.total | by_month


def route_graph(run: RunFolder) -> nx.MultiDiGraph[str]:
    """Return the route graph with the same facts as flat attributes, as GraphML can hold them.

    Edges are keyed by leg id; months become attributes such as ``persons_2017_01``, what the
    sector or post of a leg counted becomes ``sector_tried`` and the like (a control that several
    legs pass counts all of them). What is not recorded is left out.
    """
    contents = _Contents(run)
    graph = build_graph(contents.scenario)
    for place in contents.scenario.places:
        graph.nodes[place.id].update(_flat(contents.place(place)))
    controls = {}
    for table, kind in (("sectors", "sector"), ("posts", "post")):
        for row in getattr(contents.scenario, table):
            counted = contents.outcomes(table, row.id)
            controls[kind, row.id] = {f"{kind}_{k}": v for k, v in _monthly(counted).items()}
    for leg in contents.scenario.legs:
        edge = graph.edges[leg.tail, leg.head, leg.id]
        facts = contents.leg(leg) | _monthly(contents.flows(leg.id))
        for kind, name in (("sector", leg.sector), ("post", leg.post)):
            facts |= controls.get((kind, name or ""), {})
        edge.clear()
        edge.update(_flat(facts))
    head = contents.head()
    graph.graph.update(_flat(head | {"footnotes": " ".join(head["footnotes"])}))
    return graph


def _monthly(counted: _Counted) -> Facts:
    facts = dict(counted.total)
    for name, months in counted.months.items():
        for month, value in (months or {}).items():
            facts[f"{name}_{month.replace('-', '_')}"] = value
    return facts


def _flat(facts: Facts) -> Facts:
    # One type an attribute over all rows, or GraphML readers refuse the file.
    return {
        key: float(value) if isinstance(value, int) and not isinstance(value, bool) else value
        for key, value in facts.items()
        if value is not None
    }
