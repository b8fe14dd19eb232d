"""Rows of a small border for tests: sectors, widths, what follows a stop, networks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.control.race import Responders
from sim.control.sectors import Sectors
from sim.kernels.race import SECTOR, serve
from sim.kernels.search_effort import HOUR
from sim.randomness import U64, Draws, arrival_keys
from sim.scenario.specs.control import Aftermath, DetectionWidth, Sector
from sim.scenario.specs.networks import SmugglingNetwork

CLOCK = Clock(date(2018, 1, 1), date(2019, 1, 1), "Europe/Belgrade")


def sector(name: str = "ridge", **changes: Any) -> Sector:
    """Return a sector; unnamed keys are those of a plain hilly stretch of 40 km."""
    row: dict[str, Any] = {
        "id": name, "border": "AAA-BBB", "country": "AAA", "lat": 42.0, "lon": 19.0,
        "length": "40 km", "width": "8 km", "terrain": "hills",
        "officers": {"border_police": 40}, "shift": "thirds", "duty_share": 1.0,
        "patrol_size": 2, "speed": "20 km/h", "alert": "6 min", "cover": "45 min",
        "busy": "3 h", "busy_per_person": "6 min",
    }  # fmt: skip
    return Sector.model_validate(row | changes)


def widths(day: float = 1.0, night: float = 1.0, **equipped: float) -> list[DetectionWidth]:
    """Return sweep widths in km in the hills, bare by light and with equipment in both."""
    rows: list[tuple[str, str, float]] = [("day", "", day), ("night", "", night)]
    rows += [(light, kind, km) for kind, km in equipped.items() for light in ("day", "night")]
    return [
        DetectionWidth.model_validate(
            {"id": f"w{i}", "terrain": "hills", "light": light, "equipment": kind, "width": km}
        )
        for i, (light, kind, km) in enumerate(rows)
    ]


def aftermath(name: str = "always", **changes: Any) -> Aftermath:
    """Return what follows a stop: nobody turns back on sight, nobody is pushed back."""
    row: dict[str, Any] = {
        "id": name, "border": "AAA-BBB", "country": "AAA", "sight_share": 0.0,
        "outside_share": 0.0, "held": "12 h", "back_share": 0.6, "released_share": 0.2,
        "gave_up_share": 0.1, "asylum_share": 0.1, "retry": "100 h",
    }  # fmt: skip
    return Aftermath.model_validate(row | changes)


def sectors(
    *specs: Sector,
    width: list[DetectionWidth] | None = None,
    after: list[Aftermath] | None = None,
    party_speed: float = 3.0,
    race: bool = True,
) -> Sectors:
    """Return sectors on the test clock."""
    return Sectors(
        specs or (sector(),), width or widths(), after or [aftermath()], CLOCK, party_speed, race
    )


def officers(per_hour: Any, sectors_: int = 1, hours: int = 24) -> NDArray[np.int64]:
    """Return officers on duty, shape ``(sectors, hours)``, from anything that broadcasts."""
    return np.broadcast_to(np.asarray(per_hour), (sectors_, hours)).astype(np.int64)


def bases(count: int, draws: Draws, event: int = 0) -> U64:
    """Return event bases of the first parties of a test series."""
    return draws.event_base(arrival_keys("test", count), np.full(count, event))


def races_won(
    units: Responders,
    sector: Any,
    at: Any,
    on_duty: Any,
    needed: Any,
    hours: Any,
    within: Sectors | None = None,
) -> NDArray[np.bool_]:
    """Return which races of one call are won; units of other sectors run ``within`` sectors."""
    where, won = np.asarray(sector, np.intp), np.empty(len(sector), np.bool_)
    count = len(units.busy_until)
    ground, duty, first_hour = np.zeros(count, SECTOR), np.zeros((count, 0), HOUR), 0
    if within is not None:
        ground, coverage = within.ground, within.coverage
        duty, first_hour = coverage.hours, coverage.first_hour
    serve(
        where, np.asarray(at, np.float64), np.asarray(on_duty, np.intp),
        np.asarray(needed, np.intp), np.asarray(hours, np.float64), units.busy_until,
        units.partner, units.opened, ground, duty, first_hour, won,
    )  # fmt: skip
    return won


def network(name: str = "north", **changes: Any) -> SmugglingNetwork:
    """Return a network that sells two legs at EUR 100, cost EUR 40."""
    row: dict[str, Any] = {
        "id": name, "capacity": 24, "crews": 4, "scouts": 0.3, "quality": 0.1,
        "facilitators": 10, "loss_per_person": 60, "recovery": "28 d", "margin": 0.5,
        "cash": 10000,
        "services": [{"leg": leg, "price": 100, "cost": 40} for leg in ("hill", "river")],
    }  # fmt: skip
    return SmugglingNetwork.model_validate(row | changes)


PARAMETERS: Mapping[str, float] = {
    "exp3_exploration": 0.2, "price_adjustment": 0.5, "loss_memory": 28.0, "odds_cap": 30.0,
}  # fmt: skip
LEGS: Mapping[str, int] = {"hill": 0, "river": 1, "coast": 2}
