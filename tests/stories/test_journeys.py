"""Journeys: what is kept of the borders crossed, and how they are read (MODEL 16)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from sim.errors import ModelError
from sim.records.journeys import JourneyLog, Parties
from sim.records.recorder import Recorder
from sim.scenario.specs.geography import Leg

CODES = ("GRC", "ALB", "MKD", "BGR", "SRB", "XKX", "MNE", "BIH", "HRV", "HUN", "ROU", "SVN")
PAIRS = (
    ("GRC", "ALB"), ("GRC", "MKD"), ("GRC", "BGR"), ("ALB", "MKD"), ("ALB", "XKX"), ("ALB", "MNE"),
    ("MKD", "XKX"), ("MKD", "SRB"), ("BGR", "SRB"), ("SRB", "XKX"), ("SRB", "MNE"), ("SRB", "BIH"),
    ("SRB", "HRV"), ("SRB", "HUN"), ("SRB", "ROU"), ("XKX", "MNE"), ("MNE", "BIH"), ("MNE", "HRV"),
    ("BIH", "HRV"), ("HRV", "SVN"), ("HRV", "HUN"),
)  # fmt: skip
HOPS = [hop for a, b in PAIRS for hop in (f"{a}-{b}", f"{b}-{a}")]
COUNTRY = {c.lower(): c for c in CODES} | {"grc2": "GRC"}


def leg(tail: str, head: str) -> Leg:
    border = "-".join(sorted((COUNTRY[tail], COUNTRY[head])))
    return Leg.model_validate(
        {"id": f"{tail}_{head}", "from": tail, "to": head, "mode": "foot", "distance": 10,
         "duration": 5, "border": border if COUNTRY[tail] != COUNTRY[head] else None}
    )  # fmt: skip


LEGS = [leg(*hop.lower().split("-")) for hop in HOPS] + [leg("grc", "grc2")]


def parties(count: int, **changed: Any) -> Parties:
    zero = np.zeros(count, np.int32)
    columns: dict[str, Any] = {
        "key": np.arange(100, 100 + count, dtype=np.uint64), "root": np.arange(count),
        "profile": zero, "persons": zero + 3, "minors": zero + 1, "stock": zero > 0,
        "entry": zero, "entered": zero, "attempts": zero, "spent": zero + 1.5, "place": zero,
        "state": zero, "ended": zero - 1, "profiles": ("families",), "places": ("athens", "una"),
        "states": ("moving", "arrived"), **changed,
    }  # fmt: skip
    return Parties(**columns)


def written(log: JourneyLog, of: Parties) -> dict[str, list[Any]]:
    recorder = Recorder()
    log.write(recorder, of)
    return {k: v.tolist() for k, v in recorder.columns("journeys").items()}


def walk(*countries: str) -> list[int]:
    return [HOPS.index(f"{a}-{b}") for a, b in pairwise(countries)]


def journey(*countries: str) -> tuple[str, str]:
    log = JourneyLog(LEGS, COUNTRY)
    legs = np.array(walk(*countries))
    log.record(np.zeros(len(legs), np.intp), legs, np.arange(len(legs)) * 10 + 5,
               np.zeros(len(legs), np.uint64))  # fmt: skip
    table = written(log, parties(1))
    return table["reading"][0], table["borders"][0]


@pytest.mark.parametrize(
    ("countries", "reading"),
    [
        ("GRC MKD SRB BIH HRV SVN", "cross"),
        ("SRB BIH", "cross"),
        ("SRB MNE BIH SRB BIH HRV", "cross"),
        ("GRC ALB MNE BIH HRV", "adriatic"),
        ("SRB MNE BIH HRV", "adriatic"),
        ("GRC ALB MNE HRV", "adriatic"),
        ("GRC ALB MNE", "adriatic"),
        ("GRC ALB XKX MNE", "adriatic"),
        ("GRC MKD SRB HRV SVN", "balkan"),
        ("SRB HRV", "balkan"),
        ("SRB HUN", "balkan"),
        ("SRB ROU", "balkan"),
        ("GRC MKD SRB", "balkan"),
        ("GRC BGR SRB", "balkan"),
        ("GRC MKD XKX SRB", "balkan"),
        ("BIH SRB HRV", "balkan"),
        ("GRC ALB", "other"),
        ("MNE ALB", "other"),
        ("SRB MKD", "other"),
        ("BIH SRB", "other"),
        ("BIH MNE", "other"),
        ("HRV SRB", "other"),
        ("SRB MNE ALB", "other"),
        ("BIH HRV SVN", "other"),
    ],
)
def test_a_journey_is_read_cross_then_adriatic_then_balkan(countries: str, reading: str) -> None:
    assert journey(*countries.split())[0] == reading


def test_both_directions_of_a_border_are_told_apart() -> None:
    # Bosnia to Serbia first, and back only later: the border is old, the direction is new.
    reading, borders = journey("BIH", "SRB", "BIH", "HRV")
    assert reading == "cross"
    assert borders == "BIH-SRB@5 BIH-HRV@25"


def test_borders_stand_in_order_with_the_hour_of_the_first_crossing() -> None:
    _, borders = journey("GRC", "ALB", "GRC", "ALB", "MNE", "BIH", "MNE")
    assert borders == "ALB-GRC@5 ALB-MNE@35 BIH-MNE@45"


def test_the_log_runs_over_days_and_keeps_the_column_of_bits() -> None:
    log, bits = JourneyLog(LEGS, COUNTRY), np.zeros(4, np.uint64)
    days = [
        ([2, 1], walk("GRC", "ALB")[:1] + walk("GRC", "MKD"), [3, 7]),
        ([1, 2, 1], walk("MKD", "SRB") + walk("ALB", "MNE") + walk("SRB", "HRV"), [30, 31, 40]),
        ([1, 2], walk("HRV", "SRB") + walk("MNE", "BIH"), [99, 100]),
    ]
    for rows_, legs, hours in days:
        rows = np.array(rows_)
        before = bits.copy()
        new = log.record(rows, np.array(legs), np.array(hours), bits)
        np.bitwise_or.at(before, rows, new)
        assert (before == bits).all()
    of = parties(
        4, ended=np.array([-1, 120, -1, -1]), state=np.array([0, 1, 0, 0]),
        place=np.array([0, 1, 0, 0]), root=np.array([0, 0, 2, 3]),
    )  # fmt: skip
    table = written(log, of)
    assert table["key"] == [101, 102]
    assert table["root"] == [100, 102]
    assert table["borders"] == [
        "GRC-MKD@7 MKD-SRB@30 HRV-SRB@40", "ALB-GRC@3 ALB-MNE@31 BIH-MNE@100"
    ]  # fmt: skip
    assert table["reading"] == ["balkan", "adriatic"]
    assert table["state"] == ["arrived", "moving"]
    assert table["place"] == ["una", "athens"]
    assert table["ended"][0] == 120
    assert np.isnan(table["ended"][1])
    assert table["persons"] == [3, 3]
    assert bits[0] == bits[3] == 0


def test_a_leg_inside_a_country_crosses_nothing() -> None:
    log = JourneyLog(LEGS, COUNTRY)
    new = log.record(
        np.array([0]), np.array([len(LEGS) - 1]), np.array([4]), np.zeros(1, np.uint64)
    )
    assert new.tolist() == [0]
    assert written(log, parties(1))["key"] == []


def test_a_split_party_has_its_parents_history_up_to_the_split() -> None:
    log = JourneyLog(LEGS, COUNTRY)

    def day(rows_: list[int], legs: list[int], hours: list[int]) -> None:
        rows = np.array(rows_)
        log.record(rows, np.array(legs), np.array(hours), bits)

    bits = np.zeros(4, np.uint64)
    day([0, 0], walk("GRC", "MKD", "SRB"), [10, 20])
    log.split(np.array([0]), np.array([1]), 24)
    bits[1] = bits[0]
    day([0, 1], walk("SRB", "HUN") + walk("SRB", "BIH"), [30, 40])
    log.split(np.array([1]), np.array([2]), 48)
    bits[2] = bits[1]
    day([2, 1], walk("BIH", "HRV") + walk("BIH", "MNE"), [60, 61])
    table = written(log, parties(4))
    assert table["key"] == [100, 101, 102]
    assert table["borders"] == [
        "GRC-MKD@10 MKD-SRB@20 HUN-SRB@30",
        "GRC-MKD@10 MKD-SRB@20 BIH-SRB@40 BIH-MNE@61",
        "GRC-MKD@10 MKD-SRB@20 BIH-SRB@40 BIH-HRV@60",
    ]
    assert table["reading"] == ["balkan", "cross", "cross"]


def test_more_borders_than_bits_are_refused() -> None:
    names = [f"{a}{b}Z" for a in "ABCDEFG" for b in "QRSTUVWXYZ"]
    country = {n.lower(): n for n in names} | {"hub": "HUB"}
    legs = [
        Leg.model_validate({"id": n.lower(), "from": "hub", "to": n.lower(), "mode": "foot",
                            "distance": 1, "duration": 1}) for n in names
    ]  # fmt: skip
    with pytest.raises(ModelError, match="need more than 64 bits"):
        JourneyLog(legs, country)
