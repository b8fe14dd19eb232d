"""Joint patrols: when units of two countries run together, from who is on duty and agreed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.control.rosters import Visit
from sim.control.sectors import Sectors
from sim.cooperation.cross_border import CrossBorderUnits
from sim.cooperation.powers import VisitorPowers
from sim.scenario.specs.control import Sector

#: Quantity of a sector that a joint patrol sets for each country, ``response.AAA``.
RESPONSE = "response."


class TogetherInSectors:
    """Opens the line for units of both sides while a joint patrol with a legal base is out.

    Attributes:
        units: Who runs then; in the place of the sectors' own units.
    """

    def __init__(
        self,
        sectors: Sectors,
        specs: Sequence[Sector],
        powers: VisitorPowers,
    ) -> None:
        """Begin with the line closed everywhere."""
        self.units = CrossBorderUnits(sectors, specs)
        self._sectors = sectors
        self._powers = powers
        self._asked: dict[tuple[str, str], bool] = {}

    def asked(self, sector: str, country: str) -> bool:
        """Return whether a joint patrol with this country's officers is in force in a sector."""
        return self._asked.get((sector, country), False)

    def ask(self, sector: str, country: str, value: bool) -> None:
        """Begin or end a joint patrol with a country's officers in a sector."""
        self._asked[sector, country] = value

    def plan(self, hour: int, hours: int, visits: Sequence[Visit], duty: NDArray[np.int64]) -> None:
        """Say who runs together in the hours planned.

        Args:
            hour: First hour; its agreements count.
            hours: Hours planned.
            visits: Who visits where.
            duty: Visitors on duty, shape (visits, services, hours).
        """
        pairs = []
        for (name, country), asked in sorted(self._asked.items()):
            here = self._sectors.index[name]
            across = self.units.across(here, country) if asked else None
            if across is None:
                continue
            out = np.zeros(hours, dtype=np.bool_)
            for i, visit in enumerate(visits):
                mine = visit.station == here and visit.country == country and not visit.as_host
                if mine and self._powers.lends_any(visit, "respond", hour):
                    out |= duty[i][self._powers.may(visit, "patrol", hour)].any(axis=0)
            if out.any():
                pairs.append((here, across, out))
        open_ = self.units.open(hour, pairs, hours)
        self._sectors.responders = self.units if open_ else self._sectors.units
