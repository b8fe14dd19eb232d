"""Investigations: evidence by the closed form, arrests by their hazard, nothing else (12)."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
import pytest

from sim.cooperation.investigations import Investigations
from sim.cooperation.requests import SMUGGLING_INTELLIGENCE, Answers
from sim.errors import InputError
from sim.kernels import stops
from sim.model import BorderModel
from sim.scenario.loading import check, load
from sim.scenario.measures import Measure
from sim.scenario.specs.agreements import Agreement
from sim.scenario.specs.investigations import Investigation
from sim.scenario.specs.scenario import Scenario
from tests.model_runs import differing, finished, measure, table, under
from tests.random_worlds import base

#: Arrests from the first interception on, as soon as may be.
EAGER: dict[str, Any] = {
    "network": "ferrymen", "country": "BBB", "investigators": 8, "half": 4, "fastest": "2 d",
    "memory": "20 d", "threshold": 0, "interception": 1, "debriefing": 0, "debriefed_share": 0,
    "answer": 0, "financial": 0, "inquiries": 0, "taken": 1,
}  # fmt: skip


def case(name: str = "ferrymen_bbb", **keys: Any) -> Investigation:
    return Investigation.model_validate({"id": name, **EAGER, **keys})


def with_cases(*cases: Investigation, agreed: bool = False, **keys: Any) -> Scenario:
    """Return the small world with cases, and an agreement on joint investigation if asked."""
    agreement = Agreement(id="team", parties=("AAA", "BBB"), powers=("joint_investigation",))
    return base().model_copy(
        update={"investigations": cases, "agreements": (agreement,) if agreed else (), **keys}
    )


def cases_of(scenario: Scenario) -> Investigations:
    cases = BorderModel(scenario).world.investigations
    assert cases is not None
    return cases


def feed(cases: Investigations, country: int, number: float, kind: str = "interception") -> None:
    cases._inflow[0, country] += cases._weight[kind][0] * number


def test_evidence_of_stops_is_counted_by_case_and_country() -> None:
    """Networks 0 and 2 have a case; who was led by 1, or by nobody, tells nothing of them."""
    offers = np.array([0, 2, -1, 1, 0], np.int16)
    country, base = np.array([0, 1, 0, 1, 1]), np.arange(5, dtype=np.uint64)
    inflow = np.zeros((2, 2))
    stops.take_note(
        np.arange(5), base, country, np.rec.fromarrays([offers], names="offer"),
        np.array([0, -1, 2]), np.array([0, 2]), np.array([[2.0, 3.0], [0.5, 0.25]]),
        np.array([1.0, 0.0]), np.uint64(7), inflow,
    )  # fmt: skip
    # Everybody led by network 0 talks, and nobody of network 2.
    assert inflow.tolist() == [[2.5, 2.5], [0.0, 3.0]]


# Evidence and hazard against the closed form ------------------------------------------------------


def test_steady_evidence_follows_its_closed_form() -> None:
    """E(t) = w n (1 - exp(-d t)) / d with w = 2, n = 3 a day, d = ln 2 / 20 d."""
    cases = cases_of(with_cases(case(interception=2, threshold=1e9)))
    decay = math.log(2) / 20
    for day in range(1, 61):
        feed(cases, 1, 3)
        cases.daily(24 * day)
        expected = 2 * 3 * (1 - math.exp(-decay * day)) / decay
        assert cases.evidence[0, 1] == pytest.approx(expected, rel=1e-12)
    for day in range(61, 81):
        cases.daily(24 * day)
    assert cases.evidence[0, 1] == pytest.approx(expected / 2)


def test_by_hand_two_days_of_mixed_evidence() -> None:
    """Half-life 1 d: k = (1 - 1/2) / ln 2 = 0.72135. 2 interceptions and 1 answer of weight 4: 6 k;
    the next day half of it, and 30 inquiries a month by 1 investigator at weight 3: 3 k more.
    """
    cases = cases_of(with_cases(case(
        memory="1 d", answer=4, financial=3, inquiries=30, investigators=0, threshold=1e9
    )))  # fmt: skip
    feed(cases, 1, 2)
    feed(cases, 0, 1, "answer")
    cases.daily(24)
    k = 0.5 / math.log(2)
    assert cases.evidence[0].round(4).tolist() == [round(4 * k, 4), round(2 * k, 4)]
    cases.set("ferrymen_bbb", "investigators", 1)
    cases.daily(48)
    assert cases.evidence[0].round(4).tolist() == [round(2 * k, 4), round(k + 3 * k, 4)]


@pytest.mark.parametrize(("officers", "rate"), [(0, 0.0), (4, 0.25), (12, 0.375), (1e5, 0.49998)])
def test_the_hazard_saturates_with_investigators(officers: float, rate: float) -> None:
    """h0 = 1/2 a day, half of it with 4 investigators; nothing at or below the threshold."""
    cases = cases_of(with_cases(case(investigators=officers, threshold=5)))
    feed(cases, 1, 5)
    cases.daily(24)
    assert cases.hazard(24).tolist() == [0.0]
    feed(cases, 1, 1)
    cases.daily(48)
    assert cases.hazard(48).tolist() == pytest.approx([rate])


def test_arrests_come_at_the_rate_of_the_hazard() -> None:
    """H = 1/3 a day over 200 cases and 50 days: binomial, within four standard errors."""
    cases = cases_of(with_cases(*(case(f"case_{i}", memory="9000 d") for i in range(200))))
    cases.evidence[:, 1] = 1e6
    for day in range(1, 51):
        cases.daily(24 * day)
    p = 1 - math.exp(-1 / 3)
    error = math.sqrt(200 * 50 * p * (1 - p))
    assert abs(cases.arrests.sum() - 200 * 50 * p) < 4 * error


# Across borders -----------------------------------------------------------------------------------


def test_evidence_of_others_is_usable_with_a_joint_team_or_a_central_office_only() -> None:
    alone = cases_of(with_cases(case(), agreed=True))
    team = cases_of(with_cases(case(joint_team=["AAA"]), agreed=True))
    no_base = cases_of(with_cases(case(joint_team=["AAA"])))
    office = cases_of(with_cases(case(central_office=True)))
    for cases in (alone, team, no_base, office):
        cases.evidence[0] = (7.0, 3.0)
    assert [float(c.usable(0)[0]) for c in (alone, team, no_base, office)] == [3, 10, 3, 10]


def test_a_team_uses_the_evidence_of_others_under_the_agreement_it_names() -> None:
    """The pact ends on 20 March; without a base named any other serves, as after the measure."""
    pact = Agreement(id="pact", parties=("AAA", "BBB"), powers=("joint_investigation",),
                     until=date(2020, 3, 20))  # fmt: skip
    whole = with_cases(case(), agreed=True)
    whole = whole.model_copy(update={"agreements": (*whole.agreements, pact)})
    seen = []
    for keys in ({"legal_base": "agreement:pact"}, {}):
        model = BorderModel(under(whole, team(joint_team=["AAA"], **keys)))
        cases = model.world.investigations
        assert cases is not None
        seen.append([])
        for day in (5, 12, 25):
            while model.now < 24 * day:
                model.step()
            cases.evidence[0] = (7.0, 3.0)
            seen[-1].append(float(cases.usable(model.now)[0]))
    assert seen == [[3, 10, 3], [3, 10, 10]]


def test_a_hit_in_time_is_evidence_of_the_country_that_answers() -> None:
    """Two guided parties are intercepted; the centre answers on one in time and on one too late."""
    model = BorderModel(with_cases(case(interception=0, answer=5)))
    cases, world = model.world.investigations, model.world
    assert cases is not None
    _, first_vehicle, _, _ = world.alerts.fleet
    vehicle = first_vehicle[cases.network[0]]
    ids = world.requests.book.append(
        2, kind=SMUGGLING_INTELLIGENCE, answering=0, about=vehicle, of_thing=True
    )
    answers = Answers.of(
        ids, SMUGGLING_INTELLIGENCE, np.array([6.0, 60.0]), np.array([True, False]),
        np.ones(2, bool),
    )  # fmt: skip
    cases.on_answers(answers)
    assert cases._inflow.tolist() == [[5.0, 0.0]]
    cases.on_answers(answers)  # told once
    assert cases._inflow.tolist() == [[5.0, 0.0]]


def test_a_joint_team_without_an_agreement_is_refused_by_name(tmp_path: Any) -> None:
    text = (
        "plan: p\nfor: two_routes\nprovenance: {source: 'assumed: made up', status: assumed}\n"
        "investigations:\n  - {id: f, network: ferrymen, country: BBB, investigators: 4, half: 8,\n"
        "     fastest: 10 d, memory: 60 d, threshold: 20, interception: 1, debriefing: 2,\n"
        "     debriefed_share: 10 %, answer: 3, financial: 2, inquiries: 1, taken: 3}\n"
        "measures:\n  - {id: m, kind: investigation, at: investigation:f, from: 2020-04-01,\n"
        "     joint_team: [AAA]}\n"
    )
    path = tmp_path / "p.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="joint investigation to BBB and AAA"):
        load("two_routes", [str(path)])


@pytest.mark.parametrize(
    ("covers", "refused"),
    [("parties: [AAA, BBB]", False), ("parties: [AAA], partners: [BBB]", False),
     ("parties: [AAA, BBB], partners: [DDD]", True)],
)  # fmt: skip
def test_a_team_is_asked_for_by_the_pairs_that_an_agreement_covers(
    tmp_path: Any, covers: str, refused: bool
) -> None:
    """As in the run: of parties with partners, a party and a partner only."""
    text = (
        "plan: p\nfor: two_routes\nprovenance: {source: 'assumed: made up', status: assumed}\n"
        f"agreements:\n  - {{id: office, {covers}, powers: [joint_investigation]}}\n"
        "investigations:\n  - {id: f, network: ferrymen, country: BBB, investigators: 4, half: 8,\n"
        "     fastest: 10 d, memory: 60 d, threshold: 20, interception: 1, debriefing: 2,\n"
        "     debriefed_share: 10 %, answer: 3, financial: 2, inquiries: 1, taken: 3}\n"
        "measures:\n  - {id: m, kind: investigation, at: investigation:f, from: 2020-04-01,\n"
        "     joint_team: [AAA]}\n"
    )
    path = tmp_path / "p.yaml"
    path.write_text(text, encoding="utf-8")
    assert ("no-agreement" in {p.rule for p in check(str(path))}) == refused


def test_a_case_ends_after_it_begins(tmp_path: Any) -> None:
    text = (
        "plan: p\nfor: two_routes\nprovenance: {source: 'assumed: made up', status: assumed}\n"
        "investigations:\n  - {id: f, network: ferrymen, country: BBB, investigators: 4, half: 8,\n"
        "     fastest: 10 d, memory: 60 d, threshold: 20, interception: 1, debriefing: 2,\n"
        "     debriefed_share: 10 %, answer: 3, financial: 2, inquiries: 1, taken: 3,\n"
        "     from: 2020-04-10, until: 2020-04-01}\n"
    )
    path = tmp_path / "p.yaml"
    path.write_text(text, encoding="utf-8")
    (problem,) = check(str(path))
    assert (problem.rule, problem.key) == ("bad-period", "investigations.f.until")


def team(**keys: Any) -> Measure:
    keys = {"investigators": 30} | keys
    return measure("investigation", date(2020, 3, 10), date(2020, 4, 10),
                   at="investigation:ferrymen_bbb", **keys)  # fmt: skip


def test_the_null_keeps_the_investigators_and_nothing_else() -> None:
    null = team(joint_team=["AAA"], legal_base="agreement:team").null()
    assert null is not None
    assert [(c.quantity, c.value) for c in null.changes()] == [("investigators", 30)]
    assert measure("investigation", date(2020, 3, 10), None, at="investigation:x",
                   central_office=True).null() is None  # fmt: skip


# In runs ------------------------------------------------------------------------------------------


def test_arrests_take_capacity_from_the_network() -> None:
    usual, model = finished(base()), finished(with_cases(case()))
    rows = table(model, "investigations")
    assert rows["arrests"].sum() > 3
    assert rows["facilitators"].sum() == rows["arrests"].sum()
    offered = [table(m, "networks")["capacity"].sum() for m in (usual, model)]
    assert offered[1] < 0.97 * offered[0]
    outcomes = table(model, "outcomes").query("outcome == 'arrests' and month == 'all'")
    assert set(outcomes["subject"]) == {"all", "network:ferrymen", "country:BBB"}
    assert set(outcomes["value"]) == {rows["arrests"].sum()}
    # It only ever is at work on evidence: interceptions of guided parties.
    assert rows["evidence"].max() > 0
    assert rows["cross_border"].max() == 0


def test_out_of_reach_nobody_is_arrested_and_nothing_else_changes() -> None:
    model = finished(with_cases(case(threshold=1e9)))
    assert table(model, "investigations")["arrests"].sum() == 0
    own = ("investigations", "institutions", "outcomes")
    assert differing(model, finished(base()), ignore=own) == []


def test_switched_off_it_is_as_if_there_were_no_case() -> None:
    off = base().switches.model_copy(update={"investigations": False})
    without = finished(base())
    assert differing(finished(with_cases(case(), switches=off)), without) == []
    assert differing(finished(under(with_cases(case(), switches=off), team())), without) == []


def test_more_investigators_for_a_time_make_more_arrests_in_it() -> None:
    slow = case(investigators=0)
    rows = table(finished(under(with_cases(slow), team())), "investigations")
    inside = rows["week"].between(1, 5)
    assert rows.loc[inside, "arrests"].sum() > 3
    assert rows.loc[~inside, "arrests"].sum() == 0


def test_a_case_on_a_network_out_of_business_is_no_case() -> None:
    off = base().switches.model_copy(update={"smugglers": "off"})
    model = finished(under(with_cases(case(), switches=off), team()))
    assert "investigations" not in model.recorder.tables()
