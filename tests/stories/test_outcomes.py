"""Outcomes computed from tables made by hand, with the numbers worked out beside them."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from sim.clock import Clock
from sim.records.dictionary import OUTCOMES
from sim.records.outcomes import compute_outcomes
from sim.records.recorder import Recorder
from sim.scenario.specs.control import Post, Sector
from sim.scenario.specs.geography import Place

CLOCK = Clock(date(2018, 1, 1), date(2018, 3, 1), "Europe/Belgrade")
JANUARY, FEBRUARY = "2018-01", "2018-02"
Rows = dict[tuple[str, str, str], float]

SECTORS = [
    Sector.model_validate(
        {"id": name, "border": border, "country": country, "lat": 44, "lon": 18, "length": 10,
         "width": 5, "terrain": "hills", "officers": {"border_police": 10}, "shift": "x",
         "duty_share": 0.5, "patrol_size": 3, "speed": 4, "alert": 1, "cover": 1, "busy": 1,
         "busy_per_person": 0.1}
    )
    for name, border, country in (("una", "BIH-HRV", "HRV"), ("sid", "HRV-SRB", "HRV"))
]  # fmt: skip
POSTS = [
    Post.model_validate(
        {"id": "bar", "country": "MNE", "lat": 42, "lon": 19, "kind": "port", "shift": "x",
         "officers": {"border_police": 9}, "booth_share": 0.5, "cue_share": 0.1,
         "referral_cued": 0.5, "referral_plain": 0.1,
         "streams": [{"id": "cars", "demand": 10, "pattern": "p", "lanes": 1, "first_line": 1,
                      "second_line_share": 0.1, "second_line": 5, "persons_per_unit": 2}]}
    )
]  # fmt: skip
PLACES = [
    Place.model_validate({"id": i, "country": c, "kind": "transit", "lat": 44, "lon": 18})
    for i, c in (("bihac", "BIH"), ("kladusa", "BIH"), ("zagreb", "HRV"))
]


def texts(*values: str) -> np.ndarray[Any, Any]:
    return np.array(values, dtype=object)


def outcomes(recorder: Recorder, **given: Any) -> Rows:
    compute_outcomes(
        recorder, CLOCK, **{"places": PLACES, "sectors": SECTORS, "posts": POSTS, **given}
    )
    table = recorder.columns("outcomes")
    keys = zip(table["outcome"], table["subject"], table["month"], strict=True)
    rows = dict(zip(keys, table["value"].tolist(), strict=True))
    assert len(rows) == len(table["value"])
    return rows


def test_an_outcome_without_its_table_is_not_recorded() -> None:
    rows = outcomes(Recorder())
    assert set(rows) == {(name, "all", "all") for name in OUTCOMES}
    assert np.isnan(list(rows.values())).all()


def test_screenlines_and_route_shares() -> None:
    recorder = Recorder()
    recorder.add(
        "screenlines", month=texts(JANUARY, JANUARY, FEBRUARY, FEBRUARY),
        screenline="exit", label=texts("BIH-HRV", "HRV-SRB", "BIH-HRV", "HRV-SRB"),
        persons=np.array([30, 10, 0, 0]), stock_persons=np.array([1, 2, 3, 4]),
    )  # fmt: skip
    rows = outcomes(recorder)
    assert rows["first_crossings", "screenline:exit/BIH-HRV", JANUARY] == 30
    assert rows["first_crossings", "screenline:exit", "all"] == 40
    assert rows["first_crossings_stock", "screenline:exit/HRV-SRB", "all"] == 6
    assert rows["route_share", "screenline:exit/BIH-HRV", JANUARY] == 0.75
    assert rows["route_share", "screenline:exit/HRV-SRB", "all"] == 0.25
    assert np.isnan(rows["route_share", "screenline:exit/BIH-HRV", FEBRUARY])
    assert ("route_share", "screenline:exit", JANUARY) not in rows


def test_sectors_by_place_border_and_country() -> None:
    recorder = Recorder()
    recorder.add(
        "sectors", day=np.array([0, 31, 31]), sector=texts("una", "una", "sid"),
        unit_hours=np.array([100.0, 50.0, 20.0]), tried=np.array([10, 20, 0]),
        not_seen=np.array([4, 8, 0]), lost=np.array([1, 2, 0]), aborted=np.array([2, 3, 0]),
        intercepted=np.array([3, 5, 0]), outside=np.array([0, 2, 0]),
        interceptions=np.array([1, 2, 0]),
    )  # fmt: skip
    rows = outcomes(recorder)
    for subject in ("all", "sector:una", "border:BIH-HRV", "country:HRV"):
        assert rows["interceptions", subject, JANUARY] == 3
        assert rows["interceptions", subject, "all"] == 8
        assert rows["intercepted_share", subject, "all"] == pytest.approx(8 / 30)
        assert rows["returned_outside_in_sector", subject, FEBRUARY] == 2
    assert np.isnan(rows["intercepted_share", "sector:sid", "all"])
    assert rows["patrol_unit_hours", "country:HRV", "all"] == 170
    assert rows["officer_hours_sectors", "country:HRV", FEBRUARY] == 210
    assert (rows["aborted", "all", "all"], rows["lost", "all", "all"]) == (5, 3)
    assert rows["not_seen", "sector:sid", FEBRUARY] == 0


def test_posts_weigh_waits_by_units_served() -> None:
    recorder = Recorder()
    recorder.add(
        "posts", day=np.array([0, 0, 40]), post="bar", stream=texts("cars", "buses", "cars"),
        served=np.array([90.0, 10.0, 50.0]), persons=np.array([225.0, 25.0, 50.0]),
        mean_wait=np.array([10.0, 30.0, np.nan]),
        max_wait=np.array([25.0, 60.0, np.nan]), queue=0.0, on_duty=np.array([2.0, 1.0, 4.0]),
        tried=np.array([4, 0, 6]), found=np.array([1, 0, 4]), refused=np.array([0, 0, 2]),
        false_alerts=np.array([3.0, 0.5, 1.0]),
    )  # fmt: skip
    rows = outcomes(recorder)
    assert rows["lawful_wait", "post:bar", JANUARY] == pytest.approx(12)
    assert np.isnan(rows["lawful_wait", "all", FEBRUARY])
    assert rows["lawful_wait", "country:MNE", "all"] == pytest.approx(12)
    assert rows["lawful_wait_longest", "all", "all"] == 60
    assert np.isnan(rows["lawful_wait_longest", "all", FEBRUARY])
    assert rows["found_share", "all", "all"] == 0.5
    assert rows["interceptions_at_posts", "all", FEBRUARY] == 4
    assert rows["false_alerts", "all", JANUARY] == 3.5
    assert rows["lawful_served", "all", "all"] == 150
    assert rows["officer_hours_posts", "post:bar", JANUARY] == 72


def test_the_ledger_gives_counts_and_shares_and_keeps_what_is_not_recorded() -> None:
    recorder = Recorder()
    items = {"deaths": (1, 2), "exposure_hours": (1e6, 5e5), "asylum_wishes": (40, 0),
             "claims_registered": (10, 0), "victims_present": (4, 4), "victims_identified": (1, 3),
             "nights_without_place": (np.nan, 7), "injuries": (np.nan, np.nan),
             "returned_outside_procedure": (5, 0)}  # fmt: skip
    for i, country in enumerate(("BIH", "HRV")):
        recorder.add(
            "ledger", month=JANUARY, country=country, item=texts(*items),
            value=np.array([v[i] for v in items.values()]),
        )  # fmt: skip
    rows = outcomes(recorder)
    assert rows["deaths", "all", "all"] == 3
    assert rows["death_rate", "all", "all"] == pytest.approx(2)
    assert rows["death_rate", "country:HRV", JANUARY] == pytest.approx(4)
    assert rows["asylum_access_share", "country:BIH", JANUARY] == 0.25
    assert np.isnan(rows["asylum_access_share", "country:HRV", JANUARY])
    assert rows["victims_identified_share", "all", "all"] == 0.5
    assert np.isnan(rows["nights_without_place", "country:BIH", "all"])
    assert rows["nights_without_place", "all", "all"] == 7
    assert np.isnan(rows["injuries", "all", "all"])
    assert np.isnan(rows["children_referred_share", "all", "all"])
    assert rows["returned_outside_procedure", "all", "all"] == 5


def test_journeys_of_arrivals_and_never_of_stocks() -> None:
    recorder = Recorder()
    n = 6
    recorder.add(
        "journeys", key=np.arange(n, dtype=np.uint64), root=np.arange(n, dtype=np.uint64),
        profile="p", persons=np.array([1, 3, 2, 4, 1, 9]), minors=0,
        stock=np.array([False, False, False, False, False, True]), entry="bihac",
        entered=np.array([0, 0, 24, 31 * 24, 31 * 24, 0]), borders="",
        reading=texts("balkan", "adriatic", "adriatic", "balkan", "cross", "other"),
        attempts=np.array([1, 2, 4, 9, 9, 9]), spent=np.array([100.0, 200.0, 50.0, 9.0, 9.0, 9.0]),
        place=texts("zagreb", "zagreb", "zagreb", "bihac", "bihac", "zagreb"),
        state=texts("arrived", "arrived", "arrived", "waiting", "gave_up", "arrived"),
        ended=np.array([240.0, 480.0, 24 + 960, np.nan, 800, 480]),
    )  # fmt: skip
    rows = outcomes(recorder)
    assert rows["reading_share", "reading:adriatic", JANUARY] == pytest.approx(5 / 6)
    assert rows["reading_share", "reading:balkan", "all"] == pytest.approx(5 / 11)
    assert rows["reading_share", "reading:other", "all"] == 0
    assert rows["arrived_by_exit", "place:zagreb", "all"] == 15
    assert rows["attempts_per_arrival", "all", "all"] == pytest.approx((1 + 6 + 8) / 6)
    assert rows["attempts_per_arrival", "all", JANUARY] == pytest.approx(7 / 4)
    assert rows["journey_money", "reading:adriatic", "all"] == pytest.approx(700 / 5)
    # Days by person: 10, 20, 20, 20, 40, 40.
    assert rows["journey_days", "all", "all"] == 20
    assert rows["journey_days", "all", FEBRUARY] == 40
    assert rows["journey_days", "reading:balkan", "all"] == 10
    assert np.isnan(rows["journey_days", "reading:cross", "all"])


def test_stocks_are_levels_and_final_states_grow() -> None:
    recorder = Recorder()
    recorder.add(
        "stocks", month=texts(*[JANUARY] * 4, *[FEBRUARY] * 5),
        country=texts("BIH", "BIH", "BIH", "HRV", "BIH", "BIH", "BIH", "HRV", "HRV"),
        state=texts("waiting", "held", "gave_up", "arrived",
                    "waiting", "asylum", "gave_up", "arrived", "returned"),
        persons=np.array([10, 2, 1, 5, 7, 3, 4, 9, 6]),
    )  # fmt: skip
    rows = outcomes(recorder)
    assert [rows["waiting", "country:BIH", m] for m in (JANUARY, FEBRUARY, "all")] == [12, 7, 7]
    assert [rows["in_asylum", "all", m] for m in (JANUARY, FEBRUARY, "all")] == [0, 3, 3]
    assert [rows["gave_up", "all", m] for m in (JANUARY, FEBRUARY, "all")] == [1, 3, 4]
    assert [rows["arrived", "country:HRV", m] for m in (JANUARY, FEBRUARY, "all")] == [5, 4, 9]
    assert rows["returned", "country:HRV", "all"] == 6


def test_networks_weigh_prices_by_persons_carried() -> None:
    recorder = Recorder()
    recorder.add(
        "networks", week=np.array([0, 0, 5]), network=texts("a", "b", "a"), leg="l", capacity=9.0,
        carried=np.array([10, 30, 10]), turned_away=np.array([1, 0, 2]),
        intercepted=np.array([5, 0, 0]), price=np.array([100.0, 200.0, 400.0]),
        revenue=np.array([1000.0, 6000.0, 4000.0]), profit=np.array([-50.0, 100.0, 10.0]),
        share=0.5,
    )  # fmt: skip
    rows = outcomes(recorder)
    assert rows["network_price", "all", JANUARY] == 175
    assert rows["network_price", "network:a", "all"] == 250
    assert np.isnan(rows["network_price", "network:b", FEBRUARY])
    assert rows["network_revenue", "all", "all"] == 11_000
    assert rows["network_profit", "network:a", JANUARY] == -50
    assert rows["network_carried", "all", FEBRUARY] == 10
    assert rows["network_turned_away", "network:a", "all"] == 3
    assert rows["network_intercepted_share", "all", "all"] == 0.1


def test_flows_and_observed_series() -> None:
    recorder = Recorder()
    recorder.add(
        "flows", day=np.array([30, 31]), leg="l", tail=texts("bihac", "kladusa"), head="zagreb",
        mode="foot", persons=np.array([8, 9]), parties=np.array([2, 2]),
    )  # fmt: skip
    recorder.add("observed", series="bih_arrivals", month=texts(JANUARY, FEBRUARY),
                 persons=np.array([12.5, 30.0]))  # fmt: skip
    rows = outcomes(recorder)
    assert [rows["departures", "country:BIH", m] for m in (JANUARY, FEBRUARY, "all")] == [8, 9, 17]
    assert rows["persons_observed", "series:bih_arrivals", "all"] == 42.5
    assert ("persons_observed", "all", "all") not in rows


def test_without_rows_of_the_scenario_there_is_no_border_and_no_officer_hour() -> None:
    recorder = Recorder()
    recorder.add("sectors", day=0, sector="una", unit_hours=10.0, tried=1, not_seen=0, lost=0,
                 aborted=0, intercepted=1, outside=0, interceptions=1)  # fmt: skip
    rows = outcomes(recorder, sectors=())
    assert rows["interceptions", "sector:una", "all"] == 1
    assert ("interceptions", "border:BIH-HRV", "all") not in rows
    assert np.isnan(rows["officer_hours_sectors", "all", "all"])


def test_every_outcome_of_a_run_is_in_the_dictionary_with_its_subjects() -> None:
    recorder = Recorder()
    recorder.add("sectors", day=0, sector="una", unit_hours=10.0, tried=1, not_seen=0, lost=0,
                 aborted=0, intercepted=1, outside=0, interceptions=1)  # fmt: skip
    recorder.add("stocks", month=JANUARY, country="BIH", state="waiting", persons=4)
    recorder.add("ledger", month=JANUARY, country="BIH", item="deaths", value=1.0)
    for name, subject, _ in outcomes(recorder):
        kind = subject.split(":")[0]
        assert kind == "all" or kind in OUTCOMES[name].subjects
