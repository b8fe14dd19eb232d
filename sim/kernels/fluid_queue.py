"""Loaded queues of a fluid flow with a variance: one step of each (``sim.control.fluid_queue``)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

#: Cells of the mean and of the spread in tables of queues: numerics, not physics.
MEAN_CELLS: Final = 192
SPREAD_CELLS: Final = 24
_MEAN_SCALE: Final = 192.0
_SPREAD_SCALE: Final = 24.0
_TINY: Final = 1e-12
_FAR: Final = 1e6
_TANGENT: Final = 0.2
_CHORD: Final = 0.8
_SLOWEST: Final = 1e-6


@compiled
def _cell(present: Any, scale: Any, base: Any) -> Any:
    return np.int64(present / (present + scale) * _MEAN_SCALE) + base


@compiled
def approach(
    present: F64, variance: F64, ceiling: F64, scale: F64, base: I64, capacity: F64, do: F64,
    offered: F64, drift: F64, pace: F64, drag_pace: F64, lines: F64, ratios: F64, rates: F64,
    gain: F64,
) -> None:  # fmt: skip
    """Write at what rates L and V of each row decay over a step, and what L gains at its start.

    Args:
        present: Mean number present L, shape (n,); so are all but the tables and ``rates``.
        variance: Its variance V.
        ceiling: Most units present that the hour may end with, unless more begin it.
        scale: Mean at the middle of the row's table.
        base: First cell of the row's table.
        capacity: Servers.
        do: Units a server serves in a step.
        offered: Servers that the arrivals keep busy.
        drift: Units that come in a step, less what all servers serve.
        pace: Four times ``do``.
        drag_pace: Pace of the variance, units a step.
        lines: ``QueueTable.lines`` of all tables, shape (cells, 4).
        ratios: ``QueueTable.ratios`` of all tables, shape (cells * spread cells, 4).
        rates: To be written, of L and of V, shape (2, n).
        gain: To be written.
    """
    for i in range(present.size):
        here, servers = present[i], capacity[i]
        cell = _cell(here, scale[i], base[i])
        share = variance[i] - here
        held = share + lines[cell, 2]
        held += lines[cell, 3] * here
        share = share / held * _SPREAD_SCALE
        spread = cell * SPREAD_CELLS + np.int64(share)
        idle_ratio = ratios[spread, 1] * share + ratios[spread, 0]
        idle = servers - lines[cell, 0]
        idle -= lines[cell, 1] * here
        idle = min(idle * idle_ratio, servers)
        gain[i] = do[i] * idle + drift[i]
        # The hyperbola idle = K / y through the point, y = idle / slope: implicit Euler.
        slope = lines[cell, 1] * idle_ratio
        y = min(idle / max(slope, _TINY), _FAR)
        z = y + drift[i]
        guess = z * z
        guess += pace[i] * idle * y
        guess = (np.sqrt(guess) + z) * 0.5
        guess -= y
        guess += here
        guess = max(guess, min(here, offered[i]))
        guess = min(guess, max(here, ceiling[i]))
        # The chord to the guess.
        cell = _cell(guess, scale[i], base[i])
        busy = lines[cell, 1] * guess + lines[cell, 0]
        fall = idle - (servers - busy) * idle_ratio
        fall /= guess - here + _TINY
        fall = max(fall, slope * _TANGENT + _CHORD * fall)
        rates[0, i] = max(fall * do[i], _SLOWEST)
        # The rate of the variance, with D / V at the guess and the frozen spread.
        held = lines[cell, 3] * guess + lines[cell, 2]
        held *= share / (_SPREAD_SCALE - share)
        held += guess
        rate = ratios[spread, 3] * share + ratios[spread, 2]
        rate = rate * drag_pace[i] * busy / held
        rates[1, i] = max(rate, _SLOWEST)


@compiled
def settle(
    present: F64, variance: F64, area: F64, ceiling: F64, offered: F64, source: F64, gain: F64,
    rates: F64, faded: F64,
) -> None:  # fmt: skip
    """Move L and V over a step, and add up the time integral of L.

    Args:
        present: Mean number present L, shape (n,); so are all but the last two.
        variance: Its variance V.
        area: Sum of L over the steps.
        ceiling: Most units present that the hour may end with, unless more begin it.
        offered: Servers that the arrivals keep busy.
        source: Variance that comes in a step.
        gain: What L gains at the start of the step.
        rates: Decay of L and of V, shape (2, n).
        faded: exp(-rates) - 1.
    """
    for i in range(present.size):
        here = present[i]
        fade, wane = -(faded[0, i] / rates[0, i]), -(faded[1, i] / rates[1, i])
        moved = gain[i] * fade + here
        moved = max(moved, min(here, offered[i]))
        moved = min(moved, max(here, ceiling[i]))
        area[i] += here
        area[i] += (1.0 - fade) * gain[i] / rates[0, i]
        spread = variance[i]
        spread -= rates[1, i] * spread * wane
        spread += (source[i] - moved + here) * wane
        present[i] = moved
        variance[i] = max(spread, moved + _TINY)
