"""Stationary queues in closed form: Erlang B, C and A, Pollaczek-Khinchine, batch arrivals.

The strategic grain of a post rests on these, and the tactical grain is proven against them.
Rates are per hour throughout, times in hours. The *load* of a queue is lambda / mu, in servers.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sim.errors import ModelError

F64 = NDArray[np.float64]


def erlang_b(load: float, servers: int) -> float:
    """Return the share of arrivals blocked when none may wait (M/M/c/c).

    B(0) = 1, B(n) = a B(n-1) / (n + a B(n-1)) (Erlang 1917).

    >>> round(erlang_b(2, 3), 6)
    0.210526
    """
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def erlang_c(load: float, servers: int) -> float:
    """Return the probability that an arrival waits (M/M/c); 1 at or above saturation.

    C = B / (1 - rho (1 - B)) with B the blocked share (Erlang 1917).

    >>> round(erlang_c(4, 5), 6)
    0.554113
    """
    if load >= servers:
        return 1.0
    blocked = erlang_b(load, servers)
    return blocked / (1.0 - load / servers * (1.0 - blocked))


def mean_wait(arrivals: float, service: float, servers: int) -> float:
    """Return the mean wait before service of M/M/c, hours; infinite at or above saturation.

    Wq = C / (c mu - lambda).

    >>> round(mean_wait(18, 1, 20), 6)
    0.275385
    """
    spare = servers * service - arrivals
    return erlang_c(arrivals / service, servers) / spare if spare > 0 else math.inf


def wait_exceeds(arrivals: float, service: float, servers: int, hours: float) -> float:
    """Return P(Wq > hours) of M/M/c: C exp(-(c mu - lambda) t).

    >>> round(wait_exceeds(4, 1, 5, 1), 6)
    0.203847
    """
    spare = servers * service - arrivals
    return erlang_c(arrivals / service, servers) * math.exp(-max(spare, 0.0) * hours)


def pollaczek_khinchine(arrivals: float, mean_service: float, variation: float) -> float:
    """Return the mean wait of M/G/1, hours; ``variation`` is the squared coefficient of variation.

    Wq = rho E[S] (1 + cv^2) / (2 (1 - rho)) (Pollaczek 1930, Khinchine 1932).

    >>> pollaczek_khinchine(0.5, 1, 0)
    0.5
    """
    load = arrivals * mean_service
    if load >= 1:
        return math.inf
    return load * mean_service * (1.0 + variation) / (2.0 * (1.0 - load))


def erlang_a(arrivals: float, service: float, servers: int, renege: float) -> tuple[float, float]:
    """Return (share that gives up, mean queue) of M/M/c with exponential patience, rate ``renege``.

    Birth-death chain with death rate min(n, c) mu + (n - c)+ theta (Palm 1957; Garnett,
    Mandelbaum & Reiman 2002), summed until the tail is below 1e-16 of the total.
    """
    weight, total, queue, n = 1.0, 1.0, 0.0, 0
    while n < servers or weight > 1e-16 * total:
        n += 1
        waiting = max(n - servers, 0)
        weight *= arrivals / (min(n, servers) * service + waiting * renege)
        total += weight
        queue += waiting * weight
    queue /= total
    return renege * queue / arrivals, queue


def batch_moments(rho: F64, servers: int, batch: int) -> tuple[F64, F64]:
    """Return mean and variance of the number present in M^X/M/c with batches of fixed size.

    From the drift of n^2 and n^3 in the stationary state, which needs the probabilities of
    fewer than c present only; those follow from the balance across each cut. ``batch`` 1 is
    M/M/c. Chaudhry & Templeton 1983, *A First Course in Bulk Queues*, ch. 4.

    Args:
        rho: Utilisation lambda / (c mu), each in (0, 1); lambda counts units, not batches.
        servers: Number of servers c, at least 1.
        batch: Units arriving together.
    """
    if servers < 1 or batch < 1:
        raise ModelError(f"a queue needs a server and a unit, not {servers} and {batch}")
    c, b = servers, batch
    below = np.empty((c, *rho.shape))
    below[0] = 1.0
    recent = np.ones_like(rho)
    for n in range(1, c):
        below[n] = c * rho / b * recent / n
        recent = recent + below[n]
        if n >= b:
            recent = recent - below[n - b]
    n_ = np.arange(c, dtype=float).reshape(-1, *([1] * rho.ndim))
    idle = (c - n_) * below
    below /= idle.sum(axis=0) / (c * (1.0 - rho))
    idle = (c - n_) * below
    first, second = (n_ * idle).sum(axis=0), (n_ * n_ * idle).sum(axis=0)
    mean = (rho * (b + 1) / 2.0 + first / c) / (1.0 - rho)
    square = 3.0 * second + 3.0 * c * rho * b * mean + c * rho * b * b
    square += 3.0 * c * mean - 3.0 * first - c * rho
    square /= 3.0 * c * (1.0 - rho)
    return mean, square - mean * mean
