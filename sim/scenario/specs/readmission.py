"""Readmission: tracks between two countries, their limits and clocks, and public holidays."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.quantities import Quantity, Unit
from sim.scenario.specs.base import (
    CountryCode,
    Hours,
    Id,
    Kilometres,
    PersonsPerDay,
    PositiveHours,
    Row,
    Share,
)

#: How a limit runs: hour by hour, or by whole days that end at midnight (MODEL 11).
ClockName = Literal["hours", "calendar_days", "working_days"]
TrackName = Literal["accelerated", "standard"]
#: Standard deviation of the logarithm of a time; 0 = always the same.
Spread = Annotated[Quantity, Unit("1", 0, 3)]


class Readmission(Row):
    """A track on which ``requesting`` asks ``requested`` to take back those it stopped (MODEL 11).

    It is open from ``from`` (inclusive) until ``until`` (exclusive), while an agreement with the
    power ``readmission`` is in force between the two. ``accelerated`` is for those stopped at
    most ``near_hours`` after entry and ``near_distance`` from the border.

    Limits: ``request_within`` of the stop, ``answer_within`` of the request, prolonged once by
    ``extension`` for ``extension_share`` of the requests not answered in time, all on ``clock``;
    ``transfer_within`` of the consent on ``transfer_clock``. ``silence``: what no answer means.

    Times: ``prepare``, mean hours from the stop to the request; ``answer``, mean office hours of
    the requested state from request to answer; both with ``spread``. ``office``: its hours in
    civil time, on working days or all days (``office_days``). ``handover``: civil time of the
    day's handover, on the same days; ``transfers``: persons a day it can take
    (below 0.001 it takes nobody).

    Shares: ``request_share`` of those stopped for whom a request can be founded,
    ``accept_share`` of answers that consent, ``accept_with_evidence`` where a cooperation centre
    has added evidence. ``claim_share`` claim asylum on the track, a mean ``claim_delay`` after
    the stop, unless they are handed over before. ``moved_on_share`` of those taken back whom the
    requested state asks the state they came through before to take back in turn.
    ``place``: where those are handed over who did not come by a leg from the requested state.
    """

    requesting: CountryCode
    requested: CountryCode
    track: TrackName
    since: date | None = Field(None, alias="from")
    until: date | None = None
    near_hours: Hours | None = None
    near_distance: Kilometres | None = None
    clock: ClockName
    request_within: PositiveHours
    answer_within: PositiveHours
    extension: Hours = Quantity(0.0, unit="h")
    extension_share: Share = Quantity(0.0, unit="share")
    transfer_within: PositiveHours
    transfer_clock: ClockName = "calendar_days"
    silence: Literal["consent", "lapse"]
    prepare: Hours
    answer: Hours
    spread: Spread = Quantity(0.0, unit="1")
    office: str = "08:00-16:00"
    office_days: Literal["working", "all"] = "working"
    handover: str = "12:00"
    transfers: PersonsPerDay
    request_share: Share
    accept_share: Share
    accept_with_evidence: Share
    claim_share: Share
    claim_delay: PositiveHours
    moved_on_share: Share = Quantity(0.0, unit="share")
    place: Id


class Holiday(Row):
    """A public holiday of a country: no working day."""

    country: CountryCode
    day: date
