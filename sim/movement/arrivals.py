"""Stocks and arrivals laid out as rows of the crowd before the run begins.

Arrivals are exogenous: sizes, profiles and hours are functions of (seed, series, position in the
series) only, so that a party has the same key and the same make-up under every plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.kernels import arrivals as kernels
from sim.movement.crowd import NOT_YET, Crowd
from sim.randomness import Draws, salt, series_key
from sim.scenario.specs.people import Arrival, Mix, Profile, Stock

#: Rows filled together: a million need little memory beside them.
_ROWS = 1 << 15
#: Draws that make a party up, in the order the kernel takes them.
_STREAMS = (
    "family", "unaccompanied", "minors", "vulnerable", "wish", "failures", "funds", "funds angle",
)  # fmt: skip
#: Hours without an end.
_FOR_EVER = 2**31 - 1


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
    makers = _Makers(_party_sizes(profiles), clock.hours, draws)
    blocks = []
    for stock in stocks:
        made = makers.make(f"stock {stock.id}", stock.persons.value, mix_of[stock.mix], 0, 0)
        blocks.append(_Block(*made, places[stock.place], True, stock.failures.value))
    for arrival in arrivals:
        begin, end = clock.hour_of(arrival.since), clock.hour_of(arrival.until)
        made = makers.make(
            f"{arrival.series} {arrival.id}", arrival.persons.value, mix_of[arrival.mix], begin,
            end,
        )  # fmt: skip
        blocks.append(_Block(*made, places[arrival.place], False, 0.0))
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
    makers = _Makers(_party_sizes(profiles), _FOR_EVER, draws)
    made = makers.make(series, persons, _mix_weights(mix, profiles), begin, end)
    return _fill([_Block(*made, place, False, 0.0)], profiles, draws)


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


class _Makers:
    """Makes the parties of stocks and of rows of arrivals."""

    def __init__(
        self, sizes: tuple[NDArray[np.int64], NDArray[np.float64]], hours: int, draws: Draws
    ) -> None:
        """Take party sizes (``_party_sizes``) and the hours within which parties arrive."""
        self._sizes, self._hours, self._run = sizes, hours, draws.run
        self._salts = np.array(
            [salt("profile"), salt("party size"), salt("arrival hour")], np.uint64
        )

    def make(
        self, series: str, persons: float, mix: NDArray[np.float64], begin: float, end: float
    ) -> tuple[NDArray[np.uint64], NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int32]]:
        """Return key, persons, profile and hour of parties, in order of their series.

        Args:
            series: Name of the series; it keys them.
            persons: Persons in all, rounded; the last party is cut.
            mix: Shares of profiles, summed up.
            begin: First hour.
            end: Hour before which they have arrived; they are spread evenly.
        """
        total = round(persons)
        key, size, profile = (
            np.empty(total, np.uint64), np.empty(total, np.uint8), np.empty(total, np.uint8)
        )  # fmt: skip
        hour = np.empty(total, np.int32)
        made = kernels.place(
            series_key(series), total, self._run, self._salts, mix, *self._sizes, float(begin),
            float(end - begin), self._hours, key, size, profile, hour,
        )  # fmt: skip
        return key[:made].copy(), size[:made].copy(), profile[:made].copy(), hour[:made].copy()


def _fill(blocks: Sequence[_Block], profiles: Sequence[Profile], draws: Draws) -> Crowd:
    lengths = [len(block.keys) for block in blocks]
    crowd = Crowd.empty(sum(lengths))
    if not crowd.planned:
        return crowd
    key = np.concatenate([b.keys for b in blocks])
    persons = np.concatenate([b.persons for b in blocks])
    profile = np.concatenate([b.profile for b in blocks])
    block = np.arange(len(blocks), dtype=np.int32).repeat(lengths)
    # Stocks come first, then hour by hour, within it by key.
    hour = np.concatenate([b.hour for b in blocks])
    stock = np.array([b.stock for b in blocks])
    when = np.where(stock[block], np.int32(0), hour + np.int32(1))
    order = key.argsort().astype(np.int32)
    order = order[when.astype(np.min_scalar_type(when.max()))[order].argsort(kind="stable")]
    node = np.array([b.node for b in blocks])
    failures = np.array([b.failures for b in blocks])
    numbers, salts = _numbers(profiles), np.array([salt(name) for name in _STREAMS], np.uint64)
    radius, angle = np.empty((2, _ROWS))
    for begin in range(0, crowd.planned, _ROWS):
        taken = order[begin : begin + _ROWS]
        rows = taken.size
        radius, angle = radius[:rows], angle[:rows]
        kernels.make_up(
            begin, taken, key, persons, profile, hour, block, node, stock, failures, numbers,
            draws.run, salts, crowd.records, crowd.due, crowd.persons, crowd.minors,
            crowd.unaccompanied, radius, angle,
        )  # fmt: skip
        np.log1p(radius, out=radius)
        np.cos(angle, out=angle)
        kernels.spread(begin, rows, numbers, crowd.records, radius, angle)
        np.exp(radius, out=radius)
        kernels.give_funds(begin, rows, numbers, crowd.records, radius)
    assert (crowd.state[: crowd.planned] == NOT_YET).all()
    return crowd


def _numbers(profiles: Sequence[Profile]) -> NDArray[np.float64]:
    """Return what parties are made up by, shape (profiles, 7); columns see the kernel."""
    numbers = np.zeros((len(profiles), kernels.FUNDS + 1))
    for i, p in enumerate(profiles):
        numbers[i, kernels.FAMILY] = p.family_share.value
        numbers[i, kernels.UNACCOMPANIED] = p.unaccompanied_share.value
        numbers[i, kernels.MINORS] = p.minors_share.value
        numbers[i, kernels.VULNERABLE] = p.vulnerable_share.value
        numbers[i, kernels.WISH] = p.wish_share.value
        numbers[i, kernels.SPREAD] = p.funds_spread.value
        numbers[i, kernels.FUNDS] = p.funds.value
    return numbers
