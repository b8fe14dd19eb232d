"""What starts a measure during a run: a condition on an observed series (MODEL 10)."""

from __future__ import annotations

from typing import Annotated

from sim.scenario.quantities import Quantity, Unit
from sim.scenario.specs.base import Id, PersonsPerDay, Spec, WholeDays


class When(Spec):
    """Start when a series has registered more than so many persons a day for so many days.

    ``series``: one that observation rules make; what police know, not what happens. ``above``:
    mean of persons registered a day over the last ``over`` days. ``lasts``: days the measure is
    then in force, ending on its ``until`` at the latest. ``again``: it may start again after it
    has ended. Looked at once a day, from the measure's ``from`` until its ``until``.
    """

    series: Id
    above: PersonsPerDay
    over: WholeDays = Quantity(14.0, unit="d")
    lasts: Annotated[Quantity, Unit("d", 1)]
    again: bool = False
