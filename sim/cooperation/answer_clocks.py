"""What holds for a request by its kind and pair: shares, times, and by when to answer (MODEL 8)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.cooperation.requests import KINDS
from sim.scenario.specs.centres import AnswerClock, RequestKind

F64 = NDArray[np.float64]

_DAY = 24.0


class RequestTerms:
    """Kinds of request as columns, shape ``(kinds,)``, and the limits of the clocks in force.

    A kind without a row is never asked.

    Attributes:
        asked: Share of occasions on which it is asked.
        urgent: Share of requests that are urgent.
        hit: Share of answers that hold what was asked for.
        own: Mean hours an officer of the own desk spends on it.
        partner: Mean hours an officer of the desk asked spends on it.
        spread: Standard deviation of the logarithm of both.
        translation: Hours added to the latter without a common language.
        back_office: Mean hours of waiting for a system the desk may not query.
        system: System to query, "" for a kind without a row.
        lifetime: Hours an alert lasts.
        since: First hour of each period of the clocks in force, shape (periods,).
    """

    def __init__(
        self,
        kinds: Sequence[RequestKind],
        clocks: Sequence[AnswerClock],
        countries: Sequence[str],
        clock: Clock,
        direct: NDArray[np.bool_],
    ) -> None:
        """Lay kinds and clocks over the run.

        Args:
            kinds: Rows of ``request_kinds``.
            clocks: Rows of ``answer_clocks``.
            countries: Country codes, in the order of the engine's country index.
            clock: The run's clock.
            direct: Whether some desk of a country may query a kind's system itself, shape
                (kinds, countries).
        """
        by_kind = {row.kind: row for row in kinds}

        def column(name: str, factor: float = 1.0) -> F64:
            return np.array([
                getattr(by_kind[k], name).value * factor if k in by_kind else 0.0 for k in KINDS
            ])  # fmt: skip

        self.asked = column("asked")
        self.urgent, self.hit = column("urgent"), column("hit")
        self.own, self.partner = column("own", 1 / 60), column("partner", 1 / 60)
        self.translation = column("translation", 1 / 60)
        self.spread, self.back_office = column("spread"), column("back_office")
        self.lifetime = column("lifetime", _DAY)
        self.system = tuple(by_kind[k].system if k in by_kind else "" for k in KINDS)
        self._clocks = sorted(clocks, key=_weight)
        self._clock = clock
        self._index = {c: i for i, c in enumerate(countries)}
        self._direct = direct
        days = {d for row in clocks for d in (row.since, row.until) if d is not None}
        hours = {clock.hour_of(d) for d in days}
        starts = sorted({0} | {h for h in hours if 0 < h < clock.hours})
        self.since: F64 = np.array(starts, np.float64)

    @cached_property
    def allowed(self) -> F64:
        """Hours allowed, shape (periods, normal | urgent, kinds, asking, answering).

        Infinite where no clock holds; periods begin at ``since``.
        """
        return np.stack([self._table(hour) for hour in self.since.tolist()])

    def _table(self, hour: float) -> F64:
        """Return hours allowed at an hour, shape (normal | urgent, kinds, asking, answering)."""
        n = len(self._index)
        table = np.full((2, len(KINDS), n, n), math.inf)
        for row in self._clocks:
            since = -math.inf if row.since is None else self._clock.hour_of(row.since)
            until = math.inf if row.until is None else self._clock.hour_of(row.until)
            if not since <= hour < until:
                continue
            who = [self._index[c] for c in (row.parties or tuple(self._index)) if c in self._index]
            for name in row.kinds or KINDS:
                kind = KINDS.index(name)
                urgent = row.urgent.value + row.extension.value * ~self._direct[kind][None, who]
                table[0, kind][np.ix_(who, who)] = row.normal.value
                table[1, kind][np.ix_(who, who)] = np.minimum(urgent, row.normal.value)
        return table


def _weight(row: AnswerClock) -> tuple[bool, bool, int, int]:
    """Return what later rows override earlier ones by: kinds, parties, fewer of them, date."""
    since = row.since.toordinal() if row.since else 0
    return bool(row.kinds), bool(row.parties), -len(row.parties), since
