"""Observation rules and the registered series laid beside what they yield (MODEL 17)."""

from __future__ import annotations

from typing import Annotated, Literal

from sim.scenario.quantities import Quantity, Unit
from sim.scenario.specs.base import Border, CountryCode, Days, Id, Persons, Row, Share

PersonsPerMonth = Annotated[Quantity, Unit("persons/month", 0)]


class ObservationRule(Row):
    """How a true event becomes a registered one.

    ``series``: the observed series that the rule adds to. ``where``: ``entry`` (first entry to
    the country), ``stop`` (interception by the country's officers), ``stay`` (each wait begun
    there) or ``reception`` (each stay in a reception place). ``probability`` per event;
    ``delay``: mean days until it is registered; ``repeats``: whether a party counts again.
    ``background``: persons a month registered whom the model does not move.
    ``border`` narrows ``entry`` and ``stop`` to one border.
    """

    series: Id
    country: CountryCode
    where: Literal["entry", "stop", "stay", "reception"]
    border: Border | None = None
    service: Literal["border_police", "police", "asylum_service", "reception"] = "police"
    probability: Share
    delay: Days
    repeats: bool = False
    background: PersonsPerMonth = Quantity(0.0, unit="persons/month")


class Target(Row):
    """One registered figure of a series.

    ``period``: a month (``2018-03``), a year (``2017``) or whole months, both included
    (``2018-01..2018-05``).
    """

    series: Id
    period: str
    persons: Persons
