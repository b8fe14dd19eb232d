"""Journeys: which borders each party crossed first, in what order, and how that is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import ModelError
from sim.kernels import crossings
from sim.records.recorder import Recorder
from sim.scenario.specs.geography import Leg

#: Bits of the party column: one a border, and one more a direction where the reading needs it.
MOST_BITS = 64
#: Readings in the order in which they are tried (MODEL 16).
READINGS = ("cross", "adriatic", "balkan", "other")
#: Countries whose borders are kept by direction, because the readings speak of entering or
#: leaving them.
_DIRECTED = ("BIH", "MNE", "SRB")
_NO_DIRECTION = -1
_BLOCK = 100_000


@dataclass(frozen=True, slots=True)
class Parties:
    """The columns of all parties that the ``journeys`` table takes, each of shape (parties,).

    Attributes:
        key: uint64 key.
        root: Row of the party it was split from, at the root; itself if none.
        profile: Index in ``profiles``.
        persons: Persons in the party.
        minors: Children among them.
        stock: Present at the start.
        entry: Index in ``places`` of the place where it entered.
        entered: Hour it entered.
        attempts: Controlled legs tried.
        spent: EUR per person spent.
        place: Index in ``places`` of its last place.
        state: Index in ``states``.
        ended: Hour it reached a final state, negative before.
        profiles: Profile ids.
        places: Place ids.
        states: Names of the states.
    """

    key: NDArray[np.uint64]
    root: NDArray[np.intp]
    profile: NDArray[Any]
    persons: NDArray[Any]
    minors: NDArray[Any]
    stock: NDArray[np.bool_]
    entry: NDArray[Any]
    entered: NDArray[Any]
    attempts: NDArray[Any]
    spent: NDArray[Any]
    place: NDArray[Any]
    state: NDArray[Any]
    ended: NDArray[Any]
    profiles: tuple[str, ...]
    places: tuple[str, ...]
    states: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Events:
    """Crossings kept: party row, leg, hour, and whether it is the first of its border."""

    row: NDArray[np.int32]
    leg: NDArray[np.int16]
    hour: NDArray[np.int32]
    first: NDArray[np.bool_]

    def take(self, index: NDArray[Any] | slice) -> _Events:
        return _Events(self.row[index], self.leg[index], self.hour[index], self.first[index])


class JourneyLog:
    """Keeps each party's first crossing of every border.

    For borders of the countries that readings speak of, the first crossing in each direction is
    kept too: a journey is read from these and from nothing else.
    """

    def __init__(self, legs: Sequence[Leg], country_of: Mapping[str, str]) -> None:
        """Number the borders; ``legs`` come in the order of leg indices.

        Args:
            legs: All legs.
            country_of: Country code of each place id.

        Raises:
            ModelError: The borders need more than 64 bits.
        """
        tails = [country_of[leg.tail] for leg in legs]
        heads = [country_of[leg.head] for leg in legs]
        names = ["-".join(sorted((t, h))) if t != h else "" for t, h in
                 zip(tails, heads, strict=True)]  # fmt: skip
        self.borders = tuple(sorted(set(names) - {""}))
        directed = sorted(
            {(t, h) for t, h in zip(tails, heads, strict=True)
             if t != h and (t in _DIRECTED or h in _DIRECTED)}
        )  # fmt: skip
        if len(self.borders) + len(directed) > MOST_BITS:
            raise ModelError(
                f"{len(self.borders)} borders crossed by legs and {len(directed)} directions of "
                f"them need more than {MOST_BITS} bits; leave out borders no journey uses"
            )
        self._border = np.array([self.borders.index(n) if n else -1 for n in names], np.intp)
        direction = np.array(
            [len(self.borders) + directed.index((t, h)) if (t, h) in directed else _NO_DIRECTION
             for t, h in zip(tails, heads, strict=True)], np.intp,
        )  # fmt: skip
        self._bit_of_border = _bits(self._border)
        self._bits = self._bit_of_border | _bits(direction)
        self._tail = np.array(tails, dtype=object)
        self._head = np.array(heads, dtype=object)
        self._chunks: list[tuple[NDArray[Any], ...]] = []
        self._splits: list[tuple[NDArray[Any], ...]] = []

    def record(
        self,
        rows: NDArray[np.intp],
        leg: NDArray[np.intp],
        hour: NDArray[Any],
        crossed: NDArray[np.uint64],
    ) -> NDArray[np.uint64]:
        """Keep crossings that are first ones, and return the new bits.

        Args:
            rows: Party rows, shape (m,); a party may stand here several times, sorted in time.
            leg: Leg index of each leg ended; those inside a country are passed over.
            hour: Hour of each crossing.
            crossed: The party's bits, a column by row; brought up to date.

        Returns:
            New bits, shape (m,).
        """
        n = len(rows)
        bits = np.empty(n, np.uint64)
        room = (
            np.empty(n, np.int32), np.empty(n, np.int16), np.empty(n, np.int32),
            np.empty(n, np.bool_),
        )  # fmt: skip
        kept = crossings.first_of_borders(
            rows, leg, hour.astype(np.int32, copy=False), self._bits, self._bit_of_border,
            crossed, bits, *room,
        )  # fmt: skip
        if kept:
            self._chunks.append(tuple(column[:kept].copy() for column in room))
        return bits

    def split(
        self, parents: NDArray[np.intp], children: NDArray[np.intp], hour: NDArray[Any] | int
    ) -> None:
        """Give split rows the history of their parents up to an hour (one for all, or each).

        The party columns of bits are the caller's: it copies them to the children, and once more
        at the end of the day, when the day's crossings have been recorded.
        """
        self._splits.append((parents, children, np.broadcast_to(hour, len(parents))))

    def write(self, recorder: Recorder, parties: Parties) -> None:
        """Add one row a party that crossed a border to the ``journeys`` table."""
        events = self._events()
        starts = _starts(events.row)
        ends = np.append(starts[1:], len(events.row))
        # In blocks of parties, so that a million journeys need little memory beside their texts.
        for block in range(0, len(starts), _BLOCK):
            last = min(block + _BLOCK, len(starts)) - 1
            part = events.take(slice(starts[block], ends[last]))
            self._write_block(recorder, parties, part)

    def first_crossings(self) -> tuple[NDArray[np.int32], NDArray[np.int16], NDArray[np.int32]]:
        """Return party row, leg and hour of every party's first crossing of each border.

        Sorted by party and time, shape (crossings,) each; split rows have their parents' history.
        """
        events = self._events()
        return events.row[events.first], events.leg[events.first], events.hour[events.first]

    def _write_block(self, recorder: Recorder, parties: Parties, events: _Events) -> None:
        starts = _starts(events.row)
        rows = events.row[starts]
        ended = parties.ended[rows].astype(np.float64)
        recorder.add(
            "journeys",
            key=parties.key[rows],
            root=parties.key[parties.root[rows]],
            profile=_named(parties.profiles, parties.profile[rows]),
            persons=parties.persons[rows],
            minors=parties.minors[rows],
            stock=parties.stock[rows],
            entry=_named(parties.places, parties.entry[rows]),
            entered=parties.entered[rows],
            borders=_texts(events, self._border, self.borders),
            reading=_named(READINGS, self._read(events, starts)),
            attempts=parties.attempts[rows],
            spent=parties.spent[rows],
            place=_named(parties.places, parties.place[rows]),
            state=_named(parties.states, parties.state[rows]),
            ended=np.where(ended < 0, np.nan, ended),
        )

    def _events(self) -> _Events:
        """Return all events by party and time, histories of split rows filled in."""
        if not self._chunks:
            return _Events(
                np.empty(0, np.int32), np.empty(0, np.int16), np.empty(0, np.int32),
                np.empty(0, np.bool_),
            )  # fmt: skip
        row, leg, hour, first = (np.concatenate(c) for c in zip(*self._chunks, strict=True))
        events = _inherit(_by_party(_Events(row, leg, hour, first)), self._splits)
        # A row whose crossings were all known before it was split off without `split` has no
        # first crossing of its own, and so no journey.
        known = np.zeros(int(events.row.max()) + 1, np.bool_)
        known[events.row[events.first]] = True
        return events if known[events.row].all() else events.take(known[events.row])

    def _read(self, events: _Events, starts: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the index in ``READINGS`` of each party; events are sorted by party and time."""
        party = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(events.row))))

        def any_of(per_leg: NDArray[np.bool_]) -> NDArray[np.bool_]:
            found = np.zeros(len(starts), np.bool_)
            found[party[per_leg[events.leg]]] = True
            return found

        def entered_after(country: str, *before: str) -> NDArray[np.bool_]:
            touches = np.isin(self._tail, before) | np.isin(self._head, before)
            touched = np.flatnonzero(touches[events.leg])
            earliest = np.full(len(starts), len(events.leg), np.intp)
            earliest[party[touched[::-1]]] = touched[::-1]
            entries = np.flatnonzero((self._head == country)[events.leg])
            found = np.zeros(len(starts), np.bool_)
            found[party[entries[entries >= earliest[party[entries]]]]] = True
            return found

        tail, head = self._tail, self._head
        cross = any_of((tail == "SRB") & (head == "BIH"))
        adriatic = any_of((tail == "MNE") & (head == "BIH")) | entered_after("MNE", "ALB")
        left_serbia = any_of((tail == "SRB") & np.isin(head, ("HRV", "HUN", "ROU")))
        balkan = left_serbia | entered_after("SRB", "MKD", "BGR")
        return np.select([cross, adriatic, balkan], [0, 1, 2], 3).astype(np.intp)


def _bits(index: NDArray[np.intp]) -> NDArray[np.uint64]:
    """Return the bit of each index, none where it is negative."""
    bit = np.left_shift(np.uint64(1), np.maximum(index, 0).astype(np.uint64))
    return np.where(index >= 0, bit, np.uint64(0))


def _by_party(events: _Events) -> _Events:
    """Return events sorted by party, in their present order within each."""
    n = len(events.row)
    # One sort of (party, position) in a single number: four times faster than a stable argsort.
    order = events.row.astype(np.int64)
    order *= n
    order += np.arange(n)
    order.sort()
    order %= n
    return events.take(order)


def _starts(rows: NDArray[np.int32]) -> NDArray[np.intp]:
    """Return where each run of equal rows begins."""
    return np.flatnonzero(np.diff(rows, prepend=-1))


def _inherit(events: _Events, splits: Sequence[tuple[NDArray[Any], ...]]) -> _Events:
    """Give split rows their parents' events up to the split, generation by generation."""
    if not splits:
        return events
    parent, child, hour = (np.concatenate(s) for s in zip(*splits, strict=True))
    while len(child):
        ready = ~np.isin(parent, child)
        begin = np.searchsorted(events.row, parent[ready], "left")
        count = np.searchsorted(events.row, parent[ready], "right") - begin
        offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        index = np.repeat(begin, count) + offset
        before = events.hour[index] <= np.repeat(hour[ready], count)
        copies = events.take(index[before])
        rows = np.repeat(child[ready], count)[before]
        events = _by_party(
            _Events(
                np.concatenate((rows.astype(np.int32), events.row)),
                np.concatenate((copies.leg, events.leg)),
                np.concatenate((copies.hour, events.hour)),
                np.concatenate((copies.first, events.first)),
            )
        )
        parent, child, hour = parent[~ready], child[~ready], hour[~ready]
    return events


def _texts(
    events: _Events, border_of: NDArray[np.intp], borders: Sequence[str]
) -> NDArray[np.object_]:
    """Return each party's first crossings as ``BORDER@hour`` in order, joined by spaces.

    Built as bytes, without a loop over parties: one fixed row a crossing, leading zeros dropped.
    """
    row, hour = events.row[events.first], events.hour[events.first, None]
    border = border_of[events.leg[events.first]]
    prefixes = np.array([list(f"{b}@".encode()) for b in borders], np.uint8)
    digits = len(str(int(hour.max())))
    powers = 10 ** np.arange(digits - 1, -1, -1, dtype=np.int32)
    token = np.empty((len(row), 8 + digits + 1), np.uint8)
    token[:, :8] = prefixes[border]
    token[:, 8:-1] = hour // powers % 10 + ord("0")
    token[:, -1] = np.where(np.diff(row, append=-1), ord("\n"), ord(" "))
    shown = np.ones(token.shape, np.bool_)
    shown[:, 8:-1] = hour >= powers
    shown[:, -2] = True
    return np.array(token[shown].tobytes().decode("ascii").split("\n")[:-1], dtype=object)


def _named(names: Sequence[str], index: NDArray[Any]) -> NDArray[np.object_]:
    return np.asarray(np.array(names, dtype=object)[index])
