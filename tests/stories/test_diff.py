"""Where two runs part: what was asked, the first event, the first party, what followed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.app.differing import _outcome
from sim.errors import ModelError
from sim.experiments.parting import _COLUMNS, Parting, _differing, part
from sim.experiments.runs import run
from sim.records.run_reader import RunFolder
from sim.scenario.loading import load
from tests.stories.commands import Command
from tests.stories.small_world import PLAN, TEXT, write

UNTIL = "until=2020-04-12"
#: Another choice from the first departure on.
SPREAD = "parameters.mu=3 d"
Made = Callable[..., RunFolder]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("runs")
    write(folder, ("checks: full\n", ""))
    write(folder, ("officers: {BBB: 10}", "officers: {BBB: 30}"), text=PLAN, name="nights.yaml")

    def made(name: str, *sets: str, plan: bool = False, seed: int = 1) -> RunFolder:
        if not (folder / name).exists():
            plans = (str(folder / "nights.yaml"),) if plan else ()
            scenario = load(str(folder / "small_world.yaml"), plans, (UNTIL, *sets))
            run(scenario, seed=seed, out=folder / name)
        return RunFolder.open(folder / name)

    return made


@pytest.fixture(scope="module")
def nights(make: Made) -> Parting:
    return part(make("plain"), make("nights", plan=True))


def test_a_run_is_identical_to_itself(make: Made) -> None:
    found = part(make("plain"), make("again"))
    assert found.identical
    assert found.first == ""


def test_what_was_asked_is_told_by_key(nights: Parting) -> None:
    assert nights.asked["plan"] == (None, "meadow_nights")


def test_a_measure_of_one_run_is_one_row(nights: Parting) -> None:
    assert list(nights.asked) == ["plan", "measures.nights"]
    assert nights.asked["measures.nights"] == (
        None, "staffing at sector:meadows, from 2020-04-01 until 2020-04-20: 30 officers BBB",
    )  # fmt: skip


def test_sources_are_left_out_where_their_values_are_told(make: Made) -> None:
    folder = make("plain").path.parent
    new = '  - {id: bbb_2020_04, series: bbb_registered, period: "2020-04", persons: 30}\npowers:\n'
    whole = TEXT.replace("checks: full\n", "")
    path = write(folder, ("powers:\n", new), text=whole, name="target.yaml")
    run(load(str(path), (), (UNTIL,)), out=folder / "more_target")
    found = part(make("plain"), RunFolder.open(folder / "more_target"))
    assert sorted(found.asked) == [
        f"targets.bbb_2020_04.{key}" for key in ("period", "persons", "series")
    ]
    path = write(folder, ("  - {id: bbb_2020_03,", "  - {id: bbb_2020_03, status: estimated,"),
                 text=whole, name="status.yaml")  # fmt: skip
    run(load(str(path), (), (UNTIL,)), out=folder / "status")
    found = part(make("plain"), RunFolder.open(folder / "status"))
    assert found.asked["targets.bbb_2020_03.status"] == ("assumed", "estimated")


def test_the_first_event_is_the_measure_that_begins(nights: Parting) -> None:
    assert nights.event is not None
    assert nights.event.time == "2020-04-01 00:00"
    assert nights.event.one == "no such event at that hour"
    assert "nights" in nights.event.other
    assert nights.duty is not None
    assert nights.duty.hour == nights.event.hour == 31 * 24


def test_nobody_parts_before_anything_differs(nights: Parting) -> None:
    party = nights.party
    assert party is not None
    assert nights.event is not None
    assert party.hour >= nights.event.hour
    assert nights.first == "event" or nights.first == "duty"
    first = [story[0] for story in (party.one, party.other)]
    assert (first[0].hour, first[0].text) == (first[1].hour, first[1].text)
    second = [(story[1].hour, story[1].text) for story in (party.one, party.other)]
    assert second[0] != second[1]
    assert all(e.hour >= party.hour for story in (party.one, party.other) for e in story[1:])


def test_what_followed_is_counted_and_told_in_outcomes(nights: Parting) -> None:
    assert "end" in nights.followed
    assert all(persons >= parties for parties, persons in nights.followed.values())
    assert max(parties for parties, _ in nights.followed.values()) > 0
    assert nights.outcomes
    for one, other in nights.outcomes.values():
        assert one != other


def test_runs_of_another_seed_have_no_party_in_common(make: Made) -> None:
    for other in (make("seed", seed=2), make("more", "arrivals.landings_april.persons=400")):
        found = part(make("plain"), other)
        assert found.event is None
        assert found.party is None
        assert "no party has its like" in found.unmatched
        assert found.outcomes


def test_another_seed_is_told(make: Made, crossborder: Command) -> None:
    found = part(make("plain"), make("seed", seed=2))
    assert found.asked == {"seed": (1, 2)}
    assert "another seed (1, 2)" in found.unmatched
    told = crossborder("diff", str(make("plain").path), str(make("seed", seed=2).path)).out
    assert "Nothing was asked differently" not in told


def test_parties_of_other_windows_are_not_followed(make: Made, crossborder: Command) -> None:
    wide = make("wide", "clock.window=6 h")
    found = part(make("plain"), wide)
    assert found.asked == {"clock.window": ("1 h", "6 h")}
    assert (found.party, found.followed) == (None, {})
    assert "windows of 1 h and 6 h" in found.unmatched
    done = crossborder("diff", str(make("plain").path), str(wide.path))
    assert (done.code, done.err) == (0, "")
    assert "Parties are not followed: windows of 1 h and 6 h" in done.out


def test_of_wide_windows_the_parting_is_told_by_the_window(
    make: Made, crossborder: Command
) -> None:
    wide = make("wide", "clock.window=6 h")
    other = make("wide_spread", "clock.window=6 h", SPREAD)
    found = part(wide, other)
    assert found.party is not None
    assert (found.party.span, found.party.hour % 6) == (6, 0)
    done = crossborder("diff", str(wide.path), str(other.path))
    assert f"First party that parts: in the 6 h from {found.party.time}" in done.out


def test_in_summer_time_the_measure_comes_before_the_day_of_its_duty(
    make: Made, crossborder: Command
) -> None:
    summer = ("zone=Europe/Belgrade",)
    one, other = make("summer", *summer), make("summer_nights", *summer, plan=True)
    found = part(one, other)
    assert found.event is not None
    assert found.duty is not None
    assert (found.event.time, found.duty.time) == ("2020-04-01 00:00", "2020-03-31 01:00")
    assert found.order[:2] == ["event", "duty"]
    told = crossborder("diff", str(one.path), str(other.path)).out
    assert "They part at 2020-04-01 00:00: first an event of an institution" in told
    assert "First difference in duty: in the 24 h from 2020-03-31 01:00" in told


def test_a_run_cut_short_does_not_part(make: Made, crossborder: Command) -> None:
    summer = "zone=Europe/Belgrade"
    for plan in (False, True):
        one = make("summer_nights" if plan else "summer", summer, plan=plan)
        other = make(f"short_{plan}", summer, "until=2020-04-05", plan=plan)
        found = part(one, other)
        assert list(found.asked) == ["until"]
        assert (found.first, found.unmatched) == ("", "")
        assert found.until == "2020-04-05 00:00"
        told = crossborder("diff", str(one.path), str(other.path)).out
        assert "The runs do not part before 2020-04-05 00:00, where the shorter ends" in told


def test_a_run_cut_short_parts_where_the_whole_one_does(make: Made, crossborder: Command) -> None:
    summer = "zone=Europe/Belgrade"
    one = make("summer", summer)
    whole = part(one, make("spread", summer, SPREAD))
    folder = make("short_spread", summer, SPREAD, "until=2020-04-05")
    short = part(one, folder)
    assert whole.party is not None
    assert short.party is not None
    assert whole.party.hour < 35 * 24
    told = [(p.party.hour, p.party.key, p.party.persons) for p in (whole, short) if p.party]
    assert told[0] == told[1]
    assert all(e.hour < 35 * 24 for story in (short.party.one, short.party.other) for e in story)
    printed = crossborder("diff", str(one.path), str(folder.path)).out
    assert "The shorter run ends at 2020-04-05 00:00" in printed
    assert "end of the shorter run" in printed


def test_split_parties_are_compared_with_their_like() -> None:
    """Split rows stand behind the planned ones, whose number differs in a run cut short."""

    def model(planned: int, keys: list[int], due: list[int]) -> Any:
        columns = {name: np.zeros(len(keys), np.int64) for name in _COLUMNS} | {
            "key": np.array(keys), "due": np.array(due), "planned": planned, "size": len(keys),
        }  # fmt: skip
        return SimpleNamespace(world=SimpleNamespace(crowd=SimpleNamespace(**columns)))

    short = model(2, [1, 2, 11, 12, 14], [5, 5, 5, 6, 8])
    whole = model(4, [1, 2, 3, 4, 11, 12, 13], [5, 5, 90, 90, 5, 7, 9])
    touched = [np.array([0, 2, 3, 4]), np.array([1, 4, 5, 6])]
    assert _differing([short, whole], touched, shared=2).tolist() == [3]
    assert _differing([whole, short], touched[::-1], shared=2).tolist() == [5]


def test_outcomes_are_told_in_their_units(
    nights: Parting, crossborder: Command, make: Made
) -> None:
    told = crossborder("diff", str(make("plain").path), str(make("nights", plan=True).path)).out
    one, other = nights.outcomes["patrol_unit_hours"]
    line = next(row for row in told.splitlines() if "patrol unit hours (h)" in row)
    assert line.split()[-2:] == [f"{one:,.0f}", f"{other:,.0f}"]
    assert _outcome("victims_identified_share", 0.5882, 0.5294) == (
        "victims identified share", "58.8 %", "52.9 %",
    )  # fmt: skip
    assert _outcome("officer_hours_sectors", 74_050.0, 74_050.25) == (
        "officer hours sectors (h)", "74,050", "74,050.2",
    )  # fmt: skip
    assert _outcome("response_hours", 16.53354, 16.510438)[1:] == ("16.53", "16.51")
    assert _outcome("response_hours", 16.5, 16.5)[1:] == ("16.5", "16.5")


def test_a_parameter_that_touches_nobody_parts_nobody(make: Made) -> None:
    found = part(make("plain"), make("target", "targets.bbb_2020_03.persons=99"))
    assert list(found.asked) == ["targets.bbb_2020_03.persons"]
    assert (found.first, found.party, found.followed) == ("", None, {})
    assert found.outcomes == {}


def test_runs_of_other_worlds_are_refused_by_name(make: Made, tmp_path: Path) -> None:
    text = TEXT.replace("checks: full\n", "").replace("id: town,", "id: village,").replace(
        " town,", " village,"
    )  # fmt: skip
    scenario = load(str(write(tmp_path, text=text)), (), (UNTIL,))
    run(scenario, out=tmp_path / "run")
    with pytest.raises(ModelError, match="other places"):
        part(make("plain"), RunFolder.open(tmp_path / "run"))


def test_the_command(make: Made, crossborder: Command) -> None:
    one, two = make("plain").path, make("nights", plan=True).path
    done = crossborder("diff", str(one), str(two))
    assert done.code == 0, done.err
    assert "They part at 2020-04-01 00:00" in done.out
    assert "First party that parts: " in done.out
    assert "nobody's record" in done.out
    told = json.loads(crossborder("diff", str(one), str(two), "--json").out)
    assert told["party"]["key"] > 0
    assert "Identical" in crossborder("diff", str(one), str(one)).out
    missing = crossborder("diff", str(one), "nowhere")
    assert missing.code == 2
    assert "there is no such folder" in missing.err
