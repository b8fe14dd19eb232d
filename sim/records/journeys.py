"""Journeys: which borders each party crossed first, in what order, and how that is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.errors import ModelError
from sim.kernels import crossings, journeys as kernels
from sim.records.columns import Later, Named
from sim.records.recorder import Recorder
from sim.records.rooms import Rooms
from sim.scenario.specs.geography import Leg

#: Bits of the party column: one a border, and one more a direction where the reading needs it.
MOST_BITS = 64
#: Readings in the order in which they are tried (MODEL 16).
READINGS = ("cross", "adriatic", "balkan", "other")
#: Countries whose borders are kept by direction, because the readings speak of entering or
#: leaving them.
_DIRECTED = ("BIH", "MNE", "SRB")
_NO_DIRECTION = -1
#: Parties whose journeys are spelt together, so that a million need little memory beside them.
_BLOCK = 100_000
_DIGITS_AND_SPACE = 12
#: Crossings kept in one stretch of memory, or those of a day that has more.
_ROOM = 1 << 17


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
    root: NDArray[np.int32]
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


class _Stretch:
    """Crossings kept together, in the order recorded: rows, what they are, and their hours.

    What it is: twice the leg, and one more if it is the first of its border. Hours stand once for
    all crossings that follow each other in an hour, with how many they are. The first ``size``
    are taken.
    """

    __slots__ = ("counts", "hours", "rows", "size", "what")

    def __init__(self, room: int) -> None:
        self.rows, self.what = np.empty(room, np.int32), np.empty(room, np.uint16)
        self.hours: list[NDArray[np.int32]] = []
        self.counts: list[NDArray[np.int64]] = []
        self.size = 0

    def add(self, size: int, hours: NDArray[np.int32], counts: NDArray[np.int64]) -> None:
        """Take crossings that were written behind the others, with their hours."""
        self.size += size
        self.hours.append(hours)
        self.counts.append(counts)

    def taken(self) -> tuple[NDArray[np.int32], NDArray[np.uint16], NDArray[np.int32]]:
        """Return rows, what they are, and the hour of each."""
        hours = np.concatenate(self.hours).repeat(np.concatenate(self.counts))
        return self.rows[: self.size], self.what[: self.size], hours


class _Events(NamedTuple):
    """Crossings kept, by party and in order of time: what they are (``_Stretch``), and hour.

    Those of a party begin at ``begin[row]``, shape (parties + 1,).
    """

    begin: NDArray[np.int32]
    what: NDArray[np.uint16]
    hour: NDArray[np.int32]


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
        # Of a day's crossings: bits set, hours and how many crossings each has.
        self._rooms = Rooms(np.uint64, np.int32, np.int64)
        self._stretches: list[_Stretch] = []
        self._splits: list[tuple[NDArray[Any], ...]] = []
        self._closed: _Events | None = None

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
            New bits, shape (m,), good until the next call.
        """
        room = len(rows) + 1
        bits, hours, counts = self._rooms.rooms(room)
        bits, kept = bits[: len(rows)], self._stretch_with(room)
        found, met = crossings.first_of_borders(
            rows, leg, hour.astype(np.int32, copy=False), self._bits, self._bit_of_border,
            crossed, bits, kept.rows[kept.size :], kept.what[kept.size :], hours, counts,
        )  # fmt: skip
        if found:
            kept.add(found, hours[:met].copy(), counts[:met].copy())
        return bits

    def _stretch_with(self, room: int) -> _Stretch:
        """Return where crossings go on to be kept, with so much room left."""
        stretches = self._stretches
        if not stretches or stretches[-1].size + room > stretches[-1].rows.size:
            stretches.append(_Stretch(max(room, _ROOM)))
        return stretches[-1]

    def split(
        self, parents: NDArray[np.intp], children: NDArray[np.intp], hour: NDArray[Any] | int
    ) -> None:
        """Give split rows the history of their parents up to an hour (one for all, or each).

        The party columns of bits are the caller's: it copies them to the children, and once more
        at the end of the day, when the day's crossings have been recorded.
        """
        self._splits.append((parents, children, np.broadcast_to(hour, len(parents))))

    def write(self, recorder: Recorder, parties: Parties) -> None:
        """Add one row a party that crossed a border to the ``journeys`` table; nothing follows."""
        events, of = self._events(), parties
        most = len(events.begin) - 1
        rows, reading = np.empty(most, np.int32), np.empty(most, np.uint8)
        n = kernels.read(events.begin, events.what, self._means(), rows, reading)
        rows, reading = rows[:n].copy(), reading[:n].copy()

        def column(values: NDArray[Any]) -> Later:
            return Later(n, lambda some: values[rows[some]])

        def ended(some: slice) -> NDArray[np.float64]:
            hours = of.ended[rows[some]].astype(np.float64)
            hours[hours < 0] = np.nan
            return hours

        recorder.add(
            "journeys", key=column(of.key), root=Later(n, lambda some: of.key[of.root[rows[some]]]),
            profile=Named(of.profiles, of.profile[rows]), persons=column(of.persons),
            minors=column(of.minors), stock=column(of.stock),
            entry=Named(of.places, of.entry[rows]), entered=column(of.entered),
            borders=Later(n, lambda some: self._spelt(rows[some])),
            reading=Named(READINGS, reading),
            attempts=column(of.attempts), spent=column(of.spent),
            place=Named(of.places, of.place[rows]), state=Named(of.states, of.state[rows]),
            ended=Later(n, ended),
        )  # fmt: skip

    def first_crossings(self) -> tuple[NDArray[np.int32], NDArray[np.int16], NDArray[np.int32]]:
        """Return party row, leg and hour of every party's first crossing of each border.

        Sorted by party and time, shape (crossings,) each; split rows have their parents' history.
        Nothing is recorded after it.
        """
        events = self._events()
        first = (events.what & 1).astype(np.bool_)
        row = np.arange(len(events.begin) - 1, dtype=np.int32).repeat(np.diff(events.begin))
        return row[first], (events.what[first] >> 1).astype(np.int16), events.hour[first]

    def _events(self) -> _Events:
        """Return all events by party and time, histories of split rows filled in."""
        if self._closed is None:
            self._closed = _by_party(self._stretches, self._splits)
        return self._closed

    def _means(self) -> NDArray[np.uint8]:
        """Return what each leg means to the readings, as bits."""
        tail, head = self._tail, self._head

        def touches(*countries: str) -> NDArray[np.bool_]:
            return np.isin(tail, countries) | np.isin(head, countries)

        from_serbia = tail == "SRB"
        means = {
            kernels.CROSSES_OVER: from_serbia & (head == "BIH"),
            kernels.TURNS_NORTH: (tail == "MNE") & (head == "BIH"),
            kernels.TOUCHES_WEST: touches("ALB"),
            kernels.ENTERS_COAST: head == "MNE",
            kernels.LEAVES_MIDDLE: from_serbia & np.isin(head, ("HRV", "HUN", "ROU")),
            kernels.TOUCHES_EAST: touches("MKD", "BGR"),
            kernels.ENTERS_MIDDLE: head == "SRB",
        }
        bits = np.zeros(len(tail), np.uint8)
        for bit, legs in means.items():
            bits |= legs.astype(np.bool_) * np.uint8(bit)
        return bits

    def _spelt(self, rows: NDArray[np.int32]) -> NDArray[np.object_]:
        """Return parties' first crossings as ``BORDER@hour`` in order, joined by spaces."""
        events = self._events()
        names = np.array([list(f"{b}@".encode()) for b in self.borders], np.uint8)
        texts: list[str] = []
        for block in range(0, len(rows), _BLOCK):
            part = rows[block : block + _BLOCK]
            crossed = int((events.begin[part + 1] - events.begin[part]).sum())
            room = np.empty(crossed * (names.shape[1] + _DIGITS_AND_SPACE), np.uint8)
            size = kernels.spell(
                part, events.begin, events.what, events.hour, self._border, names, room
            )  # fmt: skip
            texts += room[:size].tobytes().decode("ascii").split("\n")[:-1]
        return np.array(texts, dtype=object)


def _bits(index: NDArray[np.intp]) -> NDArray[np.uint64]:
    """Return the bit of each index, none where it is negative."""
    bit = np.left_shift(np.uint64(1), np.maximum(index, 0).astype(np.uint64))
    return np.where(index >= 0, bit, np.uint64(0))


def _by_party(stretches: list[_Stretch], splits: Sequence[tuple[NDArray[Any], ...]]) -> _Events:
    """Return what was kept by party, with parents' histories up to a split; empties the list."""
    stretches[:] = [kept for kept in stretches if kept.size]
    most = [int(kept.rows[: kept.size].max()) for kept in stretches]
    most += [int(part[1].max()) for part in splits]
    begin = np.zeros(max(most, default=-1) + 2, np.int32)
    for kept in stretches:
        kernels.count(kept.rows[: kept.size], begin)
    np.cumsum(begin, dtype=np.int32, out=begin)
    own = int(begin[-1])
    part, parent, until = _parts(splits, len(begin) - 1)
    size = own + kernels.most_from_parents(begin, part, parent)
    events = _Events(begin, np.empty(size, np.uint16), np.empty(size, np.int32))
    free = begin[:-1].copy()
    stretches.reverse()
    while stretches:
        rows, what, hours = stretches.pop().taken()
        kernels.put(rows, what, hours, free, events.what, events.hour)
    if len(parent):
        at = begin[part]
        kernels.put_with_parents(
            part, parent, until, begin[part:].copy(), events.what[at:own].copy(),
            events.hour[at:own].copy(), *events,
        )  # fmt: skip
    size = int(begin[-1])
    return _Events(begin, events.what[:size], events.hour[:size])


def _parts(
    splits: Sequence[tuple[NDArray[Any], ...]], parties: int
) -> tuple[int, NDArray[np.int32], NDArray[np.int32]]:
    """Return the first row that was split off, and of each from there on its parent and the hour.

    A parent is -1 where there is none; without any split the first row is behind the last party.
    """
    if not splits:
        return parties, np.empty(0, np.int32), np.empty(0, np.int32)
    parents, children, hour = (np.concatenate(column) for column in zip(*splits, strict=True))
    part = int(children.min())
    parent, until = np.full(parties - part, -1, np.int32), np.zeros(parties - part, np.int32)
    parent[children - part], until[children - part] = parents, hour
    return part, parent, until
