"""Kinds of measure by which countries work together.

Each yields postings and changes like the engine's own kinds. ``cooperation_keys`` of a kind name
what makes it cooperation; ``null`` is the same measure without them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from sim.scenario.measure_kinds import Staffing, require_givers, sent_to_each, wrong
from sim.scenario.measures import Change, Measure, OfficersByCountry, Posting, Target, register
from sim.scenario.quantities import Quantity, Unit
from sim.scenario.specs.agreements import PowerName, covered_pair
from sim.scenario.specs.base import CountryCode, Spec
from sim.scenario.specs.control import ServiceName

#: Quantities that several measures may set at once: first parts of ``response.AAA`` and the like.
COUNTED = frozenset({"response", "brings", "extra"})


#: Rows that the examples of officers sent need beside them.
EXAMPLE_ROWS = """\
provenance: {source: "assumed: made up for the example", status: assumed}
agreements:
  - {id: avaland_belmark, parties: [AAA, BBB], powers: [joint_patrol, officer_exchange]}
reserves:
  - {id: avaland_police, country: AAA, officers: {border_police: 40}}
  - {id: belmark_police, country: BBB, officers: {border_police: 40}}
interpreted_screening:
  - {id: belmark, country: BBB, access_share: 90 %, registered_share: 90 %, identify_share: 30 %,
     false_share: 1 %, referral_share: 90 %}
forged_documents:
  - {id: avaland, country: AAA, share: 40 %}
"""


@dataclass(frozen=True, slots=True)
class Terms:
    """What an agreement says, as the value of the quantity ``in_force`` of ``agreement:ID``.

    Attributes:
        parties: Country codes.
        powers: What they may do at each other's side.
        meeting: The meeting that brings it into force.
        partners: Where given, only pairs of a party and a partner are covered.
    """

    parties: tuple[str, ...]
    powers: tuple[str, ...]
    meeting: str = ""
    partners: tuple[str, ...] = ()

    def covers(self, one: str, other: str) -> bool:
        """Return whether a pair of countries is covered, in either order."""
        return covered_pair(self.parties, self.partners, one, other)

    def __str__(self) -> str:
        """Return the terms as the table of events tells them."""
        powers = ", ".join(power.replace("_", " ") for power in self.powers)
        meeting = f" ({self.meeting})" if self.meeting else ""
        partners = f" with {', '.join(self.partners)}" if self.partners else ""
        return f"{', '.join(self.parties)}{partners}: {powers}{meeting}"


def like_the_hosts_own(
    measure: Measure,
    officers: OfficersByCountry,
    taken_from: Mapping[str, Target],
    service: ServiceName,
    hours: str | None = None,
) -> Staffing:
    """Return what is left of officers sent when nothing is agreed: they work like the host's own.

    At a desk of a centre they sit without effect, and are missing at home all the same.
    """
    kept = ("id", "name", "summary", "at", "until", "when", "source", "status", "note")
    return Staffing.model_validate(
        {key: getattr(measure, key) for key in kept}
        | {"kind": "staffing", "from": measure.since, "as_host": True, "officers": officers,
           "taken_from": taken_from, "service": service, "hours": hours}
    )  # fmt: skip


@register
class AgreementMeasure(Measure):
    """An agreement that comes into force: it gives powers, and moves nobody by itself.

    ``at``: the parties, as countries. Its name as a legal base is ``agreement:`` and the
    measure's id. ``meeting``: the meeting that brings it into force.
    """

    kind: Literal["agreement"] = "agreement"
    powers: tuple[PowerName, ...] = Field(min_length=1)
    meeting: str = ""

    targets: ClassVar[tuple[str, ...]] = ("country",)
    cooperation_keys: ClassVar[tuple[str, ...]] = ("powers", "meeting")
    example: ClassVar[str] = """\
id: avaland_belmark_patrols
kind: agreement
at: [country:AAA, country:BBB]
from: 2020-04-01
powers: [joint_patrol, cross_border_response]
meeting: Ministers of the interior, at the bridge
"""

    @model_validator(mode="after")
    def _two_parties(self) -> Self:
        if len(set(self.at)) < 2:
            raise wrong(
                "missing-party", "an agreement needs two countries",
                "Write `at: [country:AAA, country:BBB]`.",
            )  # fmt: skip
        return self

    @property
    def parties(self) -> tuple[str, ...]:
        """The countries that agree."""
        return tuple(target.partition(":")[2] for target in self.at)

    @property
    def terms(self) -> Terms:
        """What it says."""
        return Terms(self.parties, self.powers, self.meeting)

    def changes(self) -> tuple[Change, ...]:
        """Return the coming into force."""
        return (self._change(f"agreement:{self.id}", "in_force", self.terms),)

    def null(self) -> Measure | None:
        """Return None: an agreement is cooperation through and through."""
        return None


class _Sending(Measure):
    """Officers of one or more countries sent to a post or sector, each taken from somewhere.

    ``officers``: on the books, by country, at each target. ``taken_from``: the post, sector or
    reserve that gives them up; nobody comes from nowhere. ``hours``: the span they serve in;
    without it they join the target's own shifts. ``legal_base``: the one agreement that gives
    them powers at a partner's side, on the days it is in force; without it any that does.
    """

    officers: OfficersByCountry = Field(min_length=1)
    taken_from: dict[CountryCode, Target] = Field(min_length=1)
    service: ServiceName = "border_police"
    hours: str | None = None
    legal_base: Target | None = None

    @model_validator(mode="after")
    def _everybody_comes_from_somewhere(self) -> Self:
        require_givers(self.officers, self.taken_from)
        return self

    def postings(self) -> tuple[Posting, ...]:
        """Return what each target gains and what the givers lose."""
        return sent_to_each(
            self, self.officers, self.taken_from, self.service, self.hours,
            legal_base=self.legal_base,
        )  # fmt: skip

    def null(self) -> Measure | None:
        """Return the same officers at the same places, working like the host's own."""
        return like_the_hosts_own(self, self.officers, self.taken_from, self.service, self.hours)


@register
class JointPatrol(_Sending):
    """Mixed patrols of two countries in a sector, and units of both sides that run together.

    The partner's officers patrol where an agreement in force gives ``joint_patrol``. Where it
    gives ``cross_border_response`` too, free units of the partner's own sector across the line
    may run to detections here, and units from here to theirs, in the hours in which the
    partner's officers are on duty in the mixed patrol; else the race ends at the line.
    """

    kind: Literal["joint_patrol"] = "joint_patrol"

    targets: ClassVar[tuple[str, ...]] = ("sector",)
    switch: ClassVar[str] = "operations"
    cooperation_keys: ClassVar[tuple[str, ...]] = ("legal_base",)
    example: ClassVar[str] = """\
id: meadow_patrols
kind: joint_patrol
at: sector:AAA-BBB/meadows
from: 2020-04-01
until: 2020-05-01
officers: {BBB: 12, AAA: 8}
taken_from: {BBB: post:mill_bridge, AAA: reserve:avaland_police}
hours: "18:00-06:00"
legal_base: agreement:avaland_belmark
"""
    example_rows: ClassVar[str] = EXAMPLE_ROWS

    def changes(self) -> tuple[Change, ...]:
        """Return with whom units run together in each sector."""
        return tuple(
            self._change(target, f"response.{country}", True)
            for target in self.at
            for country in self.officers
        )


class Learning(Spec):
    """How a post learns from its guests: days of joint duty it takes, half-life of what is learnt.

    An assumption of whoever uses it: no shipped plan does.
    """

    joint_days: Annotated[Quantity, Unit("d", 1)]
    half_life: Annotated[Quantity, Unit("d", 1)]

    def __str__(self) -> str:
        """Return the terms as the table of events tells them."""
        days, half = self.joint_days.value, self.half_life.value
        return f"{days:g} days of joint duty, half-life {half:g} d"


@register
class OfficerExchange(_Sending):
    """Officers seconded to a partner's post or sector; they are missing at home.

    They work there as far as an agreement in force lends them the power: ``officer_exchange`` at
    posts, ``airport_exchange`` at airports, ``joint_patrol`` in sectors. ``brings``, in the hours
    they are on duty: ``language`` (those stopped are screened with an interpreter),
    ``home_documents`` (a forged document of their country is searched as by trained officers),
    ``home_desk`` (requests to their country are answered on the spot). ``learning``: on days of
    joint duty a post's officers learn the guests' methods, which select the trained rows of hit
    rates and processing times; off unless written, and always an assumption. At a ``desk`` of
    their own country at a cooperation centre they answer requests; in the null they are missing
    at home and answer none.
    """

    kind: Literal["officer_exchange"] = "officer_exchange"
    brings: tuple[Literal["language", "home_documents", "home_desk"], ...] = ()
    learning: Learning | None = None

    targets: ClassVar[tuple[str, ...]] = ("post", "sector", "desk")
    switch: ClassVar[str] = "exchange"
    cooperation_keys: ClassVar[tuple[str, ...]] = ("brings", "learning", "legal_base")
    example: ClassVar[str] = """\
id: avaland_at_the_bridge
kind: officer_exchange
at: post:mill_bridge
from: 2020-04-01
until: 2020-05-01
officers: {AAA: 6}
taken_from: {AAA: reserve:avaland_police}
brings: [language, home_documents, home_desk]
legal_base: agreement:avaland_belmark
"""
    example_rows: ClassVar[str] = EXAMPLE_ROWS

    def changes(self) -> tuple[Change, ...]:
        """Return what they bring to each place."""
        made = [
            self._change(target, f"brings.{what}.{country}", True)
            for target in self.at
            for what in self.brings
            for country in self.officers
        ]
        if self.learning is not None:
            made += [
                self._change(target, f"learns.{country}", self.learning)
                for target in self.at
                for country in self.officers
            ]
        return tuple(made)

    @model_validator(mode="after")
    def _posts_learn(self) -> Self:
        if self.learning is not None and not all(t.startswith("post:") for t in self.at):
            raise wrong("wrong-target", "only the officers of a post learn", "Drop `learning`.")
        if self.brings and any(t.startswith("desk:") for t in self.at):
            raise wrong("wrong-target", "a desk is a home desk already", "Drop `brings`.")
        return self
