"""The engine's own kinds of measure, and the quantities a measure may set.

A measure posts officers or sets a physical or legal quantity of a target for a time; nothing
here multiplies an outcome.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.measures import (
    Change,
    LikeTheHosts,
    Measure,
    OfficersByCountry,
    Posting,
    Target,
    register,
)
from sim.scenario.quantities import Quantity
from sim.scenario.specs.base import (
    Count,
    CountryCode,
    Euros,
    Hours,
    Persons,
    PositiveHours,
    Share,
    StayHours,
)
from sim.scenario.specs.control import Equipment, ServiceName

StreamName = Literal["cars", "buses", "lorries", "foot", "flights"]
Method = Literal["visual", "dogs", "co2_probe", "scanner", "document_reader"]


@dataclass(frozen=True, slots=True)
class Settable:
    """A quantity of a target that measures may set.

    Attributes:
        kind: What ``Change.value`` is: ``flag`` bool, ``hours`` text ``HH:MM-HH:MM``, ``methods``
            tuple of method names, ``days`` tuple of weekdays, ``shift`` id of a shift pattern,
            ``countries`` tuple of codes, ``number`` float in ``unit``, ``terms`` what an
            agreement says (None = not in force), ``agreement`` the id of one ("" for any).
        unit: Canonical unit of a number.
        meaning: What it is, in a few words.
    """

    kind: Literal[
        "flag", "hours", "methods", "days", "shift", "countries", "number", "terms", "agreement"
    ]
    unit: str
    meaning: str


def _number(unit: str, meaning: str) -> Settable:
    return Settable("number", unit, meaning)


_SCREENING = {
    "access_share": _number("share", "wishes to claim that become claims made"),
    "registered_share": _number("share", "claims made that are registered in time"),
    "identify_share": _number("share", "chance one interview identifies a victim"),
    "false_share": _number("share", "chance an interview marks someone who is not"),
    "interview": _number("h", "length of an interview"),
    "interviews_per_day": _number("count", "interviews the screeners can hold a day"),
    "referral_share": _number("share", "unaccompanied children referred to child protection"),
}

#: Quantities by target type; a dotted name ends in a stream, a kind of equipment or a field.
#: ``outside_factor`` (0 to 1) lowers the background rate of returns outside procedure at a border,
#: or on a country's side of its borders; nothing can raise that rate.
QUANTITIES: Mapping[str, Mapping[str, Settable]] = {
    "post": {
        "open": Settable("flag", "", "whether the post works at all"),
        "hours": Settable("hours", "", "opening hours in civil time"),
        "methods": Settable("methods", "", "search methods in use in the second line"),
        "trained": Settable("flag", "", "whether its officers are trained in these methods"),
        **{
            f"lanes.{s}": _number("count", f"lanes for {s}")
            for s in ("cars", "buses", "lorries", "foot", "flights")
        },
    },
    "sector": {
        **{
            f"equipment.{e}": _number("count", f"{e.replace('_', ' ')}s in use")
            for e in ("thermal_camera", "dogs", "drone")
        },
        "sensors": _number("count", "fixed sensors"),
        "barrier": _number("h", "hours a fence or water adds to a crossing"),
        "cover": _number("h", "mean time a detected party needs to reach cover"),
        "alert": _number("h", "time until a unit sets off"),
    },
    "leg": {
        "open": Settable("flag", "", "whether the leg can be used"),
        "duration": _number("h", "travel time"),
        "cost": _number("EUR", "fare per person"),
    },
    "place": {
        "reception_places": _number("persons", "beds"),
        "arrivals_open": Settable("flag", "", "whether arrivals enter here"),
    },
    "country": {
        **{f"screening.{name}": settable for name, settable in _SCREENING.items()},
        "outside_factor": _number("share", "factor on returns outside procedure, 0 to 1"),
    },
    "border": {
        "outside_factor": _number("share", "factor on returns outside procedure, 0 to 1"),
        "held": _number("h", "hours held after a stop"),
    },
    "readmission": {
        "near_hours": _number("h", "hours after entry within which the track is open"),
        "near_distance": _number("km", "distance from the border within which it is open"),
        "request_within": _number("h", "limit of the request"),
        "answer_within": _number("h", "limit of the answer"),
        "transfer_within": _number("h", "limit of the handover"),
        "prepare": _number("h", "mean time from stop to request"),
        "answer": _number("h", "mean office hours to the answer"),
        "office": Settable("hours", "", "office hours of the requested state in civil time"),
        "every_day": Settable("flag", "", "whether office and handover work on all days"),
        "transfers": _number("persons/d", "persons handed over a day"),
    },
    "investigation": {
        "investigators": _number("officers", "investigators on the case"),
        "joint_team": Settable("countries", "", "countries in a joint team"),
        "legal_base": Settable("agreement", "", "agreement of the joint team; any if none"),
        "central_office": Settable("flag", "", "whether a central office shares all evidence"),
    },
    "agreement": {"in_force": Settable("terms", "", "an agreement's parties and powers")},
    "desk": {
        "hours": Settable("hours", "", "opening hours in civil time"),
        "days": Settable("days", "", "weekdays on which it is open"),
        "shift": Settable("shift", "", "shift pattern of its officers"),
    },
    "centre": {
        "opened": Settable("flag", "", "whether the centre works"),
        "hours": Settable("hours", "", "opening hours of all its desks"),
        "days": Settable("days", "", "weekdays on which its desks are open"),
    },
}

_SPAN = re.compile(r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)")


def is_span(text: str) -> bool:
    """Return whether a text is a civil-time span such as ``18:00-06:00`` or ``00:00-24:00``."""
    return _SPAN.fullmatch(text) is not None and text[:5] != text[6:]


def wrong(rule: str, message: str, remedy: str) -> PydanticCustomError:
    """Return what a validator raises: rule, message and remedy of a problem."""
    return PydanticCustomError(rule, "{message}", {"message": message, "remedy": remedy})


def _target_type(target: str) -> str:
    return target.partition(":")[0]


class Setting(Measure):
    """A measure that sets quantities; each field given becomes a change at every target."""

    #: Fields of the kind in the order their changes are made.
    quantities: ClassVar[tuple[str, ...]] = ()
    #: Other fields of which one may stand alone: officers it posts.
    adds: ClassVar[tuple[str, ...]] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        fields = (*self.quantities, *self.adds)
        if self.quantities and not any(_given(getattr(self, n)) for n in fields):
            names = ", ".join(f"`{n}`" for n in fields)
            raise wrong("missing-key", "the measure changes nothing", f"Give one of {names}.")
        return self

    @model_validator(mode="after")
    def _fits_its_targets(self) -> Self:
        for change in self.changes():
            kind = _target_type(change.target)
            allowed = QUANTITIES.get(kind, {})
            if kind in self.targets and change.quantity not in allowed:
                fitting = [n for n in self.quantities if n in allowed]
                raise wrong(
                    "wrong-target",
                    f"{change.quantity} is no quantity of a {kind}",
                    f"A {kind} takes {', '.join(f'`{n}`' for n in fitting) or 'another kind'}.",
                )
        return self

    def changes(self) -> tuple[Change, ...]:
        """Return a change a target and quantity given."""
        return tuple(
            self._change(target, name, value)
            for target in self.at
            for field in self.quantities
            for name, value in _named(field, getattr(self, field))
        )


def _given(value: Any) -> bool:
    return value is not None and value != {} and value != ()


def _named(field: str, value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f"{field}.{key}", inner.value if isinstance(inner, Quantity) else inner
    elif _given(value):
        yield field, value.value if isinstance(value, Quantity) else value


@register
class Staffing(Measure):
    """More officers at a post or sector, new or taken from elsewhere.

    ``officers``: on the books, by country, at each target. ``taken_from``: the post or sector
    that gives a country's officers up. ``hours``: the span they serve in; without it they join
    the target's own shifts. Officers are of the country that runs the target.
    """

    kind: Literal["staffing"] = "staffing"
    officers: OfficersByCountry = Field(min_length=1)
    taken_from: dict[CountryCode, Target] = Field(default_factory=dict)
    service: ServiceName = "border_police"
    hours: str | None = None
    #: In the null of a measure that sends officers; at a desk of a centre they sit without effect.
    as_host: LikeTheHosts = False

    targets: ClassVar[tuple[str, ...]] = ("post", "sector", "desk")
    example: ClassVar[str] = """\
id: hilltop_nights
kind: staffing
at: sector:hilltop
from: 2020-04-15
until: 2020-06-15
officers: {DDD: 24}
taken_from: {DDD: sector:reeds}
hours: "18:00-06:00"
"""

    @model_validator(mode="after")
    def _countries(self) -> Self:
        require_asked(self.officers, self.taken_from)
        return self

    def postings(self) -> tuple[Posting, ...]:
        """Return what each target gains and what the givers lose."""
        return sent_to_each(
            self, self.officers, self.taken_from, self.service, self.hours, self.as_host
        )


def require_asked(officers: Iterable[str], taken_from: Iterable[str]) -> None:
    """Refuse givers of countries whose officers nobody asks for."""
    asked = set(officers)
    for country in taken_from:
        if country not in asked:
            raise wrong(
                "unknown-reference",
                f"officers of {country} are taken but not asked",
                f"Add `officers: {{{country}: ...}}`.",
            )


def require_givers(officers: Iterable[str], taken_from: Iterable[str]) -> None:
    """Refuse officers who come from nowhere, and givers whose officers nobody asks for."""
    asked, given = tuple(officers), tuple(taken_from)
    require_asked(asked, given)
    for country in asked:
        if country not in given:
            raise wrong(
                "missing-giver",
                f"the officers of {country} come from nowhere",
                f"Add `taken_from: {{{country}: ...}}`: a post, a sector or a reserve.",
            )


def moved(
    measure: Measure,
    target: str,
    country: str,
    service: str,
    officers: float,
    giver: str | None,
    hours: str | None,
    as_host: bool = False,
    legal_base: Target | None = None,
) -> list[Posting]:
    """Return what a target gains, and what the giver loses, as postings of a measure."""

    def posting(where: str, number: float, *more: Any) -> Posting:
        return Posting(
            measure.id, where, country, service, number, measure.since, measure.until, *more
        )

    made = [posting(target, officers, hours, as_host, named_base(legal_base))]
    if giver is not None:
        made.append(posting(giver, -officers))
    return made


def sent_to_each(
    measure: Measure,
    officers: Mapping[str, Quantity],
    taken_from: Mapping[str, Target],
    service: str,
    hours: str | None = None,
    as_host: bool = False,
    legal_base: Target | None = None,
) -> tuple[Posting, ...]:
    """Return what each target of a measure gains, by country, and what the givers lose."""
    return tuple(
        posting
        for target in measure.at
        for country, number in officers.items()
        for posting in moved(
            measure, target, country, service, number.value, taken_from.get(country), hours,
            as_host, legal_base,
        )
    )  # fmt: skip


def named_base(legal_base: Target | None) -> str:
    """Return the id of the agreement that a legal base names, "" for none."""
    return (legal_base or "").partition(":")[2]


@register
class ClosePost(Setting):
    """A post closed for a time; nobody passes it."""

    kind: Literal["close_post"] = "close_post"

    targets: ClassVar[tuple[str, ...]] = ("post",)
    example: ClassVar[str] = """\
id: pass_closed
kind: close_post
at: post:high_pass
from: 2020-04-15
until: 2020-06-15
"""

    def changes(self) -> tuple[Change, ...]:
        """Return the closing of each post."""
        return tuple(self._change(target, "open", False) for target in self.at)


@register
class OpeningHours(Setting):
    """Other opening hours of a post."""

    kind: Literal["opening_hours"] = "opening_hours"
    hours: str

    quantities: ClassVar[tuple[str, ...]] = ("hours",)
    targets: ClassVar[tuple[str, ...]] = ("post",)
    example: ClassVar[str] = """\
id: long_days
kind: opening_hours
at: post:long_lake
from: 2020-04-15
until: 2020-06-15
hours: "05:00-23:00"
"""


@register
class Lanes(Setting):
    """Another number of lanes at a post, by stream of traffic."""

    kind: Literal["lanes"] = "lanes"
    lanes: dict[StreamName, Count] = Field(min_length=1)

    quantities: ClassVar[tuple[str, ...]] = ("lanes",)
    targets: ClassVar[tuple[str, ...]] = ("post",)
    example: ClassVar[str] = """\
id: summer_lanes
kind: lanes
at: post:mill_bridge
from: 2020-04-15
until: 2020-06-15
lanes: {cars: 6, lorries: 3}
"""


@register
class EquipmentMeasure(Setting):
    """Equipment and sensors of a sector, or search methods and training of a post."""

    kind: Literal["equipment"] = "equipment"
    equipment: dict[Equipment, Count] = Field(default_factory=dict)
    sensors: Count | None = None
    methods: tuple[Method, ...] | None = Field(None, min_length=1)
    trained: bool | None = None

    quantities: ClassVar[tuple[str, ...]] = ("equipment", "sensors", "methods", "trained")
    targets: ClassVar[tuple[str, ...]] = ("sector", "post")
    example: ClassVar[str] = """\
id: cameras_at_the_hilltop
kind: equipment
at: sector:hilltop
from: 2020-04-15
equipment: {thermal_camera: 4}
sensors: 2
"""


@register
class ReceptionPlaces(Setting):
    """Another number of reception places at a place."""

    kind: Literal["reception_places"] = "reception_places"
    reception_places: Persons

    quantities: ClassVar[tuple[str, ...]] = ("reception_places",)
    targets: ClassVar[tuple[str, ...]] = ("place",)
    example: ClassVar[str] = """\
id: winter_camp
kind: reception_places
at: place:lake_town
from: 2020-04-15
until: 2020-06-15
reception_places: 400 persons
"""


@register
class ScreeningMeasure(Setting):
    """Screening of those a country intercepts, and monitoring of returns at its borders.

    The reflection period of an identified victim is fixed, no option of a plan (MODEL, Scope).
    ``access_share``, ``registered_share`` and ``referral_share`` may only be raised (MODEL 14).
    ``monitoring``: factor from 0 to 1 on the background rate of returns outside procedure; it can
    only lower the rate.
    """

    kind: Literal["screening"] = "screening"
    access_share: Share | None = None
    registered_share: Share | None = None
    identify_share: Share | None = None
    false_share: Share | None = None
    interview: PositiveHours | None = None
    interviews_per_day: Count | None = None
    referral_share: Share | None = None
    monitoring: Share | None = None

    quantities: ClassVar[tuple[str, ...]] = (*_SCREENING, "monitoring")
    targets: ClassVar[tuple[str, ...]] = ("country", "border")
    example: ClassVar[str] = """\
id: interpreters_and_monitors
kind: screening
at: country:DDD
from: 2020-04-15
interviews_per_day: 40
identify_share: 25 %
monitoring: 50 %
"""

    def changes(self) -> tuple[Change, ...]:
        """Return the changes of screening, and the factor that monitoring puts on returns."""
        return tuple(
            self._change(
                c.target,
                "outside_factor" if c.quantity == "monitoring" else f"screening.{c.quantity}",
                c.value,
            )
            for c in super().changes()
        )


@register
class Condition(Setting):
    """A physical or legal condition that holds for a time: a fence, a flood, a ferry, a rule."""

    kind: Literal["condition"] = "condition"
    open: bool | None = None
    duration: Hours | None = None
    cost: Euros | None = None
    barrier: StayHours | None = None
    cover: Hours | None = None
    alert: Hours | None = None
    arrivals_open: bool | None = None
    held: Hours | None = None
    outside_factor: Share | None = None

    quantities: ClassVar[tuple[str, ...]] = (
        "open",
        "duration",
        "cost",
        "barrier",
        "cover",
        "alert",
        "arrivals_open",
        "held",
        "outside_factor",
    )
    targets: ClassVar[tuple[str, ...]] = ("leg", "sector", "border", "place", "post")
    example: ClassVar[str] = """\
id: fence_in_the_reeds
kind: condition
at: sector:reeds
from: 2020-04-15
barrier: 4 h
"""
