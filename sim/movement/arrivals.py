"""Stocks and arrivals laid out as rows of the crowd before the run begins.

Arrivals are exogenous: sizes, profiles and hours are functions of (seed, series, position in the
series) only, so that a party has the same key and the same make-up under every plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.movement.crowd import NOT_YET, Crowd
from sim.randomness import Draws, arrival_keys, salt
from sim.scenario.specs.people import Arrival, Mix, Profile, Stock

#: Parties made at once at least, and rows filled together: a million need little memory beside
#: them.
_FEW = 256
_ROWS = 1 << 15


@dataclass(frozen=True)
class _Block:
    keys: NDArray[np.uint64]
    persons: NDArray[np.uint8]
    profile: NDArray[np.uint8]
    hour: NDArray[np.int32]
    node: int
    stock: bool
    failures: float


def lay_out(
    profiles: Sequence[Profile],
    mixes: Sequence[Mix],
    arrivals: Sequence[Arrival],
    stocks: Sequence[Stock],
    places: Mapping[str, int],
    clock: Clock,
    draws: Draws,
) -> Crowd:
    """Return a crowd whose rows are the stocks, then the arrivals in order of their hour.

    Persons of a row of ``arrivals`` outside the run are left out in proportion to time. The last
    party of a row is cut so that persons add up to the row's (rounded) number.
    """
    mix_of = {mix.id: _mix_weights(mix, profiles) for mix in mixes}
    party_sizes = _party_sizes(profiles)
    blocks = []
    for stock in stocks:
        total = round(stock.persons.value)
        keys, persons, profile = _parties(
            f"stock {stock.id}", total, mix_of[stock.mix], party_sizes, draws
        )
        hour = np.zeros(len(keys), np.int32)
        blocks.append(
            _Block(keys, persons, profile, hour, places[stock.place], True, stock.failures.value)
        )
    for arrival in arrivals:
        keys, persons, profile = _parties(
            f"{arrival.series} {arrival.id}",
            round(arrival.persons.value),
            mix_of[arrival.mix],
            party_sizes,
            draws,
        )
        begin, end = clock.hour_of(arrival.since), clock.hour_of(arrival.until)
        at = draws.uniform(draws.event_base(keys, np.zeros(len(keys))), salt("arrival hour"))
        hour = np.floor(begin + at * (end - begin)).astype(np.int32)
        inside = (hour >= 0) & (hour < clock.hours)
        blocks.append(
            _Block(
                keys[inside],
                persons[inside],
                profile[inside],
                hour[inside],
                places[arrival.place],
                False,
                0.0,
            )
        )
    return _fill(blocks, profiles, draws)


def lay_out_late(
    profiles: Sequence[Profile],
    mix: Mix,
    series: str,
    persons: int,
    place: int,
    begin: int,
    end: float,
    draws: Draws,
) -> Crowd:
    """Return parties that nobody planned, rows in order of their hour.

    Args:
        profiles: The scenario's profiles.
        mix: Shares of profiles.
        series: Name of their own series; it keys them, so that nobody else's draws change.
        persons: Persons in all.
        place: Where they enter.
        begin: First hour of entering.
        end: Hour before which they have entered; they are spread evenly.
        draws: The run's draws.
    """
    weights = _mix_weights(mix, profiles)
    keys, sizes, profile = _parties(series, persons, weights, _party_sizes(profiles), draws)
    at = draws.uniform(draws.event_base(keys, np.zeros(len(keys))), salt("arrival hour"))
    hour = np.floor(begin + at * (end - begin)).astype(np.int32)
    return _fill([_Block(keys, sizes, profile, hour, place, False, 0.0)], profiles, draws)


def _mix_weights(mix: Mix, profiles: Sequence[Profile]) -> NDArray[np.float64]:
    weights = np.array([mix.shares.get(p.id, 0.0) for p in profiles])
    return np.asarray(np.cumsum(weights / weights.sum()))


def _party_sizes(profiles: Sequence[Profile]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return party sizes, shape (profiles, most), and where the draws of each but the last end."""
    most = max((len(spec.party_sizes) for spec in profiles), default=1)
    sizes = np.ones((len(profiles), most), np.int64)
    edges = np.full((len(profiles), most - 1), np.inf)
    for i, spec in enumerate(profiles):
        own = sorted(spec.party_sizes)
        weights = np.array([spec.party_sizes[s] for s in own], dtype=float)
        sizes[i, : len(own)] = own
        edges[i, : len(own) - 1] = np.cumsum(weights / weights.sum())[:-1]
    return sizes, edges


def _parties(
    series: str,
    total: int,
    cumulative: NDArray[np.float64],
    party_sizes: tuple[NDArray[np.int64], NDArray[np.float64]],
    draws: Draws,
) -> tuple[NDArray[np.uint64], NDArray[np.uint8], NDArray[np.uint8]]:
    sizes, edges = party_sizes
    parts: list[tuple[NDArray[Any], ...]] = []
    made, left = 0, total
    while left > 0:
        # Few parties are of one person: half as many as are left to place mostly do at once.
        keys = arrival_keys(series, max(left // 2, _FEW), made)
        base = draws.event_base(keys, np.zeros(len(keys)))
        profile = np.searchsorted(cumulative, draws.uniform(base, salt("profile")), side="right")
        which = np.minimum(profile, len(cumulative) - 1).astype(np.uint8)
        u = draws.uniform(base, salt("party size"))
        # The last size has no edge: it is what is left.
        size = sizes[which, (edges.take(which, axis=0) <= u[:, None]).sum(axis=1)]
        upto = np.cumsum(size)
        count = int(np.searchsorted(upto, left)) + 1
        size = size[:count]
        made, left = made + len(size), left - int(upto[len(size) - 1])
        size[-1] += min(left, 0)
        parts.append((keys[:count], size.astype(np.uint8), which[:count]))
    if not parts:
        return np.empty(0, np.uint64), np.empty(0, np.uint8), np.empty(0, np.uint8)
    keys, size, which = (np.concatenate(column) for column in zip(*parts, strict=True))
    return keys, size, which


def _fill(blocks: Sequence[_Block], profiles: Sequence[Profile], draws: Draws) -> Crowd:
    lengths = [len(block.keys) for block in blocks]
    crowd = Crowd.empty(sum(lengths))
    if not crowd.planned:
        return crowd
    key = np.concatenate([b.keys for b in blocks])
    persons = np.concatenate([b.persons for b in blocks])
    profile = np.concatenate([b.profile for b in blocks])
    block = np.arange(len(blocks), dtype=np.min_scalar_type(len(blocks))).repeat(lengths)
    # Stocks come first, then hour by hour, within it by key.
    hour = np.concatenate([b.hour for b in blocks])
    stock = np.array([b.stock for b in blocks])
    when = np.where(stock[block], 0, hour + 1)
    order = key.argsort().astype(np.int32)
    order = order[when.astype(np.min_scalar_type(when.max()))[order].argsort(kind="stable")]
    node = np.array([b.node for b in blocks])
    failures = np.array([b.failures for b in blocks])
    for begin in range(0, crowd.planned, _ROWS):
        taken = order[begin : begin + _ROWS]
        rows = slice(begin, begin + len(taken))
        of = block[taken]
        crowd.key[rows] = key[taken]
        crowd.stock[rows] = stock[of]
        crowd.entered[rows] = crowd.due[rows] = hour[taken]
        crowd.persons[rows] = persons[taken]
        crowd.profile[rows] = profile[taken]
        crowd.node[rows] = crowd.entry[rows] = node[of]
        _make_up(crowd, rows, profiles, failures[of], draws)
    assert (crowd.state[: crowd.planned] == NOT_YET).all()
    return crowd


def _make_up(
    crowd: Crowd,
    rows: slice,
    profiles: Sequence[Profile],
    failures: NDArray[np.float64],
    draws: Draws,
) -> None:
    base = draws.event_base(crowd.key[rows], np.zeros(len(failures)))
    which = crowd.profile[rows]
    persons = crowd.persons[rows].astype(np.int64)

    def u(stream: str) -> NDArray[np.float64]:
        return draws.uniform(base, salt(stream))

    def per_profile(values: Sequence[float]) -> NDArray[np.float64]:
        return np.asarray(values, dtype=float)[which]

    family = (u("family") < per_profile([p.family_share.value for p in profiles])) & (persons > 1)
    alone = ~family & (
        u("unaccompanied") < per_profile([p.unaccompanied_share.value for p in profiles])
    )
    minors_share = per_profile([p.minors_share.value for p in profiles])
    expected = minors_share * persons
    minors = np.floor(expected + u("minors")).astype(np.int64)
    minors = np.where(family, np.clip(minors, 1, persons - 1), 0)
    minors = np.where(alone, persons, minors)
    crowd.family[rows] = family
    crowd.minors[rows] = minors
    crowd.unaccompanied[rows] = np.where(alone, persons, 0)
    crowd.vulnerable[rows] = u("vulnerable") < per_profile(
        [p.vulnerable_share.value for p in profiles]
    )
    crowd.wish[rows] = u("wish") < per_profile([p.wish_share.value for p in profiles])
    normal = _normal(u("funds"), u("funds angle"))
    spread = per_profile([p.funds_spread.value for p in profiles])
    crowd.funds[rows] = per_profile([p.funds.value for p in profiles]) * np.exp(spread * normal)
    crowd.failures[rows] = (u("failures") < failures).astype(np.uint8)


def _normal(u1: NDArray[np.float64], u2: NDArray[np.float64]) -> NDArray[np.float64]:
    # Box-Muller: two uniforms of one event, no inverse of the normal distribution needed.
    return np.asarray(np.sqrt(-2 * np.log1p(-u1)) * np.cos(2 * np.pi * u2))
