"""Investigations of smuggling networks: who works on which, and what counts as evidence."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from sim.scenario.quantities import Quantity, Unit
from sim.scenario.specs.base import Count, CountryCode, Days, Id, Officers, Row, Share

PositiveDays = Annotated[Quantity, Unit("d", 0.01)]
PositiveOfficers = Annotated[Quantity, Unit("officers", 0.01)]
#: Evidence, in units of one interception of a guided party.
Evidence = Annotated[Quantity, Unit("1", 0)]


class Investigation(Row):
    """The case of one ``country`` on one ``network`` (MODEL 12).

    ``investigators`` on the case; with ``half`` of them arrests come half as fast as with any
    number. ``fastest``: mean time from one arrest to the next with any number of them, while the
    usable evidence is above ``threshold``. ``memory``: half-life of evidence.

    Weights of evidence: ``interception`` of a guided party, ``debriefing`` of one
    (``debriefed_share`` of those intercepted talk), ``answer`` of a cooperation centre, and
    ``financial`` for each of ``inquiries`` that an investigator makes in 30 days.
    ``taken``: facilitators an arrest takes.

    Evidence of other countries is usable where they stand in ``joint_team``, under an agreement
    in force with the power ``joint_investigation``, or all of it with ``central_office``
    (Europol, a joint operational office). The case runs from ``from`` until ``until``.
    """

    network: Id
    country: CountryCode
    since: date | None = Field(None, alias="from")
    until: date | None = None
    investigators: Officers
    half: PositiveOfficers
    fastest: PositiveDays
    memory: Days
    threshold: Evidence
    interception: Evidence
    debriefing: Evidence
    debriefed_share: Share
    answer: Evidence
    financial: Evidence
    inquiries: Count
    taken: Count
    joint_team: tuple[CountryCode, ...] = ()
    central_office: bool = False
