"""The hash of ``sim.randomness`` for one element and for rows, and uniform draws from it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels.compiling import compiled

U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]

_M1, _M2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31 = np.uint64(30), np.uint64(27), np.uint64(31)
_S11 = np.uint64(11)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_UNIT = 2.0**-53


@compiled
def mixed(z: Any) -> Any:
    """Return SplitMix64's finaliser of one uint64."""
    z = (z ^ (z >> _S30)) * _M1
    z = (z ^ (z >> _S27)) * _M2
    return z ^ (z >> _S31)


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
    return mixed(mixed(key ^ run) + np.uint64(event) * _GOLDEN)


@compiled
def event_bases(run: Any, key: U64, event: NDArray[Any], out: U64) -> None:
    """Write the bases of rows; arrays of one shape (n,)."""
    for i in range(key.size):
        out[i] = event_base(run, key[i], event[i])


@compiled
def bits_of_one(base: U64, salt: Any, out: U64) -> None:
    """Write the bits of (base, one salt); arrays of one shape (n,)."""
    for i in range(base.size):
        out[i] = mixed(base[i] ^ salt)


@compiled
def bits_of_each(base: U64, salt: U64, out: U64) -> None:
    """Write the bits of (base, its own salt); arrays of one shape (n,)."""
    for i in range(base.size):
        out[i] = mixed(base[i] ^ salt[i])


@compiled
def bits_of_several(base: U64, salts: U64, out: U64) -> None:
    """Write the bits of (base, salts), ``salts`` (k, n) or (k, 1), ``out`` (k, n)."""
    alike = salts.shape[1] == 1
    for j in range(out.shape[0]):
        for i in range(base.size):
            out[j, i] = mixed(base[i] ^ salts[j, 0 if alike else i])


@compiled
def uniforms_of_one(base: U64, salt: Any, out: F64) -> None:
    """Write the uniforms of (base, one salt); arrays of one shape (n,)."""
    for i in range(base.size):
        out[i] = unit(mixed(base[i] ^ salt))


@compiled
def uniforms_of_each(base: U64, salt: U64, out: F64) -> None:
    """Write the uniforms of (base, its own salt); arrays of one shape (n,)."""
    for i in range(base.size):
        out[i] = unit(mixed(base[i] ^ salt[i]))


@compiled
def uniforms_of_several(base: U64, salts: U64, out: F64) -> None:
    """Write the uniforms of (base, salts), ``salts`` (k, n) or (k, 1), ``out`` (k, n)."""
    alike = salts.shape[1] == 1
    for j in range(out.shape[0]):
        for i in range(base.size):
            out[j, i] = unit(mixed(base[i] ^ salts[j, 0 if alike else i]))
