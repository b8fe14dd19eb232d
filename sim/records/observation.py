"""True and observed: registrations made from true events by rules (MODEL 17)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.errors import ModelError
from sim.kernels import observation as kernels
from sim.randomness import F64, U64, Draws, salt
from sim.records.months import days_by_month, length_of_months, month_labels, month_of_day
from sim.records.recorder import Recorder
from sim.records.rooms import Rooms
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
        rules_by_kind: dict[str, list[_Rule]] = {}
        once = 0
        for spec in sorted(rules, key=lambda r: r.id):
            rule = _Rule(spec, self.series, countries, borders, once)
            once += not spec.repeats
            rules_by_kind.setdefault(spec.where, []).append(rule)
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
        self._rules = {w: _Rules(r, len(countries)) for w, r in rules_by_kind.items()}
        # Of events: bits set, two lists of them, event bases. Registered: rule, event, base, draw.
        self._of_events = Rooms(np.uint32, np.intp, np.intp, np.uint64)
        self._of_registered = Rooms(np.intp, np.intp, np.uint64, np.float64)

    def looks_at(self, where: Where) -> bool:
        """Return whether any rule looks at this kind of event."""
        return where in self._rules

    def watches(self, where: Where) -> NDArray[np.bool_]:
        """Return in which countries a rule looks at this kind of event, shape (countries,)."""
        return np.asarray(np.diff(self._rules[where].begin) > 0)

    def see(
        self,
        where: Where,
        rows: NDArray[np.intp],
        at: NDArray[np.intp],
        country: NDArray[np.intp],
        border: NDArray[np.intp],
        hour: NDArray[Any],
        persons: NDArray[np.uint8],
        registered: NDArray[np.uint32],
        key: U64,
        draws: Draws,
    ) -> NDArray[np.uint32]:
        """Register events of one kind, and return the new bits.

        Events have shape (m,), in any order; a party may stand there several times. Columns are
        by party row. Origin is no argument.

        Args:
            where: Kind of the events.
            rows: Party rows.
            at: What each event is at: an index in the next two.
            country: Country index of it: entered, of the officers, of the stay.
            border: Border index of it, -1 if none.
            hour: Hour of the event.
            persons: Column of the persons in a party; a party is registered as one.
            registered: Column of the party's bits; brought up to date.
            key: Column of the party's keys, for the draws of each event.
            draws: The run's draws.

        Returns:
            New bits, shape (m,), good until the next call.
        """
        rules = self._rules.get(where)
        if rules is None:
            return np.zeros(len(rows), np.uint32)
        hour = hour.astype(np.int32, copy=False)
        bits, order, event, base = self._of_events.rooms(len(rows) + 1)
        bits = bits[: len(rows)]
        bits.fill(0)
        count = kernels.watched(at, country, border, rules.begin, hour, event, order)
        if not count:
            return bits
        by_rule, event, of, late = self._of_registered.rooms(count * rules.most + 1)
        found = kernels.see(
            order, count, rows, at, country, border, hour, registered, key, draws.run,
            where == "entry", rules.begin, rules.border, rules.bit, rules.probability, rules.salts,
            base, bits, by_rule, event, of, late,
        )  # fmt: skip
        if found:
            late = late[:found]
            kernels.register(
                by_rule, event, np.log1p(late, out=late), rows, hour, persons, rules.delay,
                rules.series, self._day, self._registered, self.dropped,
            )  # fmt: skip
        return bits

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


class _Rules:
    """The rules of one kind of event, as arrays by rule, those of a country together.

    Attributes:
        begin: Where the rules of each country begin, shape (countries + 1,).
        most: Rules of the country that has most.
    """

    def __init__(self, rules: Sequence[_Rule], countries: int) -> None:
        rules = sorted(rules, key=lambda rule: rule.country)
        per_country = np.bincount([rule.country for rule in rules], minlength=countries)
        self.begin = np.cumsum([0, *per_country]).astype(np.intp)
        self.most = int(per_country.max())
        self.border = np.array([rule.border for rule in rules], np.intp)
        self.bit = np.array([rule.bit for rule in rules], np.uint32)
        self.probability = np.array([rule.probability for rule in rules], np.float64)
        self.salts = np.array(
            [[rule.seen for rule in rules], [rule.late for rule in rules]], np.uint64
        )
        self.delay = np.array([rule.delay for rule in rules], np.float64)
        self.series = np.array([rule.series for rule in rules], np.intp)
