"""Countries, places, legs, routes and screenlines."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from sim.scenario.quantities import Quantity
from sim.scenario.specs.base import (
    Border,
    CountryCode,
    Degrees,
    Euros,
    Hours,
    Id,
    Kilometres,
    Number,
    Persons,
    Row,
    Share,
    Spec,
    StayHours,
)

PlaceKind = Literal["entry", "hub", "transit", "crossing", "reception", "airport", "exit"]
Mode = Literal["foot", "car", "bus", "train", "lorry", "boat", "air"]


class Country(Spec):
    """A country or territory, by its three-letter code.

    ``id`` is upper case here only. ``label`` is what figures print (``Kosovo*`` keeps its
    asterisk, and ``footnote`` is printed wherever the label appears).
    """

    id: CountryCode
    name: str
    label: str = ""
    footnote: str = ""
    zone: str = "Europe/Belgrade"
    asylum_share: Share = Quantity(0.0, unit="share")
    go_home_share: Share = Quantity(0.0, unit="share")
    onward_share: Share = Quantity(0.0, unit="share")
    asylum_stay: Hours = Quantity(0.0, unit="h")
    source: str = ""
    status: Literal["measured", "estimated", "assumed"] | None = None
    note: str = ""


class Place(Row):
    """A node of the route graph.

    ``dwell``: mean wait after arriving before the next decision (exponential; 0 decides at once).
    ``reception_places``: beds, None = not recorded; persons waiting beyond them spend the night
    without a place.
    ``exit_value``: value of arriving, days of generalised cost; exits only.
    """

    country: CountryCode
    kind: PlaceKind
    lat: Degrees
    lon: Degrees
    dwell: Hours = Quantity(0.0, unit="h")
    reception_places: Persons | None = None
    exit_value: Number | None = None


class Leg(Row):
    """A directed edge; ``both_ways: true`` makes a second one with ``_back`` added to its id.

    A leg that crosses a border names it, and is controlled by at most one sector or one post.
    ``route`` names the route whose gate this leg is (awareness sits on gate legs only).
    ``use`` says how an irregular crossing through a post is tried. ``stay`` is the time a party
    spends inside the sector's zone; the rest of ``duration`` is outside it. ``via``: way points
    (``lon lat``, degrees) a map draws the leg along; no run reads them.
    """

    tail: Id = Field(alias="from")
    head: Id = Field(alias="to")
    mode: Mode
    distance: Kilometres
    duration: Hours
    cost: Euros = Quantity(0.0, unit="EUR")
    border: Border | None = None
    sector: Id | None = None
    post: Id | None = None
    stream: Id | None = None
    use: Literal["hidden", "forged", "claim"] | None = None
    route: Id | None = None
    stay: StayHours = Quantity(0.0, unit="h")
    hazard: Id | None = None
    via: tuple[str, ...] = ()
    both_ways: bool = False


class Route(Row):
    """A route people may not yet know: its gates, and how widely it is known at the start.

    ``initial_awareness``: A0 of MODEL 4 (SHIFT.md: at 1e-4 take-off is luck; 1e-3 works).
    ``successes``: legs whose passage counts as a success of the route (S in SHIFT.md).
    """

    initial_awareness: Share
    successes: tuple[Id, ...] = Field(min_length=1)


class Screenline(Row):
    """A line of borders around ``inside`` at which routes are read, first crossing outward only.

    ``labels`` maps a border (or ``other``) to the label it is counted under, in drawing order.
    """

    inside: tuple[CountryCode, ...] = Field(min_length=1)
    labels: dict[Annotated[str, StringConstraints(pattern=r"^([A-Z]{3}-[A-Z]{3}|other)$")], str]
    adriatic: tuple[str, ...] = ()
