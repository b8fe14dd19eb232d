"""The table of everything a run assumes: value, range, unit, source, status."""

from __future__ import annotations

from dataclasses import dataclass

from sim.scenario.amounts import amounts
from sim.scenario.specs.scenario import Scenario

#: Source of a value that no document states: a field's own default.
ENGINE_DEFAULT = "default of the engine; no document states it"


@dataclass(frozen=True, slots=True)
class Assumption:
    """One quantity of a resolved scenario.

    Attributes:
        name: Dotted name, rows by id, e.g. ``parameters.mu`` or ``sectors.hilltop.cover``.
        value: Central value in ``unit``.
        low: Lower bound, or None where none is stated.
        high: Upper bound, or None.
        unit: Canonical unit.
        source: URL, document with page, ``derived:`` arithmetic, or what it was assumed from.
        status: Measured, estimated or assumed.
    """

    name: str
    value: float
    low: float | None
    high: float | None
    unit: str
    source: str
    status: str


def assumptions(scenario: Scenario) -> tuple[Assumption, ...]:
    """Return every quantity of a scenario in order of its lists.

    Defaults of 0 that no document states are left out: they say that something is not there. So is
    the clock, which is how a run is computed and not a figure of the world.
    """
    table = []
    for name, q in amounts(scenario):
        if name.startswith("clock."):
            continue
        if not q.source and q.status is None:
            if q.value == 0:
                continue
            row = Assumption(name, q.value, q.low, q.high, q.unit, ENGINE_DEFAULT, "assumed")
        else:
            row = Assumption(name, q.value, q.low, q.high, q.unit, q.source, q.status or "assumed")
        table.append(row)
    return tuple(table)
