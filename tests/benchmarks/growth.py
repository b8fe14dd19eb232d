"""A line through times by size: a fixed cost and a cost a party, and how far off they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Line:
    """``seconds = fixed + each * parties``.

    Attributes:
        fixed: Seconds that do not depend on the size.
        each: Seconds a party.
        worst: Largest |measured - line| / measured.
    """

    fixed: float
    each: float
    worst: float


def fit(parties: Sequence[float], seconds: Sequence[float]) -> Line:
    """Return the line with the least relative errors (weights 1 / seconds)."""
    x, y = np.asarray(parties, dtype=float), np.asarray(seconds, dtype=float)
    columns = np.stack([np.ones_like(x), x], axis=1) / y[:, None]
    (fixed, each), *_ = np.linalg.lstsq(columns, np.ones_like(y), rcond=None)
    worst = float(np.abs((fixed + each * x) / y - 1).max())
    return Line(float(fixed), float(each), worst)
