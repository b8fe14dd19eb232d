"""The parameters a scenario may set: canonical unit, range and meaning.

Values live in ``scenarios/`` with source and status; the engine holds none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from sim.scenario.quantities import Unit


@dataclass(frozen=True, slots=True)
class Parameter:
    """One named parameter: unit, closed range, meaning, and the section of MODEL it serves."""

    unit: Unit
    meaning: str
    section: str


def _p(unit: str, low: float, high: float, section: str, meaning: str) -> Parameter:
    return Parameter(Unit(unit, low, high), meaning, section)


_INF = math.inf

PARAMETERS: dict[str, Parameter] = {
    # 4: route choice; generalised cost in days
    "mu": _p("d", 1e-3, 100, "4", "scale of the route choice"),
    "theta": _p("d", 1e-6, 100, "4", "scale of the choice among services on a leg, at most mu"),
    "u_stay": _p("d", -1000, 1000, "4", "value of staying until the next decision"),
    "km_per_day": _p("km", 1, 2000, "4", "kilometres that weigh as one day in a leg's cost"),
    "leg_fixed_cost": _p("d", 0, 100, "4", "fixed cost of a leg; keeps cycles dear"),
    "border_cost": _p("d", 0, 100, "4", "cost of a leg that crosses a border"),
    "hours_weight": _p("1", 0, 100, "4", "days of cost per day of travel time"),
    "money_weight": _p("d", 0, 1000, "4", "days of cost for spending all one's funds on a leg"),
    "hazard_weight": _p("d", 0, 1e6, "4", "days of cost per expected death of a person"),
    "odds_cap": _p("1", 1, 1000, "4", "bound on believed odds of being stopped"),
    "lost_time": _p("d", 0, 100, "4", "time a stop costs, besides the leg's own cost"),
    "failure_weight": _p("d", 0, 100, "4", "extra cost of a controlled leg per failures band"),
    "low_funds": _p("EUR", 1, 1e6, "4", "funds per person below which a party is in the low band"),
    "high_funds": _p("EUR", 1, 1e6, "4", "funds per person above which it is in the high band"),
    "prior_strength": _p("persons", 0.1, 1e6, "4", "weight of the prior, in persons reported on"),
    "belief_half_life": _p("d", 1, 3650, "4", "half-life of reports on a leg"),
    "belief_delay": _p("d", 0, 365, "4", "days until news of a leg arrives"),
    "belief_mixing": _p("share", 0, 1, "4", "share of reports heard from other profiles"),
    "kappa": _p("1", 0, 1000, "4", "awareness gained per success relative to the pool"),
    "awareness_delay": _p("d", 0, 365, "4", "days until a success is known"),
    "season_win": _p("share", 0, 1, "4", "depth of the winter dip in departures"),
    "stay_review": _p("d", 0.1, 365, "4", "mean days until a party that stays decides again"),
    "turned_away_wait": _p("d", 0.05, 30, "5", "wait after a network has no room"),
    "living_cost": _p("EUR/d", 0, 1000, "3", "money spent a day and person outside reception"),
    "remittance": _p("EUR", 0, 1e5, "3", "money received a person when funds have run out"),
    "remittance_wait": _p("d", 0.1, 365, "3", "mean days of waiting for that money"),
    "broke_gave_up_share": _p("share", 0, 1, "3", "share that give up when funds run out"),
    # 5: networks
    "exp3_exploration": _p("share", 0.001, 1, "5", "exploration rate gamma of EXP3"),
    "price_adjustment": _p(
        "share", 0, 1, "5", "share of the gap to the target price closed a week"
    ),
    "loss_memory": _p("d", 1, 365, "5", "half-life of a network's own estimate of losses"),
    # 6: green border
    "party_speed": _p("km/h", 0.5, 10, "6", "walking speed inside a sector's zone"),
    "scout_horizon": _p("h", 0, 48, "6", "hours ahead over which scouts pick the quietest"),
}
