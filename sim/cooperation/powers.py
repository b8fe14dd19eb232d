"""What visiting officers may do now: without an agreement in force they stand without effect."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.control.rosters import SERVICES, Station, Visit
from sim.cooperation.agreements import Agreements
from sim.scenario.lent_powers import lending
from sim.scenario.specs.control import Power

I64 = NDArray[np.int64]


class VisitorPowers:
    """Powers of visiting officers: service x agreement x task (MODEL 5a, 9)."""

    def __init__(
        self,
        powers: Sequence[Power],
        agreements: Agreements,
        stations: Sequence[Station],
        airports: Collection[str],
    ) -> None:
        """Take the table of powers.

        Args:
            powers: Who may do what, of own right or lent.
            agreements: What is agreed, by hour.
            stations: Where officers serve.
            airports: Targets (``post:id``) that are airports.
        """
        self._powers = tuple(powers)
        self._agreements = agreements
        self._stations = tuple(stations)
        self._airports = frozenset(airports)

    def may(self, visit: Visit, task: str, hour: float) -> NDArray[np.bool_]:
        """Return which services of a visit may do a task at an hour, shape (services,)."""
        found = self._agreements.found(hour)
        if (visit, task) not in found:
            found[visit, task] = self._may(visit, task, hour)
        known: NDArray[np.bool_] = found[visit, task]
        return known

    def _may(self, visit: Visit, task: str, hour: float) -> NDArray[np.bool_]:
        if visit.as_host:
            own = {p.service for p in self._powers if p.lent_by is None and p.task == task}
            return np.array([service in own for service in SERVICES])
        where = self._stations[visit.station]
        airport = where.target in self._airports
        return np.array([
            self._lent(lending(self._powers, service, task, airport), visit, hour)
            for service in SERVICES
        ])  # fmt: skip

    def lends_any(self, visit: Visit, task: str, hour: float) -> bool:
        """Return whether an agreement lends officers of any service a task, away from airports."""
        found = self._agreements.found(hour)
        key = "any", visit, task
        if key not in found:
            lenders = (p for s in SERVICES for p in lending(self._powers, s, task, airport=False))
            found[key] = self._lent(dict.fromkeys(lenders), visit, hour)
        return bool(found[key])

    def _lent(self, powers: Iterable[str], visit: Visit, hour: float) -> bool:
        """Return whether any of some powers holds between a visit's country and its host."""
        host = self._stations[visit.station].country
        return any(
            self._agreements.in_force(power, visit.country, host, hour, visit.legal_base)
            is not None
            for power in powers
        )

    def able(self, visits: Sequence[Visit], duty: I64, task: str, hour: float) -> I64:
        """Return visitors on duty who may do a task, by station: (stations, hours).

        Args:
            visits: Who visits where.
            duty: Visitors on duty, shape (visits, services, hours).
            task: What they are to do.
            hour: Hour whose agreements count.
        """
        able = np.zeros((len(self._stations), duty.shape[2]), np.int64)
        for i, visit in enumerate(visits):
            if duty[i].any():
                able[visit.station] += duty[i][self.may(visit, task, hour)].sum(axis=0)
        return able
