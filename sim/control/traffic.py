"""Vehicles of one stream, drawn one by one for the tactical grain of a post."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.errors import ModelError
from sim.randomness import Draws, arrival_keys, salt

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Handling:
    """How long units take and how long they wait.

    Attributes:
        first_line: Mean time at the booth, hours.
        second_line_share: Share referred to the second line.
        second_line: Mean time there, hours.
        distribution: Of both times.
        variation: Coefficient of variation of a lognormal time.
        patience: Mean time after which a unit gives up waiting at the booth, hours, infinite if
            never.
        deadline: True where every unit has the same patience, False where it is exponential.
        batch: Units that arrive together.
    """

    first_line: float
    second_line_share: float = 0.0
    second_line: float = 0.0
    distribution: Literal["exponential", "deterministic", "lognormal"] = "exponential"
    variation: float = 1.0
    patience: float = math.inf
    deadline: bool = False
    batch: int = 1


@dataclass(frozen=True)
class Traffic:
    """Units by arrival; every column has shape (units,).

    Attributes:
        arrive: Hour of arrival, sorted.
        booth: Time at the booth, hours.
        second: Time in the second line, hours; 0 where not referred.
        patience: Longest wait for the booth, hours.
        priority: Lower is served first.
    """

    arrive: F64
    booth: F64
    second: F64
    patience: F64
    priority: NDArray[np.int64]

    @classmethod
    def draw(
        cls, name: str, rates: F64, handling: Handling, draws: Draws, priority: int = 0
    ) -> Traffic:
        """Draw the units of a stream: Poisson arrivals at hourly rates, each with its own times.

        A unit's draws depend on the stream's name and its number only.

        Args:
            name: Stream, e.g. ``bar cars``.
            rates: Units per hour, shape (hours,).
            handling: Times and patience.
            draws: The run's draws.
            priority: Of all units; lower is served first.

        Raises:
            ModelError: A batch below 1.
        """
        if handling.batch < 1:
            raise ModelError(f"{name}: a batch is at least 1 unit")
        expected = np.concatenate(([0.0], np.cumsum(rates / handling.batch)))
        mean = float(expected[-1])
        room = int(mean + 10.0 * math.sqrt(mean) + 50.0)
        keys = arrival_keys(f"tactical {name}", room)
        base = draws.event_base(keys, np.zeros(room, dtype=np.int64))
        gaps = -np.log1p(-draws.uniform(base, salt("tactical gap")))
        events = np.cumsum(gaps)
        events = events[events < mean]
        arrive = np.repeat(np.interp(events, expected, np.arange(expected.size)), handling.batch)
        unit = arrival_keys(f"tactical unit {name}", arrive.size)
        base = draws.event_base(unit, np.zeros(arrive.size, dtype=np.int64))
        referred = draws.uniform(base, salt("tactical referral")) < handling.second_line_share
        times = _times(handling, handling.first_line, base, draws, "booth")
        second = _times(handling, handling.second_line, base, draws, "second line")
        patience = np.full(arrive.size, handling.patience)
        if not handling.deadline and math.isfinite(handling.patience):
            patience *= -np.log1p(-draws.uniform(base, salt("tactical patience")))
        return cls(
            arrive=arrive,
            booth=times,
            second=np.where(referred, second, 0.0),
            patience=patience,
            priority=np.full(arrive.size, priority, dtype=np.int64),
        )


def _times(
    handling: Handling, mean: float, base: NDArray[np.uint64], draws: Draws, purpose: str
) -> F64:
    """Return times with the mean and the distribution of ``handling``."""
    if handling.distribution == "deterministic":
        return np.full(base.size, mean)
    first = draws.uniform(base, salt("tactical time", purpose))
    if handling.distribution == "exponential":
        return np.asarray(-mean * np.log1p(-first))
    # Box & Muller 1958.
    second = draws.uniform(base, salt("tactical angle", purpose))
    normal = np.sqrt(-2.0 * np.log1p(-first)) * np.cos(2.0 * np.pi * second)
    sigma2 = math.log1p(handling.variation**2)
    return np.asarray(mean * np.exp(math.sqrt(sigma2) * normal - sigma2 / 2.0))
