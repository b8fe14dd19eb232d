"""Notes: columns noted window by window, joined and counted when somebody looks.

What is read once a day or a week is cheaper to count in one go than in every window.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Notes:
    """Batches of columns, in order of time; a noted array is not changed any more."""

    def __init__(self) -> None:
        self._noted: list[tuple[NDArray[Any], ...]] = []

    def add(self, *columns: NDArray[Any]) -> None:
        """Note columns of one length, always the same kinds in the same order."""
        self._noted.append(columns)

    def take(self) -> tuple[NDArray[Any], ...] | None:
        """Return everything noted since last asked as whole columns; None for nothing."""
        noted, self._noted = self._noted, []
        if not noted:
            return None
        if len(noted) == 1:
            return noted[0]
        return tuple(np.concatenate(parts) for parts in zip(*noted, strict=True))
