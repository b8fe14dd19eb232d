"""Recorded ablations: made by the study, kept in a pack, checked, shown beside no run of theirs."""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from analysis.reading import Reading
from analysis.report import report_html
from analysis.sections.ablations import ablations, history_words
from analysis.student import t_quantile
from sim.errors import InputError
from sim.scenario.finding import shipped_folder
from sim.scenario.loading import load
from sim.scenario.specs.scenario import Scenario
from tests.fake_run import write_fake_run
from tests.stories.small_world import small_world
from tests.studies.shift import (
    FIGURES,
    VARIANTS,
    Record,
    Runs,
    accounted,
    estimates,
    main,
    make,
    table_text,
)

UNTIL = "2020-03-04"


def made_runs(seeds: int = 6) -> Runs:
    """Return runs in which chance moves a seed alike under all variants, and history nothing."""
    drawn = np.random.default_rng(1)
    chance = drawn.normal(0, 0.1, seeds)
    left = dict(zip(VARIANTS, (0.6, 0.0, 0.55, 0.45, 0.6, 0.6, 0.5), strict=True))
    runs: Runs = {}
    for variant, gain in left.items():
        noise = drawn.normal(0, 0.01, seeds)
        runs[variant] = {
            seed: dict(zip(FIGURES, (70, 200, 3000, 0.1, 0.2,
                                     0.2 + gain * (1 + chance[seed - 1]) + noise[seed - 1]),
                           strict=True))
            for seed in range(1, seeds + 1)
        }  # fmt: skip
    return runs


def packed(folder: Path, text: str) -> Scenario:
    """Return the small world with a table of ablations."""
    (folder / "ablations.csv").write_text(text, encoding="utf-8")
    tables = "tables: {ablations: ablations.csv}\nparameters:\n"
    return small_world(folder, ("parameters:\n", tables))


def text_of(runs: Runs) -> str:
    return table_text(estimates(runs), "a1" * 32, "derived: made runs", date(2026, 1, 2))


def test_the_fraction_is_paired_by_seed() -> None:
    drawn = np.random.default_rng(3)
    full = drawn.normal(0.6, 0.15, 20)
    off = 0.7 * full + drawn.normal(0, 0.01, 20)
    paired, shuffled = accounted(off, full), accounted(drawn.permutation(off), full)
    assert paired is not None
    assert shuffled is not None
    assert paired.low is not None
    assert paired.high is not None
    assert shuffled.low is not None
    assert shuffled.high is not None
    assert paired.mean == pytest.approx(1 - off.mean() / full.mean())
    assert paired.low < 0.3 < paired.high
    assert paired.high - paired.low < 0.2 * (shuffled.high - shuffled.low)
    for bound in (paired.low, paired.high):  # Fieller: there the difference is just told from 0
        gap = off - (1 - bound) * full
        assert abs(gap.mean() / gap.std(ddof=1)) * 20**0.5 == pytest.approx(t_quantile(0.975, 19))


def test_a_shift_not_told_from_nothing_bounds_no_fraction() -> None:
    found = accounted(np.array([0.1, -0.2, 0.1]), np.array([0.3, -0.4, 0.2]))
    assert found is not None
    assert (found.low, found.high) == (None, None)
    assert accounted(np.zeros(3), np.zeros(3)) is None
    single = accounted(np.array([0.3]), np.array([0.6]))
    assert single is not None
    assert (single.mean, single.low) == (0.5, None)


def test_only_seeds_that_both_have_are_paired() -> None:
    runs = made_runs()
    whole = estimates(runs)["history off"]["accounted"]
    del runs["full"][6]
    part = estimates(runs)["history off"]["accounted"]
    assert (whole.replicates, part.replicates) == (6, 5)


def test_the_study_keeps_each_run_and_makes_only_what_is_lacking(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, table = tmp_path / "runs.csv", tmp_path / "ablations.csv"
    asked = ["--scenario", "two_routes", "--until", UNTIL, "--workers", "1",
             "--record", str(kept), "--table", str(table)]  # fmt: skip
    assert main([*asked, "--replicates", "1"]) == 0
    assert not table.exists()
    assert len(kept.read_text().splitlines()) == 1 + len(VARIANTS)
    # The last run was cut short, as by an interruption: it and the second seed are made.
    kept.write_text(kept.read_text()[:-5])
    assert main([*asked, "--replicates", "2", "--write"]) == 0
    said = capsys.readouterr().err
    assert f"{len(VARIANTS) - 1} of {2 * len(VARIANTS)} runs are in" in said
    assert f"{len(VARIANTS) + 1} of {len(VARIANTS) + 1} in" in said
    with table.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    assert {r["switch"] for r in rows} == {switch for switch, _ in VARIANTS.values()}
    assert {r["replicates"] for r in rows} == {"2"}
    assert len(packed(tmp_path, table.read_text()).ablations) == len(rows)
    assert main([*asked, "--replicates", "2"]) == 0
    assert f"{2 * len(VARIANTS)} of {2 * len(VARIANTS)} runs are in" in capsys.readouterr().err


def test_a_run_that_fails_does_not_lose_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = Record(tmp_path / "runs.csv", "code", "hash")
    jobs = [("no_such_scenario", UNTIL, "full", 1), ("two_routes", UNTIL, "full", 2)]
    assert make(record, jobs, 1) == 1
    assert "full, seed 1: failed: InputError" in capsys.readouterr().err
    assert set(Record(tmp_path / "runs.csv", "code", "hash").runs["full"]) == {2}
    assert not Record(tmp_path / "runs.csv", "other code", "hash").runs["full"]


def test_the_report_shows_what_the_pack_keeps(tmp_path: Path) -> None:
    rows = packed(tmp_path, text_of(made_runs())).as_text()["ablations"]
    reading = Reading.open(write_fake_run(tmp_path / "run", months=2, ablations=rows))
    section = ablations(reading)
    assert section is not None
    for words in ("not of this run", "2026-01-02", "6 seeds a mechanism", "networks fixed",
                  "Growth (times): arrivals observed in Bosnia and Herzegovina",
                  "History, the dated measures alone, does not explain the shift"):  # fmt: skip
        assert words in section.body
    assert 'id="ablations"' in report_html(reading)
    (cell,) = re.findall(r"<th scope=\"row\">learning off</th>(.*?)</tr>", section.body)[:1]
    assert "100" in cell


def test_without_recorded_runs_there_is_no_section(tmp_path: Path) -> None:
    reading = Reading.open(write_fake_run(tmp_path / "run", months=2, ablations=[]))
    assert ablations(reading) is None
    assert "What makes the shift" not in report_html(reading)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (-0.1, 0.2, "does not explain the shift"),
        (0.7, 1.1, "may explain the whole shift"),
        (-0.5, 1.5, "is not shown"),
        (None, None, "no interval"),
    ],
)
def test_what_history_explains_hangs_on_its_interval(
    low: float | None, high: float | None, words: str
) -> None:
    row = {"mean": 0.1, "low": low, "high": high}
    assert words in history_words({("history", "off"): {"accounted": row}})
    assert history_words({("season", "off"): {"accounted": row}}) == ""


@pytest.mark.parametrize(
    ("old", "new", "rule", "remedy"),
    [
        (",learning,prior,growth", ",learnings,prior,growth", "unknown-switch", "`learning`"),
        (",learning,prior,growth", ",learning,priors,growth", "unknown-value", "`prior`"),
        (",retries,off,growth", ",retries,of,growth", "unknown-value", "`off`"),
        ("made,source", "mode,source", "unknown-key", "`made`"),
        ("source,status", "status", "missing-column", "source"),
        (",learning,prior,growth", ",learning,prior,grown", "unknown-value", "growth"),
        ("0.2,0.2,0.2,share", "0.2,0.3,0.2,share", "bad-quantity", "Order"),
        ("0.2,0.2,0.2,share", "0.2,0.2,0.2,1", "wrong-unit", "share"),
        ("derived: made runs", "", "empty-source", "Name"),
    ],
)
def test_a_mistake_is_met_by_rule_and_remedy(
    tmp_path: Path, old: str, new: str, rule: str, remedy: str
) -> None:
    text = text_of(made_runs())
    assert old in text
    if old.startswith("source,"):
        text = re.sub(",derived: made runs,", ",", text)
    with pytest.raises(InputError) as error:
        packed(tmp_path, text.replace(old, new, 1))
    found = {p.rule: p for p in error.value.problems}
    assert rule in found
    assert remedy in found[rule].remedy
    assert found[rule].file.endswith("ablations.csv")


def test_the_region_keeps_recorded_ablations_with_their_source() -> None:
    rows = load("adriatic_shift").ablations
    assert {(r.switch, r.setting) for r in rows} == set(VARIANTS.values())
    assert all("tests.studies shift" in r.source and r.status == "estimated" for r in rows)
    assert (shipped_folder() / "western_balkans" / "ablations.csv").is_file()
