"""Triggers: measures that begin once what is observed meets their condition (MODEL 10).

Only observed series count: what the police of a country have registered by the morning, with
their delays and gaps, not what truly happens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.errors import InputError
from sim.scenario.measures import Measure
from sim.scenario.operation_kind import JointOperation
from sim.scenario.specs.triggers import When

#: Lets a measure begin during the run (``MeasuresInForce.add``): measure, first and last hour.
Add = Callable[[Measure, int, int | None], Any]
Announce = Callable[[int, str, str, str], None]
_DAY = 24


class Register(Protocol):
    """What is observed (``sim.records.observation.Observer``)."""

    def daily(self, series: str) -> NDArray[np.float64]:
        """Return persons registered by civil day."""


class Triggers:
    """The measures that wait for their condition, looked at once a day."""

    def __init__(
        self,
        measures: Sequence[Measure],
        register: Register,
        clock: Clock,
        add: Add,
        announce: Announce,
    ) -> None:
        """Take the measures with a condition.

        Args:
            measures: Measures in force or waiting; those without ``when`` play no part.
            register: What is observed.
            clock: The run's clock.
            add: Lets a measure begin.
            announce: Told (hour, kind, subject, text) when a condition is met.
        """
        self._clock = clock
        self._register = register
        self._add = add
        self._announce = announce
        self._waiting: dict[str, tuple[Measure, When]] = {
            m.id: (m, m.when) for m in measures if m.when is not None
        }
        self._free_from: dict[str, int] = {}

    def daily(self, hour: int) -> None:
        """Begin the measures whose condition is met this morning."""
        if not self._waiting:
            return
        seen: dict[str, NDArray[np.float64]] = {}
        today = (self._clock.local(hour).date() - self._clock.start).days
        for name, (measure, when) in list(self._waiting.items()):
            if not self._open(measure, hour) or hour < self._free_from.get(name, 0):
                continue
            days = seen.setdefault(when.series, self._register.daily(when.series))
            over = round(when.over.value)
            if today < over:
                continue
            mean = float(days[today - over : today].mean())
            if mean > when.above.value:
                self._begin(measure, when, hour, mean)

    def _open(self, measure: Measure, hour: int) -> bool:
        """Return whether the measure may begin at an hour."""
        until = measure.until
        return self._clock.hour_of(measure.since) <= hour and (
            until is None or hour < self._clock.hour_of(until)
        )

    def _begin(self, measure: Measure, when: When, hour: int, mean: float) -> None:
        end = hour + round(when.lasts.value * _DAY)
        if measure.until is not None:
            end = min(end, self._clock.hour_of(measure.until))
        subject = f"measure:{measure.id}"
        text = (
            f"{when.series}: {mean:.1f} persons a day over {when.over.value:g} days, above "
            f"{when.above.value:g}"
        )
        try:
            self._add(measure, hour, end)
        except InputError as error:
            self._announce(hour, "trigger not carried out", subject, f"{text}; {error}")
        else:
            self._announce(hour, "trigger", subject, text)
        if when.again:
            self._free_from[measure.id] = end
        else:
            del self._waiting[measure.id]


def begin_on_date(measures: Sequence[Measure]) -> tuple[Measure, ...]:
    """Return the measures that begin on their date: no condition, no rounds to be placed."""
    return tuple(
        m for m in measures
        if m.when is None and not (isinstance(m, JointOperation) and m.repeated)
    )  # fmt: skip
