"""Every mistake of the table is met by its file, line, key, value, rule and remedy."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.scenario.finding import shipped_folder
from sim.scenario.loading import check, load
from tests.stories.scenario_cases import cases, problems_of
from tests.stories.small_world import write

CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=[f"{c['class']}: {c['case']}" for c in CASES])
def test_mistake(case: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = [
        (p.file, str(p.line), p.key, p.value, p.rule, p.remedy)
        for p in problems_of(case["input"], tmp_path)
    ]
    expected = tuple(case[key] for key in ("file", "line", "key", "value", "rule", "remedy"))
    assert found == [expected]


def test_the_table_has_twelve_classes_of_five_cases() -> None:
    classes = Counter(case["class"] for case in CASES)
    assert len(classes) >= 12
    assert min(classes.values()) >= 5
    assert len({case["input"] for case in CASES}) == len(CASES)


def test_every_rule_of_the_table_is_explained_in_the_guide() -> None:
    guide = (shipped_folder() / "README.md").read_text(encoding="utf-8")
    for rule in {case["rule"] for case in CASES}:
        family, _, member = rule.partition("-")
        named = f"`{rule}`" in guide or (f"`{family}-...`" in guide and f"`-{member}`" in guide)
        assert named, rule


def test_a_file_with_four_mistakes_reports_four(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        ("duration: 8 h, border", "duration: 8 km, border"),
        ("officers: {border_police: 60}", "officers: {border_police: -60}"),
        ("persons: 200, mix: boats", "persons: 200, mix: bots"),
        ("terrain: plain, officers", "terrian: plain, officers"),
    )
    found = {(p.line, p.key, p.rule) for p in check(str(path))}
    assert found == {
        (55, "legs.meadow_path.duration", "wrong-unit"),
        (70, "arrivals.landings_april.mix", "unknown-mix"),
        (76, "sectors.meadows.officers.border_police", "out-of-range"),
        (76, "sectors.meadows.terrian", "unknown-key"),
    }


def test_a_table_with_four_mistakes_reports_four(tmp_path: Path) -> None:
    write(tmp_path, ("checks: full", "tables: {targets: targets.csv}"))
    rows = [
        "# registered stops",
        "id,series,period,persons [persons],source,status",
        "a,bbb_registered,2020-03,many,made up,assumed",
        "b,bbb_registered,2020-13,40,made up,assumed",
        "c,bbb_stops,2020-03,40,made up,assumed",
        "d,bbb_registered,2020-04,40,,assumed",
    ]
    (tmp_path / "targets.csv").write_text("\n".join(rows), encoding="utf-8")
    problems = check(str(tmp_path / "small_world.yaml"))
    assert {Path(p.file).name for p in problems} == {"targets.csv"}
    assert {(p.line, p.key, p.rule) for p in problems} == {
        (3, "targets.a.persons", "not-a-number"),
        (4, "targets.b.period", "bad-period"),
        (5, "targets.c.series", "unknown-series"),
        (6, "targets.d.source", "empty-source"),
    }


def test_a_plan_with_four_mistakes_reports_four(tmp_path: Path) -> None:
    write(tmp_path)
    text = (
        "plan: four\nfor: small_world\nmeasures:\n"
        "  - {id: a, kind: staffing, at: sector:medows, from: 2020-04-01, officers: {BBB: 5}}\n"
        "  - {id: b, kind: close_post, at: post:bridge, from: 2020-04-31}\n"
        "  - {id: c, kind: reception_places, at: place:town, from: 2020-04-01}\n"
        "  - {id: d, kind: opening_hours, at: post:bridge, from: 2020-04-01, hours: 8 to 4}\n"
    )
    path = write(tmp_path, text=text, name="four.yaml")
    found = [(p.line, p.key, p.rule) for p in check(str(path))]
    assert found == [
        (4, "measures.a.at", "unknown-sector"),
        (5, "measures.b.from", "bad-date"),
        (6, "measures.c.reception_places", "missing-key"),
        (7, "measures.d.hours", "bad-span"),
    ]


def test_a_mistake_in_a_leg_both_ways_is_told_once(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        ("to: market, mode: bus, distance: 60 km", "to: markt, mode: bus, distance: 60 h"),
    )
    found = [(p.key, p.rule) for p in check(str(path))]
    assert found == [
        ("legs.harbour_road.distance", "wrong-unit"),
        ("legs.harbour_road.to", "unknown-place"),
    ]


def test_problems_of_several_files_come_together(tmp_path: Path) -> None:
    write(tmp_path, ("mu: 1.5 d", "mu: 1.5 km"))
    plan = write(tmp_path, text="plan: p\nmeasurs: []\n", name="p.yaml")
    with pytest.raises(InputError) as caught:
        load(str(tmp_path / "small_world.yaml"), [str(plan)], ["switches.race=maybe"])
    assert [(Path(p.file).name, p.rule) for p in caught.value.problems] == [
        ("", "wrong-type"),
        ("p.yaml", "unknown-key"),
        ("small_world.yaml", "wrong-unit"),
    ]
    assert caught.value.exit_code == 2


def test_a_huge_file_is_refused_without_reading_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    huge = tmp_path / "huge.yaml"
    with huge.open("wb") as file:
        file.truncate(100_000_000)

    def refuse(self: Path) -> bytes:
        raise AssertionError(f"{self} was read")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    monkeypatch.setattr(Path, "read_text", refuse)
    assert [p.rule for p in check(str(huge))] == ["file-too-large"]


def test_checking_writes_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, ("mu: 1.5 d", "mu: 1.5 km"))
    before = path.read_bytes()
    assert check(str(path))
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == before
