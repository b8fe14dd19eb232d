"""Agreements between countries: who may do what at whose side, and since when (MODEL 15)."""

from __future__ import annotations

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

    ``from``: first day in force; without it, in force since before any run. ``until``: first day
    no longer in force. ``meeting``: the meeting that brings it into force, told as an event when
    that day lies in the run.
    """

    parties: tuple[CountryCode, ...] = Field(min_length=2)
    powers: tuple[PowerName, ...] = Field(min_length=1)
    since: date | None = Field(None, alias="from")
    until: date | None = None
    meeting: str = ""
