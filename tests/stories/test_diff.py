"""Where two runs part: what was asked, the first event, the first party, what followed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sim.errors import ModelError
from sim.experiments.parting import Parting, part
from sim.experiments.runs import run
from sim.records.run_reader import RunFolder
from sim.scenario.loading import load
from tests.stories.commands import Command
from tests.stories.small_world import PLAN, TEXT, write

UNTIL = "until=2020-04-12"
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
    assert nights.asked["measures.nights.officers.BBB"] == (None, "30 officers")
    assert all(key.startswith(("plan", "measures.nights.")) for key in nights.asked)


def test_the_first_event_is_the_measure_that_begins(nights: Parting) -> None:
    assert nights.event is not None
    assert nights.event.time == "2020-04-01 00:00"
    assert nights.event.one == "no such event"
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
