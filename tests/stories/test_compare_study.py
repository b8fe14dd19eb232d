"""The study that compares the nine plans is held to its time, as it is called by default."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stories.small_world import PLAN, write
from tests.studies import compare


def test_what_is_too_slow_is_named() -> None:
    assert compare.too_slow(3600.0, {"baseline": 18.0}) == []
    assert compare.too_slow(3601.0, {"baseline": 18.0, "plan:patrols": 18.2}) == [
        "3601.0 s in all, at most 3600",
        "18.2 s a run of plan:patrols, at most 18",
    ]


def test_the_default_call_fails_where_it_is_too_slow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world = write(
        tmp_path, ("checks: full\n", ""), ("until: 2020-05-01\nzone", "until: 2020-04-03\nzone")
    )
    plan = write(tmp_path, text=PLAN, name="nights.yaml")
    monkeypatch.setattr(compare, "SCENARIO", str(world))
    monkeypatch.setattr(compare, "REPLICATES", 2)
    monkeypatch.setattr(compare, "WORKERS", 1)
    monkeypatch.setattr(compare, "chosen", lambda _: [str(plan)])
    for longest, options, code, said in (
        (600.0, [], 0, "in time: at most 600 s in all and 18 s a run"),
        (0.0, [], 1, " s in all, at most 0"),
        (0.0, ["--plan", "another"], 0, " s in all"),
    ):
        monkeypatch.setattr(compare, "LONGEST", longest)
        assert compare.main(list(options)) == code
        assert capsys.readouterr().out.rstrip().endswith(said)


@pytest.mark.parametrize("options", [["--replicates", "4"], ["--seed", "2"], ["--plan", "other"]])
def test_only_the_default_comparison_is_written_into_the_guide(options: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        compare.main(["--write", *options])
