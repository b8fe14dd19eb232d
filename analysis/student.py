"""Student's t and the normal distribution, to twelve digits, without another dependency."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import NormalDist

#: Level of every interval.
LEVEL = 0.95
#: 1.959964: the normal quantile of ``LEVEL``.
Z = NormalDist().inv_cdf(0.5 + LEVEL / 2)

_TINY = 1e-300
_PRECISE = 1e-16
#: Degrees of freedom from which the series is as exact as the bisection.
_MANY = 200


def t_cdf(t: float, df: float) -> float:
    """Return P(T <= t) of Student's t.

    P = 1 - I_x(df/2, 1/2) / 2 for t > 0, x = df / (df + t^2), I the regularised incomplete beta
    function (Abramowitz & Stegun 26.7.1).

    >>> round(t_cdf(2.0, 1), 6), round(t_cdf(0.0, 5), 6)
    (0.852416, 0.5)
    """
    tail = 0.5 * _beta(df / (df + t * t), df / 2, 0.5) if t else 0.5
    return 1 - tail if t > 0 else tail


def two_sided(t: float, df: float) -> float:
    """Return P(|T| >= |t|).

    >>> round(two_sided(12.7062, 1), 5)
    0.05
    """
    return _beta(df / (df + t * t), df / 2, 0.5) if t else 1.0


@lru_cache(maxsize=4096)
def t_quantile(p: float, df: float) -> float:
    """Return t with P(T <= t) = p, 0 < p < 1.

    By bisection; from 200 degrees of freedom on by the series of Abramowitz & Stegun 26.7.5.

    >>> round(t_quantile(0.975, 1), 3), round(t_quantile(0.975, 10), 4)
    (12.706, 2.2281)
    """
    if p < 0.5:
        return -t_quantile(1 - p, df)
    if df >= _MANY:
        return _by_series(NormalDist().inv_cdf(p), df)
    low, high = 0.0, 1.0
    while t_cdf(high, df) < p:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if t_cdf(middle, df) < p else (low, middle)
        if high - low <= 1e-13 * high:
            break
    return (low + high) / 2


def _by_series(z: float, df: float) -> float:
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / df**n for n, term in enumerate(terms, start=1))


def wilson(successes: int, trials: int) -> tuple[float, float] | None:
    """Return the 95 % score interval of a share (Wilson 1927); None without trials.

    Centre (p + z^2 / 2n) / (1 + z^2 / n), half width z sqrt(p (1 - p) / n + z^2 / 4 n^2) over the
    same.

    >>> low, high = wilson(8, 10)
    >>> round(low, 4), round(high, 4)
    (0.4902, 0.9433)
    """
    if trials == 0:
        return None
    share, extra = successes / trials, Z * Z / trials
    centre = (share + extra / 2) / (1 + extra)
    half = Z * math.sqrt(share * (1 - share) / trials + extra / (4 * trials)) / (1 + extra)
    low = 0.0 if successes == 0 else centre - half
    return low, 1.0 if successes == trials else centre + half


def holm(p: list[float]) -> list[float]:
    """Return p values adjusted step by step (Holm 1979), in the order given.

    Sorted rising, the i-th of m is multiplied by m - i + 1, capped at 1 and kept rising.

    >>> [round(v, 6) for v in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(p)), key=lambda i: p[i])
    adjusted, highest = [0.0] * len(p), 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, (len(p) - rank) * p[i]))
        adjusted[i] = highest
    return adjusted


def adjusted(p: Sequence[float | None]) -> list[float | None]:
    """Return Holm's p over all outcomes named; one without a p (None) counts as 1 and keeps None.

    >>> adjusted([0.01, None, 0.03])
    [0.03, None, 0.06]
    """
    whole = holm([1.0 if value is None else value for value in p])
    return [None if one is None else made for one, made in zip(p, whole, strict=True)]


def _beta(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b), 0 <= x <= 1."""
    if x <= 0 or x >= 1:
        return float(x > 0)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
        + a * math.log(x) + b * math.log1p(-x)
    )  # fmt: skip
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """Return the continued fraction of I_x(a, b) by Lentz's method (DLMF 8.17.22)."""
    c, d = 1.0, 1 / _away(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, 1000):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _away(1 + step * d)
            c = _away(1 + step / c)
            value *= d * c
        if abs(d * c - 1) < _PRECISE:
            break
    return value


def _away(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
