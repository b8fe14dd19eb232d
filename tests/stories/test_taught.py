"""What a comparison taught, as it is written into a plan's page and the guide's table."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.comparison import compare
from sim.experiments.comparisons import run_comparison
from sim.experiments.designs import design
from sim.experiments.executors import SerialExecutor
from tests.stories.small_world import PLAN, write
from tests.studies import _taught


def test_pages_and_table_are_written_anew_and_the_rest_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = write(
        tmp_path, ("checks: full\n", ""), ("until: 2020-05-01\nzone", "until: 2020-04-25\nzone")
    )
    plan = write(tmp_path, text=PLAN, name="nights.yaml")
    made = design(str(world), [str(plan)])
    folder = run_comparison(made, 1, 2, SerialExecutor(), tmp_path / "out", {}, lambda _: None)
    comparison = compare(folder, ("interceptions", "arrests"))
    (name,) = (p.name for p in comparison.plans)
    scenarios = tmp_path / "scenarios"
    (scenarios / "plans").mkdir(parents=True)
    page, guide = scenarios / "plans" / f"{name}.md", scenarios / "README.md"
    page.write_text("# Nights\n\n## What it taught\n\nOld words.\n", encoding="utf-8")
    guide.write_text("Before.\n\n| plan | null | x |\n| --- |\n| old |\n\nAfter.\n", "utf-8")
    monkeypatch.setattr(_taught, "SCENARIOS", scenarios)
    assert _taught.write(comparison, "the command") == [page, guide]
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Nights\n\n## What it taught\n\nCompared over 2 pairs of runs (`the")
    assert "Old words" not in text
    assert "arrests not recorded" in text
    assert comparison.verdict(name).word in text
    assert "returned outside procedure" in text
    table = guide.read_text(encoding="utf-8")
    assert table.startswith(
        "Before.\n\n| plan | null | verdict | interceptions, persons | arrests |"
    )
    assert table.endswith("|\n\nAfter.\n")
    assert f"| `{name}` |" in table
    assert "old" not in table
