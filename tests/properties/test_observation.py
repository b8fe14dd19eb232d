"""Observation rules: who is registered, how often, when; background; no favour by order."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from sim.clock import Clock
from sim.errors import ModelError
from sim.randomness import Draws, arrival_keys
from sim.records.observation import Observer
from sim.records.recorder import Recorder
from sim.scenario.specs.observation import ObservationRule
from tests.verification.proof import prove

Array = np.ndarray[Any, Any]
CLOCK = Clock(date(2018, 1, 15), date(2018, 4, 1), "Europe/Belgrade")
DRAWS = Draws(7)


def rule(**changed: Any) -> ObservationRule:
    row = {"id": "r", "series": "s", "country": "AAA", "where": "stop", "probability": 1,
           "delay": 0, **changed}  # fmt: skip
    return ObservationRule.model_validate(row)


def observer(*rules: ObservationRule) -> Observer:
    return Observer(rules, ["AAA", "BBB"], ["AAA-BBB", "AAA-CCC"], CLOCK, Recorder())


class Events:
    """Events of a few parties over a few days."""

    def __init__(self, rows: list[int], hours: list[int], country: list[int] | None = None,
                 border: list[int] | None = None) -> None:  # fmt: skip
        self.rows = np.array(rows, np.intp)
        self.hour = np.array(hours, np.int32)
        self.country = np.array(country or [0] * len(rows), np.intp)
        self.border = np.array(border or [-1] * len(rows), np.intp)
        self.keys = arrival_keys("parties", max(rows, default=0) + 1)
        self.persons = np.full(len(self.keys), 2, np.uint8)

    def see(self, by: Observer, where: Any, column: Array, order: Array | None = None) -> Array:
        """Show the events, one batch a day, and keep the column of bits."""
        order = np.arange(len(self.rows)) if order is None else order
        for day in np.unique(self.hour // 24):
            i = order[self.hour[order] // 24 == day]
            before = column.copy()
            bits = by.see(where, self.rows[i], i, self.country, self.border, self.hour[i],
                          self.persons, column, self.keys, DRAWS)  # fmt: skip
            np.bitwise_or.at(before, self.rows[i], bits)
            assert (before == column).all()
        return column


@st.composite
def events(draw: st.DrawFn) -> Events:
    n = draw(st.integers(1, 30))

    def some(low: int, high: int) -> list[int]:
        return draw(st.lists(st.integers(low, high), min_size=n, max_size=n))

    return Events(some(0, 6), some(0, 80), some(0, 1), some(-1, 1))


@given(events(), st.floats(0, 1), st.booleans(), st.sampled_from(["stop", "stay", "entry"]))
@settings(max_examples=150, deadline=None)
def test_observed_is_at_most_what_is_true(
    seen: Events, probability: float, repeats: bool, where: str
) -> None:
    by = observer(rule(probability=probability, repeats=repeats, where=where))
    seen.see(by, where, np.zeros(7, np.uint32))
    here = seen.country == 0
    true = seen.persons[seen.rows[here]].sum() if repeats else 2 * len(np.unique(seen.rows[here]))
    assert by.monthly().sum() <= true
    if probability == 1:
        assert by.monthly().sum() == true


@given(events(), st.floats(0, 1), st.booleans(), st.sampled_from(["stop", "reception", "entry"]),
       st.randoms())  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_the_order_of_events_never_matters(
    seen: Events, probability: float, repeats: bool, where: str, dice: Any
) -> None:
    order = np.array(dice.sample(range(len(seen.rows)), len(seen.rows)), np.intp)
    rules = (
        rule(probability=probability, repeats=repeats, where=where, delay=3),
        rule(id="q", series="t", where=where, border="AAA-BBB", probability=probability),
    )
    one, two = observer(*rules), observer(*rules)
    a = seen.see(one, where, np.zeros(7, np.uint32))
    b = seen.see(two, where, np.zeros(7, np.uint32), order)
    assert (a == b).all()
    assert (one.monthly() == two.monthly()).all()
    assert (one.daily("s") == two.daily("s")).all()


@given(events(), st.floats(0, 1))
@settings(max_examples=80, deadline=None)
def test_a_rule_without_repeats_counts_a_party_once(seen: Events, probability: float) -> None:
    by = observer(rule(probability=probability))
    column = seen.see(by, "stop", np.zeros(7, np.uint32))
    assert by.monthly().sum() == 2 * np.count_nonzero(column)


def test_a_repeat_counts_again_only_if_the_rule_says_so() -> None:
    seen = Events([0, 0, 0, 1], [1, 5, 50, 60])
    for repeats, persons in ((True, 8), (False, 4)):
        by = observer(rule(repeats=repeats))
        seen.see(by, "stop", np.zeros(2, np.uint32))
        assert by.monthly().sum() == persons


def test_an_entry_rule_looks_at_the_first_entry_to_the_country_and_no_other() -> None:
    # Party 0 enters first by border 0 and later by border 1; party 1 the other way round.
    seen = Events([0, 1, 0, 1], [1, 2, 30, 40], border=[0, 1, 1, 0])
    by = observer(rule(where="entry", border="AAA-BBB"))
    seen.see(by, "entry", np.zeros(2, np.uint32))
    assert by.monthly().sum() == 2
    # A first entry that went unseen is not made good by the second one.
    by = observer(rule(where="entry", probability=0))
    column = seen.see(by, "entry", np.zeros(2, np.uint32))
    assert column.tolist() == [1, 1]


def test_a_stop_that_was_missed_may_be_registered_the_next_time() -> None:
    n = 4000
    seen = Events([*range(n), *range(n)], [1] * n + [30] * n)
    by = observer(rule(probability=0.5))
    seen.see(by, "stop", np.zeros(n, np.uint32))
    prove("17.1", by.monthly().sum() / (2 * n), 0.75, (0.75 * 0.25 / n) ** 0.5)


def test_other_countries_and_other_kinds_of_event_are_not_seen() -> None:
    seen = Events([0, 1], [1, 2], country=[1, 1])
    by = observer(rule())
    seen.see(by, "stop", np.zeros(2, np.uint32))
    seen = Events([0, 1], [1, 2])
    seen.see(by, "stay", np.zeros(2, np.uint32))
    assert by.monthly().sum() == 0


def test_the_delay_is_exponential_and_what_comes_after_the_end_is_dropped() -> None:
    n = 20_000
    seen = Events(list(range(n)), [0] * n)
    by = observer(rule(delay=10, probability=1))
    seen.see(by, "stop", np.zeros(n, np.uint32))
    daily = by.daily("s")
    first = daily[:10].sum() / (2 * n)
    p = 1 - np.exp(-1.0)
    prove("17.2", first, p, (p * (1 - p) / n) ** 0.5)
    assert daily.sum() + by.dropped[0] == 2 * n
    assert by.dropped[0] > 0


def test_the_background_is_spread_by_day_and_whole_months_sum_exactly() -> None:
    by = observer(rule(background=20), rule(id="q", background=11, where="entry"))
    assert by.monthly().tolist() == [[31 * 17 / 31, 31, 31]]
    daily = by.daily("s")
    assert len(daily) == 17 + 28 + 31
    assert daily[0] == 1
    assert daily[17] == pytest.approx(31 / 28)


def test_the_observed_table_has_every_month_of_every_series() -> None:
    recorder = Recorder()
    by = Observer([rule(series="b"), rule(id="q", series="a")], ["AAA"], [], CLOCK, recorder)
    by.write()
    table = recorder.columns("observed")
    assert table["series"].tolist() == ["a"] * 3 + ["b"] * 3
    assert table["month"].tolist() == ["2018-01", "2018-02", "2018-03"] * 2
    assert table["persons"].tolist() == [0.0] * 6


def test_an_added_rule_changes_no_draw_of_another() -> None:
    n = 500
    seen = Events(list(range(n)), [3] * n)
    alone = observer(rule(probability=0.4))
    joined = observer(rule(probability=0.4), rule(id="a", series="t", probability=0.7))
    seen.see(alone, "stop", np.zeros(n, np.uint32))
    seen.see(joined, "stop", np.zeros(n, np.uint32))
    assert (alone.daily("s") == joined.daily("s")).all()


def test_unknown_names_and_too_many_rules_are_refused() -> None:
    with pytest.raises(ModelError, match="names CCC"):
        observer(rule(country="CCC"))
    with pytest.raises(ModelError, match="names AAA-ZZZ"):
        observer(rule(border="AAA-ZZZ"))
    with pytest.raises(ModelError, match="at most 32"):
        observer(*(rule(id=f"r{i}") for i in range(33)))
    assert observer(*(rule(id=f"r{i}", repeats=True) for i in range(40))).series == ("s",)
