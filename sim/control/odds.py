"""The chance of being stopped on a crossing, from who stands where today."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.control.race import race_won_share
from sim.control.sectors import Sectors

F64 = NDArray[np.float64]


def stopped_today(sectors: Sectors, hour: int, sector: NDArray[np.intp], stay: F64) -> F64:
    """Return the share of crossings stopped with the duty planned from ``hour`` on.

    Mean over starts at every planned hour (later days taken to be alike) of
    ``(1 - exp(-C)) (s + (1 - s) P(race won))``: all units free, unguided parties, s the share of
    those detected by a patrol that turn back on sight.

    Args:
        sectors: With duty planned (`Sectors.set_duty` or `begin_day`).
        hour: First hour looked at.
        sector: Sector of each crossing, shape (m,).
        stay: Hours in the zone, shape (m,).
    """
    units = sectors.coverage.planned_units(hour)
    hours = np.arange(hour, hour + units.shape[1])
    patrol = sectors.patrol_rate(units, sectors.night(hours))
    rate = patrol + sectors.sensor_rate()
    terms = sectors.aftermath.at(hour)
    racing = sectors.units_in_race(hour)
    shares = np.zeros(len(sector))
    for i, (s, h) in enumerate(zip(sector.tolist(), stay.tolist(), strict=True)):
        seen = 1.0 - np.exp(-_coverage(rate[s], h))
        total = rate[s].sum()
        if total <= 0:
            continue
        sight = terms.sight[s] * patrol[s] / np.maximum(rate[s], 1e-300)
        won: F64 = np.ones(len(hours))
        if sectors.race:
            won = race_won_share(
                racing[s], sectors.length[s], sectors.speed[s], sectors.alert[s], sectors.cover[s]
            )
        # Seen in an hour in proportion to that hour's rate.
        if_seen = float((rate[s] * (sight + (1.0 - sight) * won)).sum() / total)
        shares[i] = seen.mean() * if_seen
    return shares


def _coverage(rate: F64, stay: float) -> F64:
    """Return coverage of a stay beginning at each hour, hours going round."""
    whole = int(stay)
    repeated = np.tile(rate, 2 + whole // len(rate))
    running = np.concatenate(([0.0], np.cumsum(repeated)))
    start = np.arange(len(rate))
    covered = running[start + whole] - running[start]
    return np.asarray(covered + (stay - whole) * repeated[start + whole])
