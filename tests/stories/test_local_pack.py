"""A local pack cut out of a region runs by itself and sees the flows of the whole at its border."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sim import load, run
from sim.experiments.cutting import cut_out
from sim.records.run_reader import RunFolder
from sim.scenario.loading import check
from sim.scenario.writing import write_scenario
from tests.stories.commands import Command

UNTIL = "until=2020-06-01"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = tmp_path_factory.mktemp("whole")
    return run("two_routes", sets=(UNTIL,), plans=("hilltop_nights",), out=folder / "run").records


def names_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def persons(run: RunFolder, legs: Any) -> int:
    frame = run.table("flows")
    assert frame is not None
    return int(frame[frame["leg"].isin(list(legs))]["persons"].sum())


def test_a_written_scenario_reads_back_as_it_was(tmp_path: Path) -> None:
    for name in ("two_routes", "adriatic_shift"):
        scenario = load(name)
        folder = tmp_path / name
        folder.mkdir()
        back = load(write_scenario(scenario, folder, "a comment\nof two lines"))
        assert numbers(back.as_text()) == numbers(scenario.as_text())
        sources = {row.id: row.persons.source for row in scenario.arrivals}
        assert {row.id: row.persons.source for row in back.arrivals} == sources


def numbers(value: Any) -> Any:
    """Return a text without the provenance of rows, which a row may inherit or state."""
    if isinstance(value, dict):
        return {k: numbers(v) for k, v in value.items() if k not in ("source", "status")}
    return [numbers(item) for item in value] if isinstance(value, list) else value


def test_the_pack_passes_the_check_and_runs(
    whole: RunFolder,
    crossborder: Command,
    tmp_path: Path,
) -> None:
    made = crossborder("new", "scenario", "east", "--region", "two_routes", "--only", "BBB,DDD",
                       "--from", str(whole.path))  # fmt: skip
    assert (made.code, made.err, made.last) == (0, "", "east/east.yaml")
    assert "east/arrivals.csv" in names_in(tmp_path)
    assert not [name for name in names_in(tmp_path) if "partial" in name]
    assert crossborder("check", "east/east.yaml").code == 0
    ran = crossborder("run", "east/east.yaml", "--no-report", "--out", "run")
    assert (ran.code, ran.err) == (0, "")
    local = RunFolder.open(tmp_path / "run")
    country = {place["id"]: place["country"] for place in local.scenario["places"]}
    used = {row["id"] for row in local.scenario["legs"] if country[row["from"]] in ("AAA", "CCC")}
    assert used >= {"bridge_lorry", "hilltop_path"}
    # Retries at the cut are made again here, so that attempts agree, not only arrivals: within
    # what one run of a few hundred parties and other beliefs at the cut leave open.
    assert persons(local, used) == pytest.approx(persons(whole, used), rel=0.2)
    again = crossborder("new", "scenario", "east", "--region", "two_routes", "--only", "BBB,DDD",
                        "--from", str(whole.path))  # fmt: skip
    assert (again.code, "[file-exists]" in again.err) == (2, True)


def test_only_what_touches_the_countries_is_left(whole: RunFolder) -> None:
    pack = cut_out(whole, "east", ["BBB", "DDD"])
    scenario = pack.scenario
    places = {place.id: place for place in scenario.places}
    only = {"BBB", "DDD"}
    for leg in scenario.legs:
        assert {places[leg.tail].country, places[leg.head].country} & only
    outside = {p.id: p.kind for p in scenario.places if p.country not in only}
    assert set(outside.values()) <= {"entry", "exit"}
    assert {k for k, kind in outside.items() if kind == "entry"} == set(pack.entries)
    legs = {leg.id for leg in scenario.legs}
    assert all(s.leg in legs for n in scenario.networks for s in n.services)
    assert {leg.sector for leg in scenario.legs} - {None} == {s.id for s in scenario.sectors}
    assert {m.at for m in scenario.measures} == {("sector:hilltop",)}
    assert not [s for s in scenario.stocks if places[s.place].country not in only]


def test_arrivals_at_the_cut_say_where_they_come_from(whole: RunFolder) -> None:
    pack = cut_out(whole, "east", ["BBB", "DDD"])
    rows = [row for row in pack.scenario.arrivals if row.place in pack.entries]
    assert rows
    for row in rows:
        assert row.source.startswith("derived: run ")
        assert row.status == row.persons.status == "estimated"
    by_place = {p: sum(r.persons.value for r in rows if r.place == p) for p in pack.entries}
    assert by_place == pack.entries
    legs = {leg.id for leg in pack.scenario.legs if leg.tail in pack.entries}
    assert sum(by_place.values()) < persons(whole, legs)  # those who try again are one arrival
    assert {row.series for row in rows}.isdisjoint(t.series for t in pack.scenario.targets)


def test_a_place_outside_is_worth_what_lies_beyond_it(whole: RunFolder, tmp_path: Path) -> None:
    """West of the cut the exit is gone; what stands for it costs what the way on costs."""
    pack = cut_out(whole, "west", ["AAA", "BBB"])
    exits = {p.id: p for p in pack.scenario.places if p.kind == "exit"}
    assert set(exits) == set(pack.exits)
    assert "capital" not in exits
    for place in exits.values():
        assert place.exit_value is not None
        # Less than arriving, more than staying.
        assert load("two_routes").parameter("u_stay") < place.exit_value.value < 0
        assert place.exit_value.source.startswith("derived: run ")
    folder = tmp_path / "west"
    folder.mkdir()
    assert check(write_scenario(pack.scenario, folder, "")) == ()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--region", "two_routes", "--only", "BBB"), "[missing-run]"),
        (("--region", "two_routes", "--only", "BBB"), "crossborder run two_routes"),
        (("--region", "western_balkans", "--only", "BIH"), "crossborder run adriatic_shift"),
        (("--region", "western_balkans", "--only", "BIH", "--from", "WHOLE"), "[wrong-run]"),
        (("--region", "two_routes", "--only", "BBB,QQQ", "--from", "WHOLE"), "[unknown-country]"),
        (("--region", "two_rotes", "--only", "BBB", "--from", "WHOLE"), "two_routes"),
        (("--region", "two_routes", "--only", "BBB", "--from", "nowhere"), "no such folder"),
        (("--region", "two_routes"), "--only"),
        (("--only", "BBB"), "--region"),
        (("--region", "two_routes", "--extends", "two_routes", "--only", "BBB"), "either"),
    ],
)
def test_a_cut_that_cannot_be_made_is_refused_and_leaves_nothing(
    whole: RunFolder, crossborder: Command, tmp_path: Path,
    arguments: tuple[str, ...], said: str,
) -> None:  # fmt: skip
    given = [str(whole.path) if a == "WHOLE" else a for a in arguments]
    done = crossborder("new", "scenario", "east", *given)
    assert done.code == 2
    assert said in done.err
    assert names_in(tmp_path) == []


def test_a_pack_of_the_western_balkans(tmp_path: Path) -> None:
    """A short run of the region: the local pack of three countries checks, loads and runs."""
    records = run("adriatic_shift", sets=("until=2017-04-01",), out=tmp_path / "whole").records
    pack = cut_out(records, "drina", ["BIH", "MNE", "SRB"])
    folder = tmp_path / "drina"
    folder.mkdir()
    file = write_scenario(pack.scenario, folder, "")
    assert check(file) == ()
    local = run(file, out=tmp_path / "local").records
    cut = {leg.id for leg in pack.scenario.legs if leg.tail in pack.entries}
    assert persons(local, cut) == pytest.approx(persons(records, cut), rel=0.1)
    assert load("adriatic_shift").ablations
    assert not pack.scenario.ablations, "recorded on the whole region, they say nothing of a part"
    text = file.read_text(encoding="utf-8")
    assert "Kosovo*" in (folder / "countries.csv").read_text(encoding="utf-8")
    assert "measures" not in text.split("tables:")[0]
