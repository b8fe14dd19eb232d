"""Readmission in whole runs: who is on the track, what it does, and what it never does."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.cooperation.cases import ACCEPTED, TRANSFERRED
from sim.errors import ModelError
from sim.model import BorderModel
from sim.movement.batch import Batch
from sim.movement.crowd import CASE, RECEPTION, Rows
from sim.scenario.measures import Measure
from sim.scenario.specs.agreements import Agreement
from sim.scenario.specs.scenario import Scenario
from tests.model_runs import differing, finished, measure, table, under
from tests.random_worlds import base
from tests.readmission_rows import LIKELY, NEAR, track, with_readmission

BEGIN, END = date(2020, 3, 1), date(2020, 4, 1)


def switched(scenario: Scenario, **switches: bool) -> Scenario:
    changed = scenario.switches.model_copy(update=switches)
    return scenario.model_copy(update={"switches": changed})


def faster(**keys: Any) -> Measure:
    keys = {"answer": "0 h", "transfers": "400 persons/d"} | keys
    return measure("readmission", BEGIN, END, at="readmission:bbb_aaa", **keys)


def ledger(model: BorderModel, item: str) -> float:
    rows = table(model, "ledger")
    return float(rows.loc[rows["item"] == item, "value"].sum())


def cases(model: BorderModel) -> pd.DataFrame:
    return table(model, "cases")


@pytest.fixture(scope="module")
def world() -> Scenario:
    """Return a world with long patrols, so that many are stopped, and nobody unaccompanied."""
    return base().model_copy(update={"until": date(2020, 4, 5)})


@pytest.fixture(scope="module")
def sure(world: Scenario) -> BorderModel:
    """Return the run in which everybody stopped is taken back."""
    return finished(with_readmission(world, [track()]))


# Nothing of it ------------------------------------------------------------------------------------


def test_switched_off_it_is_as_if_there_were_no_rows(world: Scenario) -> None:
    off = finished(switched(with_readmission(world), readmission=False))
    assert differing(off, finished(world)) == []


def test_switched_off_more_handovers_do_exactly_nothing(world: Scenario) -> None:
    off = switched(with_readmission(world, [track(**LIKELY)]), readmission=False)
    assert differing(finished(off), finished(under(off, faster()))) == []


def test_without_an_agreement_in_force_the_pair_is_as_before(world: Scenario) -> None:
    without = finished(with_readmission(world, [track()], agreed=False))
    # But for zeros where the rows would count.
    assert differing(without, finished(world), ignore=("ledger", "institutions")) == ["outcomes"]
    assert ledger(without, "readmitted") == 0


def test_it_begins_and_ends_with_the_agreement(world: Scenario) -> None:
    agreed = Agreement.model_validate(
        {"id": "some_weeks", "parties": ["AAA", "BBB"], "powers": ["readmission"],
         "from": "2020-03-08", "until": "2020-03-22"}
    )  # fmt: skip
    scenario = with_readmission(world, [track()], agreed=False)
    model = finished(scenario.model_copy(update={"agreements": (agreed,)}))
    opened = cases(model)["opened"]
    assert opened.min() >= 7 * 24
    assert opened.max() < 21 * 24
    assert len(opened) > 3


@pytest.mark.parametrize("transfers", [0, 1e-160, 9e-4])
def test_with_no_handover_a_day_nobody_is_handed_over(world: Scenario, transfers: float) -> None:
    """Nor with one in more than three years, where a measure lays the handovers out anew."""
    hours = measure("readmission", date(2020, 3, 10), date(2020, 3, 20),
                    at="readmission:bbb_aaa", office="06:00-20:00")  # fmt: skip
    tracks = [track(transfers=transfers, transfer_within="2 d")]
    model = finished(under(with_readmission(world, tracks), hours))
    assert set(cases(model)["result"]) <= {"lapsed", "open"}
    assert ledger(model, "readmitted") == 0
    assert len(cases(model)) > 10


def test_a_measure_acts_on_the_track_and_is_gone_with_its_end(world: Scenario) -> None:
    slow = with_readmission(world, [track(answer="40 h")])
    quick = measure("readmission", date(2020, 3, 10), date(2020, 3, 20),
                    at="readmission:bbb_aaa", answer="1 h")  # fmt: skip
    rows = cases(finished(under(slow, quick)))
    took = rows["answered_at"] - rows["requested_at"]
    inside = rows["requested_at"].between(9 * 24 + 1, 19 * 24 - 1)
    assert took[inside].dropna().max() == pytest.approx(1)
    outside = (rows["requested_at"] < 9 * 24 - 1) | (rows["requested_at"] > 19 * 24 + 1)
    assert took[outside].dropna().min() == pytest.approx(40)


def test_what_is_booked_stays_at_its_hour_when_the_office_works_other_days(
    world: Scenario,
) -> None:
    """Handovers are laid out anew as four weeks of daily work end: nobody waits for them again."""
    usual = track(transfer_within="30 d", office_days="working")
    daily = measure("readmission", BEGIN, date(2020, 3, 29), at="readmission:bbb_aaa",
                    every_day=True)  # fmt: skip
    longer = world.model_copy(update={"until": date(2020, 4, 25)})
    rows = cases(finished(under(with_readmission(longer, [usual]), daily)))
    after = rows[(rows["answered_at"] > 28 * 24) & (rows["answered_at"] < 44 * 24)]
    assert len(after) > 3
    assert (after["result"] == "transferred").all()
    # From Friday afternoon to Monday at the most.
    assert (after["ended"] - after["answered_at"]).max() <= 4 * 24


def test_its_null_is_nothing_at_all() -> None:
    assert faster().null() is None


# What it does -------------------------------------------------------------------------------------


def test_who_is_taken_back_waits_in_the_requested_state_and_tries_again(sure: BorderModel) -> None:
    rows = cases(sure)
    assert set(rows["result"]) <= {"transferred", "open"}
    assert ledger(sure, "readmitted") == rows.loc[rows["result"] == "transferred", "persons"].sum()
    journeys = table(sure, "journeys")
    again = journeys[journeys["key"].isin(rows["party"])]
    assert (again["state"] == "arrived").any()
    assert (again["attempts"] > 1).any()
    assert rows["party"].duplicated().any()


def test_the_near_track_is_for_those_stopped_near_and_soon(world: Scenario) -> None:
    both = [track("far"), track("near", **NEAR)]
    rows = cases(finished(with_readmission(world, both)))
    assert set(rows["track"]) == {"accelerated", "standard"}
    # Within 4 of 5 km, and 2 of 3 hours: two thirds.
    share = (rows["track"] == "accelerated").mean()
    assert abs(share - 2 / 3) < 4 * (2 / 9 / len(rows)) ** 0.5
    only = cases(finished(with_readmission(world, [track("near", **NEAR)])))
    assert set(only["track"]) == {"accelerated"}
    assert len(only) < len(rows)


def test_a_claim_leaves_the_track(world: Scenario) -> None:
    model = finished(with_readmission(world, [track(claim_share=1, claim_delay="0.01 h")]))
    assert set(cases(model)["result"]) <= {"claimed", "open"}
    assert ledger(model, "readmission_claims") == cases(model)["persons"].sum() > 0
    assert ledger(model, "readmitted") == 0


def test_a_quick_handover_cuts_claims_off_and_the_ledger_shows_it(world: Scenario) -> None:
    """People do not claim in the first minutes: who is gone by then never could."""
    late = {"claim_share": 1, "claim_delay": "30 h", "prepare": "0 h", "answer": "0 h"}
    slow = finished(with_readmission(world, [track(**late | {"answer": "47 h"})]))
    quick = finished(with_readmission(world, [track(**late, handover="00:30")]))
    for item in ("readmitted", "readmitted_wish"):
        assert ledger(quick, item) > ledger(slow, item)
    assert ledger(quick, "readmission_claims") < ledger(slow, "readmission_claims")


def test_no_child_without_family_is_ever_on_the_track(world: Scenario) -> None:
    profiles = tuple(
        p.model_copy(update={"unaccompanied_share": p.wish_share}) for p in world.profiles
    )
    model = BorderModel(with_readmission(world.model_copy(update={"profiles": profiles}),
                                         [track()]), checks="full")  # fmt: skip
    crowd = model.world.crowd
    while model.now < model.clock.hours:
        model.step()
        assert not crowd.unaccompanied[: crowd.size][crowd.state[: crowd.size] == CASE].any()
    model.run()
    assert ledger(model, "readmission_children_referred") > 0


def test_an_identified_victim_is_never_on_the_track_in_the_reflection_period(
    world: Scenario,
) -> None:
    """Everybody is a victim and every interview finds one: care comes before readmission.

    Whole parties and victims taken out of their parties: both have the 30 days of the row.
    """
    full = world.profiles[0].wish_share.__class__(1.0, unit="share")
    profiles = tuple(p.model_copy(update={"vulnerable_share": full}) for p in world.profiles)
    desks = tuple(
        s.model_copy(update={"identify_share": full, "interviews_per_day": full.__class__(400.0)})
        for s in world.screening
    )
    scenario = world.model_copy(update={"profiles": profiles, "screening": desks})
    (reflection,) = {s.reflection.value for s in desks}
    assert reflection == 30 * 24
    model = BorderModel(with_readmission(scenario, [track()]), checks="full")
    crowd, until = model.world.crowd, {}
    begin, entered = model.world.waits.begin_reception, crowd.size

    def noted(rows: Rows, hour: Any, hours: Any) -> None:
        assert (hours[: rows.size] == reflection).all()
        until.update(zip(rows.tolist(), (hour + reflection).tolist(), strict=True))
        begin(rows, hour, hours)

    model.world.waits.begin_reception = noted  # type: ignore[method-assign]
    while model.now < model.clock.hours:
        model.step()
        on_track = np.flatnonzero(crowd.state[: crowd.size] == CASE)
        assert all(until.get(int(row), 0) <= model.now for row in on_track)
        # Who was never in care is on the track only without the victim, who was split off.
        assert not crowd.vulnerable[on_track].any()
        in_care = [row for row, end in until.items() if end > model.now]
        assert (crowd.state[in_care] == RECEPTION).all()
    whole = sum(row < entered for row in until)
    assert min(whole, len(until) - whole) > 5, "whole parties, and victims without theirs"
    over = [row for row, end in until.items() if end < model.now - 1]
    assert len(over) > 0
    assert (crowd.state[over] != RECEPTION).any()


def test_a_party_in_care_cannot_be_put_on_the_track(world: Scenario) -> None:
    model = BorderModel(with_readmission(world, [track()]))
    assert model.world.readmission is not None
    crowd = model.world.crowd
    crowd.state[0] = RECEPTION
    rows = np.array([0])
    party = Batch(rows, np.array([5], np.int32), np.array([0]),
                  model.world.draws.event_base(crowd.key[rows], crowd.moves[rows]))  # fmt: skip
    with pytest.raises(ModelError, match="reflection period"):
        model.world.readmission.open(
            party, np.array([5.0]), np.array([0]), np.array([12.0]), party.base
        )


# Chains -------------------------------------------------------------------------------------------


def test_a_state_that_moves_on_whom_it_took_back_makes_a_chain_return(world: Scenario) -> None:
    """Belmark is asked by Corvia, and asks Avaland in turn."""
    scenario = three_states(world)
    model = finished(scenario)
    rows = cases(model)
    on = rows[rows["moved_on"]]
    assert len(on) > 3
    assert set(zip(on["requesting"], on["requested"], strict=True)) == {("BBB", "AAA")}
    chained = on[on["result"] == "transferred"]
    assert chained["chain"].all()
    assert not rows.loc[~rows["moved_on"] & (rows["requesting"] == "CCC"), "chain"].any()
    assert ledger(model, "chain_returns") == rows.loc[rows["chain"], "persons"].sum() > 0
    # They stand where Avaland takes them over, and may set out again.
    first = rows[rows["requesting"] == "CCC"].set_index("party")["ended"]
    for case in chained.itertuples():
        assert case.opened >= first.loc[[case.party]].min()


def test_a_chain_ends_after_fourteen_days(world: Scenario) -> None:
    """The second handover waits for its answer, of 16 days: no chain return any more."""
    late = three_states(world, answer="384 h", answer_within="500 h", transfer_within="60 d")
    rows = cases(finished(late))
    done = rows[rows["moved_on"] & (rows["result"] == "transferred")]
    assert len(done) > 0
    assert not done["chain"].any()


@pytest.mark.parametrize("beyond", [False, True])
def test_whoever_was_split_off_since_a_handover_is_in_a_chain_return_too(
    world: Scenario, beyond: bool
) -> None:
    """Belmark took the party back; the one split off then is handed over by Belmark at once.

    ``beyond``: the new row lies behind the room laid out at the start.
    """
    model = BorderModel(three_states(world))
    track = model.world.readmission
    assert track is not None
    crowd, tracks = model.world.crowd, track.tracks
    names = [f"{s.requesting}_{s.requested}" for s in tracks.specs]
    parent, other = np.array([0]), np.array([1])
    crowd.persons[:2], crowd.minors[:2], crowd.unaccompanied[:2] = 4, 0, 0
    crowd.vulnerable[:2] = crowd.wish[:2] = False
    handed_over(model, parent, names.index("CCC_BBB"), 5.0)
    if beyond:
        crowd.size = len(crowd.key)
    room = len(crowd.key)
    one = np.ones(1, np.int64)
    new, free = (
        model.world.passage.log.split(rows, one, np.array([40], np.int32))
        for rows in (parent, other)
    )
    assert bool((new >= room).all()) == beyond
    again = np.array(names.index("BBB_AAA"))
    chain = [handed_over(model, rows, int(again), 50.0) for rows in (new, parent, free, other)]
    assert chain == [True, True, False, False]
    late = model.world.passage.log.split(parent, one, np.array([60], np.int32))
    assert not handed_over(model, late, int(again), 900.0), "more than fourteen days on"


def handed_over(model: BorderModel, rows: Rows, track: int, hour: float) -> bool:
    """Open a case of one party, hand it over and return whether this is a chain return."""
    readmission = model.world.readmission
    assert readmission is not None
    crowd, cases = model.world.crowd, readmission.book.cases
    base = model.world.draws.event_base(crowd.key[rows], crowd.moves[rows])
    leg = np.array([next(i for i, x in enumerate(model.world.legs.specs) if x.sector)])
    party = Batch(rows, np.array([int(hour)], np.int32), leg, base)
    readmission.open(party, np.array([hour]), np.array([track]), np.array([12.0]), base, True)
    case = readmission._case_of[rows].astype(np.intp)
    cases["stage"][case], cases["claim"][case] = ACCEPTED, np.inf
    for name in ("transfer", "deadline", "next"):
        cases[name][case] = hour
    readmission.advance(party, model.world.passage.aftermath.at(int(hour)))
    assert cases["result"][case].tolist() == [TRANSFERRED]
    return bool(cases["chain"][case][0])


def three_states(world: Scenario, **second: Any) -> Scenario:
    """Return the world with a third state behind Belmark, whose patrols stop many."""
    third = world.countries[1].model_copy(update={"id": "CCC", "name": "Corvia"})
    capital = next(p for p in world.places if p.id == "capital")
    hills = world.sectors[0].model_copy(update={"id": "hills", "border": "BBB-CCC",
                                                "country": "CCC"})  # fmt: skip
    road = next(leg for leg in world.legs if leg.id == "capital_road")
    after = world.aftermath[0].model_copy(
        update={"id": "ccc", "border": "BBB-CCC", "country": "CCC"}
    )
    desk = world.screening[0].model_copy(update={"id": "ccc", "country": "CCC"})
    scenario = world.model_copy(update={
        "countries": (*world.countries, third),
        "places": tuple(p if p.id != "capital" else capital.model_copy(update={"country": "CCC"})
                        for p in world.places),
        "legs": tuple(leg if leg.id != "capital_road" else road.model_copy(
            update={"border": "BBB-CCC", "sector": "hills", "mode": "foot", "hazard": "walk"})
            for leg in world.legs),
        "sectors": (*world.sectors, hills), "aftermath": (*world.aftermath, after),
        "screening": (*world.screening, desk),
    })  # fmt: skip
    scenario = with_readmission(
        scenario,
        [track("ccc_bbb", requesting="CCC", requested="BBB", place="town", moved_on_share=1),
         track("bbb_aaa", **second)],
    )  # fmt: skip
    other = Agreement(id="other", parties=("BBB", "CCC"), powers=("readmission",))
    return scenario.model_copy(update={"agreements": (*scenario.agreements, other)})
