"""The lower bound: movement alone in plain numpy, on the legs of `stress`, written to be fast.

A calendar, a keyed draw, a choice by cumulative probabilities, a due hour; nothing is spent,
believed, controlled, counted or recorded. A party makes one leg after another, with an
exponential wait before each, so that it makes about 25 in the year. No part of the engine is
used: what the engine costs beyond this is the price of its mechanisms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.scenario.specs.scenario import Scenario

DAY = 24
CLASSES = 72
WIDTH = 8
MEAN_WAIT_HOURS = 268.0
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_M1, _M2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S32, _S16 = (np.uint64(n) for n in (30, 27, 31, 32, 16))
_LOW16 = np.uint64(0xFFFF)


def _mix(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    z ^= z >> _S30
    z *= _M1
    z ^= z >> _S27
    z *= _M2
    z ^= z >> _S31
    return z


@dataclass(frozen=True)
class Tables:
    """What a leg's choice reads.

    Attributes:
        cumulative: uint32 cumulative probability by (class, place), shape (classes * places, 8).
        head: intp head of the leg at (place, position), shape (places * 8,).
        hours: int32 duration of the leg at (place, position), shape (places * 8,).
        waits: int32 quantiles of the exponential wait, shape (65536,).
    """

    places: int
    cumulative: NDArray[np.uint32]
    head: NDArray[np.intp]
    hours: NDArray[np.int32]
    waits: NDArray[np.int32]

    @classmethod
    def of(cls, scenario: Scenario) -> Tables:
        """Lay out the legs of a scenario, with made-up probabilities for 72 classes."""
        names = sorted(place.id for place in scenario.places)
        index = {name: i for i, name in enumerate(names)}
        head = np.zeros((len(names), WIDTH), np.intp)
        hours = np.zeros((len(names), WIDTH), np.int32)
        degree = np.zeros(len(names), np.intp)
        for leg in sorted(scenario.legs, key=lambda leg: leg.id):
            tail = index[leg.tail]
            head[tail, degree[tail]] = index[leg.head]
            hours[tail, degree[tail]] = round(leg.duration.value)
            degree[tail] += 1
        seeds = np.arange(CLASSES * len(names) * WIDTH, dtype=np.uint64) * _GOLDEN
        weight = (
            0.2 + (_mix(seeds) >> _S32).astype(float).reshape(CLASSES, len(names), WIDTH) / 2**32
        )
        weight[:, np.arange(WIDTH)[None, :] >= degree[:, None]] = 0.0
        cumulative = np.cumsum(weight, axis=2)
        cumulative /= cumulative[:, :, -1:]
        edges = np.minimum(cumulative * 2**32, 2**32 - 1).astype(np.uint32)
        # Beyond the last leg no draw may reach: the position is the number of edges passed.
        edges[:, np.arange(WIDTH)[None, :] >= degree[:, None] - 1] = 2**32 - 1
        u = (np.arange(65536) + 0.5) / 65536
        waits = np.floor(-np.log1p(-u) * MEAN_WAIT_HOURS).astype(np.int32)
        return cls(len(names), edges.reshape(-1, WIDTH), head.reshape(-1), hours.reshape(-1), waits)


def run(scenario: Scenario, parties: int, hours: int = 365 * DAY) -> dict[str, Any]:
    """Move ``parties`` for ``hours``; return the legs made and a checksum of where all are."""
    tables = Tables.of(scenario)
    key = _mix(np.arange(parties, dtype=np.uint64) * _GOLDEN)
    node = (key >> np.uint64(20)).astype(np.intp) % tables.places
    row_of = node + tables.places * ((key >> np.uint64(40)).astype(np.intp) % CLASSES)
    place_offset = row_of - node
    moves = np.zeros(parties, np.uint64)
    due = np.zeros(parties, np.int32)
    late = parties // 2
    # Half are there at the start and leave over the first day, half come over 240 days, in order.
    due[:late] = np.arange(late) * DAY // max(late, 1)
    due[late:] = np.arange(parties - late, dtype=np.int64) * 240 * DAY // max(parties - late, 1)
    legs = 0
    for day in range(0, hours, DAY):
        buckets = _open(due, day)
        for hour in range(day, min(day + DAY, hours)):
            found = buckets[hour - day]
            if not found:
                continue
            rows = found[0] if len(found) == 1 else np.sort(np.concatenate(found))
            legs += len(rows)
            here = node[rows]
            count = moves[rows]
            bits = key[rows]
            bits += count * _GOLDEN
            bits = _mix(bits)
            count += np.uint64(1)
            moves[rows] = count
            edges = tables.cumulative.take(place_offset[rows] + here, axis=0)
            passed = (bits >> _S32).astype(np.uint32)[:, None] >= edges
            position = np.bitwise_count(passed.view(np.uint64)[:, 0])
            leg = here * WIDTH + position
            node[rows] = tables.head[leg]
            then = hour + tables.hours[leg]
            then += tables.waits[(bits & _LOW16).astype(np.intp)]
            due[rows] = then
            soon = then < day + DAY
            if soon.any():
                _file(buckets, rows[soon], then[soon] - day)
    return {"legs": legs, "checksum": int(node.sum()) + int(due.sum(dtype=np.int64))}


def _open(due: NDArray[np.int32], day: int) -> list[list[NDArray[np.intp]]]:
    buckets: list[list[NDArray[np.intp]]] = [[] for _ in range(DAY)]
    rows = np.flatnonzero(due < day + DAY)
    rows = rows[due[rows] >= day]
    _file(buckets, rows, due[rows] - day)
    return buckets


def _file(
    buckets: list[list[NDArray[np.intp]]], rows: NDArray[np.intp], offset: NDArray[np.int32]
) -> None:
    small = offset.astype(np.uint8)
    order = np.argsort(small, kind="stable")
    rows, small = rows[order], small[order]
    edges = np.searchsorted(small, np.arange(DAY + 1, dtype=np.uint8)).tolist()
    for hour in range(DAY):
        if edges[hour] < edges[hour + 1]:
            buckets[hour].append(rows[edges[hour] : edges[hour + 1]])
