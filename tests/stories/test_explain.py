"""Explaining a run: a simulated party's story, and what happened at institutions by week."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sim import run
from sim.errors import InputError, ModelError
from sim.experiments.explaining import explain_party, first_stopped
from sim.experiments.trace import PartyTrace, made_again
from sim.experiments.weeks import explain_institution
from sim.records.run_reader import RunFolder
from tests.model_runs import differing, finished
from tests.stories.commands import Command
from tests.stories.small_world import small_world, write

UNTIL = "until=2020-05-15"
GOODS = "until=2017-01-20"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = tmp_path_factory.mktemp("explain")
    return run("two_routes", sets=(UNTIL,), plans=("hilltop_nights",), out=folder / "run").records


def by_kind(events: Any, kind: str) -> list[Any]:
    return [event for event in events if event.kind == kind]


def test_a_trace_changes_nothing(tmp_path: Path) -> None:
    scenario = small_world(tmp_path)
    plain = finished(scenario)
    traced = made_again(run(write(tmp_path), out=tmp_path / "run").records)
    traces = [PartyTrace(traced, row) for row in range(0, traced.world.crowd.planned, 40)]
    traced.run()
    assert sum(len(trace.story().events) for trace in traces) > 100
    assert differing(plain, traced) == []


def test_a_model_without_a_trace_has_only_its_own_methods(tmp_path: Path) -> None:
    """What listens stands on the parts of the world traced, and on no other world."""
    scenario = small_world(tmp_path)
    traced = made_again(run(write(tmp_path), out=tmp_path / "run").records)
    PartyTrace(traced, 0)
    assert "meet" in vars(traced.world.sectors)
    assert "meet" not in vars(finished(scenario).world.sectors)


def test_every_story_ends_as_the_run_recorded_it(recorded: RunFolder) -> None:
    journeys = recorded.table("journeys")
    assert journeys is not None
    most = journeys.sort_values(["attempts", "key"], ascending=False).head(6)
    split = journeys[journeys["key"] != journeys["root"]].head(2)
    for row in [*most.to_dict("records"), *split.to_dict("records")]:
        story = explain_party(recorded, int(row["key"]))
        end = story.ends[int(row["key"])]
        assert (end["state"], end["place"], end["attempts"], end["persons"]) == (
            row["state"], row["place"], row["attempts"], row["persons"],
        )  # fmt: skip
        assert end["spent"] == pytest.approx(row["spent"], abs=0.01)


def test_a_story_is_told_in_order_and_adds_up(recorded: RunFolder) -> None:
    journeys = recorded.table("journeys")
    assert journeys is not None
    alone = journeys[(journeys["key"] == journeys["root"]) & (journeys["state"] == "arrived")]
    key = int(alone.sort_values(["attempts", "key"])["key"].iloc[-1])
    story = explain_party(recorded, key)
    hours = [event.hour for event in story.events]
    assert hours == sorted(hours)
    assert (story.events[0].kind, story.events[-1].kind) == ("enters", "ends")
    tried = by_kind(story.events, "encounter") + by_kind(story.events, "post")
    assert len([e for e in tried if e.facts["outcome"] != "closed"]) == story.ends[key]["attempts"]
    paid = [e.facts.get("fare", 0) + e.facts.get("fee", 0) + e.facts.get("cost", 0)
            for e in story.events]  # fmt: skip
    assert sum(paid) == pytest.approx(story.ends[key]["spent"], abs=0.5)
    for choice in by_kind(story.events, "chooses"):
        assert sum(choice.facts["shares"].values()) == pytest.approx(1)
        assert choice.facts["shares"][choice.facts["took"]] > 0
    for service in by_kind(story.events, "service"):
        assert sum(service.facts["shares"].values()) == pytest.approx(1)
        assert service.facts["took"] in service.facts["shares"]
    departures = by_kind(story.events, "sets out")
    gone = [e for e in by_kind(story.events, "chooses") if e.facts["took"] != "stay"]
    assert len(departures) == len(gone) - len(by_kind(story.events, "turned away"))


@pytest.mark.parametrize("target", ["sector:hilltop", "post:mill_bridge"])
def test_the_example_is_the_first_party_stopped_there(recorded: RunFolder, target: str) -> None:
    key = first_stopped(recorded, target)
    assert key is not None
    kind, _, name = target.partition(":")
    events = explain_party(recorded, key).events
    went_on = ("passed", "not_seen", "lost", "claimed asylum")
    there = [event for event in events if event.facts.get(kind) == name]
    stops = [event for event in there if event.facts["outcome"] not in went_on]
    day = min(e.hour for e in stops) // 24
    table = recorded.table(f"{kind}s")
    assert table is not None
    mine = table[table[kind] == name]
    stopped = (
        mine["found"] if kind == "post" else mine[["aborted", "intercepted", "outside"]].sum(axis=1)
    )
    assert day == mine["day"][stopped > 0].min()


def test_nobody_is_found_where_nobody_was_stopped(tmp_path: Path) -> None:
    path = write(tmp_path, ("officers: {border_police: 60}", "officers: {border_police: 0}"))
    records = run(path, sets=("until=2020-03-10",), out=tmp_path / "run").records
    assert first_stopped(records, "sector:meadows") is None


def test_an_ensemble_explains_its_first_replicate(tmp_path: Path) -> None:
    records = run(
        write(tmp_path), sets=("until=2020-03-25",), replicates=2, out=tmp_path / "both"
    ).records
    journeys = records.table("journeys")
    assert journeys is not None
    explain_party(records, int(journeys["key"].iloc[0]))  # held against what was recorded


def test_a_key_of_nobody_and_a_run_not_repeated_are_refused(
    recorded: RunFolder, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match="no party"):
        explain_party(recorded, 1)
    other = RunFolder(recorded.path, {**recorded.manifest, "seed": 99})
    journeys = recorded.table("journeys")
    assert journeys is not None
    key = int(journeys.sort_values(["attempts", "key"])["key"].iloc[-1])
    with pytest.raises(ModelError, match="does not repeat"):
        explain_party(other, key)


def test_weeks_of_a_sector_add_up_and_name_the_measures(recorded: RunFolder) -> None:
    story = explain_institution(recorded, "sector:hilltop")
    table = recorded.table("sectors")
    assert table is not None
    mine = table[table["sector"] == "hilltop"]
    for name in ("tried", "aborted", "intercepted"):
        assert sum(week[name] for week in story.weeks) == mine[name].sum()
    assert {c["subject"] for c in story.changes} == {"sector:hilltop"}
    assert [c["time"][:10] for c in story.changes] == ["2020-04-15"] * len(story.changes)
    assert any("cameras" in c["text"] or "camera" in c["text"] for c in story.changes)


def test_weeks_of_posts_and_networks(recorded: RunFolder) -> None:
    post = explain_institution(recorded, "post:mill_bridge")
    posts = recorded.table("posts")
    assert posts is not None
    served = posts[posts["post"] == "mill_bridge"]["served"].sum()
    assert sum(week["served"] for week in post.weeks) == pytest.approx(served, abs=1)
    network = explain_institution(recorded, "network:muleteers")
    assert sum(week["carried"] for week in network.weeks) > 0
    with pytest.raises(InputError, match="unknown-sector"):
        explain_institution(recorded, "sector:hillto")


@pytest.mark.parametrize("target", ["centre:lake_town_centre", "desk:lake_bbb"])
def test_what_has_no_story_is_refused_with_all_that_has(recorded: RunFolder, target: str) -> None:
    with pytest.raises(InputError, match="unknown-target") as refused:
        explain_institution(recorded, target)
    for what in ("party:KEY", "case:ID", "request:ID", "post:ID", "investigation:ID"):
        assert f"`{what}`" in str(refused.value)


def test_explain_as_a_user_asks_for_it(
    recorded: RunFolder,
    crossborder: Command,
) -> None:
    import json

    place = str(recorded.path)
    told = crossborder("explain", place, "--example", "stopped-at:sector:hilltop")
    assert (told.code, told.err) == (0, "")
    assert "simulated party" in told.out
    assert "crosses sector hilltop" in told.out
    data = json.loads(
        crossborder("explain", place, "--example", "stopped-at:sector:hilltop", "--json").out
    )
    assert data["events"]
    again = json.loads(crossborder("explain", place, f"party:{data['party']}", "--json").out)
    assert again == data
    weeks = json.loads(crossborder("explain", place, "network:ferrymen", "--json").out)
    assert weeks["weeks"]
    assert "by week" in crossborder("explain", place, "post:mill_bridge").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "either what to explain"),
        (("party:x",), "[bad-key]"),
        (("party:1",), "no party"),
        (("hilltop",), "[unknown-target]"),
        (("sector:hilltp",), "Did you mean `hilltop`?"),
        (("--example", "found-at:sector:hilltop"), "[unknown-example]"),
        (("--example", "stopped-at:network:ferrymen"), "[unknown-target]"),
    ],
)
def test_what_cannot_be_explained_is_said(
    recorded: RunFolder,
    crossborder: Command,
    arguments: tuple[str, ...],
    said: str,
) -> None:
    done = crossborder("explain", str(recorded.path), *arguments)
    assert done.code in (1, 2)
    assert said in done.err
    assert "Traceback" not in done.err


def test_goods_stopped_in_a_sector_are_no_party(tmp_path: Path) -> None:
    """Patrols at Bozaj turn back goods in January 2017, and no party until later (seed 6)."""
    records = run("adriatic_shift", sets=(GOODS,), seed=6, out=tmp_path / "run").records
    carried = records.sql("SELECT sum(tried) n FROM seizures WHERE place LIKE '%bozaj_sector'")
    assert carried["n"][0] > 0
    assert first_stopped(records, "sector:bozaj_sector") is None
