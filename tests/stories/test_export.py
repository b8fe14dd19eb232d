"""Exports read back: GeoJSON as a map program reads it, GraphML as a network tool does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from sim import run
from sim.experiments.exports import geojson, route_graph
from sim.records.run_reader import RunFolder
from tests.stories.commands import Command
from tests.stories.small_world import TEXT, write

FOOTNOTE = "This designation is without prejudice to positions on status."


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run of the small world whose second country is Kosovo*."""
    folder = tmp_path_factory.mktemp("export")
    text = TEXT.replace("AAA", "ALB").replace("BBB", "XKX")
    label = f'id: XKX, name: Kosovo*, label: "Kosovo*", footnote: "{FOOTNOTE}",'
    path = write(
        folder, ("id: XKX, name: Belmark,", label),
        ("{id: meadow_path,", "{id: meadow_path, via: [20.4 44.2, 20.5 44.6],"), text=text,
    )  # fmt: skip
    return run(path, out=folder / "run").records


def features(data: dict[str, Any], kind: str) -> dict[str, Any]:
    return {
        f["properties"]["id"]: f for f in data["features"] if f["properties"]["kind"] == kind
    }  # fmt: skip


def test_geojson_keeps_the_rules_of_its_format(recorded: RunFolder) -> None:
    data = json.loads(json.dumps(geojson(recorded), allow_nan=False))
    assert data["type"] == "FeatureCollection"
    assert "crs" not in data
    ids = [f["id"] for f in data["features"]]
    assert len(ids) == len(set(ids))
    for feature in data["features"]:
        assert feature["type"] == "Feature"
        assert isinstance(feature["properties"], dict)
        geometry = feature["geometry"]
        points = geometry["coordinates"]
        assert geometry["type"] in ("Point", "LineString")
        points = [points] if geometry["type"] == "Point" else points
        assert len(points) == 1 if geometry["type"] == "Point" else len(points) >= 2
        assert all(-180 <= lon <= 180 and -90 <= lat <= 90 for lon, lat in points)
    legs = features(data, "leg")
    course = legs["meadow_path"]["geometry"]["coordinates"]
    assert course[1:-1] == [[20.4, 44.2], [20.5, 44.6]]
    straight = legs["bridge_lorry"]["geometry"]["coordinates"]
    assert len(straight) == 2
    # Longitude first.
    assert features(data, "place")["harbour"]["geometry"]["coordinates"] == [20.0, 44.0]
    assert features(data, "sector")["meadows"]["geometry"]["coordinates"] == [20.0, 45.0]


def test_flows_and_outcomes_are_those_of_the_run(recorded: RunFolder) -> None:
    data = geojson(recorded)
    flows = recorded.sql("SELECT leg, sum(persons) AS n FROM flows GROUP BY leg")
    legs = features(data, "leg")
    for leg, persons in zip(flows["leg"], flows["n"], strict=True):
        properties = legs[leg]["properties"]
        assert properties["persons"] == persons
        assert sum(properties["persons_by_month"].values()) == persons
        assert list(properties["persons_by_month"]) == ["2020-03", "2020-04"]
    months = recorded.sql("SELECT sum(persons) FILTER (day < 31) AS n FROM flows "
                          "WHERE leg = 'meadow_path'")  # fmt: skip
    assert legs["meadow_path"]["properties"]["persons_by_month"]["2020-03"] == months["n"][0]
    sector = features(data, "sector")["meadows"]["properties"]
    tried = recorded.sql("SELECT sum(tried) AS n FROM sectors")["n"][0]
    outcomes = ("not_seen", "lost", "aborted", "intercepted", "outside")
    assert sector["tried"] == tried == sum(sector[name] for name in outcomes)
    assert features(data, "post")["bridge"]["properties"]["found"] > 0


def test_what_was_not_recorded_is_null_and_not_zero(tmp_path: Path) -> None:
    records = run(write(tmp_path), sets=("switches.posts=off",), out=tmp_path / "run").records
    post = features(geojson(records), "post")["bridge"]["properties"]
    assert post["found"] is None
    assert post["found_by_month"] is None
    assert "post_found" not in route_graph(records).edges["riverside", "town", "bridge_lorry"]


def test_the_footnote_goes_where_the_name_goes(recorded: RunFolder) -> None:
    data = geojson(recorded)
    assert data["crossborder"]["footnotes"] == [FOOTNOTE]
    for feature in data["features"]:
        named = "Kosovo" in json.dumps(feature["properties"])
        assert (feature["properties"].get("footnote") == FOOTNOTE) == named
    assert features(data, "place")["town"]["properties"]["countries"] == "Kosovo*"
    assert features(data, "leg")["meadow_path"]["properties"]["countries"] == "ALB - Kosovo*" or (
        features(data, "leg")["meadow_path"]["properties"]["countries"] == "Avaland - Kosovo*"
    )


def test_both_formats_say_the_same(
    recorded: RunFolder,
    crossborder: Command,
    tmp_path: Path,
) -> None:
    made = crossborder("export", str(recorded.path), "--to", "geojson")
    assert (made.code, made.err, made.last) == (0, "", "run.geojson")
    out = tmp_path / "graph.xml"
    made = crossborder("export", str(recorded.path), "--to", "graphml", "--out", str(out))
    assert (made.code, made.last) == (0, str(out))
    data = json.loads((tmp_path / "run.geojson").read_text(encoding="utf-8"))
    graph = nx.read_graphml(out, force_multigraph=True)
    assert graph.graph["footnotes"] == FOOTNOTE
    assert graph.graph["run_hash"] == data["crossborder"]["run_hash"]
    legs = features(data, "leg")
    assert {key for *_, key in graph.edges(keys=True)} == set(legs)
    assert set(graph.nodes) == set(features(data, "place"))
    meadows = features(data, "sector")["meadows"]["properties"]
    for tail, head, key, facts in graph.edges(keys=True, data=True):
        properties = legs[key]["properties"]
        assert (tail, head) == (properties["from"], properties["to"])
        assert facts["persons"] == properties["persons"]
        assert facts["persons_2020_04"] == properties["persons_by_month"]["2020-04"]
        if key == "meadow_path":
            assert facts["sector_intercepted"] == meadows["intercepted"]
            assert facts["footnote"] == FOOTNOTE


def test_an_export_never_overwrites(
    recorded: RunFolder,
    crossborder: Command,
    tmp_path: Path,
) -> None:
    (tmp_path / "run.geojson").write_text("mine")
    done = crossborder("export", str(recorded.path), "--to", "geojson")
    assert (done.code, "[file-exists]" in done.err) == (2, True)
    assert (tmp_path / "run.geojson").read_text() == "mine"
    assert crossborder("export", str(recorded.path), "--to", "shapefile").code == 2
