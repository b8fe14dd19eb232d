"""The protection ledger: counts by month and country; what nobody measures is not recorded."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from sim.clock import Clock
from sim.errors import ModelError
from sim.kernels.screening import count
from sim.protection.ledger import SCREENING_ITEMS, Ledger
from sim.records.dictionary import LEDGER_ITEMS
from sim.records.recorder import Recorder
from tests.screened import stops

CLOCK = Clock(date(2018, 1, 20), date(2018, 3, 2), "Europe/Belgrade")
COUNTRIES = ("AAA", "BBB")


def table(recorder: Recorder) -> dict[tuple[str, str, str], float]:
    rows = recorder.columns("ledger")
    return {
        (m, c, i): v
        for m, c, i, v in zip(rows["month"], rows["country"], rows["item"], rows["value"],
                              strict=True)
    }  # fmt: skip


def test_counts_by_month_and_country() -> None:
    recorder = Recorder()
    ledger = Ledger(COUNTRIES, CLOCK, recorder)
    ledger.measure(["deaths", "exposure_hours"])
    ledger.add("deaths", np.array([0, 0, 1]), np.array([1, 2, 4]), np.array([0, 1, 1]))
    ledger.add("deaths", np.array([0, 0]), np.array([1, 1], np.uint8), 2)
    ledger.add("exposure_hours", 1, 2.5, 0)
    assert ledger.total("deaths") == 9
    ledger.write()
    rows = table(recorder)
    assert len(rows) == 3 * 2 * len(LEDGER_ITEMS)
    deaths = [rows[m, c, "deaths"] for m in ("2018-01", "2018-02", "2018-03") for c in COUNTRIES]
    assert deaths == [1, 0, 2, 4, 2, 0]
    assert rows["2018-01", "BBB", "exposure_hours"] == 2.5


def test_an_item_nobody_measures_is_not_recorded() -> None:
    recorder = Recorder()
    ledger = Ledger(COUNTRIES, CLOCK, recorder)
    ledger.measure(["injuries"])
    ledger.measure(["interviews"], np.array([1]))
    assert np.isnan(ledger.total("deaths"))
    assert ledger.total("injuries") == 0
    ledger.add_nights(np.array([0, 1, 1]), np.array([np.nan, 3.0, np.nan]), 1)
    ledger.write()
    rows = table(recorder)
    assert np.isnan(rows["2018-01", "AAA", "deaths"])
    assert rows["2018-01", "AAA", "injuries"] == 0
    assert np.isnan(rows["2018-01", "AAA", "interviews"])
    assert rows["2018-01", "BBB", "interviews"] == 0
    assert np.isnan(rows["2018-02", "AAA", "nights_without_place"])
    assert rows["2018-02", "BBB", "nights_without_place"] == 3
    # The beds were recorded in February only.
    assert np.isnan(rows["2018-03", "BBB", "nights_without_place"])


def test_what_is_counted_and_not_declared_stops_the_run() -> None:
    ledger = Ledger(COUNTRIES, CLOCK, Recorder())
    ledger.add("deaths", np.array([0]), np.array([1]), 0)
    with pytest.raises(ModelError, match="counted deaths where it is not measured"):
        ledger.write()
    with pytest.raises(ModelError, match="no item 'birthdays'"):
        ledger.measure(["birthdays"])
    with pytest.raises(KeyError):
        ledger.add("birthdays", 0, 1.0, 0)


def test_screening_fills_its_items() -> None:
    recorder = Recorder()
    ledger = Ledger(COUNTRIES, CLOCK, recorder)
    ledger.measure(SCREENING_ITEMS)
    yes_no = np.array([True, False, True])
    screened = stops(
        np.array([1, 1, 1]), np.array([3, 4, 5]), np.array([0, 0, 2]), yes_no, True, 0.0
    )
    screened.minors = [1, 0, 2]
    screened.claim_made, screened.claim_registered = yes_no, [True, False, False]
    screened.identified, screened.false_positive = [True, False, False], [False, True, False]
    screened.referred, screened.interviews = [0, 0, 2], [1, 2, 0]
    for stop in screened.view(np.ndarray):
        count(ledger.counts, 0, stop)
    counted = {item: ledger.total(item) for item in SCREENING_ITEMS}
    assert counted == {
        "persons_screened": 12, "interviews": 3, "asylum_wishes": 12, "claims_made": 8,
        "claims_registered": 3, "victims_present": 2, "victims_identified": 1,
        "victims_missed": 1, "false_identifications": 1, "children_screened": 3,
        "children_unaccompanied_stopped": 2, "children_referred": 2,
    }  # fmt: skip
