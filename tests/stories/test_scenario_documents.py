"""How documents combine: parents, plans, removals, settings, tables, both ways, provenance."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.scenario.documents import KINDS
from sim.scenario.graph import build_graph
from sim.scenario.loading import check, from_text, load, shipped
from sim.scenario.measures import kinds
from sim.scenario.provenance import assumptions
from sim.scenario.specs.geography import Leg
from sim.scenario.specs.scenario import Scenario
from sim.scenario.templates import plan_text, scenario_text
from tests.stories.small_world import PLAN, TEXT, small_world, write


def _leg(scenario: Scenario, name: str) -> Leg:
    return next(leg for leg in scenario.legs if leg.id == name)


def test_the_small_world_loads_and_has_nothing_to_complain_about(tmp_path: Path) -> None:
    path = write(tmp_path)
    assert check(str(path)) == ()
    assert load(str(path.with_suffix(""))).scenario == "small_world"


def test_every_shipped_document_is_sound_and_listed() -> None:
    listed = shipped()
    assert {d.name for d in listed} >= {"common", "two_routes"}
    for document in listed:
        assert document.kind in KINDS
        assert document.summary
        assert check(document.name) == (), document.name


def test_a_child_overlays_rows_key_by_key_and_keeps_the_rest(tmp_path: Path) -> None:
    write(tmp_path)
    child = write(
        tmp_path,
        text=(
            "scenario: child\nextends: small_world\n"
            "provenance: {source: 'survey 2020, p. 3', status: measured}\n"
            "remove: [stocks.market_camp, posts.bridge.streams.cars]\n"
            "sectors:\n  - {id: meadows, cover: 2 h, officers: {army: 5}}\n"
            "parameters: {mu: 2 d}\n"
        ),
        name="child.yaml",
    )
    scenario = load(str(child))
    sector = scenario.sectors[0]
    assert sector.cover.value == 2.0
    assert (sector.cover.source, sector.cover.status) == ("survey 2020, p. 3", "measured")
    assert sector.alert.value == 0.25
    assert sector.alert.source == "assumed: made up for tests"
    assert {k: v.value for k, v in sector.officers.items()} == {"border_police": 60, "army": 5}
    assert scenario.parameter("mu") == 2.0
    assert scenario.parameter("theta") == 0.5
    assert scenario.stocks == ()
    assert [stream.id for stream in scenario.posts[0].streams] == ["lorries"]
    assert scenario.scenario == "child"


def test_a_quantity_is_replaced_as_a_whole(tmp_path: Path) -> None:
    scenario = small_world(tmp_path, sets=["parameters.party_speed=5km/h"])
    speed = scenario.parameters["party_speed"]
    assert (speed.value, speed.low, speed.high) == (5.0, None, None)
    assert (speed.source, speed.status) == ("assumed (user)", "assumed")


def test_a_plan_adds_measures_and_its_numbers_are_assumed_by_the_user(tmp_path: Path) -> None:
    plan = write(tmp_path, text=PLAN, name="plan.yaml")
    assert check(str(write(tmp_path))) == check(str(plan)) == ()
    scenario = small_world(tmp_path, plans=[str(plan)])
    measure = scenario.measures[0]
    assert scenario.plan == "meadow_nights"
    assert scenario.summary.startswith("Two countries, one border")
    assert measure.at == ("sector:meadows",)
    arrive, leave = measure.postings()
    assert (arrive.target, arrive.officers, arrive.hours) == ("sector:meadows", 10.0, "18:00-06:00")
    assert (leave.target, leave.officers) == ("post:bridge", -10.0)
    assert measure.since == date(2020, 4, 1)
    named = {a.name: a for a in assumptions(scenario)}
    officers = named["measures.nights.officers.BBB"]
    assert (officers.value, officers.source, officers.status) == (10, "assumed (user)", "assumed")


def test_two_plans_combine_and_a_setting_reaches_into_a_measure(tmp_path: Path) -> None:
    write(tmp_path)
    one = write(tmp_path, text=PLAN, name="one.yaml")
    other = "plan: beds\nmeasures:\n  - {id: beds, kind: reception_places, at: place:town, "
    other += "from: 2020-03-10, reception_places: 50}\n"
    two = write(tmp_path, text=other, name="two.yaml")
    together = load(
        str(tmp_path / "small_world.yaml"), [f"{one}+{two}"], ["measures.nights.officers.BBB=20"]
    )
    apart = load(
        str(tmp_path / "small_world.yaml"), [str(one), str(two)],
        ["measures.nights.officers.BBB=20"],
    )  # fmt: skip
    assert together == apart
    assert together.plan == "meadow_nights+beds"
    assert [p.officers for p in together.measures[0].postings()] == [20.0, -20.0]
    assert [c.quantity for c in together.measures[1].changes()] == ["reception_places"]


def test_two_plans_may_not_state_the_same_measure(tmp_path: Path) -> None:
    write(tmp_path)
    for name in ("one", "two"):
        write(tmp_path, ("plan: meadow_nights", f"plan: {name}"), text=PLAN, name=f"{name}.yaml")
    with pytest.raises(InputError) as caught:
        load(str(tmp_path / "small_world.yaml"), [f"{tmp_path}/one.yaml", f"{tmp_path}/two.yaml"])
    assert [(p.rule, p.key) for p in caught.value.problems] == [("duplicate-id", "measures.nights")]


def test_officers_of_two_measures_at_one_target_add_up(tmp_path: Path) -> None:
    text = PLAN + PLAN[PLAN.index("  - id: nights") :].replace("id: nights", "id: more_nights")
    plan = write(tmp_path, text=text, name="plan.yaml")
    scenario = small_world(tmp_path, plans=[str(plan)])
    posted = [p for m in scenario.measures for p in m.postings()]
    assert sum(p.officers for p in posted if p.target == "sector:meadows") == 20
    assert sum(p.officers for p in posted if p.target == "post:bridge") == -20


def test_documented_history_can_be_removed_and_switched_off(tmp_path: Path) -> None:
    history = (
        "history:\n  - {id: fence, kind: condition, at: sector:meadows, from: 2019-12-01, "
        "barrier: 2 h}\nobservation_rules:\n"
    )
    change = ("observation_rules:\n", history)
    assert [m.id for m in small_world(tmp_path, change).active_measures()] == ["fence"]
    off = small_world(tmp_path, change, sets=["switches.history=off"])
    assert off.active_measures() == ()
    plan = write(tmp_path, text="plan: p\nremove: [history.fence]\n", name="plan.yaml")
    assert small_world(tmp_path, change, plans=[str(plan)]).history == ()


@pytest.mark.parametrize("text", ["false", "off", "no"])
def test_switches_take_the_usual_words(tmp_path: Path, text: str) -> None:
    assert small_world(tmp_path, sets=[f"switches.race={text}"]).switches.race is False


def test_settings_of_header_rows_and_parts_of_quantities(tmp_path: Path) -> None:
    scenario = small_world(
        tmp_path,
        sets=[
            "until=2020-04-01",
            "seed=7",
            "sectors.meadows.officers.border_police=80",
            "posts.bridge.streams.cars.lanes=4",
            "parameters.mu.low=1 d",
            "parameters.mu.high=2 d",
        ],
    )
    assert scenario.until == date(2020, 4, 1)
    assert scenario.seed == 7
    assert scenario.sectors[0].officers["border_police"].value == 80
    assert scenario.posts[0].streams[0].lanes.value == 4
    mu = scenario.parameters["mu"]
    assert (mu.low, mu.value, mu.high, mu.source) == (1.0, 1.5, 2.0, "assumed (user)")


def test_a_run_cut_short_keeps_the_arrivals_it_does_not_reach(tmp_path: Path) -> None:
    scenario = small_world(tmp_path, sets=["until=2020-03-20"])
    assert [a.id for a in scenario.arrivals] == ["landings_march", "landings_april"]


def test_both_ways_makes_a_way_back_that_can_be_overlaid(tmp_path: Path) -> None:
    scenario = small_world(tmp_path, sets=["legs.harbour_road_back.duration=3 h"])
    there, back = _leg(scenario, "harbour_road"), _leg(scenario, "harbour_road_back")
    assert (there.tail, there.head, there.duration.value) == ("harbour", "market", 2.0)
    assert (back.tail, back.head, back.duration.value) == ("market", "harbour", 3.0)
    assert not there.both_ways
    assert not back.both_ways
    assert len(scenario.legs) == 8


def test_the_way_back_of_a_gate_is_no_gate(tmp_path: Path) -> None:
    gate = (
        "stay: 3 h, hazard: walk}",
        "stay: 3 h, hazard: walk, route: bridge_route, both_ways: yes}",
    )
    scenario = small_world(tmp_path, gate)
    assert _leg(scenario, "meadow_path").route == "bridge_route"
    assert _leg(scenario, "meadow_path_back").route is None
    assert _leg(scenario, "meadow_path_back").sector == "meadows"


def test_tables_build_maps_rows_lists_and_ranges(tmp_path: Path) -> None:
    write(tmp_path)
    rows = [
        "\ufeff# posts of the east",
        "id,border,country,lat [deg],lon [deg],kind,officers.border_police [officers],shift,"
        "booth_share [%],booth_share.low,booth_share.high,cue_share,referral_cued,referral_plain,"
        "methods,streams.foot.demand [units/year],streams.foot.pattern,streams.foot.lanes,"
        "streams.foot.first_line [s],streams.foot.second_line_share,streams.foot.second_line,"
        "streams.foot.persons_per_unit,streams.cars.demand,source,status,note",
        "ferry,AAA-BBB,BBB,45,21,port,12,round_the_clock,70,60,80,0.3,0.4,0.03,visual; dogs,"
        '365.25,flat,1,90,0.1,10 min,1,,"Ferry survey 2019, p. 4",measured,a "small" one',
    ]
    child = "scenario: child\nextends: small_world\ntables: {posts: posts.csv}\n"
    write(tmp_path, text=child, name="child.yaml")
    (tmp_path / "posts.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    post = load(str(tmp_path / "child.yaml")).posts[1]
    assert post.officers["border_police"].value == 12
    assert post.methods == ("visual", "dogs")
    assert [stream.id for stream in post.streams] == ["foot"]
    assert post.streams[0].demand.value == pytest.approx(1.0)
    assert post.streams[0].first_line.value == pytest.approx(1.5)
    booth = post.booth_share
    assert (booth.low, booth.value, booth.high) == pytest.approx((0.6, 0.7, 0.8))
    assert (post.booth_share.source, post.booth_share.status) == (
        "Ferry survey 2019, p. 4",
        "measured",
    )
    assert post.note == 'a "small" one'


def test_a_table_overlays_the_rows_of_a_parent(tmp_path: Path) -> None:
    write(tmp_path)
    child = "scenario: child\nextends: small_world\ntables: {sectors: s.csv, parameters: p.csv}\n"
    write(tmp_path, text=child, name="child.yaml")
    (tmp_path / "s.csv").write_text(
        "id,cover [min],source,status\nmeadows,45,field report,estimated\n", encoding="utf-8"
    )
    (tmp_path / "p.csv").write_text(
        "id,value,low,high,unit,source,status\nmu,1.6,1.2,2,d,a fit,estimated\n", encoding="utf-8"
    )
    scenario = load(str(tmp_path / "child.yaml"))
    cover, alert = scenario.sectors[0].cover, scenario.sectors[0].alert
    assert (cover.value, cover.source, cover.status) == (0.75, "field report", "estimated")
    assert alert.source == "assumed: made up for tests"
    mu = scenario.parameters["mu"]
    assert (mu.value, mu.low, mu.high, mu.source) == (1.6, 1.2, 2.0, "a fit")


def test_words_that_other_readers_take_for_something_else_stay_text(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        ("{id: AAA, name: Avaland", "{id: AAA, name: NO"),
        ('shifts: ["06:00-14:00"', "shifts: [06:00-14:00"),
    )
    scenario = load(str(path))
    assert scenario.countries[0].name == "NO"
    assert scenario.shift_patterns[0].shifts[0] == "06:00-14:00"


def test_a_few_aliases_are_fine(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        ("zone: UTC\nprov", "zone: &zone UTC\nprov"),
        ("{id: AAA, name: Avaland, zone: UTC", "{id: AAA, name: Avaland, zone: *zone"),
    )
    assert load(str(path)).countries[0].zone == "UTC"


def test_text_kept_in_a_manifest_is_the_same_everywhere_and_reads_back(tmp_path: Path) -> None:
    plan = write(tmp_path, text=PLAN, name="plan.yaml")
    scenario = small_world(tmp_path, plans=[str(plan)])
    text = json.dumps(scenario.as_text(), sort_keys=True, allow_nan=False)
    assert from_text(json.loads(text)) == scenario
    assert json.dumps(from_text(json.loads(text)).as_text(), sort_keys=True) == text
    assert pickle.loads(pickle.dumps(scenario)) == scenario
    code = (
        "import json, hashlib; from sim.scenario.loading import load; "
        "text = json.dumps(load('small_world', ['plan.yaml']).as_text()); "
        "print(hashlib.sha256(text.encode()).hexdigest())"
    )
    root = Path(__file__).parents[2]
    hashes = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env={"PYTHONPATH": str(root), "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(hashes) == 1


def test_each_number_that_was_written_has_source_and_status(tmp_path: Path) -> None:
    for scenario in (small_world(tmp_path), load("two_routes")):
        table = assumptions(scenario)
        assert all(row.source and row.status for row in table)
        names = [row.name for row in table]
        assert len(set(names)) == len(names)
        assert "parameters.mu" in names
        assert not any(name.startswith("clock.") for name in names)


def test_the_graph_has_places_as_nodes_and_legs_as_edges(tmp_path: Path) -> None:
    graph = build_graph(small_world(tmp_path))
    assert graph.nodes["harbour"] == {
        "country": "AAA", "lat": 44.0, "lon": 20.0, "kind": "entry", "name": "",
    }  # fmt: skip
    assert graph.edges["riverside", "meadow", "meadow_path"]["border"] == "AAA-BBB"
    assert graph.number_of_edges() == 8


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_the_example_of_each_kind_loads_over_two_routes(kind: str, tmp_path: Path) -> None:
    example = "".join(f"    {line}\n" for line in kinds()[kind].example.splitlines())
    rows = kinds()[kind].example_rows
    text = "plan: example\nfor: two_routes\n" + rows + "measures:\n  -\n" + example
    path = write(tmp_path, text=text, name="example.yaml")
    assert check(str(path)) == ()
    (measure,) = load("two_routes", [str(path)]).measures
    assert measure.kind == kind
    assert measure.changes() or measure.postings()


def test_templates_load_as_they_are(tmp_path: Path) -> None:
    plan = plan_text("my_plan", load("two_routes"), "two_routes")
    path = write(tmp_path, text=plan, name="my_plan.yaml")
    assert check(str(path)) == ()
    assert load("two_routes", [str(path)]).measures[0].postings()
    path = write(tmp_path, text=scenario_text("mine"), name="mine.yaml")
    assert check(str(path)) == ()
    assert load(str(path)).scenario == "mine"


def test_a_plan_alone_is_checked_as_far_as_it_goes(tmp_path: Path) -> None:
    text = (
        "plan: alone\nsectors:\n  - {id: somewhere, cover: 2 h}\nmeasures:\n"
        "  - {id: a, kind: close_post, at: sector:x, from: 2020-04-01}\n"
        "  - {id: b, officers: {BBB: 5}}\n"
    )
    path = write(tmp_path, text=text, name="alone.yaml")
    assert [(p.key, p.rule) for p in check(str(path))] == [("measures.a.at", "wrong-target")]


def test_a_region_is_checked_as_far_as_it_goes(tmp_path: Path) -> None:
    start, end = TEXT.index("places:"), TEXT.index("routes:")
    text = "region: part\nprovenance: {source: made up, status: assumed}\n" + TEXT[start:end]
    path = write(tmp_path, text=text, name="part.yaml")
    assert check(str(path)) == ()
    broken = write(tmp_path, ("to: meadow, mode", "to: medow, mode"), text=text, name="part.yaml")
    assert [p.rule for p in check(str(broken))] == ["unknown-place"]


def test_lowering_returns_outside_procedure_is_allowed(tmp_path: Path) -> None:
    scenario = small_world(tmp_path, sets=["aftermath.aaa_bbb.outside_share=1 %"])
    assert scenario.aftermath[0].outside_share.value == 0.01
