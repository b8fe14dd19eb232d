"""The hash of ``sim.randomness`` for one element, and what is drawn by it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled

_M1, _M2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31 = np.uint64(30), np.uint64(27), np.uint64(31)
_S11 = np.uint64(11)
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_UNIT = 2.0**-53


@compiled
def mixed(z: Any) -> Any:
    """Return SplitMix64's finaliser of one uint64."""
    z = (z ^ (z >> _S30)) * _M1
    z = (z ^ (z >> _S27)) * _M2
    return z ^ (z >> _S31)


def odd_numbers(count: int) -> NDArray[np.uint64]:
    """Return hashed odd numbers, shape (count,): what things side by side are told apart by."""
    z = np.arange(count, dtype=np.uint64) * GOLDEN
    z = (z ^ (z >> _S30)) * _M1
    z = (z ^ (z >> _S27)) * _M2
    return np.asarray((z ^ (z >> _S31)) | np.uint64(1))


@compiled
def drawn(base: Any, salt: Any) -> Any:
    """Return 64 hashed bits of an event base and a salt: one draw."""
    return mixed(base ^ salt)


@compiled
def unit(bits: Any) -> Any:
    """Return the uniform in [0, 1) of 64 hashed bits."""
    return np.float64(bits >> _S11) * _UNIT


@compiled
def event_base(run: Any, key: Any, event: Any) -> Any:
    """Return the hash of the run's own bits, a key and the number of an event."""
    return mixed(mixed(key ^ run) + np.uint64(event) * GOLDEN)
