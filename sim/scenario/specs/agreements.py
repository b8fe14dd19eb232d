"""Agreements between countries: who may do what at whose side, and since when (MODEL 15)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Literal

from pydantic import Field

from sim.scenario.specs.base import CountryCode, Row

#: What an agreement may give its parties.
PowerName = Literal[
    "information_exchange",
    "officer_exchange",
    "airport_exchange",
    "joint_patrol",
    "cross_border_response",
    "customs_cooperation",
    "situation_centre",
    "readmission",
    "joint_investigation",
]


class Agreement(Row):
    """What countries have agreed on: parties, dates, powers; every pair of parties is covered.

    ``partners``: where given, only a party with a partner is covered, not two of one side (as
    between a country and the members of a union). ``from``: first day in force; without it, in
    force since before any run. ``until``: first day no longer in force. ``meeting``: the meeting
    that brings it into force, told as an event when that day lies in the run.
    """

    parties: tuple[CountryCode, ...] = Field(min_length=1)
    partners: tuple[CountryCode, ...] = ()
    powers: tuple[PowerName, ...] = Field(min_length=1)
    since: date | None = Field(None, alias="from")
    until: date | None = None
    meeting: str = ""

    @property
    def everybody(self) -> tuple[CountryCode, ...]:
        """Parties and partners."""
        return self.parties + self.partners

    def covers(self, one: str, other: str) -> bool:
        """Return whether a pair of countries is covered, in either order."""
        return covered_pair(self.parties, self.partners, one, other)


def covered_pair(parties: Collection[str], partners: Collection[str], one: str, other: str) -> bool:
    """Return whether an agreement of parties, or of parties with partners, covers two countries."""
    if one == other:
        return False
    if not partners:
        return one in parties and other in parties
    return (one in parties and other in partners) or (other in parties and one in partners)
