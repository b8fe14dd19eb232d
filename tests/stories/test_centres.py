"""Cooperation centres in a small world: who is asked, what answers do, and what they do not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from analysis.sections.centres import officer_rates
from sim.control.inspection import FORGED, HIDDEN
from sim.cooperation.alerts import Alerts
from sim.errors import InputError
from sim.experiments.request_stories import explain_request
from sim.experiments.runs import run
from sim.kernels.alerts import named as is_named, vehicle as vehicle_of
from sim.model import BorderModel
from sim.records.run_reader import RunFolder
from sim.scenario.specs.scenario import Scenario
from tests.model_runs import differing, finished, measure, table, under
from tests.readmission_rows import track, with_readmission
from tests.stories.centre_world import centre_text, centre_world
from tests.stories.small_world import write

MONTH = "until=2020-04-01"
OPEN_DESK = 'hours: "08:00-16:00", days: [mon, tue, wed, thu, fri], on_holidays: false'
#: The centre round the clock, with officers enough, who know everybody at once.
QUICK = (
    ("id: mill_aaa, centre: mill, country: AAA, officers: {border_police: 6}, shift: office, "
     + OPEN_DESK,
     "id: mill_aaa, centre: mill, country: AAA, officers: {border_police: 40}, "
     "shift: round_the_clock"),
    ("id: mill_bbb, centre: mill, country: BBB, officers: {border_police: 6}, shift: office, "
     + OPEN_DESK,
     "id: mill_bbb, centre: mill, country: BBB, officers: {border_police: 40}, "
     "shift: round_the_clock"),
    ("back_office: 12 h, hit: 70 %", "back_office: 12 h, hit: 100 %"),
)  # fmt: skip

RESERVE = ("powers:\n", "reserves:\n  - {id: avaland, country: AAA, officers: {border_police: 40}}"
           "\npowers:\n")  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("centres")


@pytest.fixture(scope="module")
def usual(folder: Path) -> BorderModel:
    return finished(centre_world(folder, sets=[MONTH]))


def test_stops_and_finds_ask_across_the_line(usual: BorderModel) -> None:
    asked = table(usual, "requests")
    assert set(asked["kind"]) >= {"identity", "vehicle", "smuggling_intelligence"}
    assert (asked["asking"] == "BBB").all()
    assert (asked["answering"] == "AAA").all()
    assert set(asked["station"]) == {"sector:meadows", "post:bridge"}
    assert {"centre", "contact_points"} == set(asked["route"])
    office = asked[asked["route"] == "centre"]
    hour = office["asked"] % 24
    assert ((hour >= 8) & (hour < 16)).all(), "a closed centre is asked nothing"
    done = asked.dropna(subset="answered")
    assert (done["sender_begun"] >= done["asked"]).all()
    assert (done["receiver_begun"] >= done["sender_done"]).all()
    assert (done["answered"] >= done["receiver_done"]).all()


#: Goods at the bridge and a track of readmission, rows of their requests, and other business.
ALL_KINDS = (
    ("hit_rates:\n", "hit_rates:\n  - {id: dogs, use: drugs, method: dogs, minutes: 10 min, "
     "trained: false, hit: 50 %}\n"),
    ("powers:\n", "powers:\n  - {id: loads, service: customs, task: open_load}\n"),
    ("provenance: {source", "other_crime:\n  - {id: by_car, goods: drugs, post: bridge, "
     "stream: cars, consignments: 90 units/d, cue_share: 100 %, size: 5, repeat_share: 0 %, "
     "watch: 30 d}\nprovenance: {source"),
    ("lat: 45.0, lon: 20.0}", "lat: 45.0, lon: 20.0, other: 60 units/d}"),
    ("answer_clocks:\n", "".join(
        f"  - {{id: {kind}, kind: {kind}, asked: 40 %, urgent: 0 %, own: 1 min, partner: 1 min, "
        "spread: 0.5, translation: 0 min, system: register, back_office: 12 h, hit: 60 %, "
        "lifetime: 30 d}\n" for kind in ("contraband", "readmission", "other"))
     + "answer_clocks:\n"),
)  # fmt: skip


@pytest.mark.parametrize("asked", [0.0, 0.4, 1.0, None])
def test_every_kind_is_asked_on_its_share_of_occasions(folder: Path, asked: float | None) -> None:
    """Of finds of goods, of cases, and of the other business of a centre; None is no row at all."""
    world = with_readmission(centre_world(folder, *ALL_KINDS, sets=[MONTH]), [track()])
    kinds = tuple(
        row if row.kind not in ("contraband", "readmission", "other")
        else row.model_copy(update={"asked": replace(row.asked, value=asked or 0.0)})
        for row in world.request_kinds
        if asked is not None or row.kind not in ("contraband", "readmission", "other")
    )  # fmt: skip
    model = finished(world.model_copy(update={"request_kinds": kinds}))
    cases, share = table(model, "cases"), asked or 0.0
    occasions = {
        "contraband": float(table(model, "seizures")["found"].sum()),
        "readmission": float(cases["requested_at"].notna().sum()),
        "other": 60.0 * 31,
    }
    made = table(model, "requests")["kind"].value_counts()
    for kind, of in occasions.items():
        assert of > 10, kind
        spread = np.sqrt(of * (share if kind == "other" else share * (1 - share)))
        assert abs(made.get(kind, 0) - share * of) <= 4 * spread, kind


def test_goods_are_asked_after_where_they_were_found(folder: Path) -> None:
    asked = table(finished(centre_world(folder, *ALL_KINDS, sets=[MONTH])), "requests")
    assert set(asked.loc[asked["kind"] == "contraband", "station"]) == {"post:bridge"}


def test_the_load_of_a_centre_is_of_the_days_on_which_it_worked(usual: BorderModel) -> None:
    scenario = usual.scenario.as_text()
    (mill,) = [c for c in scenario["centres"] if c["id"] == "mill"]
    mill["other"]["value"] = 1.0
    asked = pd.DataFrame({"asked": [0.0, 240.0], "receiver": ["mill_aaa", "mill_bbb"]})
    assert officer_rates(asked, scenario) == {"mill": pytest.approx(2 / 10 / 12)}
    mill["opened"] = "2020-03-06"
    assert officer_rates(asked, scenario) == {"mill": pytest.approx(2 / 5 / 12)}
    mill["closed"] = "2020-03-08"
    assert officer_rates(asked, scenario) == {"mill": pytest.approx(2 / 2 / 12)}
    mill["opened"] = "2020-03-20"
    assert officer_rates(asked, scenario) == {}


def test_returns_of_desks_add_up_to_the_requests(usual: BorderModel) -> None:
    asked, weeks = table(usual, "requests"), table(usual, "centres")
    for direction in ("out", "in"):
        mine = weeks[weeks["direction"] == direction]
        assert mine["requests"].sum() == len(asked)
        assert mine["answered"].sum() == asked["answered"].notna().sum()
        assert mine["in_time"].sum() == (asked["answered"] <= asked["limit"]).sum()
        assert mine["hits"].sum() == asked["hit"].sum()
    assert (weeks["unanswered"] == weeks["requests"] - weeks["answered"]).all()
    desks, hours = table(usual, "desks"), table(usual, "desk_hours")
    assert desks["on_duty"].sum() == hours["on_duty"].sum()
    spent = (asked["sender_done"] - asked["sender_begun"]).sum()
    spent += (asked["receiver_done"] - asked["receiver_begun"]).sum()
    assert desks["worked"].sum() == pytest.approx(spent)
    assert hours["worked"].sum() == pytest.approx(spent)
    begun = asked["sender_begun"].notna().sum() + asked["receiver_begun"].notna().sum()
    assert hours["begun"].sum() == begun > 0


def test_an_identity_not_settled_in_time_ends_in_release(folder: Path, usual: BorderModel) -> None:
    """Held 12 h; the capitals need more: at night and on weekends nobody is settled in time."""
    asked = table(usual, "requests").query("kind == 'identity'")
    waived = usual.world.passage.after_a_stop.waived
    assert 0 < waived <= (~asked["in_time"]).sum() + (~asked["hit"]).sum()
    quick = finished(centre_world(folder, *QUICK, sets=[MONTH]))
    settled = table(quick, "requests").query("kind == 'identity'")
    assert settled["in_time"].all()
    assert settled["hit"].all()
    assert quick.world.passage.after_a_stop.waived == 0
    off = finished(centre_world(folder, sets=[MONTH, "switches.centres=off"]))
    # With every identity settled in time, nothing but alerts can tell the two runs apart.
    calm = finished(centre_world(
        folder, *QUICK, ("back_office: 12 h, hit: 60 %, lifetime: 30 d}\n  - {id: vehicle",
                         "back_office: 12 h, hit: 0 %, lifetime: 30 d}\n  - {id: vehicle"),
        ("own: 15 min, partner: 30 min, spread: 0.5, translation: 15 min, system: register, "
         "back_office: 12 h, hit: 60 %",
         "own: 15 min, partner: 30 min, spread: 0.5, translation: 15 min, system: register, "
         "back_office: 12 h, hit: 0 %"),
        ("back_office: 24 h, hit: 50 %", "back_office: 24 h, hit: 0 %"), sets=[MONTH],
    ))  # fmt: skip
    own = ("requests", "centres", "desks", "desk_hours", "institutions", "outcomes")
    assert differing(calm, off, ignore=own) == []
    assert "flows" in differing(usual, off)


def test_an_alert_names_a_vehicle_where_it_is_listed_until_it_lapses() -> None:
    alerts = Alerts(2, [3], np.zeros(2, np.intp))
    base = np.arange(300, dtype=np.uint64) * np.uint64(2654435761)
    offer = np.zeros(300, np.int16)
    vehicle = np.array([vehicle_of(b, 0, *alerts.fleet) for b in base])
    assert np.bincount(vehicle).min() > 70
    alerts.place(np.array([1]), np.array([0]), np.array([10.0]))
    keys = np.arange(300, dtype=np.uint64)

    def named(
        at: int, hour: float, offers: np.ndarray[Any, Any] = offer, use: int = HIDDEN
    ) -> np.ndarray[Any, Any]:
        lists = alerts.lists
        return np.array(
            [is_named(use, offers[i], keys[i], base[i], hour, at, *lists) for i in range(300)]
        )

    assert np.array_equal(named(0, 9.0), vehicle == 1)
    assert not named(0, 9.0, use=FORGED).any(), "nobody hides in a vehicle"
    assert not named(0, 10.0).any(), "it has lapsed"
    assert not named(1, 9.0).any(), "the other country does not have it"
    assert not named(0, 9.0, offer - 1).any(), "who goes alone has no vehicle of a network"
    alerts.place_documents(np.array([7], np.uint64), np.array([1]), np.array([20.0]))
    assert named(1, 19.0, offer - 1, FORGED).nonzero()[0].tolist() == [7]
    assert not named(1, 19.0, offer - 1).any(), "who hides shows no document"
    alerts.place_documents(np.array([9], np.uint64), np.array([1]), np.array([40.0]), now=15.0)
    assert named(1, 19.0, offer - 1, FORGED).nonzero()[0].tolist() == [7, 9]
    alerts.place_documents(np.array([8], np.uint64), np.array([1]), np.array([50.0]), now=20.0)
    assert named(1, 30.0, offer - 1, FORGED).nonzero()[0].tolist() == [8, 9], "7 is struck off"


def test_alerts_find_more_of_those_they_name(folder: Path) -> None:
    """One crew only, so that every hit names the network's one vehicle, and a long lifetime."""
    known = ("crews: 4", "crews: 1")
    lasting = ("hit: 50 %, lifetime: 60 d", "hit: 100 %, lifetime: 60 d")
    sure = ("referral_plain: 3 %", "referral_plain: 0 %")
    models = [
        finished(centre_world(folder, known, sure, lasting, sets=[f"switches.centres={s}"]))
        for s in ("on", "off")
    ]
    on, off = (float(table(m, "posts")["found"].sum()) for m in models)
    tried = [float(table(m, "posts")["tried"].sum()) for m in models]
    assert not models[0].world.alerts.empty
    assert on / tried[0] > off / tried[1]
    assert (table(models[0], "events")["kind"] == "alert").any()


def test_both_grains_make_the_same_world(folder: Path, usual: BorderModel) -> None:
    tactical = finished(centre_world(folder, sets=[MONTH, "clock.requests=tactical"]))
    one, two = table(usual, "requests"), table(tactical, "requests")
    # Requests of the very same hour may be taken up in another order.
    assert abs(one["answered"].mean() - two["answered"].mean()) < 0.5
    assert (one["answered"] == two["answered"]).mean() > 0.9


def test_the_same_seed_the_same_requests(folder: Path, usual: BorderModel) -> None:
    assert differing(usual, finished(centre_world(folder, sets=[MONTH]))) == []
    other = finished(centre_world(folder, sets=[MONTH, "seed=2"]))
    assert "requests" in differing(usual, other)


# Measures -----------------------------------------------------------------------------------------


def desk_measure(world: Scenario, **keys: Any) -> Scenario:
    acting = measure("centre_desk", date(2020, 3, 9), date(2020, 3, 23), id="desk", **keys)
    return under(world, acting)


def test_a_desk_round_the_clock_and_back(folder: Path, usual: BorderModel) -> None:
    world = centre_world(folder, RESERVE, sets=[MONTH])
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    model = finished(desk_measure(
        world, at="desk:mill_aaa", officers={"AAA": 6}, taken_from={"AAA": "reserve:avaland"},
        shift="round_the_clock", hours="00:00-24:00", days=days,
    ))  # fmt: skip
    before, after = table(usual, "desks"), table(model, "desks")
    before, after = (
        t[t["desk"] == "mill_aaa"].set_index("day")["on_duty"] for t in (before, after)
    )
    during = (after.index >= 8) & (after.index < 22)
    assert after[~during].equals(before[~during])
    assert (after[during] >= 24).all(), "somebody is there every hour, on Sundays too"
    officers = table(model, "institutions").query("institution == 'police:aaa'")
    # 18 at desks and 40 in the reserve: six of them are moved, nobody comes from nowhere.
    assert officers.groupby("week")["value"].sum().tolist() == [58.0] * 5


def test_a_centre_shut_and_one_opened_for_a_time(folder: Path) -> None:
    world = centre_world(folder, sets=[MONTH])
    shut = finished(desk_measure(world, at="centre:mill", opened=False))
    by_day = table(shut, "desks").query("centre == 'mill'").groupby("day")["on_duty"].sum()
    assert (by_day[8:22] == 0).all()
    assert (by_day[[2, 3, 4, 5, 23, 24]] > 0).all()
    standing = tuple(
        c.model_copy(update={"standing": c.type != "centre"}) for c in world.centres
    )  # fmt: skip
    asleep = world.model_copy(update={"centres": standing})
    opened = finished(desk_measure(asleep, at="centre:mill", opened=True))
    by_day = table(opened, "desks").query("centre == 'mill'").groupby("day")["on_duty"].sum()
    assert (by_day[:8] == 0).all()
    assert (by_day[[8, 9, 10, 11, 12]] > 0).all()
    assert (by_day[22:] == 0).all()


def test_officers_for_a_desk_of_a_centre_that_is_off_stay_at_home(folder: Path) -> None:
    """With centres off, a measure of desks does exactly nothing: nobody is sent or missed."""
    off = centre_world(folder, sets=[MONTH, "switches.centres=off"])
    calm = finished(off)
    sent = desk_measure(off, at="desk:mill_bbb", officers={"BBB": 20},
                        taken_from={"BBB": "post:bridge"})  # fmt: skip
    assert differing(calm, finished(sent)) == []
    with pytest.raises(ValidationError, match="the officers of BBB come from nowhere"):
        desk_measure(off, at="desk:mill_bbb", officers={"BBB": 20})


# Mistakes -----------------------------------------------------------------------------------------

DESK_AAA = "id: mill_aaa, centre: mill, country: AAA, officers: {border_police: 6}, shift: office"
MISTAKES = {
    "three officers round the clock": (
        (f"{DESK_AAA}, {OPEN_DESK}",
         DESK_AAA.replace("6}", "3}").replace("shift: office", "shift: round_the_clock")),
        "not-enough-officers", "3 officers cannot staff 1 position(s) 168 hours a week",
    ),
    "open without a shift": (
        (f'{DESK_AAA}, hours: "08:00-16:00"', f'{DESK_AAA}, hours: "06:00-16:00"'),
        "hours-without-shift", "nobody on duty",
    ),
    "a desk of a stranger": (
        ("id: mill, name: Joint centre at the mill, countries: [AAA, BBB]",
         "id: mill, name: Joint centre at the mill, countries: [AAA, CCC]"),
        "wrong-country", "mill is of AAA, CCC",
    ),
    "a contact point of two": (
        ("type: contact_point, countries: [AAA]", "type: contact_point, countries: [AAA, BBB]"),
        "wrong-length", "a contact point is one country's own",
    ),
    "a kind twice": (("id: vehicle, kind: vehicle", "id: vehicle, kind: document"),
                     "duplicate-id", "document is this kind"),
    "urgent slower than normal": (("urgent: 8 h, normal: 7 d", "urgent: 8 d, normal: 7 d"),
                                  "out-of-range", "urgent takes longer"),
    "a system that nothing asks": (
        ("[av, be], systems: [register]", "[av, be], systems: [registr]"),
        "unknown-system", "no kind of request asks the system 'registr'",
    ),
    "a language in full": (("[av, be], systems", "[av, klingon], systems"),
                           "unknown-value", "'klingon' is no code of a language"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_told_with_file_line_and_rule(mistake: str, tmp_path: Path) -> None:
    change, rule, words = MISTAKES[mistake]
    path = write(tmp_path, text=centre_text(change))
    with pytest.raises(InputError) as refused:
        centre_world(tmp_path, change)
    problems = {p.rule: p for p in refused.value.problems}
    assert rule in problems, problems
    problem = problems[rule]
    assert words in problem.message
    assert problem.line > 0
    assert problem.file.endswith(path.name)
    if rule == "not-enough-officers":
        assert "5.2 officers on the books are needed" in problem.message


ROUND_THE_CLOCK = """\
plan: day_and_night
for: small_world.yaml
summary: A desk round the clock
measures:
  - id: day_and_night
    kind: centre_desk
    at: desk:mill_aaa
    from: 2020-03-09
    hours: "00:00-24:00"
    days: [mon, tue, wed, thu, fri, sat, sun]
    shift: round_the_clock
"""


def test_a_plan_cannot_staff_a_desk_round_the_clock_with_three_officers(tmp_path: Path) -> None:
    """In office hours the three are enough; round the clock it takes more than five."""
    three = (DESK_AAA, DESK_AAA.replace("6}", "3}"))
    reserve = (
        "request_kinds:\n",
        """\
reserves:
  - {id: avaland, country: AAA, officers: {border_police: 9}}
agreements:
  - {id: mill, parties: [AAA, BBB], powers: [information_exchange]}
request_kinds:
""",
    )
    plan = write(tmp_path, text=ROUND_THE_CLOCK, name="plan.yaml")
    assert centre_world(tmp_path, three, reserve).measures == ()
    with pytest.raises(InputError) as refused:
        centre_world(tmp_path, three, reserve, plans=[str(plan)])
    (problem,) = refused.value.problems
    assert problem.rule == "not-enough-officers"
    assert problem.key == "measures.day_and_night.officers"
    assert problem.file.endswith("plan.yaml")
    assert problem.line == 5
    assert "3 officers cannot staff 1 position(s) 168 hours a week" in problem.message
    assert "5.2 officers on the books are needed" in problem.message
    lent = """\
    officers: {AAA: 2 officers}
    taken_from: {AAA: reserve:avaland}
"""
    write(tmp_path, text=ROUND_THE_CLOCK + lent, name="plan.yaml")
    with pytest.raises(InputError, match="5 officers cannot staff 1 position"):
        centre_world(tmp_path, three, reserve, plans=[str(plan)])
    write(tmp_path, ("2 officers", "3 officers"), text=ROUND_THE_CLOCK + lent, name="plan.yaml")
    (mended,) = centre_world(tmp_path, three, reserve, plans=[str(plan)]).measures
    assert [p.officers for p in mended.postings()] == [3.0, -3.0]


# A request's own story ----------------------------------------------------------------------------


def test_explain_tells_a_request_in_order(tmp_path: Path) -> None:
    path = write(tmp_path, text=centre_text())
    run(str(path), sets=[MONTH], out=tmp_path / "run")
    folder = RunFolder.open(tmp_path / "run")
    asked = folder.sql("SELECT * FROM requests WHERE route = 'centre' AND hit ORDER BY request")
    request = int(asked["request"].iloc[0])
    story = explain_request(folder, request)
    times = [when for when, _ in story.events]
    assert times == sorted(times)
    told = " | ".join(text for _, text in story.events)
    for words in ("goes to a centre where both have a desk", "mill_bbb takes it up",
                  "mill_aaa is done with it", "answered: holds what was asked for"):  # fmt: skip
        assert words in told
