"""Parameter draws (MODEL 18): one value for each quantity that states a range."""

from __future__ import annotations

import math
from dataclasses import replace

from sim.randomness import Draws
from sim.scenario.amounts import rewritten
from sim.scenario.checks.rights import RAISED_BY_MEASURES
from sim.scenario.measure_kinds import ScreeningMeasure
from sim.scenario.measures import Measure
from sim.scenario.merging import BACK
from sim.scenario.quantities import Quantity
from sim.scenario.specs.control import Aftermath, Sector
from sim.scenario.specs.geography import Leg
from sim.scenario.specs.scenario import Scenario

#: Lists that are never drawn: targets are what a run is held against.
_NEVER = ("targets.", "clock.")
#: Weights of the generalised cost. Fitted numbers (mu, u_stay) are in its units, and only their
#: ratio to it is identified: with an accepted set these stay at the values it was fitted with.
_TIED_TO_FIT = frozenset(
    f"parameters.{name}"
    for name in (
        "km_per_day", "leg_fixed_cost", "border_cost", "hours_weight", "money_weight",
        "failure_weight", "hazard_weight", "lost_time", "odds_cap", "theta",
    )
)  # fmt: skip
#: A drawn stopped share is at most this part of what any number of officers could stop: beyond
#: it, officers solved from the share would be a crowd at the line.
REACHED = 0.95


def drawn(scenario: Scenario, seed: int, draw: int) -> Scenario:
    """Return the scenario with every quantity that has low and high replaced by its draw.

    A draw is keyed (seed, "parameters", dotted name, draw), so that it depends on no other
    quantity and is shared by all plans; uniform on low..high, log-uniform where ``scale: log``.
    Low and high stay as written. Fitted numbers are never drawn singly: a draw takes a whole
    accepted set, and leaves the weights of the cost it was fitted with. A leg and its way back
    take one draw. After drawing, the four shares that follow a stop are scaled to add up to 1, a
    stay is cut at its leg's duration, and a stopped share at what the drawn times let be reached
    (``REACHED``). A plan's measure of screening is lifted to what the drawn row gives people: it
    may only raise their rights.

    Args:
        scenario: A resolved scenario.
        seed: Seed of the ensemble.
        draw: Number of the draw (replicate // 2).
    """
    draws = Draws(seed)
    fitted = _fitted_set(scenario, draws, draw)
    both_ways = {leg.id for leg in scenario.legs}

    def rewrite(name: str, quantity: Quantity) -> Quantity:
        if name in fitted:
            return replace(quantity, value=fitted[name])
        if fitted and name in _TIED_TO_FIT:
            return quantity
        if quantity.low is None or quantity.high is None or name.startswith(_NEVER):
            return quantity
        u = draws.scalar("parameters", _shared_name(name, both_ways), draw)
        return replace(quantity, value=_between(quantity.low, quantity.high, u, quantity.scale))

    new: Scenario = rewritten(scenario, rewrite)
    update = {
        "aftermath": tuple(_whole(row) for row in new.aftermath),
        "legs": tuple(_within(leg) for leg in new.legs),
        "measures": tuple(_raising(measure, new) for measure in new.measures),
        "sectors": tuple(_reachable(sector, new) for sector in new.sectors),
    }
    return new.model_copy(update=update)


def _fitted_set(scenario: Scenario, draws: Draws, draw: int) -> dict[str, float]:
    """Return one accepted set by dotted name: fitted numbers hang together and come together."""
    sets = scenario.fitted_sets
    if not sets:
        return {}
    return sets[int(draws.scalar("parameters", "fitted set", draw) * len(sets))].values()


def _between(low: float, high: float, u: float, scale: str) -> float:
    if low == high:
        return low
    if scale == "log":
        return min(max(low * math.exp(u * math.log(high / low)), low), high)
    return low + u * (high - low)


def _shared_name(name: str, legs: set[str]) -> str:
    first, _, rest = name.partition(".")
    row, dot, field = rest.partition(".")
    base = row.removesuffix(BACK)
    return f"legs.{base}{dot}{field}" if first == "legs" and base != row and base in legs else name


def _whole(row: Aftermath) -> Aftermath:
    keys = ("back_share", "released_share", "gave_up_share", "asylum_share")
    shares: dict[str, Quantity] = {key: getattr(row, key) for key in keys}
    total = sum(share.value for share in shares.values())
    if total <= 0 or abs(total - 1) < 1e-12:
        return row
    return row.model_copy(update={k: replace(s, value=s.value / total) for k, s in shares.items()})


def _within(leg: Leg) -> Leg:
    if leg.stay.value <= leg.duration.value:
        return leg
    return leg.model_copy(update={"stay": replace(leg.stay, value=leg.duration.value)})


def _raising(measure: Measure, scenario: Scenario) -> Measure:
    """Return a measure that lowers no right below the drawn rows of the countries it names."""
    if not isinstance(measure, ScreeningMeasure):
        return measure
    rows = [row for row in scenario.screening if f"country:{row.country}" in measure.at]
    lifted = {}
    for right in RAISED_BY_MEASURES:
        share: Quantity | None = getattr(measure, right)
        least = max((getattr(row, right).value for row in rows), default=0.0)
        if share is not None and share.value < least:
            lifted[right] = replace(share, value=least)
    return measure.model_copy(update=lifted) if lifted else measure


def _reachable(sector: Sector, scenario: Scenario) -> Sector:
    """Return the sector with a drawn stopped share that officers can reach.

    With officers everywhere everyone is seen, a share s turns back on sight, and of the others
    those are stopped that do not reach cover before a unit sets off: s + (1 - s) exp(-a / c), a
    the alert and c the mean time to cover (MODEL 6).
    """
    share = sector.stopped_share
    if share is None or share.low is None or not scenario.switches.race:
        return sector
    sight = next(
        (row.sight_share.value for row in scenario.aftermath
         if (row.border, row.country) == (sector.border, sector.country)
         and (row.since or scenario.start) <= scenario.start < (row.until or scenario.until)),
        0.0,
    )  # fmt: skip
    cover = sector.cover.value
    won = math.exp(-sector.alert.value / cover) if cover > 0 else 0.0
    most = REACHED * (sight + (1.0 - sight) * won)
    if share.value <= most:
        return sector
    return sector.model_copy(update={"stopped_share": replace(share, value=most)})
