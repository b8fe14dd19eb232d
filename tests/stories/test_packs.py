"""What every shipped pack promises: sources, statuses, places where they are said to be."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from sim.scenario.finding import shipped_files, shipped_folder
from sim.scenario.loading import check, load
from sim.scenario.quantities import STATUSES, Quantity
from sim.scenario.specs.base import Row
from sim.scenario.specs.scenario import Scenario

SCENARIOS = ("two_routes", "adriatic_shift")
#: Lists whose rows stand for real or made-up things and so need a source each.
LISTS = (
    "countries", "places", "legs", "routes", "profiles", "mixes", "arrivals", "stocks",
    "shift_patterns", "sectors", "detection_widths", "aftermath", "demand_patterns", "posts",
    "hit_rates", "hazards", "screening", "networks", "centre_sites", "observation_rules",
    "targets", "history",
)  # fmt: skip
HELD_OUT_FROM = "2018-07"


@cache
def scenario(name: str) -> Scenario:
    return load(name)


def tables() -> list[Path]:
    return sorted(shipped_folder().glob("*/*.csv"))


@pytest.mark.parametrize("name", SCENARIOS)
def test_shipped_scenarios_load(name: str) -> None:
    assert scenario(name).scenario == name


@pytest.mark.parametrize("name", sorted(shipped_files()))
def test_every_shipped_document_passes_check(name: str) -> None:
    assert check(name) == ()


def test_every_shipped_plan_says_what_it_is_for_and_does_something() -> None:
    plans = [name for name in shipped_files() if name.startswith("plans/")]
    assert "plans/hilltop_nights" in plans
    for name in plans:
        text = (shipped_folder() / f"{name}.yaml").read_text(encoding="utf-8")
        target = next(x for x in text.splitlines() if x.startswith("for: ")).removeprefix("for: ")
        assert load(target, [name.removeprefix("plans/")]).measures


@pytest.mark.parametrize("path", tables(), ids=lambda p: f"{p.parent.name}/{p.name}")
def test_every_row_of_a_table_names_its_source_and_status(path: Path) -> None:
    lines = [x for x in path.read_text(encoding="utf-8").splitlines() if not x.startswith("#")]
    rows = list(csv.DictReader(lines))
    assert rows
    for row in rows:
        assert row["source"].strip(), row["id"]
        assert row["status"] in STATUSES, row["id"]


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_number_written_ends_with_a_source_and_a_status(name: str) -> None:
    numbers = list(_written(scenario(name), name))
    assert len(numbers) > 300
    for where, quantity in numbers:
        assert quantity.source.strip(), where
        assert quantity.status in STATUSES, where


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_row_ends_with_a_source(name: str) -> None:
    loaded = scenario(name)
    for list_name in LISTS:
        for row in getattr(loaded, list_name):
            if isinstance(row, Row):
                assert row.source.strip(), (list_name, row.id)
                assert row.status in STATUSES, (list_name, row.id)


def test_assumed_sources_say_what_they_rest_on() -> None:
    for name in SCENARIOS:
        for where, quantity in _written(scenario(name), name):
            if quantity.source.startswith("assumed"):
                reason = quantity.source.partition(":")[2].strip()
                assert len(reason) > 10, where


def test_two_routes_is_the_made_up_region_of_the_guide() -> None:
    made_up = scenario("two_routes")
    assert made_up.synthetic
    assert len(made_up.places) == 12
    assert len(made_up.posts) == 3
    assert len(made_up.sectors) == 3
    assert len(made_up.networks) == 2
    assert len(made_up.centre_sites) == 1
    persons = sum(row.persons.value for row in (*made_up.arrivals, *made_up.stocks))
    assert persons == 3000


def test_adriatic_shift_has_real_places_of_both_routes_and_two_years() -> None:
    real = scenario("adriatic_shift")
    assert not real.synthetic
    assert len(real.places) >= 32
    assert (real.start, real.until) == (date(2017, 1, 1), date(2019, 1, 1))
    assert real.clock.window.value == 3
    crossed = {leg.border for leg in real.legs if leg.border}
    assert {"ALB-GRC", "ALB-MNE", "BIH-MNE", "BIH-HRV"} <= crossed
    assert {"GRC-MKD", "MKD-SRB", "HRV-SRB", "HUN-SRB"} <= crossed


def test_every_border_leg_of_the_region_is_controlled() -> None:
    for leg in scenario("adriatic_shift").legs:
        controls = [c for c in (leg.sector, leg.post) if c]
        assert len(controls) == (1 if leg.border else 0), leg.id


def test_awareness_sits_on_gates_that_no_journey_meets_twice() -> None:
    real = scenario("adriatic_shift")
    gates = {leg.id for leg in real.legs if leg.route}
    assert gates
    assert not gates & {leg for route in real.routes for leg in route.successes}
    ahead: dict[str, set[str]] = {}
    for leg in real.legs:
        ahead.setdefault(leg.tail, set()).add(leg.head)
    for leg in real.legs:
        if leg.id in gates:
            reached, todo = set(), [leg.head]
            while todo:
                place = todo.pop()
                if place not in reached:
                    reached.add(place)
                    todo += ahead.get(place, ())
            later = {g.id for g in real.legs if g.id in gates and g.tail in reached}
            assert not later, f"{leg.id} leads to the gates {sorted(later)}"


def test_no_leg_leaves_the_six_outside_the_screenline() -> None:
    real = scenario("adriatic_shift")
    line = next(s for s in real.screenlines if s.id == "leaving_the_six")
    country = {place.id: place.country for place in real.places}
    for leg in real.legs:
        if country[leg.tail] in line.inside and country[leg.head] not in line.inside:
            assert leg.border in line.labels or "other" in line.labels
            assert leg.border in line.labels, f"{leg.id} is read as other"


def test_no_target_is_an_upstream_series() -> None:
    for name in SCENARIOS:
        loaded = scenario(name)
        upstream = {row.series for row in loaded.arrivals}
        assert not upstream & {row.series for row in loaded.targets}
        assert not upstream & {rule.series for rule in loaded.observation_rules}


def test_months_held_out_are_in_no_target() -> None:
    targets = scenario("adriatic_shift").targets
    assert {t.period for t in targets if t.series == "bih_arrivals_monthly"} == {
        f"{year}-{month:02d}" for year in (2017, 2018) for month in range(1, 13)
        if f"{year}-{month:02d}" < HELD_OUT_FROM
    }  # fmt: skip
    for target in targets:
        assert target.period < HELD_OUT_FROM
        assert target.period != "2018"


def test_no_table_dates_a_registration_in_the_months_held_out() -> None:
    """Upstream arrivals run on to December 2018; registered figures may not."""
    for path in tables():
        lines = [x for x in path.read_text(encoding="utf-8").splitlines() if not x.startswith("#")]
        for row in csv.DictReader(lines):
            if "period" in row:
                assert row["period"] < HELD_OUT_FROM, (path, row["id"])
                assert row["period"] != "2018", (path, row["id"])


def test_places_and_posts_lie_in_their_country() -> None:
    real = scenario("adriatic_shift")
    outlines = json.loads(
        (shipped_folder() / "western_balkans" / "outlines.geojson").read_text(encoding="utf-8")
    )
    shapes = {f["properties"]["code"]: _rings(f["geometry"]) for f in outlines["features"]}
    for row in real.places:
        away = _km_outside(row.lon.value, row.lat.value, shapes[row.country])
        assert away <= 3.0, f"{row.id} lies {away:.1f} km outside {row.country}"
    for post in real.posts:
        # A crossing point stands on the line: near it on either side.
        away = min(
            _km_outside(post.lon.value, post.lat.value, shapes[code])
            for code in (post.border or post.country).split("-")
        )
        assert away <= 3.0, f"{post.id} lies {away:.1f} km outside its border's countries"


def test_legs_are_as_long_as_roads_are() -> None:
    real = scenario("adriatic_shift")
    at = {p.id: (p.lat.value, p.lon.value) for p in real.places}
    for leg in real.legs:
        straight = _great_circle(*at[leg.tail], *at[leg.head])
        assert straight <= leg.distance.value <= 1.9 * straight + 5.0, leg.id


def test_the_outlines_carry_their_credit_and_the_asterisk() -> None:
    path = shipped_folder() / "western_balkans" / "outlines.geojson"
    assert path.stat().st_size < 250_000
    outlines = json.loads(path.read_text(encoding="utf-8"))
    assert "Natural Earth" in outlines["metadata"]["credit"]
    labels = {f["properties"]["code"]: f["properties"]["label"] for f in outlines["features"]}
    assert labels["XKX"] == "Kosovo*"
    kosovo = next(c for c in scenario("adriatic_shift").countries if c.id == "XKX")
    assert kosovo.label == "Kosovo*"
    assert "1244" in kosovo.footnote


def test_theta_does_not_exceed_mu() -> None:
    for name in SCENARIOS:
        parameters = scenario(name).parameters
        low_mu = parameters["mu"].low or parameters["mu"].value
        assert (parameters["theta"].high or parameters["theta"].value) <= low_mu


def _written(node: Any, where: str) -> Iterator[tuple[str, Quantity]]:
    """Yield the quantities a file wrote, by key; defaults of the fields are left out."""
    if isinstance(node, Quantity):
        yield where, node
    elif isinstance(node, BaseModel):
        for key in sorted(node.model_fields_set):
            yield from _written(getattr(node, key), f"{where}.{key}")
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _written(value, f"{where}.{key}")
    elif isinstance(node, tuple):
        for number, value in enumerate(node):
            yield from _written(value, f"{where}.{getattr(value, 'id', number)}")


def _rings(geometry: dict[str, Any]) -> list[list[tuple[float, float]]]:
    parts = geometry["coordinates"]
    polygons = parts if geometry["type"] == "MultiPolygon" else [parts]
    return [[(x, y) for x, y, *_ in ring] for polygon in polygons for ring in polygon]


def _km_outside(lon: float, lat: float, rings: list[list[tuple[float, float]]]) -> float:
    """Return 0 inside (even-odd rule over all rings), else km to the nearest edge."""
    squeeze = math.cos(math.radians(lat))
    inside, nearest = False, math.inf
    for ring in rings:
        for (x1, y1), (x2, y2) in pairwise(ring):
            if (y1 > lat) != (y2 > lat) and lon < x1 + (lat - y1) / (y2 - y1) * (x2 - x1):
                inside = not inside
            dx, dy = (x2 - x1) * squeeze, y2 - y1
            px, py = (lon - x1) * squeeze, lat - y1
            length = dx * dx + dy * dy
            t = 0.0 if length == 0 else max(0.0, min(1.0, (px * dx + py * dy) / length))
            nearest = min(nearest, math.hypot(px - t * dx, py - t * dy))
    return 0.0 if inside else nearest * 111.2


def _great_circle(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    a, b, c, d = map(math.radians, (lat1, lon1, lat2, lon2))
    h = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * 6371.0 * math.asin(math.sqrt(h))
