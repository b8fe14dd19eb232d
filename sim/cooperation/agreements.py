"""Agreements in force: which power holds between two countries, and since when (MODEL 15)."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.errors import ModelError
from sim.scenario.cooperation_kinds import AgreementMeasure, Terms
from sim.scenario.measures import Change, Measure
from sim.scenario.specs.agreements import Agreement, PowerName

#: Powers in the order of the first axis of ``Agreements.table``.
POWERS: tuple[str, ...] = get_args(PowerName)


@dataclass(frozen=True, slots=True)
class _Span:
    id: str
    terms: Terms
    since: float
    until: float


class Agreements:
    """Who has agreed on what with whom, by hour.

    Attributes:
        countries: Country codes; the order of every country axis.
        version: Grows whenever one is brought into force or ended.
    """

    def __init__(
        self,
        specs: Sequence[Agreement],
        measures: Sequence[Measure],
        clock: Clock,
        countries: Sequence[str],
    ) -> None:
        """Take the agreements of a scenario and those its measures bring into force.

        Args:
            specs: Rows of the list ``agreements``.
            measures: Measures in force; those of kind ``agreement`` count.
            clock: The run's clock.
            countries: Country codes, in the order of the engine's country index.
        """
        self.countries = tuple(countries)
        self._index = {c: i for i, c in enumerate(self.countries)}
        self._clock = clock
        self._specs = tuple(specs)
        self._spans: list[_Span] = []
        self.version = 0
        #: What was found out of the agreements now, and the hours for which it stands.
        self._found: dict[Hashable, Any] = {}
        self._stands = (math.inf, -math.inf, 0)
        for spec in specs:
            self._take(spec.id, _terms(spec), spec.since,
                       spec.until)  # fmt: skip
        for measure in measures:
            if isinstance(measure, AgreementMeasure):
                self._take(measure.id, measure.terms, measure.since, measure.until)

    def _take(self, name: str, terms: Terms, since: date | None, until: date | None) -> None:
        begin = -math.inf if since is None else float(self._clock.hour_of(since))
        end = math.inf if until is None else float(self._clock.hour_of(until))
        self._spans.append(_Span(name, terms, begin, end))

    def in_force(
        self, power: str, one: str, other: str, hour: float, named: str = ""
    ) -> str | None:
        """Return the id of an agreement that gives a power between two countries, or None.

        The same country with itself needs none and has none. Of several the first listed; where
        a legal base is ``named``, no other than the agreement of this id.

        Raises:
            ModelError: There is no such power.
        """
        _check_power(power)
        if one == other:
            return None
        return next(
            (
                span.id
                for span in self._at(hour)
                if named in ("", span.id)
                and power in span.terms.powers
                and span.terms.covers(one, other)
            ),
            None,
        )

    def table(self, hour: float) -> NDArray[np.bool_]:
        """Return what holds at an hour, shape (powers, countries, countries), symmetric."""
        holds = np.zeros((len(POWERS), len(self.countries), len(self.countries)), np.bool_)
        for span in self._at(hour):
            one = [self._index[c] for c in span.terms.parties if c in self._index]
            other = [self._index[c] for c in span.terms.partners if c in self._index] or one
            powers = [POWERS.index(power) for power in span.terms.powers]
            holds[np.ix_(powers, one, other)] = True
            holds[np.ix_(powers, other, one)] = True
        holds[:, range(len(self.countries)), range(len(self.countries))] = False
        return holds

    def covered(
        self, power: str, one: NDArray[np.intp], other: NDArray[np.intp], hour: float
    ) -> NDArray[np.bool_]:
        """Return whether a power holds between countries by index, shape of ``one``."""
        _check_power(power)
        return np.asarray(self.table(hour)[POWERS.index(power)][one, other])

    def found(self, hour: float) -> dict[Hashable, Any]:
        """Return where to keep what follows from the agreements at an hour.

        It is empty again whenever one begins or ends.
        """
        since, until, version = self._stands
        if not since <= hour < until or version != self.version:
            self._found, self._stands = {}, (hour, self.holds_until(hour), self.version)
        return self._found

    def holds_until(self, hour: float) -> float:
        """Return the next hour at which an agreement begins or ends, infinite if none does."""
        turns = (turn for span in self._spans for turn in (span.since, span.until) if turn > hour)
        return min(turns, default=math.inf)

    def _at(self, hour: float) -> Iterator[_Span]:
        return (span for span in self._spans if span.since <= hour < span.until)

    # A run's own turns ----------------------------------------------------------------------

    def changes(self) -> tuple[Change, ...]:
        """Return the listed agreements that begin or end within the run, as changes.

        They make the model plan rosters anew on the day, and tell the meeting as an event.
        """
        made = []
        for spec in self._specs:
            since, until = spec.since or self._clock.start, spec.until
            begins = self._clock.start < since < self._clock.until
            if begins or (until is not None and self._clock.start < until < self._clock.until):
                terms = _terms(spec)
                made.append(Change("", f"agreement:{spec.id}", "in_force", terms, since, until))
        return tuple(made)

    def get(self, name: str, hour: float) -> Terms | None:
        """Return what an agreement says, None while it is not in force."""
        return next((span.terms for span in self._at(hour) if span.id == name), None)

    def set(self, name: str, terms: Terms | None, hour: float) -> None:
        """Bring an agreement into force from an hour on, or end it (None)."""
        self.version += 1
        if terms is not None and self.get(name, hour) is None:
            self._spans.append(_Span(name, terms, hour, math.inf))
        elif terms is None:
            self._spans = [
                replace(span, until=min(span.until, hour)) if span.id == name else span
                for span in self._spans
            ]


def _terms(spec: Agreement) -> Terms:
    return Terms(spec.parties, spec.powers, spec.meeting, spec.partners)


def _check_power(power: str) -> None:
    if power not in POWERS:
        raise ModelError(f"no agreement gives {power!r}; use {', '.join(POWERS)}")
