"""Shares of the alternatives at each place, laid out by decision class for the races."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels.choice import NO_RATE
from sim.kernels.compiling import compiled

F64 = NDArray[np.float64]


@compiled
def lay_out(shares: F64, stay: F64, legs: NDArray[np.intp], table: F64) -> None:
    """Write what speaks for each leg of a place and, last, for staying; 0 where there is no leg.

    ``shares`` has shape (classes, legs), ``stay`` (classes, places), ``legs`` (places, most) with
    negative numbers for none, ``table`` (classes x places, most + 1).
    """
    places, most = legs.shape
    for c in range(stay.shape[0]):
        for p in range(places):
            row = c * places + p
            for k in range(most):
                leg = legs[p, k]
                table[row, k] = shares[c, leg] if leg >= 0 else 0.0
            table[row, most] = stay[c, p]


@compiled
def share_out(total: F64, degree: NDArray[np.intp], table: F64, rates: F64) -> None:
    """Divide each row by its total, and write the same as rates of clocks, none of them 0.

    Where nothing speaks for anything, all stay. In ``rates`` staying comes behind the last leg of
    a place, which has as many as its ``degree``.
    """
    most, places = table.shape[1] - 1, degree.size
    for row in range(total.size):
        whole = total[row]
        if whole == 0.0:
            table[row, most] = 1.0
        for k in range(most + 1):
            if whole > 0.0:
                table[row, k] /= whole
            rates[row, k] = max(table[row, k], NO_RATE)
        stay = rates[row, most]
        rates[row, most] = NO_RATE
        rates[row, degree[row % places]] = stay
