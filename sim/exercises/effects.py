"""Effects of injects: typed changes of the world.

What a measure could change is changed as a measure, so that it reverts at its end; what it could
not is done here: people who arrive, news that is false.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from sim.scenario.measures import Target
from sim.scenario.quantities import Quantity, Unit
from sim.scenario.specs.base import (
    Count,
    Hours,
    Id,
    Number,
    Persons,
    PositiveHours,
    Share,
    Spec,
)
from sim.scenario.specs.centres import WEEK
from sim.scenario.specs.control import Equipment
from sim.world import World

DAY = 24
#: Time a desk may be away: some weekday must be left on which it would work.
AbsenceHours = Annotated[Quantity, Unit("h", 1, 96)]


@dataclass(frozen=True, slots=True)
class Need:
    """A row of the scenario that an effect names: ``kind:id``, at a key of the effect."""

    key: str
    target: str


class Effect(Spec):
    """A change of the world; kinds add their keys.

    ``lasts``: how long it holds; without it to the end of the exercise.
    """

    kind: str
    lasts: PositiveHours | None = None

    #: Whether the effect ends by itself, so that ``lasts`` makes no sense.
    momentary: ClassVar[bool] = False
    #: Whether an order may set what it took away while it lasts: a spare camera, a stand-in.
    answerable: ClassVar[bool] = False

    def needs(self) -> Iterator[Need]:
        """Yield the rows of the scenario it names."""
        yield from ()

    def measures(self, world: World, hour: int) -> Iterator[dict[str, Any]]:
        """Yield the measures it amounts to, as written, without id, ``from`` and ``until``."""
        yield from ()

    def strike(self, world: World, inject: str, hour: int) -> None:
        """Do what is no measure."""

    def told(self) -> str:
        """Return what it does in a few words."""
        raise NotImplementedError


class Surge(Effect):
    """Extra arrivals at a place, spread evenly over some hours.

    Keyed by a series of their own: nobody else's fate is drawn anew. ``vulnerable_share``: share
    of their parties that hold a hidden victim of trafficking, instead of their profiles'.
    """

    kind: Literal["surge"] = "surge"
    place: Id
    persons: Persons
    over: PositiveHours
    mix: Id
    vulnerable_share: Share | None = None

    momentary: ClassVar[bool] = True

    def needs(self) -> Iterator[Need]:
        """Yield the place and the mix."""
        yield Need("place", f"place:{self.place}")
        yield Need("mix", f"mix:{self.mix}")

    def strike(self, world: World, inject: str, hour: int) -> None:
        """Let the extra parties arrive from the next hour on."""
        world.late_arrivals.add(
            f"inject {inject}", self.place, round(self.persons.value), self.mix, hour,
            hour + max(self.over.value, 1.0), self.vulnerable_share,
        )  # fmt: skip

    def told(self) -> str:
        """Return persons, place and hours."""
        return f"{self.persons.value:g} more persons at {self.place} over {self.over.value:g} h"


class LaneClosed(Effect):
    """Lanes of a stream that cannot be used."""

    kind: Literal["lane_closed"] = "lane_closed"
    post: Id
    stream: Literal["cars", "buses", "lorries", "foot", "flights"]
    lanes: Count = Quantity(1.0, unit="count")

    def needs(self) -> Iterator[Need]:
        """Yield the post."""
        yield Need("post", f"post:{self.post}")

    def measures(self, world: World, hour: int) -> Iterator[dict[str, Any]]:
        """Yield the lanes left of those in use."""
        if world.posts is None:
            return
        now = world.posts.value(world.post_index[self.post], f"lanes.{self.stream}")
        left = max(now - self.lanes.value, 0.0)
        yield {"kind": "lanes", "at": f"post:{self.post}", "lanes": {self.stream: left}}

    def told(self) -> str:
        """Return lanes, stream and post."""
        return f"{self.lanes.value:g} lanes for {self.stream} closed at {self.post}"


class SensorLost(Effect):
    """Fixed sensors or pieces of equipment of a sector that fail."""

    kind: Literal["sensor_lost"] = "sensor_lost"
    sector: Id
    what: Equipment | Literal["sensors"] = "sensors"
    pieces: Count = Quantity(1.0, unit="count")

    answerable: ClassVar[bool] = True

    def needs(self) -> Iterator[Need]:
        """Yield the sector."""
        yield Need("sector", f"sector:{self.sector}")

    def measures(self, world: World, hour: int) -> Iterator[dict[str, Any]]:
        """Yield the pieces left of those in use."""
        name = "sensors" if self.what == "sensors" else f"equipment.{self.what}"
        now = world.sectors.value(world.sectors.index[self.sector], name)
        left = max(now - self.pieces.value, 0.0)
        row: dict[str, Any] = {"kind": "equipment", "at": f"sector:{self.sector}"}
        yield row | ({"sensors": left} if name == "sensors" else {"equipment": {self.what: left}})

    def told(self) -> str:
        """Return pieces and sector."""
        what = self.what.replace("_", " ")
        return f"{self.pieces.value:g} x {what} lost in {self.sector}"


class DeskUnavailable(Effect):
    """A desk at a cooperation centre that nobody sits at, for some days at most.

    An order that sets its days anew, for a stand-in, ends that.
    """

    kind: Literal["desk_unavailable"] = "desk_unavailable"
    desk: Id
    lasts: AbsenceHours

    answerable: ClassVar[bool] = True

    def needs(self) -> Iterator[Need]:
        """Yield the desk."""
        yield Need("desk", f"desk:{self.desk}")

    def measures(self, world: World, hour: int) -> Iterator[dict[str, Any]]:
        """Yield weekdays of work that lie outside the hours it is away."""
        assert self.lasts is not None
        end = hour + self.lasts.value
        # A day before: a span that began on the evening before belongs to that day.
        moments = (world.clock.local(h) for h in range(hour - DAY, round(end) + 1))
        away = {moment.weekday() for moment in moments}
        days = [day for i, day in enumerate(WEEK) if i not in away]
        yield {"kind": "centre_desk", "at": f"desk:{self.desk}", "days": days}

    def told(self) -> str:
        """Return the desk."""
        return f"nobody at desk {self.desk}"


class Ruling(Effect):
    """A ruling of a court or an authority: how long people are held, what access they get.

    It may name a country (screening) or a border (hours held); a factor on returns outside
    procedure can only lower them, and access and registration can only be raised (MODEL 14).
    """

    kind: Literal["ruling"] = "ruling"
    at: Target
    held: Hours | None = None
    access_share: Share | None = None
    registered_share: Share | None = None
    monitoring: Share | None = None

    def needs(self) -> Iterator[Need]:
        """Yield the country or border."""
        yield Need("at", self.at)

    def measures(self, world: World, hour: int) -> Iterator[dict[str, Any]]:
        """Yield a condition for hours held, and a change of screening."""
        if self.held is not None:
            yield {"kind": "condition", "at": self.at, "held": self.held.value}
        names = ("access_share", "registered_share", "monitoring")
        given = {n: v.value for n in names if (v := getattr(self, n)) is not None}
        if given:
            yield {"kind": "screening", "at": self.at, **given}

    def told(self) -> str:
        """Return what is ruled."""
        names = ("held", "access_share", "registered_share", "monitoring")
        given = [
            f"{n.replace('_', ' ')} {v.value:g} {v.unit}"
            for n in names if (v := getattr(self, n)) is not None
        ]  # fmt: skip
        return f"ruling at {self.at}: {', '.join(given)}"


class Weather(Effect):
    """Weather on legs and in sectors: travel takes longer, units set off later, cover is nearer.

    The factors multiply what holds when it begins.
    """

    kind: Literal["weather"] = "weather"
    legs: tuple[Id, ...] = ()
    sectors: tuple[Id, ...] = ()
    duration_factor: Number = Quantity(1.0, unit="1")
    alert_factor: Number = Quantity(1.0, unit="1")
    cover_factor: Number = Quantity(1.0, unit="1")

    def needs(self) -> Iterator[Need]:
        """Yield the legs and sectors."""
        yield from (Need("legs", f"leg:{leg}") for leg in self.legs)
        yield from (Need("sectors", f"sector:{sector}") for sector in self.sectors)

    def measures(self, world: World, hour: int) -> Iterator[dict[str, Any]]:
        """Yield a condition for each leg and sector."""
        index = {leg.id: i for i, leg in enumerate(world.legs.specs)}
        for leg in self.legs:
            hours = float(world.legs.duration[index[leg]]) * self.duration_factor.value
            yield {"kind": "condition", "at": f"leg:{leg}", "duration": hours}
        for sector in self.sectors:
            at = world.sectors.index[sector]
            yield {
                "kind": "condition", "at": f"sector:{sector}",
                "alert": world.sectors.value(at, "alert") * self.alert_factor.value,
                "cover": world.sectors.value(at, "cover") * self.cover_factor.value,
            }  # fmt: skip

    def told(self) -> str:
        """Return where it acts."""
        return f"weather on {', '.join((*self.legs, *self.sectors))}"


class FalseReport(Effect):
    """A report that is not true.

    The roles it is sent to see it among their reports like any other; the world stays as it is,
    and only the staff see that it is false.
    """

    kind: Literal["false_report"] = "false_report"
    about: Target
    claims: Persons

    def needs(self) -> Iterator[Need]:
        """Yield what it is about."""
        yield Need("about", self.about)

    def told(self) -> str:
        """Return what is claimed."""
        return f"false report: {self.claims.value:g} persons at {self.about}"


#: Kinds of effect by name.
EFFECTS: Mapping[str, type[Effect]] = {
    kind.model_fields["kind"].default: kind
    for kind in (Surge, LaneClosed, SensorLost, DeskUnavailable, Ruling, Weather, FalseReport)
}


def effect_map(written: Any) -> Any:
    """Return an effect as a map; ``surge place=harbour persons=100 over=6h mix=boats`` is one.

    Lists are separated by commas.

    Raises:
        ValueError: A part is no ``key=value``.
    """
    if not isinstance(written, str):
        return written
    kind, *parts = shlex.split(written)
    row: dict[str, Any] = {"kind": kind}
    for part in parts:
        key, equals, value = part.partition("=")
        if not equals or not key:
            raise ValueError(f"{part!r} is not `key=value`")
        listed = key in ("legs", "sectors")
        flag = {"true": True, "false": False}
        row[key] = value.split(",") if listed else flag.get(value, value)
    return row


def effect_text(effect: Effect) -> str:
    """Return an effect as one line of text, as a table holds it."""
    parts = [effect.kind]
    for key in effect.model_fields_set - {"kind"}:
        value = getattr(effect, key)
        if isinstance(value, Quantity):
            unit = "" if value.unit in ("1", "count", "share") else value.unit
            shown = f"{value.value:g}{unit}"
        elif isinstance(value, tuple):
            shown = ",".join(value)
        else:
            shown = str(value).lower() if isinstance(value, bool) else str(value)
        parts.append(f"{key}={shown}")
    return " ".join([parts[0], *sorted(parts[1:])])
