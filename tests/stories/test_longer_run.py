"""A run beyond the dates of its file: ``--until`` and ``--arrivals``."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim import load, run
from sim.errors import InputError
from sim.records.run_reader import RunFolder
from tests.stories.commands import Command
from tests.stories.small_world import write

MORE = """\
# Persons who land in May.
id,series,place,from,until,persons [persons],mix,source,status
landings_may,landings,harbour,2020-05-01,2020-06-01,150,boats,assumed: made up,assumed
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path)
    (tmp_path / "more.csv").write_text(MORE, encoding="utf-8")
    return tmp_path


def entered(run: RunFolder) -> int:
    return int(run.manifest["counts"]["persons"])


def test_rows_of_arrivals_are_added_and_enter(crossborder: Command, folder: Path) -> None:
    done = crossborder("run", "small_world", "--until", "2020-06-01", "--arrivals", "more.csv",
                       "--no-report", "--out", "longer")  # fmt: skip
    assert (done.code, done.err) == (0, "")
    assert "Note" not in done.out
    longer = RunFolder.open(folder / "longer")
    assert entered(longer) == 300 + 200 + 100 + 150
    assert longer.scenario["until"] == "2020-06-01"
    assert [row["id"] for row in longer.scenario["arrivals"]][-1] == "landings_may"
    assert longer.manifest["sets"] == ["until=2020-06-01"]
    shipped = crossborder("run", "small_world", "--no-report", "--out", "shipped")
    assert shipped.code == 0
    # The longer run is the shipped one, day by day, as long as that lasts.
    query = "SELECT * FROM flows WHERE day < 61 ORDER BY day, leg"
    before = RunFolder.open(folder / "shipped").sql(query)
    assert len(before) > 0
    assert longer.sql(query).equals(before)


def test_without_arrivals_the_last_day_of_arrivals_is_named(
    crossborder: Command,
    folder: Path,
) -> None:
    done = crossborder("run", "small_world", "--until", "2020-06-01", "--no-report", "--out", "x")
    assert done.code == 0
    assert "Note: no arrivals after 2020-04-30; the run goes on until 2020-06-01." in done.out
    assert entered(RunFolder.open(folder / "x")) == 300 + 200 + 100


def test_a_run_can_be_shortened(crossborder: Command, folder: Path) -> None:
    done = crossborder("run", "small_world", "--until", "2020-04-01", "--no-report", "--out", "x")
    assert (done.code, "Note" in done.out) == (0, False)
    assert entered(RunFolder.open(folder / "x")) == 300 + 100


def test_measures_without_an_end_last(folder: Path) -> None:
    plan = folder / "open.yaml"
    plan.write_text(
        "plan: open_end\nmeasures:\n  - {id: fence, kind: condition, at: sector:meadows, "
        "from: 2020-04-10, barrier: 4 h}\n",
        encoding="utf-8",
    )
    longer = run(
        folder / "small_world.yaml", plans=(str(plan),), sets=("until=2020-06-01",),
        arrivals=folder / "more.csv", out=folder / "run",
    )  # fmt: skip
    events = longer.table("events")
    assert events is not None
    assert events["kind"].tolist() == ["measure begins"]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("landings_may", "landings_april", "duplicate-id"),
        ("assumed: made up,", ",", "empty-source"),
        ("harbour", "harbor", "unknown-place"),
        ("150", "many", "not-a-number"),
        ("2020-05-01", "2020-07-01", "bad-period"),
        ("2020-05-01,2020-06-01", "2020-06-01,2020-07-01", "outside-run"),
        (",landings,", ",bbb_registered,", "upstream-only"),
        ("persons [persons]", "parsons [persons]", "unknown-key"),
    ],
)
def test_rows_of_arrivals_are_checked_like_any_table(
    folder: Path, old: str, new: str, rule: str
) -> None:
    assert MORE.count(old) == 1
    (folder / "more.csv").write_text(MORE.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load(folder / "small_world.yaml", sets=("until=2020-06-01",), arrivals=folder / "more.csv")
    assert rule in {p.rule for p in refused.value.problems}
    assert {p.file for p in refused.value.problems if p.rule == rule} == {str(folder / "more.csv")}


def test_rows_after_the_run_and_missing_files_are_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="outside-run"):
        load(folder / "small_world.yaml", arrivals=folder / "more.csv")
    with pytest.raises(InputError, match="no-such-file"):
        load(folder / "small_world.yaml", arrivals=folder / "none.csv")
    with pytest.raises(ValueError, match="give them to load"):
        run(load(folder / "small_world.yaml"), arrivals=folder / "more.csv", out=folder / "x")
