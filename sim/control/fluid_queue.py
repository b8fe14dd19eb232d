"""Time-dependent multi-server queues as fluid flow with a variance, vectorised over queues.

The pointwise-stationary fluid flow approximation (Wang, Tipper & Banerjee 1996) moves the mean
number present by dL/dt = lambda - mu (c - I), with idle servers I taken from the stationary
relation of M/M/c. It is exact at rest but overstates queues while they build and drain, when the
number present varies less than at rest. So the variance V is moved too (Rothkopf & Oren 1979;
Clark 1981),

    dV/dt = lambda b + mu (c - I) - 2 mu D,   D = -Cov(N, (c - N)+),

and I and D are the stationary values at L times the ratio of two negative binomials: mean L and
the present variance over mean L and the stationary variance. At rest the ratios are 1, so Erlang
C (and the batch queue M^X/M/c) is met exactly.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sim.control.stationary import batch_moments
from sim.kernels import fluid_queue as kernels
from sim.kernels.fluid_queue import MEAN_CELLS, SPREAD_CELLS

F64 = NDArray[np.float64]

#: Numerics, not physics: the largest number of servers told apart (more act as this many faster
#: ones).
MAX_SERVERS = 64
#: Utilisation up to which a queue is taken to relax to rest within the hour.
_CALM = np.array(0.6)
#: Utilisation below which half the substeps do, where no queue stands from before.
_MILD = np.array(0.9)
_NEARLY_FULL = np.array(0.995)
_TINY = np.array(1e-12)
# Arrays of no dimension meet small arrays in half the time that numbers take.
_ZERO, _HALF, _ONE, _TWO, _INFINITE = (np.array(x) for x in (0.0, 0.5, 1.0, 2.0, np.inf))
_MEAN_SCALE = np.array(float(MEAN_CELLS))


class QueueTable:
    """Stationary relations of M^X/M/c by mean number present, piecewise linear.

    Cell i of the mean covers L/(L+scale) in [i, i+1)/cells; cell j of the spread covers
    e/(e+e_s) in [j, j+1)/cells with e = V - L and e_s its stationary value. Lines are
    (intercept, slope).

    Attributes:
        scale: Mean at the middle of the grid, units.
        lines: Busy servers (0, 1) and e_s (2, 3) as lines in L, shape (cells, 4).
        ratios: I (0, 1) and D (2, 3) relative to rest, as lines in the spread coordinate
            (cells units), shape (mean cells * spread cells, 4).
        rest: L (1 - rho) at rest, its step to the next cell, and busy servers gained per unit of
            L, on an even grid of the utilisation rho, shape (cells + 1, 3).
    """

    def __init__(self, servers: int, batch: int) -> None:
        rho = 1.0 - np.logspace(0, -9, 4000)
        rho[0] = 1e-9
        mean, variance = batch_moments(rho, servers, batch)
        spread = np.maximum(variance - mean, 1e-7)
        self.scale = float(servers + batch - 1)
        x = np.arange(MEAN_CELLS) / MEAN_CELLS
        node = self.scale * x / (1.0 - x)
        busy = servers * np.interp(node, mean, rho)
        busy[0] = 0.0
        rest = np.interp(node, mean, spread)
        self.lines = np.empty((MEAN_CELLS, 4))
        for k, values in ((0, busy), (2, rest)):
            slope = np.append(np.diff(values) / np.diff(node), 0.0)
            self.lines[:, k], self.lines[:, k + 1] = values - slope * node, slope
        # Beyond the last node all servers are busy and the spread is that of a geometric tail.
        self.lines[-1] = (busy[-1] + servers) / 2.0, 0.0, 0.0, rest[-1] / node[-1]
        middle = (np.arange(MEAN_CELLS) + 0.5) / MEAN_CELLS
        middle = self.scale * middle / (1.0 - middle)
        self.ratios = _ratios(middle, np.interp(middle, mean, spread), servers)
        grid = np.clip(np.linspace(0.0, 1.0, MEAN_CELLS + 1), 1e-9, 1.0 - 1e-6)
        at_rest = batch_moments(grid, servers, batch)[0]
        rising = servers * np.diff(grid) / np.diff(at_rest)
        near = at_rest * (1.0 - grid)
        step = np.append(np.diff(near), 0.0)
        self.rest = np.stack([near, step, np.append(rising, 0.0)], axis=1)


@lru_cache(maxsize=1024)
def _table(servers: int, batch: int) -> QueueTable:
    return QueueTable(servers, batch)


def _ratios(mean: F64, rest: F64, servers: int) -> F64:
    """Return the lines of I and D relative to rest by cell (see ``QueueTable.ratios``)."""
    edges = np.linspace(0.0, 1.0, SPREAD_CELLS + 1)
    edges[-1] = 1.0 - 0.25 / SPREAD_CELLS
    spread = rest[:, None] * (edges / (1.0 - edges))
    idle, drag = _negative_binomial(mean[:, None], spread / mean[:, None], servers)
    idle0, drag0 = _negative_binomial(mean[:, None], rest[:, None] / mean[:, None], servers)
    out = np.empty((mean.size, SPREAD_CELLS, 4))
    step = np.arange(SPREAD_CELLS)
    for k, (values, at_rest) in ((0, (idle, idle0)), (2, (drag, drag0))):
        ratio = np.clip(values / np.maximum(at_rest, 1e-300), 0.0, 20.0)
        out[:, :, k + 1] = np.diff(ratio, axis=1)
        out[:, :, k] = ratio[:, :-1] - out[:, :, k + 1] * step
    return out.reshape(-1, 4)


def _negative_binomial(mean: F64, excess: F64, servers: int) -> tuple[F64, F64]:
    """Return E[(c - N)+] and -Cov(N, (c - N)+) for N with this mean and V/L = 1 + excess."""
    theta = np.maximum(excess, 1e-9)
    size = mean / theta
    p = np.exp(-size * np.log1p(theta))
    idle, product = np.zeros_like(p), np.zeros_like(p)
    for n in range(servers):
        idle += (servers - n) * p
        product += n * (servers - n) * p
        p = p * (size + n) / (n + 1) * theta / (1.0 + theta)
    return idle, mean * idle - product


class TableStack:
    """Tables of the kinds of queues met so far, one above the other, to look up many at once.

    Attributes:
        lines: ``QueueTable.lines`` by slot and cell, shape (slots * cells, 4).
        ratios: ``QueueTable.ratios`` by slot and cells, shape (slots * cells * spread cells, 4).
        rest: L (1 - rho) at rest, its step to the next cell, and busy servers gained per unit of
            L, by slot and cell of the utilisation, shape (slots * (cells + 1), 3).
        scales: Mean at the middle of the grid, units, shape (slots,).
    """

    def __init__(self) -> None:
        self._slot_of: dict[int, NDArray[np.intp]] = {}
        self._met: list[QueueTable] = []
        self.meet(1, [1])

    def slots(self, batch: int) -> NDArray[np.intp]:
        """Return the slot by servers for units that arrive so many together, -1 if not met."""
        if batch not in self._slot_of:
            self._slot_of[batch] = np.full(MAX_SERVERS + 1, -1, dtype=np.intp)
        return self._slot_of[batch]

    def meet(self, batch: int, servers: list[int]) -> None:
        """Put tables on the stack, for units that arrive so many together."""
        for n in servers:
            self.slots(batch)[n] = len(self._met)
            self._met.append(_table(n, batch))
        self.lines: F64 = np.concatenate([t.lines for t in self._met])
        self.ratios: F64 = np.concatenate([t.ratios for t in self._met])
        self.rest: F64 = np.concatenate([t.rest for t in self._met])
        self.scales: F64 = np.array([t.scale for t in self._met])


class FluidQueues:
    """A set of queues, one a row; ``advance`` moves all of them over one hour.

    A row's result does not depend on the other rows, but for rounding. Rows that are loaded or
    hold a queue are moved by substeps, half as many where the load stays below saturation; the
    others relax to rest in closed form.

    Attributes:
        present: Mean number present L, in service or waiting, shape (rows,).
        service: Units per hour and server in the last hour, shape (rows,).
    """

    def __init__(
        self, batches: NDArray[np.intp], substeps: int = 4, tables: TableStack | None = None
    ) -> None:
        """Begin with empty queues.

        Args:
            batches: Units that arrive together, by row, 1 or more.
            substeps: Steps an hour of a row near or past saturation; even.
            tables: Shared with other queues; its own if None.
        """
        rows = batches.shape[0]
        self.substeps = substeps
        self.present: F64 = np.zeros(rows)
        self.service: F64 = np.zeros(rows)
        self._variance: F64 = np.zeros(rows)
        self._resting = np.ones(rows, dtype=np.bool_)
        sizes, self._kind = np.unique(batches, return_inverse=True)
        self._sizes = [int(b) for b in sizes]
        self._batch = batches.astype(float)
        self._pairs: F64 = self._batch + 1.0
        self._tables = tables if tables is not None else TableStack()
        self._slot_of = self._known_slots()
        # Until the first hour: nobody serves.
        self._scale: F64 = np.ones(rows)
        self._capacity: F64 = np.ones(rows)
        self._base = np.zeros(rows, dtype=np.intp)
        self._manned: NDArray[np.bool_] = np.zeros(rows, dtype=np.bool_)

    def _known_slots(self) -> NDArray[np.intp]:
        return np.array([self._tables.slots(size) for size in self._sizes], dtype=np.intp)

    def stand(self) -> tuple[F64, F64, NDArray[np.bool_]]:
        """Return copies of number present, its variance, and which rows are at rest.

        The variance of a row at rest is that of rest, which it is given when it leaves it; 0 here.
        """
        variance = np.where(self._resting, 0.0, self._variance)
        return self.present.copy(), variance, self._resting.copy()

    def restore(self, present: F64, variance: F64, resting: NDArray[np.bool_]) -> None:
        """Put back what ``stand`` returned."""
        self.present, self._variance = present.copy(), variance.copy()
        self._resting = resting.copy()

    def set_servers(self, servers: NDArray[np.intp], service: F64) -> None:
        """Set the servers of the coming hours, building tables not met before.

        Args:
            servers: Servers, 0 or more, shape (hours, rows).
            service: Units per hour and server, 0 where nobody serves, shape (hours, rows).
        """
        counted = np.minimum(np.maximum(servers, 1), MAX_SERVERS)
        slots = self._slot_of[self._kind, counted]
        if slots.size and slots.min() < 0:
            self._build(counted)
            slots = self._slot_of[self._kind, counted]
        self._all_bases = slots * MEAN_CELLS
        self._all_grids = slots * (MEAN_CELLS + 1)
        self._all_scales = self._tables.scales[slots]
        self._all_capacity = counted.astype(float)
        # More servers than are told apart act as so many faster ones.
        self._all_service = service * (np.maximum(servers, 1) / counted)
        self._all_manned: NDArray[np.bool_] = (service > 0.0) & (servers > 0)
        self._all_times = np.divide(
            1.0, self._all_service, out=np.zeros_like(service), where=self._all_manned
        )
        self._some_idle: list[bool] = np.logical_or.reduce(~self._all_manned, axis=1).tolist()

    def _build(self, counted: NDArray[np.intp]) -> None:
        """Make the tables not met before of the kinds of queue asked for."""
        asked = np.zeros(self._slot_of.shape, np.bool_)
        asked[self._kind, counted] = True
        asked &= self._slot_of < 0
        for kind in np.logical_or.reduce(asked, axis=1).nonzero()[0].tolist():
            self._tables.meet(self._sizes[kind], asked[kind].nonzero()[0].tolist())
        self._slot_of = self._known_slots()

    def advance(self, arrivals: F64, hour: int = 0) -> tuple[F64, F64]:
        """Move every row over one hour of constant rates.

        Args:
            arrivals: Units arriving per hour, shape (rows,).
            hour: Position of the hour in the last ``set_servers``.

        Returns:
            Units served, and the time integral of the units waiting (unit-hours), shape (rows,).
        """
        self._scale, self._base = self._all_scales[hour], self._all_bases[hour]
        self._capacity, self._manned = self._all_capacity[hour], self._all_manned[hour]
        start, service = self.present, self._all_service[hour]
        times = self._all_times[hour]
        rho = arrivals * times
        rho /= self._capacity
        rest, rising = self._at_rest(np.minimum(rho, _NEARLY_FULL), self._all_grids[hour])
        unmanned = np.flatnonzero(~self._manned) if self._some_idle[hour] else None
        held: NDArray[np.bool_] = np.greater(start, _TWO * rest + _HALF)
        loaded: NDArray[np.bool_] = rho > _CALM
        loaded |= held
        loaded &= self._manned
        # Those with few steps stand last, so that the others go on as a whole.
        mild = np.greater(rho < _MILD, held)
        full = np.greater(loaded, mild).nonzero()[0]
        mild &= loaded
        rows = np.concatenate([full, mild.nonzero()[0]])
        if rows.size:
            self._settle(rows)
        if unmanned is not None:
            self._settle(unmanned)
        integral = self._relax(service, rest, rising)
        if unmanned is not None:
            self._gather(unmanned, start, arrivals, integral)
        if rows.size:
            ceiling = np.where(rho[rows] < _NEARLY_FULL, rest[rows], _INFINITE)
            walk = _Walk(self, rows, full.size, start[rows], arrivals[rows], service[rows], ceiling)
            self._flow(walk, rows, full.size, integral)
        self._resting = self._manned & ~loaded
        self.service = service
        served = arrivals - self.present
        served += start
        served *= self._manned
        np.maximum(served, _ZERO, out=served)
        integral -= served * times
        np.maximum(integral, _ZERO, out=integral)
        return served, integral

    def waiting(self) -> F64:
        """Return the mean number waiting now, shape (rows,); all present where nobody serves."""
        cells = _cells(self.present, self._scale, self._base)
        busy = self._tables.lines.take(cells, axis=0)
        at_rest = busy[:, 0] + busy[:, 1] * self.present
        at_rest *= self._manned
        return np.maximum(self.present - at_rest, 0.0)

    def _at_rest(self, rho: F64, grid: NDArray[np.intp]) -> tuple[F64, F64]:
        """Return L at rest, interpolated on the even grid, and busy servers gained per unit."""
        x = rho * _MEAN_SCALE
        i = x.astype(np.intp)
        x -= i
        i += grid
        here = self._tables.rest.take(i, axis=0)
        mean = here[:, 1] * x
        mean += here[:, 0]
        mean /= _ONE - rho
        return mean, here[:, 2]

    def _relax(self, service: F64, rest: F64, rising: F64) -> F64:
        """Let every row decay towards rest; return the integral of L."""
        rate = service * rising
        rate += _TINY
        away = self.present - rest
        left = away * np.exp(-rate)
        self.present = rest + left
        integral = away - left
        integral /= rate
        integral += rest
        return integral

    def _gather(self, rows: NDArray[np.intp], start: F64, arrivals: F64, integral: F64) -> None:
        """Let all who come to unmanned rows stay there."""
        come = arrivals[rows]
        gathered = start[rows] + come
        self.present[rows] = gathered
        integral[rows] = (start[rows] + gathered) / 2.0
        self._variance[rows] += come * self._batch[rows]

    def _settle(self, rows: NDArray[np.intp]) -> None:
        """Give rows that were at rest the variance of rest."""
        rows = rows[self._resting[rows]]
        if rows.size:
            present = self.present[rows]
            cell = _cells(present, self._scale[rows], self._base[rows])
            lines = self._tables.lines.take(cell, axis=0)
            self._variance[rows] = present + lines[:, 2] + lines[:, 3] * present
            self._resting[rows] = False

    def _flow(self, walk: _Walk, rows: NDArray[np.intp], full: int, integral: F64) -> None:
        """Move loaded rows over the hour, those from position ``full`` in half the substeps."""
        half = self.substeps // 2
        for k in range(self.substeps):
            if k == half and full < rows.size:
                self._store(walk, slice(full, None), rows, integral)
                if not full:
                    return
                walk.keep(full)
                rows = rows[:full]
            walk.step()
        self._store(walk, slice(None), rows, integral)

    def _store(self, walk: _Walk, done: slice, rows: NDArray[np.intp], integral: F64) -> None:
        rows = rows[done]
        self.present[rows] = walk.present[done]
        self._variance[rows] = walk.variance[done]
        integral[rows] = walk.area[done] / walk.steps[done]


class _Walk:
    """Second-order exponential steps of loaded rows through one hour.

    With the spread (V against rest) frozen, the idle servers I fall with L along a convex curve.
    The hyperbola that touches it gives an implicit first guess, which is stable and right both
    at rest and far above saturation; a step at the rate of the chord to that guess, with a fifth
    of the tangent, gives the new L. V then relaxes at the rate 2 mu D / V
    (``kernels.fluid_queue``).
    """

    def __init__(
        self,
        queues: FluidQueues,
        rows: NDArray[np.intp],
        full: int,
        present: F64,
        arrivals: F64,
        service: F64,
        ceiling: F64,
    ) -> None:
        """Begin the hour.

        Args:
            queues: Where the rows are from.
            rows: The loaded rows.
            full: How many of them take all substeps; the rest take half.
            present: Units present, by loaded row; so are the others.
            arrivals: Units an hour.
            service: Units an hour and server.
            ceiling: Most units present that the hour may end with, unless more begin it.
        """
        self._lines, self._ratios = queues._tables.lines, queues._tables.ratios
        self.present, self.variance, self._ceiling = present, queues._variance[rows], ceiling
        self.steps: F64 = np.empty(rows.size)
        self.steps[:full], self.steps[full:] = queues.substeps, queues.substeps // 2
        self.area: F64 = np.zeros(rows.size)
        self._scale = queues._scale[rows]
        self._base = queues._base[rows]
        self._capacity = queues._capacity[rows]
        come, self._do = arrivals / self.steps, service / self.steps
        self._offered = arrivals / service
        self._drift = come - self._capacity * self._do
        self._pace = 4.0 * self._do
        pairs = queues._pairs[rows]
        self._source, self._drag_pace = come * pairs, self._do * pairs

    def keep(self, rows: int) -> None:
        """Go on with the first rows only."""
        for name, values in vars(self).items():
            if name not in ("_lines", "_ratios"):
                setattr(self, name, values[:rows])

    def step(self) -> None:
        """Move every row by one of its steps."""
        rates, gain = np.empty((2, self.present.size)), np.empty(self.present.size)
        kernels.approach(
            self.present, self.variance, self._ceiling, self._scale, self._base, self._capacity,
            self._do, self._offered, self._drift, self._pace, self._drag_pace, self._lines,
            self._ratios, rates, gain,
        )  # fmt: skip
        faded = np.negative(rates)
        np.expm1(faded, faded)
        kernels.settle(
            self.present, self.variance, self.area, self._ceiling, self._offered, self._source,
            gain, rates, faded,
        )  # fmt: skip


def _cells(present: F64, scale: F64, base: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the cell of the mean of each row in the stacked tables.

    Args:
        present: Mean number present L.
        scale: Mean at the middle of the row's table.
        base: First cell of the row's table.
    """
    x = present + scale
    np.divide(present, x, x)
    x *= _MEAN_SCALE
    cell: NDArray[np.intp] = x.astype(np.intp)
    cell += base
    return cell
