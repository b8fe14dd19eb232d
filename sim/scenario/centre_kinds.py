"""The kind of measure that staffs and opens the desks of cooperation centres (MODEL 8)."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from sim.scenario.cooperation_kinds import like_the_hosts_own
from sim.scenario.measure_kinds import Setting, require_givers, sent_to_each, wrong
from sim.scenario.measures import Measure, OfficersByCountry, Posting, Target, register
from sim.scenario.specs.base import CountryCode, Id
from sim.scenario.specs.centres import WeekDay
from sim.scenario.specs.control import ServiceName


@register
class CentreDesk(Setting):
    """Officers, hours and days of desks at a cooperation centre; or a centre opened for a time.

    ``at``: desks (officers, hours, days, shift) or a centre (``opened``, and hours and days of
    all its desks). ``officers`` join a desk, by country; ``taken_from`` is the post, sector
    or reserve that gives them up; nobody comes from nowhere. ``shift``: the pattern by which all
    officers of the desk serve meanwhile.
    ``opened: true`` opens a centre that works only while a measure says so (a joint situation
    centre), under agreements of its desks that give ``situation_centre``; ``false`` shuts one.
    """

    kind: Literal["centre_desk"] = "centre_desk"
    officers: OfficersByCountry = Field(default_factory=dict)
    taken_from: dict[CountryCode, Target] = Field(default_factory=dict)
    service: ServiceName = "border_police"
    hours: str | None = None
    days: tuple[WeekDay, ...] | None = Field(None, min_length=1)
    shift: Id | None = None
    opened: bool | None = None

    quantities: ClassVar[tuple[str, ...]] = ("shift", "hours", "days", "opened")
    adds: ClassVar[tuple[str, ...]] = ("officers",)
    switch: ClassVar[str] = "centres"
    targets: ClassVar[tuple[str, ...]] = ("desk", "centre")
    cooperation_keys: ClassVar[tuple[str, ...]] = ("shift", "hours", "days", "opened", "officers")
    example: ClassVar[str] = """\
id: long_days_at_the_lake
kind: centre_desk
at: centre:lake_town_centre
from: 2020-04-15
until: 2020-06-15
hours: "06:00-22:00"
days: [mon, tue, wed, thu, fri, sat, sun]
"""

    @model_validator(mode="after")
    def _officers_join_desks(self) -> Self:
        for target in self.at:
            if self.officers and target.partition(":")[0] != "desk":
                raise wrong(
                    "wrong-target", "officers join a desk", "Write `at: desk:ID`, one of its desks."
                )
        require_givers(self.officers, self.taken_from)
        return self

    def postings(self) -> tuple[Posting, ...]:
        """Return what each desk gains and what the givers lose."""
        return sent_to_each(self, self.officers, self.taken_from, self.service)

    def null(self) -> Measure | None:
        """Return the home shortage: officers taken for a desk are missing, and answer nothing.

        None where nobody is sent: a desk is cooperation through and through.
        """
        sent = self.officers
        return like_the_hosts_own(self, sent, self.taken_from, self.service) if sent else None
