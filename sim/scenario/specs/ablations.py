"""What recorded runs say of a scenario with one mechanism off; nothing reads it in a run."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from sim.scenario.specs.base import Row

#: Quantities of an ablation and their units: growth of observed arrivals between two half years,
#: share of the new route at the screenline before and after, the change of that share, and the
#: fraction of the change that the mechanism accounts for.
AblationQuantity = Literal["growth", "share_before", "share_after", "change", "accounted"]
UNITS: dict[str, str] = {
    "growth": "1", "share_before": "share", "share_after": "share", "change": "share",
    "accounted": "share",
}  # fmt: skip


class Ablation(Row):
    """One figure of the runs with a switch at another setting, with its 95 % interval.

    ``switch`` and ``setting``: what was changed; both empty for the runs with nothing changed.
    ``mean`` in ``unit`` over ``replicates`` seeds; ``accounted`` is 1 - change with the mechanism
    off / change with all on, from runs paired by seed. ``low`` and ``high`` are left out where no
    interval is bounded. ``scenario_hash`` is of the scenario run, without its own ablations.
    """

    switch: str = ""
    setting: str = ""
    quantity: AblationQuantity
    mean: float
    low: float | None = None
    high: float | None = None
    unit: Literal["1", "share"]
    replicates: int = Field(ge=1)
    version: str
    scenario_hash: str
    made: date
