"""Other cross-border crime: flows hidden in lawful traffic or carried past the posts (MODEL 13)."""

from __future__ import annotations

from typing import Literal, get_args

from sim.scenario.quantities import Quantity
from sim.scenario.specs.base import Count, Days, Hours, Id, Row, Share, UnitsPerDay

Goods = Literal["stolen_vehicle", "drugs", "firearms", "cash"]
#: Goods in the order of their codes.
GOODS: tuple[str, ...] = get_args(Goods)
#: What a consignment's size is counted in.
SIZE_UNITS = {"stolen_vehicle": "vehicles", "drugs": "kg", "firearms": "pieces", "cash": "EUR"}


class ContrabandFlow(Row):
    """Consignments of one kind of goods through one stream of a post, or past it in a sector.

    ``consignments``: a day, mean over the year; they come when lawful traffic does, past a sector
    at any hour. ``cue_share``: share whose vehicle or papers carry a cue. ``size``: mean size of
    one, in ``SIZE_UNITS``. ``repeat_share``: share carried by vehicles used before, which an
    alert can name; ``watch``: how long such an alert stays on the list of the post's country.
    ``stay``: hours inside a sector's zone.
    """

    goods: Goods
    post: Id | None = None
    stream: Id | None = None
    sector: Id | None = None
    consignments: UnitsPerDay
    cue_share: Share = Quantity(0.0, unit="share")
    size: Count
    repeat_share: Share = Quantity(0.0, unit="share")
    watch: Days = Quantity(0.0, unit="d")
    stay: Hours = Quantity(0.0, unit="h")
