"""What every row of a scenario has in common, and the field types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Never

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, StringConstraints
from pydantic_core import CoreSchema, PydanticOmit

from sim.scenario.quantities import Quantity, Status, Unit

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$", max_length=64)]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
#: Two country codes in alphabetical order, e.g. ``ALB-MNE``.
Border = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}-[A-Z]{3}$")]

Hours = Annotated[Quantity, Unit("h", 0)]
#: Time inside a sector's zone, or a barrier adds to it; two of them fit into the hours of the past
#: whose search effort is kept (96 h).
StayHours = Annotated[Quantity, Unit("h", 0, 48)]
#: A time that something takes; never nothing.
PositiveHours = Annotated[Quantity, Unit("h", 0.01)]
Days = Annotated[Quantity, Unit("d", 0)]
#: Civil days: what begins and ends at midnight.
WholeDays = Annotated[Quantity, Unit("d", 1, whole=True)]
Minutes = Annotated[Quantity, Unit("min", 0)]
Kilometres = Annotated[Quantity, Unit("km", 0)]
Speed = Annotated[Quantity, Unit("km/h", 0)]
Euros = Annotated[Quantity, Unit("EUR", 0)]
EurosPerDay = Annotated[Quantity, Unit("EUR/d", 0)]
Share = Annotated[Quantity, Unit("share", 0, 1)]
Persons = Annotated[Quantity, Unit("persons", 0)]
PersonsPerDay = Annotated[Quantity, Unit("persons/d", 0)]
UnitsPerDay = Annotated[Quantity, Unit("units/d", 0)]
#: A million is more than any state has; beyond what a roster can count, hours would overflow.
Officers = Annotated[Quantity, Unit("officers", 0, 100_000)]
Count = Annotated[Quantity, Unit("count", 0)]
RatePerMillionHours = Annotated[Quantity, Unit("1/1000000 h", 0)]
Number = Annotated[Quantity, Unit("1")]
#: Generalised cost in days of travel (SHIFT.md: cost unit about one day); may be negative.
CostDays = Annotated[Quantity, Unit("d")]
Degrees = Annotated[Quantity, Unit("deg", -180, 180)]


@dataclass(frozen=True)
class Unwritten:
    """Mark of a field that code alone sets: in no schema, and no key of a document or order."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> Never:
        """Leave the field out."""
        raise PydanticOmit


class Spec(BaseModel):
    """A frozen row; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Row(Spec):
    """A row with an id, and the provenance of every number in it that has none of its own."""

    id: Id
    name: str = ""
    source: str = Field("", description="where the row's numbers come from; empty inherits")
    status: Status | None = Field(None, description="measured, estimated or assumed")
    note: str = ""
