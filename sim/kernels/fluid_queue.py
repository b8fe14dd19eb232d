"""Loaded queues of a fluid flow with a variance: one step of each (``sim.control.fluid_queue``)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: Cells of the mean and of the spread in tables of queues: numerics, not physics.
MEAN_CELLS: Final = 192
SPREAD_CELLS: Final = 24
#: Columns of loaded rows: mean L and variance V of the number present; most that the hour may end
#: with, unless more begin it; mean at the middle of the row's table; servers; units a server
#: serves in a step, servers that arrivals keep busy, units that come in a step less what all serve,
#: four times the first; variance that comes in a step, and its pace; sum of L over the steps, and
#: how many these are.
PRESENT: Final = 0
VARIANCE: Final = 1
CEILING: Final = 2
SCALE: Final = 3
CAPACITY: Final = 4
DO: Final = 5
OFFERED: Final = 6
DRIFT: Final = 7
PACE: Final = 8
SOURCE: Final = 9
DRAG_PACE: Final = 10
AREA: Final = 11
STEPS: Final = 12
COLUMNS: Final = 13
_MEAN_SCALE: Final = 192.0
_SPREAD_SCALE: Final = 24.0
#: Utilisation up to which a queue is taken to relax to rest within the hour.
_CALM: Final = 0.6
#: Utilisation below which half the substeps do, where no queue stands from before.
_MILD: Final = 0.9
_NEARLY_FULL: Final = 0.995
_TINY: Final = 1e-12
_FAR: Final = 1e6
_TANGENT: Final = 0.2
_CHORD: Final = 0.8
_SLOWEST: Final = 1e-6


@compiled
def _cell(present: Any, scale: Any, base: Any) -> Any:
    return np.int64(present / (present + scale) * _MEAN_SCALE) + base


@compiled
def begin(
    arrivals: F64, service: F64, times: F64, capacity: F64, manned: Mask, scale: F64, base: I64,
    grid: I64, tables: F64, lines: F64, present: F64, variance: F64, resting: Mask,
    rho: F64, rest: F64, rate: F64, moved: I64,
) -> Any:  # fmt: skip
    """Say where each row comes to rest and how fast, and which are loaded, for an hour to come.

    Loaded rows, and those where nobody serves, are given the variance of rest where they were at
    rest before.

    Args:
        arrivals: Units arriving in the hour, shape (n,); so are all but the tables.
        service: Units per hour and server.
        times: Hours a unit takes, 0 where nobody serves.
        capacity: Servers.
        manned: Whether anybody serves.
        scale: Mean at the middle of the row's table.
        base: First cell of the row's table.
        grid: First row of its table among ``tables``.
        tables: ``QueueTable.rest`` of all tables, shape (rows, 3).
        lines: ``QueueTable.lines`` of all tables, shape (cells, 4).
        present: Mean number present.
        variance: Its variance.
        resting: Whether the row was at rest in the hour before.
        rho: To be written: utilisation.
        rest: To be written: mean number present at rest.
        rate: To be written: at which a row decays towards it.
        moved: To be written: loaded rows, those near or past saturation first.

    Returns:
        Rows near or past saturation, and loaded rows.
    """
    full, mild = 0, np.zeros(arrivals.size, np.bool_)
    for i in range(arrivals.size):
        rho[i] = arrivals[i] * times[i] / capacity[i]
        load = min(rho[i], _NEARLY_FULL)
        x = load * _MEAN_SCALE
        step = np.int64(x)
        at = grid[i] + step
        rest[i] = (tables[at, 1] * (x - step) + tables[at, 0]) / (1.0 - load)
        rate[i] = service[i] * tables[at, 2] + _TINY
        held = present[i] > 2.0 * rest[i] + 0.5
        loaded = manned[i] and (held or rho[i] > _CALM)
        if loaded:
            mild[i] = rho[i] < _MILD and not held
            if not mild[i]:
                moved[full] = i
                full += 1
        if resting[i] and (loaded or not manned[i]):
            cell = _cell(present[i], scale[i], base[i])
            variance[i] = present[i] + lines[cell, 2] + lines[cell, 3] * present[i]
        resting[i] = manned[i] and not loaded
    count = full
    for i in range(arrivals.size):
        if mild[i]:
            moved[count] = i
            count += 1
    return full, count


@compiled
def relax(
    arrivals: F64, start: F64, rest: F64, rate: F64, fade: F64, manned: Mask, batch: F64,
    variance: F64, present: F64, integral: F64,
) -> None:  # fmt: skip
    """Let every row decay towards rest over an hour; where nobody serves, all who come stay.

    Args:
        arrivals: Units arriving in the hour, shape (n,); so are the others.
        start: Mean number present at its start.
        rest: The same at rest.
        rate: At which it decays.
        fade: exp(-rate).
        manned: Whether anybody serves.
        batch: Units that arrive together.
        variance: Variance of the number present, which grows where nobody serves.
        present: To be written: mean number present at the end.
        integral: To be written: its time integral.
    """
    for i in range(arrivals.size):
        if manned[i]:
            away = start[i] - rest[i]
            left = away * fade[i]
            present[i] = rest[i] + left
            integral[i] = (away - left) / rate[i] + rest[i]
        else:
            present[i] = start[i] + arrivals[i]
            integral[i] = (start[i] + present[i]) / 2.0
            variance[i] += arrivals[i] * batch[i]


@compiled
def set_out(
    rows: I64, full: Any, substeps: Any, start: F64, variance: F64, rho: F64, rest: F64,
    arrivals: F64, service: F64, pairs: F64, capacity: F64, scale: F64, base: I64, walk: F64,
    first: I64,
) -> None:  # fmt: skip
    """Write the columns of loaded rows for the steps of an hour.

    Args:
        rows: The loaded rows; room for more.
        full: How many of them take all substeps; the rest take half.
        substeps: Steps an hour.
        start: Mean number present at its start, by row; so are the next ten.
        variance: Its variance.
        rho: Utilisation.
        rest: Mean number present at rest.
        arrivals: Units arriving.
        service: Units an hour and server.
        pairs: Units that arrive together, and one more.
        capacity: Servers.
        scale: Mean at the middle of the row's table.
        base: First cell of the row's table.
        walk: To be written, shape (``COLUMNS``, loaded rows).
        first: To be written: first cell of each one's table.
    """
    for k in range(first.size):
        i = rows[k]
        steps = float(substeps if k < full else substeps // 2)
        come, do = arrivals[i] / steps, service[i] / steps
        walk[PRESENT, k], walk[VARIANCE, k] = start[i], variance[i]
        walk[CEILING, k] = rest[i] if rho[i] < _NEARLY_FULL else np.inf
        walk[STEPS, k], walk[AREA, k] = steps, 0.0
        walk[SCALE, k], walk[CAPACITY, k], walk[DO, k] = scale[i], capacity[i], do
        walk[OFFERED, k] = arrivals[i] / service[i]
        walk[DRIFT, k] = come - capacity[i] * do
        walk[PACE, k] = 4.0 * do
        walk[SOURCE, k], walk[DRAG_PACE, k] = come * pairs[i], do * pairs[i]
        first[k] = base[i]


@compiled
def approach(walk: F64, base: I64, lines: F64, ratios: F64, rates: F64, gain: F64) -> None:
    """Write at what rates L and V of the first rows decay over a step, and what L gains at first.

    Args:
        walk: Columns of the loaded rows, shape (``COLUMNS``, rows).
        base: First cell of each one's table.
        lines: ``QueueTable.lines`` of all tables, shape (cells, 4).
        ratios: ``QueueTable.ratios`` of all tables, shape (cells * spread cells, 4).
        rates: To be written, of L and of V, shape (2, n).
        gain: To be written, shape (n,).
    """
    for i in range(gain.size):
        here, servers = walk[PRESENT, i], walk[CAPACITY, i]
        scale, do, drift = walk[SCALE, i], walk[DO, i], walk[DRIFT, i]
        cell = _cell(here, scale, base[i])
        share = walk[VARIANCE, i] - here
        held = share + lines[cell, 2]
        held += lines[cell, 3] * here
        share = share / held * _SPREAD_SCALE
        spread = cell * SPREAD_CELLS + np.int64(share)
        idle_ratio = ratios[spread, 1] * share + ratios[spread, 0]
        idle = servers - lines[cell, 0]
        idle -= lines[cell, 1] * here
        idle = min(idle * idle_ratio, servers)
        gain[i] = do * idle + drift
        # The hyperbola idle = K / y through the point, y = idle / slope: implicit Euler.
        slope = lines[cell, 1] * idle_ratio
        y = min(idle / max(slope, _TINY), _FAR)
        z = y + drift
        guess = z * z
        guess += walk[PACE, i] * idle * y
        guess = (np.sqrt(guess) + z) * 0.5
        guess -= y
        guess += here
        guess = max(guess, min(here, walk[OFFERED, i]))
        guess = min(guess, max(here, walk[CEILING, i]))
        # The chord to the guess.
        cell = _cell(guess, scale, base[i])
        busy = lines[cell, 1] * guess + lines[cell, 0]
        fall = idle - (servers - busy) * idle_ratio
        fall /= guess - here + _TINY
        fall = max(fall, slope * _TANGENT + _CHORD * fall)
        rates[0, i] = max(fall * do, _SLOWEST)
        # The rate of the variance, with D / V at the guess and the frozen spread.
        held = lines[cell, 3] * guess + lines[cell, 2]
        held *= share / (_SPREAD_SCALE - share)
        held += guess
        rate = ratios[spread, 3] * share + ratios[spread, 2]
        rate = rate * walk[DRAG_PACE, i] * busy / held
        rates[1, i] = max(rate, _SLOWEST)


@compiled
def settle(walk: F64, gain: F64, rates: F64, faded: F64) -> None:
    """Move L and V of the first rows over a step, and add up the time integral of L.

    Args:
        walk: Columns of the loaded rows, shape (``COLUMNS``, rows).
        gain: What L gains at the start of the step, shape (n,).
        rates: Decay of L and of V, shape (2, n).
        faded: exp(-rates) - 1.
    """
    for i in range(gain.size):
        here = walk[PRESENT, i]
        fade, wane = -(faded[0, i] / rates[0, i]), -(faded[1, i] / rates[1, i])
        moved = gain[i] * fade + here
        moved = max(moved, min(here, walk[OFFERED, i]))
        moved = min(moved, max(here, walk[CEILING, i]))
        walk[AREA, i] += here
        walk[AREA, i] += (1.0 - fade) * gain[i] / rates[0, i]
        spread = walk[VARIANCE, i]
        spread -= rates[1, i] * spread * wane
        spread += (walk[SOURCE, i] - moved + here) * wane
        walk[PRESENT, i] = moved
        walk[VARIANCE, i] = max(spread, moved + _TINY)


@compiled
def end(
    rows: I64, walk: F64, arrivals: F64, start: F64, times: F64, manned: Mask, present: F64,
    variance: F64, integral: F64, served: F64,
) -> None:  # fmt: skip
    """Write where loaded rows have come to, and what all rows have served and waited.

    Args:
        rows: The loaded rows; room for more.
        walk: Their columns, shape (``COLUMNS``, loaded rows).
        arrivals: Units arriving in the hour, by row; so are the others.
        start: Mean number present at its start.
        times: Hours a unit takes.
        manned: Whether anybody serves.
        present: Mean number present at the end; written for loaded rows.
        variance: Its variance, likewise.
        integral: Time integral of the number present; to become that of those waiting.
        served: To be written: units served.
    """
    for k in range(walk.shape[1]):
        i = rows[k]
        present[i], variance[i] = walk[PRESENT, k], walk[VARIANCE, k]
        integral[i] = walk[AREA, k] / walk[STEPS, k]
    for i in range(arrivals.size):
        served[i] = max(arrivals[i] - present[i] + start[i], 0.0) if manned[i] else 0.0
        integral[i] = max(integral[i] - served[i] * times[i], 0.0)
