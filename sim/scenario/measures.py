"""Measures: what a plan does. Kinds register themselves; each yields changes and postings.

A measure never multiplies an outcome. It posts officers somewhere for a time (`Posting`) or
sets a physical or legal quantity of a target for a time (`Change`); the model reverts both when
the measure ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from sim.scenario.specs.base import CountryCode, Officers, Row, Unwritten
from sim.scenario.specs.triggers import When

#: ``type:id`` with type one of post, sector, place, leg, border, country, network, centre, ...
Target = Annotated[str, StringConstraints(pattern=r"^[a-z_]+:[A-Za-z0-9_\-/]+$")]

#: ``as_host`` of a kind: set by its ``null`` alone, no key of a document or order. All officers
#: work like the host's own, whatever is agreed.
LikeTheHosts = Annotated[bool, Unwritten()]


def _as_tuple(raw: Any) -> Any:
    if isinstance(raw, list | tuple) and not raw:
        raise PydanticCustomError(
            "wrong-length", "the measure names no target",
            {"remedy": "Name one at least, e.g. `at: sector:ID`."},
        )  # fmt: skip
    return (raw,) if isinstance(raw, str) else raw


@dataclass(frozen=True, slots=True)
class Change:
    """A quantity of a target set to a value from ``since`` (inclusive) until ``until``."""

    measure: str
    target: str
    quantity: str
    value: Any
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class Posting:
    """Officers on the books of a country and service, posted at a target for a time.

    ``officers`` is negative where a measure takes officers away from a post or sector.
    ``hours`` is a civil-time span they serve in; None = the target's own shift pattern. Officers
    of another country than the target's are visitors: what they may do there is what an agreement
    in force lends them, unless ``as_host``: then they work like the host's own, as in the matched
    null of a measure. ``legal_base``: the agreement that alone may lend it; "" for any in force.
    """

    measure: str
    target: str
    country: str
    service: str
    officers: float
    since: date
    until: date | None
    hours: str | None = None
    as_host: bool = False
    legal_base: str = ""


class Measure(Row):
    """Keys every kind of measure has; kinds add their own.

    ``at``: one target or a list. ``from`` inclusive 00:00 local, ``until`` exclusive; without
    ``until`` the measure lasts to the scenario's end. ``from`` may lie before the start.
    ``when``: it begins only once what is observed meets a condition, between these dates.
    """

    kind: str
    summary: str = ""
    at: Annotated[tuple[Target, ...], Field(min_length=1), BeforeValidator(_as_tuple)]
    since: date = Field(alias="from")
    until: date | None = None
    when: When | None = None

    #: Target types this kind may name; set by each kind.
    targets: ClassVar[tuple[str, ...]] = ()
    #: A worked example, YAML text, shown by ``crossborder measures`` and tested.
    example: ClassVar[str] = ""
    #: Lists the example needs beside the scenario's own, YAML text of a plan.
    example_rows: ClassVar[str] = ""
    #: Fields that make it cooperation between countries; ``null`` is the measure without them.
    cooperation_keys: ClassVar[tuple[str, ...]] = ()
    #: Switch (``Switches``) that turns measures of this kind off; "" for none.
    switch: ClassVar[str] = ""

    def changes(self) -> tuple[Change, ...]:
        """Return the quantities this measure sets."""
        return ()

    def postings(self) -> tuple[Posting, ...]:
        """Return the officers this measure moves."""
        return ()

    def null(self) -> Measure | None:
        """Return its matched null: same officers, hours and places, nothing of cooperation.

        The measure itself where nothing of it is cooperation; None where nothing is left. In the
        null the officers added work like the host's own, and those taken from home are missing
        there all the same.
        """
        return self

    def _change(self, target: str, quantity: str, value: Any) -> Change:
        return Change(self.id, target, quantity, value, self.since, self.until)


_KINDS: dict[str, type[Measure]] = {}


def register(kind: type[Measure]) -> type[Measure]:
    """Add a kind of measure (class decorator); its name is the default of its ``kind`` field."""
    name = kind.model_fields["kind"].default
    _KINDS[name] = kind
    return kind


def kinds() -> dict[str, type[Measure]]:
    """Return the registered kinds by name, sorted."""
    return dict(sorted(_KINDS.items()))


OfficersByCountry = dict[CountryCode, Officers]
