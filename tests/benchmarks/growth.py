"""How time grows with size: a line through the points, and what each further party costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Growth:
    """``seconds = fixed + each * parties``, and how far growth bends away from it.

    Attributes:
        fixed: Seconds that do not depend on the size.
        each: Seconds a party.
        worst: Largest |measured - line| / measured.
        further: Seconds a further party from each size to the next.
        bend: Last of ``further`` / the one before: 1 is linear, above 1 worse than linear.
    """

    fixed: float
    each: float
    worst: float
    further: tuple[float, ...]
    bend: float


def fit(parties: Sequence[float], seconds: Sequence[float]) -> Growth:
    """Return the line with the least relative errors (weights 1 / seconds), three points or more.

    >>> round(fit([1e4, 1e5, 1e6], [4.1, 5.0, 14.0]).bend, 6)
    1.0
    """
    x, y = np.asarray(parties, dtype=float), np.asarray(seconds, dtype=float)
    columns = np.stack([np.ones_like(x), x], axis=1) / y[:, None]
    (fixed, each), *_ = np.linalg.lstsq(columns, np.ones_like(y), rcond=None)
    further = np.diff(y) / np.diff(x)
    return Growth(
        fixed=float(fixed),
        each=float(each),
        worst=float(np.abs((fixed + each * x) / y - 1).max()),
        further=tuple(further.tolist()),
        bend=float(further[-1] / further[-2]),
    )
