"""Smuggling networks and the sites of cooperation centres."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from sim.scenario.specs.base import (
    Count,
    CountryCode,
    Days,
    Degrees,
    Euros,
    Id,
    PersonsPerDay,
    Row,
    Share,
    Spec,
)


class Service(Spec):
    """What a network offers on one leg: opening price and its own cost, EUR per person."""

    leg: Id
    price: Euros
    cost: Euros


class SmugglingNetwork(Row):
    """A network that sells passage on legs and moves its capacity by profit (MODEL 5).

    ``capacity``: persons a day over all its legs, moved in ``crews`` equal parts.
    ``scouts``: share s of patrol gaps its scouts see. ``quality``: share of hours saved on a leg.
    ``loss_per_person``: what an intercepted traveller costs it (vehicle, fee, guide), EUR.
    ``recovery``: half-life with which lost capacity comes back. ``margin``: mark-up, share.
    """

    services: tuple[Service, ...] = Field(min_length=1)
    capacity: PersonsPerDay
    crews: Count
    scouts: Share
    quality: Share
    facilitators: Count
    loss_per_person: Euros
    recovery: Days
    margin: Share
    cash: Euros


class CentreSite(Row):
    """Where a police and customs cooperation centre stands; its desks come with cooperation."""

    countries: tuple[CountryCode, ...] = Field(min_length=2)
    lat: Degrees
    lon: Degrees
    opened: date | None = None
    staff: Count | None = None
