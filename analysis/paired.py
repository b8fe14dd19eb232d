"""Paired statistics: what replicate by replicate differences say (MODEL 18).

Replicates 2k and 2k + 1 share draw k of the parameters, on both sides of the difference. The model
of a difference is d = mean + a(draw) + e(replicate):

- *chance only*: e alone, from the differences within pairs of replicates, K degrees of freedom
  with K whole pairs; the interval speaks of these very draws.
- *chance and assumptions*: the K means over a draw are independent, so that mean +- t(K - 1)
  s / sqrt(K) is exact for normal a and e; s is not taken below what chance within pairs alone
  would give, so that a lucky coincidence of few counts cannot make certainty.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.student import LEVEL, Z, t_quantile, two_sided, wilson

F64 = NDArray[np.float64]
Bounds = tuple[float, float]

#: More paired replicates than anybody runs: beyond it the answer is "never".
MOST_RUNS = 1_000_000


@dataclass(frozen=True, slots=True)
class Sample:
    """Values of one quantity by draw: what both intervals and the tests are made from.

    Attributes:
        mean: Mean over draws.
        draws: How many draws K.
        spread: Standard deviation of a draw's mean, None with one draw.
        chance: Standard deviation of one value within a draw, None without a whole pair.
        whole: Draws with both replicates.
        count: Values.
    """

    mean: float
    draws: int
    spread: float | None
    chance: float | None
    whole: int
    count: int

    @classmethod
    def of(cls, values: Mapping[int, float]) -> Sample:
        """Return the sample of values by replicate (at least one)."""
        by_draw: dict[int, list[float]] = {}
        for replicate, value in sorted(values.items()):
            by_draw.setdefault(replicate // 2, []).append(value)
        means = np.array([np.mean(v) for v in by_draw.values()])
        apart = np.array([v[0] - v[1] for v in by_draw.values() if len(v) == 2])
        chance = math.sqrt(float(np.mean(apart**2)) / 2) if len(apart) else None
        spread = None
        if len(means) > 1:
            least = 0.0 if chance is None else chance / math.sqrt(2)
            spread = max(float(means.std(ddof=1)), least)
        return cls(float(means.mean()), len(means), spread, chance, len(apart), len(values))

    @property
    def error(self) -> float | None:
        """Standard error of the mean, chance and assumptions; None with one draw."""
        return None if self.spread is None else self.spread / math.sqrt(self.draws)

    @property
    def t(self) -> float:
        """The factor of the second interval (infinite with one draw)."""
        return t_quantile(0.5 + LEVEL / 2, self.draws - 1) if self.draws > 1 else math.inf

    def chance_bounds(self) -> Bounds | None:
        """Return the interval of chance only."""
        if self.chance is None:
            return None
        half = t_quantile(0.5 + LEVEL / 2, self.whole) * self.chance / math.sqrt(self.count)
        return self.mean - half, self.mean + half

    def total_bounds(self) -> Bounds | None:
        """Return the interval of chance and assumptions, None with one draw."""
        if self.error is None:
            return None
        half = self.t * self.error
        return self.mean - half, self.mean + half

    def p(self) -> float | None:
        """Return the two-sided p of a mean of 0 by the second interval, None with one draw."""
        if self.error is None:
            return None
        if self.error == 0:
            return 1.0 if self.mean == 0 else 0.0
        return two_sided(self.mean / self.error, self.draws - 1)


def runs_needed(distance: float, spread: float | None) -> int | None:
    """Return the paired replicates after which an interval is shorter than a distance.

    The smallest even R with t(R/2 - 1) spread / sqrt(R/2) < distance, the spread as it is now;
    None if there is none (no distance, or no spread is known).

    Args:
        distance: From the present mean to the value that shall be excluded.
        spread: Standard deviation of a draw's mean.
    """
    if spread is None or distance <= 0:
        return None
    # At least what the normal distribution asks; Student's t asks a little more.
    draws = max(2.0, (Z * spread / distance) ** 2)
    if 2 * draws > MOST_RUNS:
        return None
    needed = math.ceil(draws)
    while not _excludes(needed, distance, spread):
        needed += 1
    return 2 * needed


def _excludes(draws: int, distance: float, spread: float) -> bool:
    return t_quantile(0.5 + LEVEL / 2, draws - 1) * spread / math.sqrt(draws) < distance


#: Note of an outcome that only one of the two runs records: nothing can be subtracted.
ONE_SIDE = "recorded on one side only"


@dataclass(frozen=True, slots=True)
class Paired:
    """What paired runs say of one outcome.

    Attributes:
        pairs: Replicates in which both values are recorded.
        before: Mean of the run subtracted.
        after: Mean of the run it is subtracted from.
        sample: Of the differences; None without any pair.
        better: Replicates in which the difference goes the better way.
        equal: Replicates without a difference.
        ratio: Variance of the difference of independent runs over that of paired ones; None
            where the differences do not vary.
        ratio_chance: The same of chance only.
        note: What a reader must know.
    """

    pairs: int
    before: float
    after: float
    sample: Sample | None
    better: int
    equal: int
    ratio: float | None
    ratio_chance: float | None
    note: str

    @property
    def difference(self) -> float:
        """Mean difference (NaN without any pair)."""
        return math.nan if self.sample is None else self.sample.mean

    @property
    def total(self) -> Bounds | None:
        """The second interval."""
        return None if self.sample is None else self.sample.total_bounds()

    @property
    def chance(self) -> Bounds | None:
        """The first interval."""
        return None if self.sample is None else self.sample.chance_bounds()

    @property
    def share_better(self) -> Bounds | None:
        """Wilson interval of the share of replicates better."""
        return wilson(self.better, self.pairs)

    def needed(self, away: float = 0.0) -> int | None:
        """Return the paired replicates needed to exclude a difference at the present mean."""
        if self.sample is None:
            return None
        return runs_needed(abs(self.sample.mean - away), self.sample.spread)


def paired(before: Mapping[int, float], after: Mapping[int, float], better: str) -> Paired:
    """Compare two runs of the same replicates.

    Args:
        before: Value by replicate of the run subtracted; NaN is "not recorded".
        after: Likewise, of the run it is subtracted from.
        better: ``more``, ``less`` or ``neither`` (then no replicate is better).
    """
    both = [r for r in sorted(before) if r in after]
    known = [r for r in both if not (math.isnan(before[r]) or math.isnan(after[r]))]
    if not known:
        sides = [any(not math.isnan(side[r]) for r in both) for side in (before, after)]
        note = ONE_SIDE if any(sides) else "not recorded"
        return Paired(0, math.nan, math.nan, None, 0, 0, None, None, note)
    one, two = (np.array([side[r] for r in known]) for side in (before, after))
    apart = two - one
    sign = {"more": 1.0, "less": -1.0}.get(better, 0.0)
    sample = Sample.of(dict(zip(known, apart.tolist(), strict=True)))
    return Paired(
        pairs=len(known),
        before=float(one.mean()),
        after=float(two.mean()),
        sample=sample,
        better=int((sign * apart > 0).sum()),
        equal=int((apart == 0).sum()),
        ratio=_ratio(one, two, apart),
        ratio_chance=_ratio(
            _within(known, one), _within(known, two), _within(known, apart), centred=True
        ),
        note=_note(sample, apart, len(both)),
    )


def _ratio(one: F64, two: F64, apart: F64, centred: bool = False) -> float | None:
    """Return (var one + var two) / var apart; None where a variance is not known or 0."""
    if len(apart) < (1 if centred else 2):
        return None
    spreads = [float(np.mean(v**2)) if centred else float(v.var(ddof=1)) for v in (one, two, apart)]
    return (spreads[0] + spreads[1]) / spreads[2] if spreads[2] > 0 else None


def _within(replicates: list[int], values: F64) -> F64:
    """Return the differences within whole pairs of replicates."""
    at = dict(zip(replicates, values.tolist(), strict=True))
    return np.array([at[r] - at[r + 1] for r in replicates if r % 2 == 0 and r + 1 in at])


def _note(sample: Sample, apart: F64, asked: int) -> str:
    notes = []
    if len(apart) < asked:
        notes.append(f"recorded in {len(apart)} of {asked} replicates")
    if not apart.any():
        notes.append("no difference in any replicate")
    elif sample.draws < 2:
        notes.append("one draw of the parameters: no second interval")
    elif sample.spread == 0:
        notes.append("the same difference in every replicate")
    return "; ".join(notes)


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio of two means with its interval; ``value`` None is "not defined"."""

    value: float | None
    bounds: Bounds | None


def ratio_of_means(over: Mapping[int, float], under: Mapping[int, float]) -> Ratio:
    """Return mean(over) / mean(under) with Fieller's interval (Fieller 1954), draws as units.

    Not defined where the second interval of the lower mean includes 0. With x, y the means over
    a draw and g = t^2 var(y) / y^2 < 1 the bounds are the roots r of
    (y^2 - t^2 vyy) r^2 - 2 (x y - t^2 vxy) r + (x^2 - t^2 vxx) = 0.
    """
    top, bottom = Sample.of(over), Sample.of(under)
    bounds = bottom.total_bounds()
    if bounds is None or bounds[0] <= 0 <= bounds[1]:
        return Ratio(None, None)
    assert top.error is not None
    assert bottom.error is not None
    squared = bottom.t**2 if bottom.draws > 1 else 0.0
    shared = _covariance(over, under) / bottom.draws
    a = bottom.mean**2 - squared * bottom.error**2
    b = top.mean * bottom.mean - squared * shared
    c = top.mean**2 - squared * top.error**2
    root = math.sqrt(max(b * b - a * c, 0.0))
    return Ratio(top.mean / bottom.mean, ((b - root) / a, (b + root) / a))


def _covariance(one: Mapping[int, float], two: Mapping[int, float]) -> float:
    draws = sorted({r // 2 for r in one})
    means = [
        np.array([np.mean([side[r] for r in (2 * k, 2 * k + 1) if r in side]) for k in draws])
        for side in (one, two)
    ]
    return float(np.cov(means[0], means[1], ddof=1)[0, 1]) if len(draws) > 1 else 0.0


def displacement_quotient(
    treated: tuple[float, float], buffer: tuple[float, float], control: tuple[float, float]
) -> float | None:
    """Return the weighted displacement quotient (Bowers & Johnson 2003), None if not defined.

    (B1/C1 - B0/C0) / (A1/C1 - A0/C0), of counts before and after: A treated, B buffer, C control.
    Below 0, what is saved in A is partly (to -1) or wholly (beyond) lost in B; above 0, B gains.

    >>> round(displacement_quotient((100, 60), (80, 96), (200, 200)), 10)
    -0.4
    """
    if 0 in control:
        return None
    moved = buffer[1] / control[1] - buffer[0] / control[0]
    saved = treated[1] / control[1] - treated[0] / control[0]
    return moved / saved if saved else None
