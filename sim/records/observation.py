"""True and observed: registrations made from true events by rules (MODEL 17)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.errors import ModelError
from sim.randomness import F64, U64, Draws, salt
from sim.records.months import days_by_month, length_of_months, month_labels, month_of_day
from sim.records.recorder import Recorder
from sim.scenario.specs.observation import ObservationRule

Where = Literal["entry", "stop", "stay", "reception"]
#: Bits of the party column that remembers which rules counted it.
MOST_RULES = 32


class Observer:
    """Registers events as the rules say, by series and day.

    A rule without ``repeats`` counts a party once. An ``entry`` rule then looks at the party's
    first entry to the country and at no later one, registered or not; the other rules count the
    first event that is registered. The background of a rule is spread evenly over the days of
    each month. What is registered after the last simulated day is dropped.

    Attributes:
        series: Names of the observed series, sorted.
        dropped: Persons registered after the end, by series, shape (series,).
        before_reading: Called before anything registered is read; sees to events still to be seen.
    """

    def __init__(
        self,
        rules: Sequence[ObservationRule],
        countries: Sequence[str],
        borders: Sequence[str],
        clock: Clock,
        recorder: Recorder,
    ) -> None:
        """Sort the rules by where they look.

        Raises:
            ModelError: More than 32 rules count a party once, or a rule names a country or
                border the scenario has not.
        """
        self._recorder = recorder
        self._clock = clock
        self.series = tuple(sorted({r.series for r in rules}))
        self._rules: dict[str, list[_Rule]] = {}
        once = 0
        for spec in sorted(rules, key=lambda r: r.id):
            rule = _Rule(spec, self.series, countries, borders, once)
            once += not spec.repeats
            self._rules.setdefault(spec.where, []).append(rule)
        if once > MOST_RULES:
            raise ModelError(f"{once} observation rules without `repeats`; at most {MOST_RULES}")
        calendar = clock.calendar()
        self._day = calendar.day.astype(np.intp)
        days = (clock.until - clock.start).days
        self._registered = np.zeros((len(self.series), days), np.int64)
        self._background = np.zeros(len(self.series))
        for spec in rules:
            self._background[self.series.index(spec.series)] += spec.background.value
        self.dropped = np.zeros(len(self.series), np.int64)
        self.before_reading: Callable[[], None] = lambda: None
        # Countries any rule looks at, by kind of event.
        self._watched: dict[str, NDArray[np.bool_]] = {}
        for where, looking in self._rules.items():
            self._watched[where] = np.zeros(len(countries), np.bool_)
            self._watched[where][[rule.country for rule in looking]] = True
        self._nowhere = np.zeros(len(countries), np.bool_)

    def looks_at(self, where: Where) -> bool:
        """Return whether any rule looks at this kind of event."""
        return where in self._rules

    def watched(self, where: Where, country: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return which events of a kind any rule looks at, by their countries."""
        return self._watched.get(where, self._nowhere)[country]

    def see(
        self,
        where: Where,
        rows: NDArray[np.intp],
        country: NDArray[np.intp],
        border: NDArray[Any],
        persons: NDArray[Any],
        hour: NDArray[Any],
        registered: NDArray[np.uint32],
        base: U64,
        draws: Draws,
    ) -> NDArray[np.uint32]:
        """Register the day's events of one kind, and return the new bits.

        All arrays have shape (m,), in any order; a party may stand there several times. Origin
        is no argument.

        Args:
            where: Kind of the events.
            rows: Party rows, only to know the same party again.
            country: Country index: entered, of the officers, of the stay.
            border: Border index of the event, -1 if none.
            persons: Persons in the party; a party is registered as one.
            hour: Hour of the event.
            registered: The party's bits before today.
            base: ``Draws.event_base(key, moves)`` of each event.
            draws: The run's draws.

        Returns:
            New bits; ``np.bitwise_or.at(column, rows, bits)`` brings the column up to date.
        """
        bits = np.zeros(len(rows), np.uint32)
        present = set(country.tolist())
        for rule in self._rules.get(where, ()):
            if rule.country not in present:
                continue
            events = (country == rule.country).nonzero()[0]
            if events.size and not rule.repeats:
                events = events[registered[events] & rule.bit == 0]
            if not events.size:
                continue
            if not rule.repeats and where == "entry":
                events = _first(events, rows, hour, border, base)
                bits[events] |= rule.bit
            if rule.border >= 0:
                events = events[border[events] == rule.border]
            events = events[draws.uniform(base[events], rule.seen) < rule.probability]
            if not events.size:
                continue
            if not rule.repeats and where != "entry":
                events = _first(events, rows, hour, border, base)
                bits[events] |= rule.bit
            self._register(rule, hour[events], persons[events], base[events], draws)
        return bits

    def _register(
        self, rule: _Rule, hour: NDArray[Any], persons: NDArray[Any], base: U64, draws: Draws
    ) -> None:
        when = hour.astype(np.float64)
        if rule.delay > 0:
            when = when - np.log1p(-draws.uniform(base, rule.late)) * rule.delay
        at = np.floor(when).astype(np.intp)
        inside = at < len(self._day)
        if not inside.all():
            self.dropped[rule.series] += persons[~inside].sum(dtype=np.int64)
            at, persons = at[inside], persons[inside]
        np.add.at(self._registered[rule.series], self._day[at], persons.astype(np.int64))

    def daily(self, series: str) -> F64:
        """Return persons registered so far by day, background included, shape (days,)."""
        self.before_reading()
        at = self.series.index(series)
        days = np.arange(self._registered.shape[1])
        spread = self._background[at] / length_of_months(self._clock)
        return np.asarray(self._registered[at] + spread[month_of_day(self._clock, days)])

    def monthly(self) -> F64:
        """Return persons registered by month, background included, shape (series, months).

        A month simulated in part has that part of the background; a whole one exactly all.
        """
        self.before_reading()
        months = len(month_labels(self._clock))
        month = month_of_day(self._clock, np.arange(self._registered.shape[1]))
        counts = np.zeros((len(self.series), months))
        for series, registered in enumerate(self._registered):
            counts[series] = np.bincount(month, registered, months)
        part = days_by_month(self._clock) / length_of_months(self._clock)
        return np.asarray(counts + self._background[:, None] * part)

    def write(self) -> None:
        """Add every series and month to the ``observed`` table."""
        labels = month_labels(self._clock)
        counts = self.monthly()
        series, month = (a.ravel() for a in np.indices(counts.shape))
        self._recorder.add(
            "observed",
            series=np.array(self.series, dtype=object)[series],
            month=np.array(labels, dtype=object)[month],
            persons=counts.ravel(),
        )


class _Rule:
    """A rule as numbers: country, border and series index, bit, probability, delay in hours."""

    def __init__(
        self,
        spec: ObservationRule,
        series: Sequence[str],
        countries: Sequence[str],
        borders: Sequence[str],
        once: int,
    ) -> None:
        for name, known in ((spec.country, countries), (spec.border, borders)):
            if name is not None and name not in known:
                raise ModelError(
                    f"observation rule {spec.id!r} names {name}, which the scenario has not"
                )
        self.series = series.index(spec.series)
        self.country = countries.index(spec.country)
        self.border = -1 if spec.border is None else borders.index(spec.border)
        self.repeats = spec.repeats
        self.bit = np.uint32(0 if spec.repeats else (1 << once) & 0xFFFFFFFF)
        self.probability = spec.probability.value
        self.delay = spec.delay.value * 24.0
        self.seen = salt("observation", spec.id, "seen")
        self.late = salt("observation", spec.id, "late")


def _first(
    events: NDArray[np.intp],
    rows: NDArray[np.intp],
    hour: NDArray[Any],
    border: NDArray[Any],
    base: U64,
) -> NDArray[np.intp]:
    """Return the earliest event of each party, whatever the order of the input."""
    if not events.size:
        return events
    order = events[np.lexsort((border[events], base[events], hour[events], rows[events]))]
    party = rows[order]
    new = np.ones(len(order), np.bool_)
    np.not_equal(party[1:], party[:-1], out=new[1:])
    return np.asarray(order[new])
