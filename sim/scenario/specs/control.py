"""Officers, sectors, posts, what follows a stop, and hazards."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from sim.scenario.quantities import Quantity
from sim.scenario.specs.agreements import PowerName
from sim.scenario.specs.base import (
    Border,
    Count,
    CountryCode,
    Degrees,
    Hours,
    Id,
    Kilometres,
    Minutes,
    Officers,
    PositiveHours,
    RatePerMillionHours,
    Row,
    Share,
    Spec,
    Speed,
    StayHours,
    UnitsPerDay,
)
from sim.scenario.specs.geography import Mode

ServiceName = Literal["border_police", "customs", "criminal_police", "airport_police", "army"]
#: What a power is for: patrol a sector, work at a post, open loads, run over the line.
Task = Literal["patrol", "post", "open_load", "respond"]
Terrain = Literal["plain", "hills", "mountain", "forest", "river", "urban"]
#: How a post is used irregularly; positions are the codes of legs and inspections.
USES = ("hidden", "forged", "claim")
Equipment = Literal["thermal_camera", "dogs", "drone"]


class ShiftPattern(Row):
    """How officers on the books become officers on duty (MODEL 5a).

    ``shifts`` are civil-time spans ``HH:MM-HH:MM`` (may cross midnight); ``weights`` share the
    officers over them. ``presence``: share present (leave, sickness, training out).
    ``weekly_hours``: weekly maximum; ``rest``: least hours between two shifts.
    """

    shifts: tuple[str, ...] = Field(min_length=1)
    weights: tuple[float, ...] = Field(min_length=1)
    presence: Share
    weekly_hours: Hours
    rest: Hours = Quantity(11.0, unit="h")


class Power(Row):
    """A task a service may do: patrol the green border, work at a post, open a load there, run.

    Without ``lent_by`` of its own right, in its own country. With it at a partner's side, while
    an agreement that gives this power is in force between the two (MODEL 5a, 9). Officers of a
    service without the power stand there without effect.
    """

    service: ServiceName
    task: Task
    lent_by: PowerName | None = None


class Reserve(Row):
    """Officers of a country who serve elsewhere than at the scenario's posts and sectors.

    Measures may send them; they are on the books, and nobody can send more than there are.
    """

    country: CountryCode
    officers: dict[ServiceName, Officers] = Field(min_length=1)


class Sector(Row):
    """A stretch of green border patrolled by one country (MODEL 6).

    ``officers`` on the books by service; ``duty_share`` of their duty hours is spent patrolling.
    ``patrol_size`` officers make a unit. ``stopped_share``: where no staffing figure exists,
    officers are solved once from this share per attempt, at the start, status assumed.
    ``cover``: mean time a detected party needs to reach cover (T_cover). ``alert``: T_unit.
    ``busy``/``busy_per_person``: a + b per person, time an interception occupies a unit,
    transport included. ``barrier``: hours a fence or water adds to a crossing.
    ``sensors``: fixed sensors, each seeing ``sensor_range`` on both sides.
    """

    border: Border
    country: CountryCode
    lat: Degrees
    lon: Degrees
    length: Kilometres
    width: Kilometres
    terrain: Terrain
    officers: dict[ServiceName, Officers] = {}
    shift: Id
    duty_share: Share
    patrol_size: Count = Quantity(2.0, unit="count")
    speed: Speed
    stopped_share: Share | None = None
    equipment: dict[Equipment, Count] = {}
    sensors: Count = Quantity(0.0, unit="count")
    sensor_range: Kilometres = Quantity(0.0, unit="km")
    barrier: StayHours = Quantity(0.0, unit="h")
    alert: Hours
    cover: Hours
    busy: Hours
    busy_per_person: Hours


class DetectionWidth(Row):
    """Width W (km) a patrol sweeps, by terrain, light and equipment ("" = none)."""

    terrain: Terrain
    light: Literal["day", "night"]
    equipment: Equipment | Literal[""] = ""
    width: Kilometres


class Aftermath(Row):
    """What follows a stop at a border on the side of ``country`` in a period (MODEL 6).

    ``sight_share``: detected parties that see the patrol first and turn back (aborted).
    ``outside_share``: parties a unit reached that are returned outside procedure, a sourced
    background rate.
    The last four are shares of the intercepted and registered and sum to 1: back at the tail,
    released at the head, gave up, asylum. ``held``: hours held. ``retry``: mean hours until a
    party that was stopped is ready again.
    """

    border: Border
    country: CountryCode
    since: date | None = Field(None, alias="from")
    until: date | None = None
    sight_share: Share
    outside_share: Share
    held: Hours
    back_share: Share
    released_share: Share
    gave_up_share: Share
    asylum_share: Share
    retry: Hours


class DemandPattern(Row):
    """Lawful demand over the week and the year: relative weights, normalised to mean 1.

    ``hours`` has 24 entries, ``weekdays`` 7 (Monday first), ``months`` 12.
    """

    hours: tuple[float, ...] = Field(min_length=24, max_length=24)
    weekdays: tuple[float, ...] = Field(min_length=7, max_length=7)
    months: tuple[float, ...] = Field(min_length=12, max_length=12)


class Stream(Spec):
    """One kind of traffic through a post, with its own lanes (MODEL 7).

    ``demand``: vehicles (or walkers, or flights' passengers) a day, mean over the year.
    ``lanes``: lanes that exist; a lane is open while an officer can be put in its booth.
    ``first_line``: minutes a unit at the booth; ``second_line_share`` of units are referred.
    ``second_line_trained``: minutes there by trained officers, who select this row; the same if
    not given. ``batch``: units arriving together (passengers of a flight); 1 for road traffic.
    """

    id: Literal["cars", "buses", "lorries", "foot", "flights"]
    demand: UnitsPerDay
    pattern: Id
    lanes: Count
    first_line: Minutes
    second_line_share: Share
    second_line: Minutes
    second_line_trained: Minutes | None = None
    persons_per_unit: Count
    batch: Count = Quantity(1.0, unit="count")


class Post(Row):
    """A border crossing point or airport, one direction, run by one country (MODEL 7).

    ``officers`` on the books by service. ``booth_share`` of officers on duty sit in booths, the
    rest work the second line. ``hours``: opening hours in civil time, ``00:00-24:00`` always.
    ``cue_share``: share of parties whose vehicle or document carries a cue; ``referral_cued``
    and ``referral_plain``: share referred to the second line with and without a cue.
    ``methods``: search methods in use, keys of the hit-rate table.
    """

    border: Border | None = None
    country: CountryCode
    lat: Degrees
    lon: Degrees
    kind: Literal["road", "rail", "airport", "port"]
    officers: dict[ServiceName, Officers]
    shift: Id
    hours: str = "00:00-24:00"
    streams: tuple[Stream, ...] = Field(min_length=1)
    booth_share: Share
    cue_share: Share
    referral_cued: Share
    referral_plain: Share
    methods: tuple[Literal["visual", "dogs", "co2_probe", "scanner", "document_reader"], ...] = (
        "visual",
    )


class HitRate(Row):
    """Probability of finding an irregular use, or goods, in the second line.

    By method, minutes and training.
    """

    use: Literal[
        "hidden", "forged", "claim", "stolen_vehicle", "drugs", "firearms", "cash"
    ]  # fmt: skip
    method: Literal["visual", "dogs", "co2_probe", "scanner", "document_reader"]
    minutes: Minutes
    trained: bool
    hit: Share


class Hazard(Row):
    """Deaths and injuries per million person-hours of exposure, by mode and season (MODEL 14)."""

    mode: Mode
    winter_factor: Count
    deaths: RatePerMillionHours
    injuries: RatePerMillionHours


class Screening(Row):
    """How a country screens those it intercepts (MODEL 14); changed by the screening measure.

    ``access_share``: wishes to claim that become claims made. ``registered_share``: claims made
    that are registered in time. ``identify_share``: q, chance one interview identifies a victim
    of trafficking; ``false_share``: chance an interview marks someone who is not.
    ``interviews_per_day``: interviews the country's screeners can hold a day.
    ``referral_share``: unaccompanied children referred to child protection.
    ``reflection``: reflection period of an identified victim.
    """

    country: CountryCode
    access_share: Share
    registered_share: Share
    identify_share: Share
    false_share: Share
    interview: PositiveHours
    interviews_per_day: Count
    referral_share: Share
    reflection: Hours
