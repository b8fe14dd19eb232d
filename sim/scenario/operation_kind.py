"""The kind of measure that orders a joint operation (MODEL 10)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from sim.scenario.cooperation_kinds import EXAMPLE_ROWS
from sim.scenario.measure_kinds import moved, require_asked, wrong
from sim.scenario.measures import Change, LikeTheHosts, Measure, Posting, Target, register
from sim.scenario.specs.base import Count, CountryCode, Euros, Officers, WholeDays
from sim.scenario.specs.control import Equipment, ServiceName

#: Where the next round of a repeated operation goes.
PlaceNext = Literal["everywhere", "in_turn", "where_last_found_most"]


@register
class JointOperation(Measure):
    """A joint operation: a dated, costed order to officers of several countries.

    ``at``: the sectors and posts; each gets ``officers`` by country and service, on the books,
    ``taken_from`` a post, sector or reserve of their country. ``equipment`` by country of origin
    goes to each sector. ``hours``: when they serve; without it they join the places' shifts.
    At a partner's side they work as far as an agreement in force lends them the power, and units of
    both sides run together where it gives ``cross_border_response``; ``legal_base`` names the one
    agreement that counts, without it any does. ``brings``: as in an
    ``officer_exchange``. ``coordination``: a joint situation centre, a row of ``centres`` with
    ``standing: false``; its desks work while the operation does. ``fixed_cost``,
    ``officer_hour_cost``, ``equipment_day_cost``: what it costs; without them its cost is not
    recorded.

    Repeated: every ``every``, for ``lasts``. ``place_next``: to all places in each round; to one
    place after the other; or, from the second round on, to the place where most was found in the
    time since the last round began. It ends with its evaluation, table ``operations``.
    """

    kind: Literal["joint_operation"] = "joint_operation"
    officers: dict[CountryCode, dict[ServiceName, Officers]] = Field(min_length=1)
    taken_from: dict[CountryCode, Target] = Field(min_length=1)
    equipment: dict[CountryCode, dict[Equipment, Count]] = Field(default_factory=dict)
    hours: str | None = None
    legal_base: Target | None = None
    brings: tuple[Literal["language", "home_documents", "home_desk"], ...] = ()
    coordination: Target | None = None
    fixed_cost: Euros | None = None
    officer_hour_cost: Euros | None = None
    equipment_day_cost: Euros | None = None
    every: WholeDays | None = None
    lasts: WholeDays | None = None
    place_next: PlaceNext = "everywhere"
    as_host: LikeTheHosts = False

    targets: ClassVar[tuple[str, ...]] = ("sector", "post")
    switch: ClassVar[str] = "operations"
    cooperation_keys: ClassVar[tuple[str, ...]] = ("legal_base", "brings", "coordination")
    example: ClassVar[str] = """\
id: spring_operation
kind: joint_operation
at: [sector:AAA-BBB/meadows, post:mill_bridge]
from: 2020-04-01
until: 2020-04-15
officers: {BBB: {border_police: 10}, AAA: {border_police: 6}}
taken_from: {BBB: reserve:belmark_police, AAA: reserve:avaland_police}
equipment: {AAA: {thermal_camera: 2}}
hours: "20:00-08:00"
legal_base: agreement:avaland_belmark
brings: [language]
officer_hour_cost: EUR 20
"""
    example_rows: ClassVar[str] = EXAMPLE_ROWS

    @model_validator(mode="after")
    def _everybody_comes_from_somewhere(self) -> Self:
        require_asked([*self.officers, *self.equipment], self.taken_from)
        for country, services in self.officers.items():
            if country not in self.taken_from or not services:
                raise wrong(
                    "missing-giver",
                    f"the officers of {country} come from nowhere",
                    f"Add `officers: {{{country}: {{border_police: ...}}}}` and `taken_from: "
                    f"{{{country}: ...}}`: a post, a sector or a reserve.",
                )
        return self

    @model_validator(mode="after")
    def _equipment_goes_to_sectors(self) -> Self:
        if self.equipment and not any(t.startswith("sector:") for t in self.at):
            raise wrong(
                "wrong-target", "equipment of an operation is used in sectors",
                "Name a sector, or drop `equipment`.",
            )  # fmt: skip
        return self

    @model_validator(mode="after")
    def _rounds(self) -> Self:
        if self.every is None:
            if self.lasts is not None or self.place_next != "everywhere":
                raise wrong(
                    "missing-key", "only a repeated operation has rounds", "Add `every: 30 d`."
                )
        elif self.lasts is None or self.lasts.value > self.every.value:
            raise wrong(
                "bad-period", "a round must end before the next begins",
                "Give `lasts`, at most `every`.",
            )  # fmt: skip
        elif self.when is not None:
            raise wrong(
                "two-plans", "an operation is repeated or triggered, not both",
                "Remove `when` or `every`.",
            )  # fmt: skip
        return self

    @property
    def repeated(self) -> bool:
        """Whether it has rounds, whose places are chosen during the run."""
        return self.every is not None

    def round(self, number: int, places: tuple[str, ...], since: date, until: date) -> Self:
        """Return one round of a repeated operation as an operation of its own."""
        return self.model_copy(
            update={
                "id": f"{self.id}_{number}", "at": places, "since": since, "until": until,
                "every": None, "lasts": None, "place_next": "everywhere",
            }
        )  # fmt: skip

    def postings(self) -> tuple[Posting, ...]:
        """Return what each place gains and what the givers lose.

        One place at a time takes its officers from the givers once.
        """
        made: list[Posting] = []
        for number, target in enumerate(self.at):
            one_of_several = number > 0 and self.place_next != "everywhere"
            for country, services in self.officers.items():
                giver = None if one_of_several else self.taken_from[country]
                for service, officers in services.items():
                    made += moved(
                        self, target, country, service, officers.value, giver, self.hours,
                        self.as_host, self.legal_base,
                    )  # fmt: skip
        return tuple(made)

    def changes(self) -> tuple[Change, ...]:
        """Return equipment brought, who runs together, what guests bring, the situation centre."""
        made = []
        if self.coordination is not None and not self.as_host:
            made.append(self._change(self.coordination, "opened", True))
        for target in self.at:
            sector = target.startswith("sector:")
            for kind, pieces in self.pieces().items() if sector else ():
                made.append(self._change(target, f"extra.{kind}.{self.id}", pieces))
            for country in () if self.as_host else self.officers:
                if sector:
                    made.append(self._change(target, f"response.{country}", True))
                made += [
                    self._change(target, f"brings.{what}.{country}", True) for what in self.brings
                ]
        return tuple(made)

    def pieces(self) -> Mapping[str, float]:
        """Return pieces of equipment at each sector by kind, of all origins."""
        total: dict[str, float] = {}
        for kinds in self.equipment.values():
            for kind, pieces in kinds.items():
                total[kind] = total.get(kind, 0.0) + pieces.value
        return total

    def null(self) -> Measure | None:
        """Return the same officers, equipment, hours and places; nobody's powers matter."""
        return self.model_copy(
            update={"as_host": True, "brings": (), "legal_base": None, "coordination": None}
        )
