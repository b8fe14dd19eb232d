"""Smuggling networks."""

from __future__ import annotations

from pydantic import Field

from sim.scenario.specs.base import (
    Count,
    Days,
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
