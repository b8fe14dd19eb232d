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
        start, service, times = self.present, self._all_service[hour], self._all_times[hour]
        rho, rest, rate, present, integral, served = np.empty((6, arrivals.size))
        rows = np.empty(arrivals.size, np.intp)
        full, loaded = kernels.begin(
            arrivals, service, times, self._capacity, self._manned, self._scale, self._base,
            self._all_grids[hour], self._tables.rest, self._tables.lines, start, self._variance,
            self._resting, rho, rest, rate, rows,
        )  # fmt: skip
        fade = np.negative(rate)
        np.exp(fade, fade)
        kernels.relax(
            arrivals, start, rest, rate, fade, self._manned, self._batch, self._variance, present,
            integral,
        )  # fmt: skip
        walk, base = np.empty((kernels.COLUMNS, loaded)), np.empty(loaded, np.intp)
        kernels.set_out(
            rows, full, self.substeps, start, self._variance, rho, rest, arrivals, service,
            self._pairs, self._capacity, self._scale, self._base, walk, base,
        )  # fmt: skip
        self._flow(walk, base, full)
        kernels.end(
            rows, walk, arrivals, start, times, self._manned, present, self._variance, integral,
            served,
        )  # fmt: skip
        self.present, self.service = present, service
        return served, integral

    def waiting(self) -> F64:
        """Return the mean number waiting now, shape (rows,); all present where nobody serves."""
        cells = _cells(self.present, self._scale, self._base)
        busy = self._tables.lines.take(cells, axis=0)
        at_rest = busy[:, 0] + busy[:, 1] * self.present
        at_rest *= self._manned
        return np.maximum(self.present - at_rest, 0.0)

    def _flow(self, walk: F64, base: NDArray[np.intp], full: int) -> None:
        """Move loaded rows through the hour by second-order exponential steps.

        With the spread (V against rest) frozen, the idle servers I fall with L along a convex
        curve. The hyperbola that touches it gives an implicit first guess, which is stable and
        right both at rest and far above saturation; a step at the rate of the chord to that
        guess, with a fifth of the tangent, gives the new L. V then relaxes at the rate 2 mu D / V.

        Args:
            walk: Columns of the loaded rows, shape (``kernels.COLUMNS``, rows).
            base: First cell of each row's table.
            full: How many of them take all substeps; the rest take half.
        """
        count = len(base)
        for k in range(self.substeps):
            if k == self.substeps // 2:
                count = full
            if not count:
                return
            rates, gain = np.empty((2, count)), np.empty(count)
            kernels.approach(walk, base, self._tables.lines, self._tables.ratios, rates, gain)
            faded = np.negative(rates)
            np.expm1(faded, faded)
            kernels.settle(walk, gain, rates, faded)


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
