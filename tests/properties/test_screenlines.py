"""Screenlines count each party once, at its first crossing outward."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from sim.clock import Clock
from sim.errors import ModelError
from sim.records.recorder import Recorder
from sim.records.screenlines import ScreenlineCounter
from sim.scenario.specs.geography import Leg, Screenline

CLOCK = Clock(date(2018, 1, 1), date(2018, 3, 1), "Europe/Belgrade")
COUNTRY = {"a": "AAA", "a2": "AAA", "b": "BBB", "c": "CCC", "d": "DDD"}
HOPS = ("a-a2", "a-b", "b-a", "b-c", "b-d", "c-b", "a-d")


def leg(hop: str) -> Leg:
    tail, head = hop.split("-")
    pair = sorted((COUNTRY[tail], COUNTRY[head]))
    return Leg.model_validate(
        {"id": hop.replace("-", "_"), "from": tail, "to": head, "mode": "foot", "distance": 10,
         "duration": 5, "border": "-".join(pair) if pair[0] != pair[1] else None}
    )  # fmt: skip


LEGS = [leg(hop) for hop in HOPS]


def line(name: str, inside: tuple[str, ...], **labels: str) -> Screenline:
    return Screenline.model_validate(
        {
            "id": name,
            "inside": inside,
            "labels": {k.replace("_", "-"): v for k, v in labels.items()},
        }
    )


LEAVING_A = line("leaving_a", ("AAA",), AAA_BBB="B", AAA_DDD="D")
EXIT = line("exit", ("AAA", "BBB"), BBB_CCC="C", other="other")


def counter(*lines: Screenline) -> ScreenlineCounter:
    return ScreenlineCounter(lines, LEGS, COUNTRY, CLOCK)


def test_each_line_counts_the_first_crossing_outward_under_its_label() -> None:
    by = counter(LEAVING_A, EXIT)
    hops = ["a-b", "b-c", "c-b", "b-a", "a-d", "b-d"]
    rows = np.array([0, 0, 0, 0, 0, 1])
    hour = np.array([1, 5, 9, 12, 20, 21])
    bits = by.count(
        rows, np.array([HOPS.index(h) for h in hops]), hour, np.array([3, 3, 3, 3, 3, 2]),
        np.array([False, True]), lines := np.zeros(2, np.uint8),
    )  # fmt: skip
    assert lines.tolist() == [3, 2]
    assert bits.tolist() == [1, 2, 0, 0, 0, 2]
    assert by.total(0).tolist() == [[3, 0], [0, 0]]
    assert by.total(1).tolist() == [[3, 0], [0, 2]]


def test_a_party_that_crossed_on_an_earlier_day_is_not_counted_again() -> None:
    by = counter(LEAVING_A)
    bits = by.count(np.array([0]), np.array([HOPS.index("a-d")]), np.array([30]), np.array([4]),
                    np.array([False]), np.array([1], np.uint8))  # fmt: skip
    assert bits.tolist() == [0]
    assert not by.total(0).any()


def test_the_month_is_that_of_the_crossing_in_local_time() -> None:
    by, recorder = counter(EXIT), Recorder()
    # 23:00 UTC on 31 January is midnight in Belgrade: hour 744 from local midnight.
    hours = np.array([31 * 24 - 1, 31 * 24])
    by.count(np.array([0, 1]), np.full(2, HOPS.index("b-c")), hours, np.array([1, 2]),
             np.zeros(2, np.bool_), np.zeros(2, np.uint8))  # fmt: skip
    by.write(recorder)
    table = recorder.columns("screenlines")
    rows = list(zip(table["month"], table["label"], table["persons"], table["stock_persons"],
                    strict=True))  # fmt: skip
    assert rows == [("2018-01", "C", 1, 0), ("2018-01", "other", 0, 0),
                    ("2018-02", "C", 2, 0), ("2018-02", "other", 0, 0)]  # fmt: skip


def test_a_leg_out_without_a_label_is_refused_by_name() -> None:
    with pytest.raises(ModelError, match="leg 'b_d' leaves screenline 'exit' by BBB-DDD"):
        counter(line("exit", ("AAA", "BBB"), BBB_CCC="C", AAA_DDD="D"))
    with pytest.raises(ModelError, match="9 screenlines"):
        counter(*[EXIT] * 9)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 6), st.integers(0, 100)), max_size=40))
@settings(max_examples=150, deadline=None)
def test_persons_counted_are_those_that_ever_left(log: list[tuple[int, int, int]]) -> None:
    log = sorted(log, key=lambda e: e[2])
    by = counter(LEAVING_A, EXIT)
    column, persons = np.zeros(6, np.uint8), np.array([1, 2, 3, 4, 5, 6], np.uint8)
    for day in range(5):
        today = [e for e in log if e[2] // 24 == day]
        rows = np.array([e[0] for e in today], np.intp)
        before = column.copy()
        bits = by.count(rows, np.array([e[1] for e in today], np.intp),
                        np.array([e[2] for e in today], np.intp), persons[rows],
                        np.arange(6) >= 4, column)  # fmt: skip
        np.bitwise_or.at(before, rows, bits)
        assert (before == column).all()
    for i, spec in enumerate((LEAVING_A, EXIT)):
        first: dict[int, str] = {}
        for row, hop, _ in log:
            tail, head = (COUNTRY[p] for p in HOPS[hop].split("-"))
            if tail in spec.inside and head not in spec.inside and row not in first:
                border = "-".join(sorted((tail, head)))
                first[row] = spec.labels.get(border, spec.labels.get("other", ""))
        expected = np.zeros((len(by.labels[i]), 2), np.int64)
        for row, label in first.items():
            expected[by.labels[i].index(label), int(row >= 4)] += persons[row]
        assert (by.total(i) == expected).all()
        assert set(np.flatnonzero(column & (1 << i)).tolist()) == set(first)


def test_columns_of_any_integer_type_are_read() -> None:
    by = counter(EXIT)
    arguments: tuple[Any, ...] = (
        np.array([0]), np.array([HOPS.index("b-c")], np.int16), np.array([5], np.int32),
        np.array([200], np.uint8), np.array([False] * 2), np.zeros(2, np.uint8),
    )  # fmt: skip
    by.count(*arguments)
    by.count(np.array([1]), *arguments[1:])
    assert by.total(0)[0, 0] == 400
