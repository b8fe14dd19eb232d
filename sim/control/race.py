"""From a detection to its outcome: the race of the nearest free unit against cover (MODEL 6)."""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.kernels.codes import (
    ABORTED as ABORTED,
    INTERCEPTED as INTERCEPTED,
    LOST as LOST,
    OUTSIDE as OUTSIDE,
    PASSED as PASSED,
)
from sim.kernels.race import NEVER as NEVER

F64 = NDArray[np.float64]
I64 = NDArray[np.intp]

#: Names of how an encounter ends, by its code.
OUTCOMES: Final = ("not_seen", "lost", "aborted", "intercepted", "outside")

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)


def race_won_share(
    free: NDArray[np.generic] | int, length: float, speed: float, alert: float, cover: float
) -> F64:
    """Return the chance that one of n free units reaches a detected party in time.

    P = exp(-a/c) * integral_0^1 n y^(n-1) exp(-L (1-y) / (2 v c)) dy, the race of
    ``kernels.race`` averaged over the nearest unit's distance and an exponential T_cover of mean
    c; Gauss-Legendre quadrature. 0 without a unit, with no cover time, or with standing units.

    Args:
        free: Free units n, any shape.
        length: L, km.
        speed: v, km/h.
        alert: a, hours.
        cover: c, hours.

    >>> float(race_won_share(1, 10.0, 1e9, 0.0, 1.0).round(6))
    1.0
    """
    n = np.asarray(free, dtype=np.float64)[..., None]
    if cover <= 0.0 or speed <= 0.0:
        return np.zeros(n.shape[:-1])
    # y = z^2 keeps the integrand smooth where n is below 1 or large.
    z, weight = (_NODES + 1.0) / 2.0, _WEIGHTS / 2.0
    y = z * z
    density = n * y ** np.maximum(n - 1.0, 0.0) * 2.0 * z
    won = (weight * density * np.exp(-length * (1.0 - y) / (2.0 * speed * cover))).sum(axis=-1)
    return np.asarray(np.exp(-alert / cover) * won, dtype=np.float64)


class Responders(Protocol):
    """Who may run to a detection: the units of the sector's own country (``Units``).

    Cross-border response puts its own in this place (``cooperation.cross_border``): own and
    partner units while a joint patrol is in force. What it holds is for ``kernels.race.serve``.
    """

    @property
    def busy_until(self) -> F64:
        """Hour at which each unit is free again, shape ``(sectors, units)``."""
        ...

    @property
    def partner(self) -> I64:
        """Sector across whose units may run too, or -1: ``(partners, sectors, hours)``."""
        ...

    @property
    def opened(self) -> int:
        """First hour of ``partner``."""
        ...

    def make_room(self, units: int) -> None:
        """Make sure that any sector may put ``units`` units out."""
        ...

    def helpers(self, first_hour: int, hours: int) -> I64 | int:
        """Return units out besides the sectors' own that may run, (sectors, hours) or 0."""
        ...


class Units:
    """The patrol units of every sector, and until when each is busy.

    A unit out on patrol or still busy from an earlier hour counts as one unit. Free units are
    those on duty in the hour less those busy. Calls follow one another in simulated time; a
    detection that falls before one already served in an earlier call finds that unit busy.

    Attributes:
        busy_until: Hour at which each unit is free again, ascending along a sector's row, -inf
            for one never busy; shape ``(sectors, units)``.
        partner: Nobody across helps: no sector, shape ``(0, sectors, 0)``.
        opened: Of no meaning here.
    """

    def __init__(self, sectors: int) -> None:
        self.busy_until: F64 = np.full((sectors, 1), -np.inf)
        self.partner: I64 = np.empty((0, sectors, 0), np.intp)
        self.opened = 0

    def make_room(self, units: int) -> None:
        """Make sure that any sector may put ``units`` units out."""
        missing = units - self.busy_until.shape[1]
        if missing > 0:
            room = np.full((self.busy_until.shape[0], missing), -np.inf)
            self.busy_until = np.concatenate((room, self.busy_until), axis=1)

    def helpers(self, first_hour: int, hours: int) -> int:
        """Return 0: nobody but a sector's own units runs."""
        return 0
