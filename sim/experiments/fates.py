"""The fate table: what those who crossed at a treated place did on the other side (MODEL 16).

The other side of a baseline is the plan, and of a plan (the mirror) the baseline. Arrivals are
exogenous and keyed, so that a root party is the same on both sides; matched are persons by root
key, and where a root split on the other side its persons are shared in proportion.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import ModelError
from sim.experiments.tracks import Tracks, take
from sim.movement.crowd import ARRIVED, ASYLUM, DEAD_OR_MISSING, GAVE_UP, RETURNED
from sim.records.comparison import FATES
from sim.scenario.specs.scenario import Scenario

_CODE = {name: i for i, name in enumerate(FATES)}
#: Targets that are places where somebody crosses; a country or a network is none.
_PLACES = ("sector", "post", "leg", "border", "place")
#: Shares of persons are kept in these parts, so that rows sum exactly.
_PARTS = 1024


@dataclass(frozen=True)
class Crossings:
    """The legs of a scenario that cross a border.

    Attributes:
        legs: Ids of all legs, in the order of leg indices.
        border: Number of the border each leg crosses, -1 within a country; shape (legs,).
        mode: Number of its mode.
        tail: Country it leaves.
        head: Country it enters.
    """

    legs: tuple[str, ...]
    border: NDArray[np.intp]
    mode: NDArray[np.intp]
    tail: NDArray[np.object_]

    head: NDArray[np.object_]

    @classmethod
    def of(cls, scenario: Scenario, order: Sequence[str]) -> Crossings:
        """Return the crossings of a scenario whose model numbers its legs in ``order``."""
        country = {p.id: p.country for p in scenario.places}
        by_id = {leg.id: leg for leg in scenario.legs}
        legs = [by_id[name] for name in order]
        pairs = [tuple(sorted((country[leg.tail], country[leg.head]))) for leg in legs]
        borders = sorted({p for p in pairs if p[0] != p[1]})
        modes = sorted({leg.mode for leg in legs})
        return cls(
            tuple(order),
            np.array([borders.index(p) if p[0] != p[1] else -1 for p in pairs], np.intp),
            np.array([modes.index(leg.mode) for leg in legs], np.intp),
            np.array([country[leg.tail] for leg in legs], dtype=object),
            np.array([country[leg.head] for leg in legs], dtype=object),
        )

    def mask(self, legs: Iterable[str]) -> NDArray[np.bool_]:
        """Return which legs are among those named."""
        return np.isin(np.array(self.legs, dtype=object), list(legs))

    def places(self, treated: NDArray[np.bool_]) -> NDArray[np.object_]:
        """Return by leg: treated, buffer, control; "" within a country.

        The buffer is where a crossing made harder would go: out of the same country elsewhere, or
        into the same country from elsewhere.
        """
        leaves = np.isin(self.tail, list(set(self.tail[treated])))
        enters = np.isin(self.head, list(set(self.head[treated])))
        kinds = np.select([treated, leaves | enters], ["treated", "buffer"], "control")
        return np.where(self.border >= 0, kinds, "").astype(object)


def treated_places(scenario: Scenario, targets: Iterable[str]) -> tuple[str, ...]:
    """Return those of the targets at which somebody crosses a border, sorted."""
    found = {t for t in targets if t.partition(":")[0] in _PLACES}
    return tuple(sorted(t for t in found if treated_legs(scenario, [t])))


def treated_legs(scenario: Scenario, targets: Iterable[str]) -> tuple[str, ...]:
    """Return the legs across a border that targets of the kinds above control or name."""
    country = {p.id: p.country for p in scenario.places}
    named = [t.partition(":")[::2] for t in targets]
    wanted = {(kind, name.rsplit("/", 1)[-1]) for kind, name in named}

    def mine(leg: Mapping[str, object]) -> bool:
        return any((kind, leg[kind]) in wanted for kind in ("sector", "post", "leg", "border"))

    chosen = []
    for leg in scenario.legs:
        ends = sorted((country[leg.tail], country[leg.head]))
        keys = {"sector": leg.sector, "post": leg.post, "leg": leg.id, "border": "-".join(ends)}
        at_place = ("place", leg.tail) in wanted or ("place", leg.head) in wanted
        if ends[0] != ends[1] and (mine(keys) or at_place):
            chosen.append(leg.id)
    return tuple(sorted(chosen))


def fates(
    crossed: Tracks, other: Tracks, at: Crossings, treated: NDArray[np.bool_],
    since: int, until: int,
) -> dict[str, float]:  # fmt: skip
    """Return persons by fate; they sum exactly to those who crossed at the treated place.

    Who crossed: parties whose first crossing of a border fell on a treated leg in since..until;
    of several, the earliest. Crossings of a border after its first are not in the record.

    Args:
        crossed: The side whose crossings are followed.
        other: The side that tells what became of them.
        at: The legs that cross a border.
        treated: Treated legs, shape (legs,).
        since: First hour.
        until: First hour no longer counted.
    """
    first = _first_treated(crossed, treated, since, until)
    party, leg, hour = crossed.party[first], crossed.leg[first], crossed.hour[first]
    origin, fellow, weight = _matched(crossed, party, other)
    fate = _fate_of(other, fellow, at, treated, leg[origin], hour[origin],
                    _borders_by(crossed, at, party, hour)[origin])  # fmt: skip
    persons = np.bincount(fate, weight, len(FATES)).astype(np.float64)
    return dict(zip(FATES, _whole_parts(persons, int(crossed.persons[party].sum())), strict=True))


def _first_treated(
    tracks: Tracks, treated: NDArray[np.bool_], since: int, until: int
) -> NDArray[np.intp]:
    """Return the position of each party's earliest crossing on a treated leg in since..until."""
    mine = np.flatnonzero(
        treated[tracks.leg] & (tracks.hour >= since) & (tracks.hour < until)
        & (tracks.persons[tracks.party] > 0)
    )  # fmt: skip
    _, first = np.unique(tracks.party[mine], return_index=True)
    return np.asarray(mine[first])


def _matched(
    crossed: Tracks, party: NDArray[np.intp], other: Tracks
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Return pairs (index into ``party``, party of the other side) of one root, and persons."""
    order = np.argsort(other.root, kind="stable")
    order = order[other.persons[order] > 0]
    roots = other.root[order]
    begin = np.searchsorted(roots, crossed.root[party], "left")
    count = np.searchsorted(roots, crossed.root[party], "right") - begin
    fellow = take(order, begin, count)
    origin = np.repeat(np.arange(len(party)), count)
    persons = other.persons[fellow].astype(np.float64)
    whole = np.bincount(origin, persons, len(party))
    if (whole == 0).any():
        raise ModelError("two runs of one seed hold different arrivals: no fate can be matched")
    return origin, fellow, crossed.persons[party][origin] * persons / whole[origin]


def _borders_by(
    tracks: Tracks, at: Crossings, party: NDArray[np.intp], hour: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """Return bits of the borders each party had crossed by an hour, shape of ``party``."""
    last = np.full(len(tracks.root), -1, np.int64)
    last[party] = hour
    bits = np.zeros(len(tracks.root), np.uint64)
    before = tracks.hour <= last[tracks.party]
    np.bitwise_or.at(bits, tracks.party[before], _bit(at.border[tracks.leg[before]]))
    return np.asarray(bits[party])


def _bit(border: NDArray[np.intp]) -> NDArray[np.uint64]:
    return np.left_shift(np.uint64(1), border.astype(np.uint64))


def _fate_of(
    other: Tracks, fellow: NDArray[np.intp], at: Crossings, treated: NDArray[np.bool_],
    leg: NDArray[np.intp], hour: NDArray[np.int64], before: NDArray[np.uint64],
) -> NDArray[np.intp]:  # fmt: skip
    """Return the fate of each party of the other side against the crossing it is matched with."""
    known = other.party * 64 + at.border[other.leg]
    order = np.argsort(known, kind="stable")
    wanted = fellow * 64 + at.border[leg]
    place = np.minimum(np.searchsorted(known[order], wanted), max(len(known) - 1, 0))
    event = order[place] if len(known) else np.zeros(len(wanted), np.intp)
    found = known[event] == wanted if len(known) else np.zeros(len(wanted), np.bool_)
    own_leg = np.where(found, other.leg[event] if len(known) else 0, leg)
    own_hour = np.where(found, other.hour[event] if len(known) else 0, hour)
    bits = np.zeros(len(other.root), np.uint64)
    np.bitwise_or.at(bits, other.party, _bit(at.border[other.leg]))
    state = other.state[fellow]
    elsewhere = (bits[fellow] & ~before) != 0
    there = found & treated[own_leg]
    questions = (
        ("unchanged", there & (own_hour <= hour)),
        ("same_place_later", there),
        ("same_border_elsewhere", found & (at.mode[own_leg] == at.mode[leg])),
        ("other_mode", found),
        ("dead_or_missing", state == DEAD_OR_MISSING),
        ("other_route", elsewhere | (state == ARRIVED)),
        ("gave_up_or_returned", (state == GAVE_UP) | (state == RETURNED)),
        ("asylum", state == ASYLUM),
    )
    conditions = [held for _, held in questions]
    codes = [_CODE[name] for name, _ in questions]
    return np.select(conditions, codes, _CODE["still_waiting"]).astype(np.intp)


def _whole_parts(persons: NDArray[np.float64], total: int) -> list[float]:
    """Round to parts of a person by largest remainder, so that they sum exactly to ``total``.

    >>> sum(_whole_parts(np.array([1 / 3, 1 / 3, 1 / 3]), 1))
    1.0
    """
    scaled = persons * _PARTS
    parts = np.floor(scaled + 1e-6)
    missing = int(total * _PARTS - parts.sum())
    parts[np.argsort(parts - scaled, kind="stable")[:missing]] += 1
    return [float(v) for v in parts / _PARTS]
