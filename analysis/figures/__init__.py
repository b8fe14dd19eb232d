"""Figures: functions that take an ``Axes`` and return it; what they draw is in their arguments."""

from analysis.figures.accounted import accounted
from analysis.figures.awareness import awareness
from analysis.figures.beliefs import beliefs
from analysis.figures.case_ends import case_ends
from analysis.figures.cost_effect import cost_effect
from analysis.figures.encounters import encounters
from analysis.figures.flow_map import change_map, flow_map
from analysis.figures.flows_through_time import flows_through_time
from analysis.figures.forest import forest
from analysis.figures.journey_times import journey_times
from analysis.figures.network_prices import network_prices
from analysis.figures.network_revenue import network_revenue
from analysis.figures.observed_against_registered import observed_against_registered
from analysis.figures.observed_series import observed_series
from analysis.figures.post_waits import post_waits
from analysis.figures.protection_ledger import protection_ledger
from analysis.figures.route_shares import route_shares
from analysis.figures.stocks import stocks

__all__ = [
    "accounted",
    "awareness",
    "beliefs",
    "case_ends",
    "change_map",
    "cost_effect",
    "encounters",
    "flow_map",
    "flows_through_time",
    "forest",
    "journey_times",
    "network_prices",
    "network_revenue",
    "observed_against_registered",
    "observed_series",
    "post_waits",
    "protection_ledger",
    "route_shares",
    "stocks",
]
