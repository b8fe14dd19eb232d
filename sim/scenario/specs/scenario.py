"""The whole scenario: header, switches, parameters, tables, measures."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field, SerializeAsAny

from sim.scenario.measures import Measure
from sim.scenario.quantities import Quantity
from sim.scenario.specs.ablations import Ablation
from sim.scenario.specs.agreements import Agreement
from sim.scenario.specs.base import Hours, Id, Spec
from sim.scenario.specs.centres import AnswerClock, Centre, Desk, RequestKind
from sim.scenario.specs.control import (
    Aftermath,
    DemandPattern,
    DetectionWidth,
    Hazard,
    HitRate,
    Post,
    Power,
    Reserve,
    Screening,
    Sector,
    ShiftPattern,
)
from sim.scenario.specs.exchange import ForgedDocument, InterpretedScreening
from sim.scenario.specs.fitted import FittedSet
from sim.scenario.specs.geography import Country, Leg, Place, Route, Screenline
from sim.scenario.specs.investigations import Investigation
from sim.scenario.specs.networks import SmugglingNetwork
from sim.scenario.specs.observation import ObservationRule, Target
from sim.scenario.specs.other_crime import ContrabandFlow
from sim.scenario.specs.people import Arrival, Mix, Profile, Stock
from sim.scenario.specs.readmission import Holiday, Readmission


class Window(Spec):
    """Tick (1 h) and the window one pass of the tick order covers (1, 2, 3, 4 or 6 h).

    ``requests``: the grain of desks: rows worked through by officers, or a process a request,
    which gives the same answers and takes longer.
    """

    tick: Hours = Quantity(1.0, unit="h")
    window: Hours = Quantity(1.0, unit="h")
    requests: Literal["strategic", "tactical"] = "strategic"


class Switches(Spec):
    """Mechanisms; with one off, exactly nothing of what it makes is made (MODEL 1)."""

    choice: Literal["recursive_logit", "logit", "shortest_path"] = "recursive_logit"
    learning: Literal["awareness", "belief", "both", "prior", "truth"] = "both"
    smugglers: Literal["off", "fixed", "adaptive", "best_response"] = "adaptive"
    retries: bool = True
    season: bool = True
    history: bool = True
    initial_stocks: bool = True
    race: bool = True
    posts: bool = True
    hazard: bool = True
    centres: bool = True
    other_crime: bool = True
    exchange: bool = True
    operations: bool = True
    readmission: bool = True
    investigations: bool = True


class Scenario(Spec):
    """A resolved scenario: everything a run is a function of, but the seed.

    Lists are merged by id through ``extends`` and plans before this is built. ``tables`` of a
    pack file (CSV) have been read into the lists. Legs with ``both_ways`` are already doubled.
    """

    scenario: Id
    summary: str = ""
    plan: str = ""
    start: date
    until: date
    zone: str = "Europe/Belgrade"
    seed: int = Field(1, ge=0, le=2**32 - 1)
    clock: Window = Window()
    checks: Literal["daily", "full"] = "daily"
    adaptation_frozen_from: date | None = None
    synthetic: bool = False
    map: str = ""
    switches: Switches = Switches()
    parameters: dict[str, Quantity] = {}
    countries: tuple[Country, ...] = ()
    places: tuple[Place, ...] = ()
    legs: tuple[Leg, ...] = ()
    routes: tuple[Route, ...] = ()
    screenlines: tuple[Screenline, ...] = ()
    profiles: tuple[Profile, ...] = ()
    mixes: tuple[Mix, ...] = ()
    arrivals: tuple[Arrival, ...] = ()
    stocks: tuple[Stock, ...] = ()
    powers: tuple[Power, ...] = ()
    shift_patterns: tuple[ShiftPattern, ...] = ()
    sectors: tuple[Sector, ...] = ()
    detection_widths: tuple[DetectionWidth, ...] = ()
    aftermath: tuple[Aftermath, ...] = ()
    demand_patterns: tuple[DemandPattern, ...] = ()
    posts: tuple[Post, ...] = ()
    hit_rates: tuple[HitRate, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    screening: tuple[Screening, ...] = ()
    networks: tuple[SmugglingNetwork, ...] = ()
    other_crime: tuple[ContrabandFlow, ...] = ()
    centres: tuple[Centre, ...] = ()
    desks: tuple[Desk, ...] = ()
    request_kinds: tuple[RequestKind, ...] = ()
    answer_clocks: tuple[AnswerClock, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    reserves: tuple[Reserve, ...] = ()
    readmission: tuple[Readmission, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    investigations: tuple[Investigation, ...] = ()
    interpreted_screening: tuple[InterpretedScreening, ...] = ()
    forged_documents: tuple[ForgedDocument, ...] = ()
    observation_rules: tuple[ObservationRule, ...] = ()
    targets: tuple[Target, ...] = ()
    fitted_sets: tuple[FittedSet, ...] = ()
    ablations: tuple[Ablation, ...] = ()
    history: tuple[SerializeAsAny[Measure], ...] = ()
    measures: tuple[SerializeAsAny[Measure], ...] = ()

    def active_measures(self) -> tuple[Measure, ...]:
        """Return history (unless switched off) and the plan's own, kinds switched off left out."""
        listed = (self.history if self.switches.history else ()) + self.measures
        return tuple(m for m in listed if self.acts(m))

    def acts(self, measure: Measure) -> bool:
        """Return whether the switch of a measure's kind, if it has one, is on."""
        return not measure.switch or bool(getattr(self.switches, measure.switch))

    def parameter(self, name: str) -> float:
        """Return a parameter's central value in its canonical unit (KeyError if unset)."""
        return self.parameters[name].value

    def as_text(self) -> dict[str, Any]:
        """Return the resolved scenario as plain data, the text that is hashed and kept."""
        return self.model_dump(mode="json", by_alias=True)
