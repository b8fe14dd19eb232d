"""Cooperation centres, their desks, what they are asked and how fast they must answer (MODEL 8)."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from sim.scenario.quantities import Quantity
from sim.scenario.specs.base import (
    Border,
    CountryCode,
    Days,
    Degrees,
    Hours,
    Id,
    Minutes,
    Number,
    Officers,
    Row,
    Share,
    UnitsPerDay,
)
from sim.scenario.specs.control import ServiceName

#: Kinds of request; ``other`` is the police business that has nothing to do with the model.
KindName = Literal[
    "identity", "document", "vehicle", "readmission", "smuggling_intelligence", "contraband",
    "other",
]  # fmt: skip
WeekDay = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEK: tuple[WeekDay, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Centre(Row):
    """A place where the police of several countries sit together, or a national contact point.

    ``type``: a centre holds the desks of its countries; a contact point is one country's own.
    ``opened``/``closed``: first day it works and first day it no longer does. ``standing: false``:
    works only while a measure opens it (the situation centre of an operation).
    ``borders`` and ``kinds`` are its area of competence; none given = all.
    ``transit``: hours a request travels before each desk of it has it on the table.
    ``other``: requests a day of other police business between its desks, which take their time.
    """

    type: Literal["centre", "contact_point"] = "centre"
    countries: tuple[CountryCode, ...] = Field(min_length=1)
    lat: Degrees
    lon: Degrees
    opened: date | None = None
    closed: date | None = None
    standing: bool = True
    borders: tuple[Border, ...] = ()
    kinds: tuple[KindName, ...] = ()
    transit: Hours = Quantity(0.0, unit="h")
    other: UnitsPerDay = Quantity(0.0, unit="units/d")


class Desk(Row):
    """A country's desk at a centre: who sits there, and when.

    ``officers`` on the books by service; rosters make officers on duty of them by ``shift``.
    ``hours`` and ``days``: when it is open, civil time of the country; ``on_holidays``: also on
    its public holidays. ``languages``: what is spoken there, codes of ISO 639-1; two desks
    without a common one need a translation. ``systems`` it may query by itself.
    """

    centre: Id
    country: CountryCode
    officers: dict[ServiceName, Officers] = {}
    shift: Id
    hours: str = "00:00-24:00"
    days: tuple[WeekDay, ...] = Field(WEEK, min_length=1)
    on_holidays: bool = True
    languages: tuple[str, ...] = ()
    systems: tuple[Id, ...] = ()


class RequestKind(Row):
    """A kind of request: how often it is asked, how long it takes, what comes of it.

    ``asked``: share of the occasions (stops, finds) on which it is asked. ``urgent``: share asked
    as urgent. ``own`` and ``partner``: mean time an officer of each desk spends on it, lognormal
    with ``spread`` the standard deviation of its logarithm. ``translation``: added to the
    partner's time where the desks have no language in common. ``system``: what must be queried;
    where the partner's desk may not, the answer waits ``back_office`` (mean) for its capital.
    ``hit``: share of answers that hold what was asked for. ``lifetime``: days an alert placed by
    such an answer lasts.
    """

    kind: KindName
    asked: Share
    urgent: Share
    own: Minutes
    partner: Minutes
    spread: Number
    translation: Minutes
    system: Id
    back_office: Hours
    hit: Share
    lifetime: Days


class AnswerClock(Row):
    """By when a request must be answered: a law between the parties, or a level of service.

    ``parties``: holds between any two of them; none given = between any two countries. ``kinds``:
    none given = all. A row for a kind goes before one for all, one with parties before one
    without, the newest ``from`` before older ones. ``extension`` is added to the limit of an
    urgent request where no desk of the country asked may query the system itself.
    """

    parties: tuple[CountryCode, ...] = ()
    kinds: tuple[KindName, ...] = ()
    since: date | None = Field(None, alias="from")
    until: date | None = None
    urgent: Hours
    normal: Hours
    extension: Hours = Quantity(0.0, unit="h")
