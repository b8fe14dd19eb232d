"""Event-keyed draws: a pure function of (seed, stream, entity, event) on uint64 arrays.

The hash is SplitMix64's finaliser (Steele, Lea & Flood 2014, *Fast splittable pseudorandom
number generators*), applied after each field is mixed in. Nothing in the engine draws from
anywhere else, so a draw never depends on the order, number or presence of other draws.

A draw for a party is ``uniform(event_base(key, moves) , salt)``: the base mixes seed, key and
event once per touch; the salt mixes stream and place once per run. Use one salt per purpose.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]


def _constant(value: int) -> U64:
    """Return a uint64 array of no dimension: numpy takes one in faster than a scalar."""
    array = np.array(value, dtype=np.uint64)
    array.flags.writeable = False
    return array


_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_GOLDEN_STEP = _constant(int(_GOLDEN))
_M1, _M2 = _constant(0xBF58476D1CE4E5B9), _constant(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = (_constant(bits) for bits in (30, 27, 31, 11))
_S32, _LOW = _constant(32), _constant(0xFFFFFFFF)
_MASK = (1 << 64) - 1
_shift, _xor, _times = np.right_shift, np.bitwise_xor, np.multiply
_TO_UNIT = 2.0**-53


def mix(x: U64) -> U64:
    """Return SplitMix64's finaliser of each element (a bijection on uint64)."""
    return _mix_over(np.array(x, ndmin=1)).reshape(np.shape(x))


def _mix_over(z: U64) -> U64:
    """Return the same, written over ``z``, an array of one dimension or more."""
    t = _shift(z, _S30)
    _xor(z, t, z)
    _times(z, _M1, z)
    _shift(z, _S27, t)
    _xor(z, t, z)
    _times(z, _M2, z)
    _shift(z, _S31, t)
    return _xor(z, t, z)


def mix_int(x: int) -> int:
    """Return the same finaliser of one Python integer, reduced modulo 2**64."""
    z = x & _MASK
    z = ((z ^ (z >> 30)) * int(_M1)) & _MASK
    z = ((z ^ (z >> 27)) * int(_M2)) & _MASK
    return z ^ (z >> 31)


def text_key(text: str) -> int:
    """Return a uint64 for a name, the same on every machine (FNV-1a, mixed)."""
    h = 0xCBF29CE484222325
    for byte in text.encode():
        h = ((h ^ byte) * 0x100000001B3) & _MASK
    return mix_int(h)


def salt(stream: str, *fields: int | str) -> int:
    """Return the constant of a stream and its scalar fields, each mixed in turn.

    >>> salt("encounter", 3) == salt("encounter", 3), salt("encounter", 3) == salt("encounter", 4)
    (True, False)
    """
    h = text_key(stream)
    for field in fields:
        value = text_key(field) if isinstance(field, str) else int(field)
        h = mix_int((h + int(_GOLDEN)) ^ mix_int(value + int(_GOLDEN)))
    return h


def salts(stream: str, count: int) -> U64:
    """Return the salts of (stream, 0), (stream, 1) ... (stream, count - 1)."""
    return np.array([salt(stream, i) for i in range(count)], dtype=np.uint64)


class Draws:
    """Draws of one run; holds nothing but the seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._base = mix_int(text_key("crossborder") ^ mix_int(seed + int(_GOLDEN)))
        self._base64 = np.uint64(self._base)

    @property
    def run(self) -> np.uint64:
        """The run's own bits, for kernels (``kernels.hashing.event_base``)."""
        return self._base64

    def event_base(self, key: U64, event: NDArray[Any]) -> U64:
        """Return the hash of (seed, key, event), shape of both together; events are integers."""
        h = _mix_over(key ^ self._base64)
        step = event.astype(np.uint64)
        step *= _GOLDEN_STEP
        h += step
        return _mix_over(h)

    def uniform(self, base: U64, salt_: int | U64) -> F64:
        """Return uniforms in [0, 1) of (base, salt), 53 bits; shape of both together."""
        return to_unit(self.bits(base, salt_))

    def bits(self, base: U64, salt_: int | U64) -> U64:
        """Return 64 hashed bits of (base, salt), shape of both together."""
        return _mix_over(base ^ (np.uint64(salt_) if isinstance(salt_, int) else salt_))

    def normal(self, base: U64, salt_: int | U64) -> F64:
        """Return standard normal draws of (base, salt), by Box and Muller's transform (1958).

        The two uniforms are the halves of one hash.
        """
        bits = self.bits(base, salt_)
        radius = np.sqrt(-2.0 * np.log(((bits >> _S32) + 1.0) * 2.0**-32))
        return cast(F64, radius * np.cos((bits & _LOW) * (2.0 * np.pi * 2.0**-32)))

    def scalar(self, stream: str, *fields: int | str) -> float:
        """Return one uniform in [0, 1) of (seed, stream, fields); for institutions, not crowds."""
        h = mix_int(self._base ^ salt(stream, *fields))
        return (h >> 11) * _TO_UNIT

    def keyed(self, stream: str, *fields: NDArray[Any] | int | str) -> F64:
        """Return uniforms of (seed, stream, fields) with array fields broadcast together.

        Slower than ``uniform``; for set-up, tests and small institutional arrays.
        """
        h: U64 = np.asarray(mix_int(self._base ^ text_key(stream)), dtype=np.uint64)
        for field in fields:
            value: U64
            if isinstance(field, str):
                value = np.asarray(text_key(field), dtype=np.uint64)
            else:
                value = np.asarray(field).astype(np.uint64)
            with np.errstate(over="ignore"):
                h = mix(np.atleast_1d(h + _GOLDEN) ^ mix(np.atleast_1d(value + _GOLDEN)))
        return to_unit(h)


def to_unit(bits: U64) -> F64:
    """Return uniforms in [0, 1) with 53 bits from 64 hashed bits."""
    return cast(F64, (bits >> _S11) * _TO_UNIT)


def arrival_keys(series: str, count: int) -> U64:
    """Return the keys of the first ``count`` parties of an arrival series.

    A key depends on the series and the position in it only, so that an added or removed series
    (a plan, an inject) changes no other party's key.
    """
    return mix(np.arange(count, dtype=np.uint64) * _GOLDEN + series_key(series))


def series_key(series: str) -> np.uint64:
    """Return the number that an arrival series gives to the keys of its parties."""
    return np.uint64(text_key("arrival " + series))
