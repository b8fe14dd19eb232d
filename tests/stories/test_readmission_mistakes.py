"""Mistakes in tracks and teams are told with line, key, rule and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.scenario.loading import check
from tests.stories.small_world import write

ROWS = """\
agreements:
  - {id: pact, parties: [AAA, BBB], powers: [readmission], from: 2020-03-10, until: 2020-03-20}
readmission:
  - {id: near, requesting: BBB, requested: AAA, track: accelerated, near_hours: 48 h,
     near_distance: 30 km, clock: working_days, request_within: 2 d, answer_within: 2 d,
     transfer_within: 30 d, silence: consent, prepare: 12 h, answer: 8 h, transfers: 10 persons/d,
     request_share: 70 %, accept_share: 80 %, accept_with_evidence: 90 %, claim_share: 10 %,
     claim_delay: 6 h, place: market}
investigations:
  - {id: case, network: ferrymen, country: BBB, investigators: 4, half: 8, fastest: 10 d,
     memory: 60 d, threshold: 20, interception: 1, debriefing: 2, debriefed_share: 10 %,
     answer: 3, financial: 2, inquiries: 1, taken: 3}
measures:
  - {id: quick, kind: readmission, at: readmission:near, from: 2020-03-12, until: 2020-03-20,
     answer: 1 h}
powers:
"""


def found(folder: Path, old: str, new: str) -> list[tuple[str, str]]:
    assert ROWS.count(old) == 1
    path = write(folder, ("powers:\n", ROWS.replace(old, new)))
    return [(p.key, p.rule) for p in check(str(path))]


def test_the_rows_as_they_are_hold_no_mistake(tmp_path: Path) -> None:
    assert found(tmp_path, "answer: 1 h}", "answer: 1 h}") == []


@pytest.mark.parametrize(
    ("old", "new", "key", "rule"),
    [
        ("requested: AAA", "requested: BBB", "readmission.near.requested", "bad-track"),
        ("place: market", "place: town", "readmission.near.place", "bad-track"),
        ("place: market", "place: nowhere", "readmission.near.place", "unknown-place"),
        (" near_hours: 48 h,", "", "readmission.near.near_hours", "bad-track"),
        ("place: market", "place: market, office: early", "readmission.near.office", "bad-track"),
        ("place: market", "place: market, handover: noon", "readmission.near.handover",
         "bad-track"),
        ("powers: [readmission]", "powers: [joint_patrol]", "readmission.near", "no-agreement"),
        ("until: 2020-03-20,\n", "until: 2020-04-20,\n", "measures.quick.at", "no-agreement"),
        ("at: readmission:near", "at: readmission:far", "measures.quick.at",
         "unknown-readmission"),
        ("answer: 1 h}", "office: always}", "measures.quick.office", "bad-span"),
        ("taken: 3}", "taken: 3, joint_team: [AAA]}", "investigations.case.joint_team",
         "no-agreement"),
        ("taken: 3}", "taken: 3, joint_team: [BBB]}", "investigations.case.joint_team",
         "bad-team"),
        ("network: ferrymen", "network: boatmen", "investigations.case.network",
         "unknown-network"),
    ],
)  # fmt: skip
def test_a_mistake_is_told(tmp_path: Path, old: str, new: str, key: str, rule: str) -> None:
    assert (key, rule) in found(tmp_path, old, new)


def test_two_tracks_of_a_kind_at_once_are_one_too_many(tmp_path: Path) -> None:
    second = ROWS[ROWS.index("  - {id: near") : ROWS.index("investigations:")]
    second = second.replace("id: near", "id: again")
    both = found(tmp_path, "investigations:\n", second + "investigations:\n")
    assert both == [("readmission.again", "track-twice")]


@pytest.mark.parametrize(
    ("dates", "day"),
    [("from: 2020-03-12, until: 2020-03-21", "2020-03-20"), ("from: 2020-03-12", "2020-03-20"),
     ("from: 2020-03-09, until: 2020-03-20", "2020-03-09"),
     ("from: 2020-02-01, until: 2020-03-20", "2020-03-01")],
)  # fmt: skip
def test_an_agreement_must_hold_on_every_day_of_a_measure(
    tmp_path: Path, dates: str, day: str
) -> None:
    """The pact is in force from 10 to 19 March; what holds then alone leaves a day without."""
    rows = ROWS.replace("[readmission]", "[readmission, joint_investigation]")
    team = "  - {id: team, kind: investigation, at: investigation:case, joint_team: [AAA], "
    rows = rows.replace("powers:\n", "") + f"{team}{dates}}}\npowers:\n"
    rows = rows.replace("from: 2020-03-12, until: 2020-03-20,\n     answer", f"{dates}, answer")
    problems = check(str(write(tmp_path, ("powers:\n", rows))))
    told = {p.key: p.message for p in problems if p.rule == "no-agreement"}
    assert set(told) == {"measures.quick.at", "measures.team.joint_team"}
    assert all(message.endswith(f"on {day}") for message in told.values())
    assert all("on every day of the measure" in p.remedy for p in problems)
    everywhere = rows.replace(", from: 2020-03-10, until: 2020-03-20}", "}")
    assert check(str(write(tmp_path, ("powers:\n", everywhere)))) == ()
