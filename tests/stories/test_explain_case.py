"""`explain` tells a case of readmission, its party and an investigation from a recorded run."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.errors import ModelError
from sim.experiments.cases import explain_case
from sim.experiments.explaining import explain_party
from sim.experiments.runs import run
from sim.experiments.weeks import explain_institution
from sim.records.run_reader import RunFolder
from tests.readmission_rows import LIKELY, track, with_readmission
from tests.stories.small_world import small_world

CASE = """\
investigations:
  - {id: ferrymen_bbb, network: ferrymen, country: BBB, investigators: 9, half: 1, fastest: 3 d,
     memory: 90 d, threshold: 0, interception: 1, debriefing: 2, debriefed_share: 10 %, answer: 3,
     financial: 2, inquiries: 1, taken: 3}
provenance: {source"""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """Return a month of the small world with a track and a case, as a folder."""
    folder = tmp_path_factory.mktemp("run")
    world = small_world(folder, ("provenance: {source", CASE), sets=["until=2020-04-05"])
    done = run(with_readmission(world, [track(**LIKELY)]), out=folder / "run")
    return RunFolder.open(Path(done.folder))


def first(recorded: RunFolder, result: str) -> int:
    return int(
        recorded.sql(f"SELECT min(\"case\") AS n FROM cases WHERE result = '{result}'")["n"][0]
    )


def test_a_case_is_told_from_stop_to_handover(recorded: RunFolder) -> None:
    story = explain_case(recorded, first(recorded, "transferred"))
    assert story.title.startswith("BBB asks AAA to take back")
    times, texts = zip(*story.events, strict=True)
    assert list(times) == sorted(times)
    assert texts[0] == "stopped"
    assert texts[1].startswith("the request is made")
    assert texts[-1].startswith("handed over")
    assert times[-1].endswith("12:00")


def test_its_party_tells_the_same(recorded: RunFolder) -> None:
    story = explain_case(recorded, first(recorded, "transferred"))
    told = explain_party(recorded, story.party)
    assert any("case of readmission" in event.text for event in told.events)


@pytest.mark.parametrize(
    ("result", "words"),
    [("refused", "readmission is refused"), ("claimed", "claims asylum and leaves the track"),
     ("not_requested", "let go: no request could be founded")],
)  # fmt: skip
def test_other_ends_are_told_too(recorded: RunFolder, result: str, words: str) -> None:
    assert explain_case(recorded, first(recorded, result)).events[-1][1].startswith(words)


def test_a_case_that_is_not_there_is_refused(recorded: RunFolder) -> None:
    with pytest.raises(ModelError, match=r"no case of .* has the number 99999"):
        explain_case(recorded, 99999)


def test_an_investigation_is_told_by_week(recorded: RunFolder) -> None:
    story = explain_institution(recorded, "investigation:ferrymen_bbb")
    assert len(story.weeks) == 5
    assert sum(week["arrests"] for week in story.weeks) > 0
