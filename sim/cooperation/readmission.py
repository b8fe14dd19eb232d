"""Readmission: what follows a stop where an agreement is in force (MODEL 11).

A case is a party that a state has stopped and asks the state it came from to take back. Its
clocks are data; a party on the track is due at its case's next event and is touched then only.

    stopped -> request -> answer | extension | silence -> handover | refused | lapsed

Three things are fixed and no option of anything: a claim to asylum leaves the track, an
unaccompanied child never enters it, and an identified victim is in care, out of its reach, until
the reflection period has passed. Origin and profile are no argument of anything here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.control.aftermath import Terms
from sim.cooperation.cases import OPEN, RESULTS, TRANSFERRED, CaseBook
from sim.cooperation.followers import StopFollower
from sim.cooperation.legal_calendar import Timelines
from sim.cooperation.requests import NOWHERE, READMISSION, Requests
from sim.cooperation.tracks import Tracks
from sim.errors import ModelError
from sim.kernels import case_openings as openings, cases as kernels
from sim.kernels.case_codes import LISTS, OVER, STAY
from sim.kernels.tracks import BOOKED_FIRST, BOOKED_LAST, BORDER, MOVES_ON
from sim.movement.batch import Batch
from sim.movement.crowd import Crowd, Rows
from sim.movement.leg_table import NOBODY, LegTable
from sim.movement.waits import Waits
from sim.protection.ledger import Ledger
from sim.randomness import U64, Draws, salt
from sim.records.columns import Named, numbered, numbers
from sim.records.recorder import Recorder
from sim.scenario.specs.readmission import Readmission as Track

F64 = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

#: Ledger items, counted by requesting country.
ITEMS = (
    "readmitted", "readmitted_children", "readmitted_wish", "readmission_claims",
    "readmission_children_referred", "chain_returns",
)  # fmt: skip
#: Draws of a case, in the order of the kernel: those that meet a share, those of times, and where
#: the stop lies.
_STREAMS = (
    "request", "claim", "extension", "consent", "consent", "moved on",
    "claim hour", "prepare", "answer", "prepare angle", "answer angle", "position",
)  # fmt: skip
_NO_CASE = -1


class Readmission(StopFollower):
    """All cases of a run.

    Args:
        tracks: The tracks.
        crowd: Parties.
        legs: Legs, which say where a party came from.
        tail: Place each leg starts from.
        head: Place each leg leads to.
        sector_width: km across each sector, shape (sectors,).
        waits: Begins the waits of parties on a track.
        requests: Cooperation centres, which may add evidence.
        ledger: Protection ledger.
        draws: The run's draws.
        care: Called with parties and countries: takes children into care on the side of the line
            on which they were stopped.
        month: Returns the month now.

    Attributes:
        book: All cases so far.
    """

    def __init__(
        self,
        tracks: Tracks,
        crowd: Crowd,
        legs: LegTable,
        tail: Index,
        head: Index,
        sector_width: F64,
        waits: Waits,
        requests: Requests,
        ledger: Ledger,
        draws: Draws,
        care: Callable[[Batch, Index], None],
        month: Callable[[], int],
    ) -> None:
        self.tracks, self.book = tracks, CaseBook(len(tracks.ids))
        self._crowd, self._legs, self._waits = crowd, legs, waits
        self._tail, self._head = tail, head
        self._take_legs(np.append(sector_width, 0.0))
        self._requests, self._ledger, self._draws = requests, ledger, draws
        self._care, self._month = care, month
        self._at_stop: U64 = np.array([salt("readmission", s) for s in _STREAMS], np.uint64)
        self._moved = salt("readmission", "moved on")
        self._enquiring = np.uint64(salt("readmission", "enquired"))
        self._give_up = np.uint64(salt("give up after a stop"))
        self._case_of = np.full(len(crowd.key), _NO_CASE, np.int32)
        self._last_hour = np.full(len(crowd.key), -np.inf, np.float32)
        self._last_to = np.full(len(crowd.key), NOBODY, np.int16)
        #: Cases about to be opened, as kernels hand them on.
        self._room = _room_for(0)
        #: Who goes on in a case, and lists of whose case has ended, of a window.
        self._going, self._ended = _room_for_events(0)
        self._booked = np.zeros(len(tracks.ids))
        #: Handovers as they were when something was booked last.
        self._take_lines(tracks.handovers)
        self._items = int(ledger.positions(ITEMS)[0])
        self._onward = [self._states_before(i) for i in range(len(tracks.ids))]
        tracks.who[MOVES_ON] = [bool(onward) for onward in self._onward]
        self._listed = np.empty(LISTS, np.intp)
        tracks.who[BORDER] = [self._border_of(s) for s in tracks.specs]
        self._terms: Terms | None = None
        ledger.measure(ITEMS, np.array(sorted(set(tracks.requesting.tolist())), np.intp))

    def _take_lines(self, lines: Timelines) -> None:
        """Note handovers as they are when something is booked."""
        self._lines = lines
        self.tracks.who[BOOKED_FIRST], self.tracks.who[BOOKED_LAST] = lines.first, lines.last

    def _take_legs(self, width: F64) -> None:
        """Note what hangs on the leg of a stop; ``width`` of sectors, 0 behind them for none."""
        legs = self._legs
        self._on_leg: NDArray[Any] = np.empty(len(legs.specs), openings.WAY)
        self._on_leg["into"] = np.where(legs.border != NOBODY, legs.to_country, NOBODY)
        self._on_leg["left"] = legs.from_country
        self._on_leg["reach"] = width[legs.sector]
        self._on_leg["hours"] = np.where(legs.sector >= 0, legs.stay, 0.0)

    def _border_of(self, spec: Track) -> int:
        border = "-".join(sorted((spec.requesting, spec.requested)))
        return self._legs.borders.index(border) if border in self._legs.borders else NOWHERE

    def _states_before(self, track: int) -> list[tuple[int, np.uint64]]:
        """Return the tracks on which a track's requested state may ask in turn, with borders."""
        tracks = self.tracks
        found = []
        for i, spec in enumerate(tracks.specs):
            border = self._border_of(spec)
            theirs = tracks.requesting[i] == tracks.requested[track]
            back = tracks.requested[i] == tracks.requesting[track]
            if theirs and not back and not tracks.accelerated[i] and border != NOWHERE:
                found.append((i, np.uint64(1) << np.uint64(border)))
        return found

    # Onto the track -------------------------------------------------------------------------

    def on_stops(self, parties: Batch, country: Index, held: F64, left: Index) -> Index:
        """Open a case for those a state can ask another to take back; return who is not.

        Children without an adult of their family are taken into care instead.
        """
        tracks, crowd, count = self.tracks, self._crowd, left.size
        self._make_room(count)
        free, children = np.empty(count, np.intp), np.empty(count, np.intp)
        bound, alone, in_care = openings.bind(
            left, parties.rows, parties.leg, parties.hour, parties.base, country, crowd.state,
            crowd.unaccompanied, self._on_leg, self._legs.barrier, self._at_stop,
            tracks.agreed(min(parties.hour[left].tolist())), tracks.who, tracks.terms,
            self._ledger.counts, self._items, self._month(), free, children, *self._room,
        )  # fmt: skip
        if alone:
            children = children[:alone]
            self._care(parties.take(children), country[children])
        if bound:
            self._enter(parties, bound, held, parties.base, False, in_care)
        return free[: count - bound - alone]

    def open(
        self, parties: Batch, hour: F64, track: Index, held: F64, base: U64, moved_on: bool = False
    ) -> None:
        """Open a case for each party.

        Args:
            parties: The parties; none of them in care.
            hour: Hour of the stop.
            track: Track of each.
            held: Hours after which a party is let go for which no request is made.
            base: Base of the case's draws.
            moved_on: The requesting state has just taken them back itself.

        Raises:
            ModelError: A party is in care: a victim in the reflection period, or a child.
        """
        crowd, count = self._crowd, len(parties)
        self._make_room(count)
        in_care = openings.draw(
            parties.rows, hour, track, base, crowd.state, crowd.unaccompanied, self._at_stop,
            *self._room,
        )  # fmt: skip
        self._enter(parties, count, held, base, moved_on, in_care)

    def _enter(
        self, parties: Batch, count: int, held: F64, base: U64, moved_on: bool, in_care: bool
    ) -> None:
        """Enter so many cases, which stand in the room for them; see ``open``."""
        if in_care:
            raise ModelError(
                "readmission was asked for a party in care: a victim in the reflection period or "
                "an unaccompanied child never enters the track"
            )
        crowd, tracks, book = self._crowd, self.tracks, self.book
        begun, logs, factors = self._room
        drawn, angles = logs[: openings.LOGS * count], factors[: openings.ANGLES * count]
        np.log1p(drawn, out=drawn)
        np.cos(angles, out=angles)
        openings.spread(count, begun, logs, factors, tracks.terms)
        np.exp(angles, out=angles)
        if self._case_of.size < crowd.records.size:
            self._grow()
        unused, first = book.enter(count)
        entered = np.empty(count, STAY)
        openings.enter(
            parties.rows, parties.hour, held, base, moved_on, begun, logs, factors, crowd.records,
            crowd.persons, crowd.minors, self._at_stop, *tracks.tables, book.cases,
            book.by_result, book.slots, unused, first, self._case_of, entered,
        )  # fmt: skip
        self._waits.begin_case(entered["row"], entered["hour"], entered["hours"])

    def _make_room(self, count: int) -> None:
        """Have room for so many cases about to be opened, and their draws."""
        if count > self._room[0].size:
            self._room = _room_for(2 * count)

    def _grow(self) -> None:
        """Keep up with parties that have joined the crowd."""
        more = len(self._crowd.key) - len(self._case_of)
        if more:
            self._case_of = np.append(self._case_of, np.full(more, _NO_CASE, np.int32))
            self._last_hour = np.append(self._last_hour, np.full(more, -np.inf, np.float32))
            self._last_to = np.append(self._last_to, np.full(more, NOBODY, np.int16))

    def split(self, parents: Rows, new: Rows) -> None:
        """Give rows just split off the last handover of their parents: they were in it."""
        self._grow()
        self._last_hour[new], self._last_to[new] = self._last_hour[parents], self._last_to[parents]

    # On the track ---------------------------------------------------------------------------

    def advance(self, parties: Batch, terms: Terms) -> tuple[Mask, Index, list[int]]:
        """Let everything happen that is due in the parties' cases.

        Those whose case goes on are due again at its next event. Those handed over stand in the
        requested state. Who is let go gives up or is released as ``terms`` say it follows a stop.

        Returns:
            Mask of those released at the head of their leg; positions of the others whose case
            has ended, a row a list as in ``sim.kernels.case_codes``; the lists' lengths.
        """
        book, tracks, requests = self.book, self.tracks, self._requests
        count, old, new, asked = parties.rows.size, self._lines, tracks.handovers, requests.book
        first = asked.make_room(count)
        if count > self._going.size:
            self._going, self._ended = _room_for_events(2 * count)
        if terms is not self._terms:
            self._terms = terms
            self._quitting = terms.gave_up / np.maximum(terms.gave_up + terms.released, 1e-12)
        going, released, lists = self._going, np.empty(count, np.bool_), self._ended
        stays, closed, onward, asked.size, carried = kernels.advance(
            parties.rows, parties.hour, parties.leg, parties.base, self._case_of, book.cases,
            book.files, book.by_result, book.slots, book.unused, *tracks.tables, tracks.sessions,
            tracks.hours_of_handover, self._booked, old is not new, old.times, asked.records,
            first, requests.asked[READMISSION], self._enquiring, self._tail, self._head,
            self._quitting, self._give_up, self._crowd.records, self._last_hour, self._last_to,
            self._ledger.counts, self._items, self._month(), going, released, lists, self._listed,
        )  # fmt: skip
        book.unused += closed
        if carried:
            self._take_lines(new)
        lengths = self._listed.tolist()
        if onward:
            lengths[OVER] = self._move_some_on(parties, lists[OVER, : lengths[OVER]])
        if stays:
            going = going[:stays]
            self._waits.begin_case(going["row"], going["hour"], going["hours"])
        return released, lists, lengths

    # Off the track --------------------------------------------------------------------------

    def _move_some_on(self, parties: Batch, over: Index) -> int:
        """Let states that took parties back ask a state before them in turn.

        ``over`` are positions of those handed over, at last of those who stay there; returns how
        many these are.
        """
        parties, left = parties.take(over), np.ones(over.size, np.bool_)
        # As they stand now: their slots are used again.
        cases = self.book.cases[self._case_of[parties.rows]]
        track, moved, hour = cases["track"], cases["goes_on"], cases["ended"].copy()
        borders = self._crowd.borders[parties.rows]
        which: list[Index] = []
        onto: list[int] = []
        for i in sorted(set(track[moved].tolist())):
            mine = moved & (track == i)
            for onward, bit in self._onward[i]:
                goes = mine & ((borders & bit) != 0)
                if goes.any():
                    goes &= self._open_now(onward, hour)
                    mine &= ~goes
                    left &= ~goes
                    which.append(goes.nonzero()[0])
                    onto.append(onward)
        stays = int(np.count_nonzero(left))
        if stays < left.size:
            track = np.array(onto).repeat([len(some) for some in which])
            self._move_on(parties, cases, np.concatenate(which), track)
            over[:stays] = over[left]
        return stays

    def _open_now(self, track: int, hour: F64) -> Mask:
        """Return whether a track is open to those just taken back."""
        pair = self.tracks.requesting[track], self.tracks.requested[track]
        far = np.full(len(hour), np.inf)
        found = self.tracks.of(np.full(len(hour), pair[0]), np.full(len(hour), pair[1]), far, far,
                               hour)  # fmt: skip
        return np.asarray(found == track)

    def _move_on(self, parties: Batch, before: NDArray[Any], which: Index, track: Index) -> None:
        """Let some of the parties, positions, be asked for in turn, each on a track."""
        before = before[which]
        base = self._draws.bits(before["base"], self._moved)
        self.open(
            parties.take(which), before["ended"].copy(), track, before["held"].copy(), base, True
        )

    # Records --------------------------------------------------------------------------------

    def write(self, recorder: Recorder) -> None:
        """Write the table of cases."""
        if not self.book.size:
            return
        files, specs = self.book.filed(), self.tracks.specs

        def named(names: Sequence[str]) -> Named:
            once, index = numbered(names)
            return Named(once, index[files["track"]])

        recorder.add(
            "cases", case=numbers(len(files)),
            requesting=named([s.requesting for s in specs]),
            requested=named([s.requested for s in specs]), track=named([s.track for s in specs]),
            result=Named(RESULTS, files["result"]),
            **{
                name: files[name]
                for name in (
                    "party", "persons", "opened", "requested_at", "answered_at", "deadline",
                    "ended", "extended", "evidence", "silent", "moved_on", "chain",
                )
            },
        )  # fmt: skip

    def state_of(self, pair: tuple[str, str]) -> dict[str, float]:
        """Return cases open now, and opened and handed over so far, of two states."""
        mine = np.array([(s.requesting, s.requested) == pair for s in self.tracks.specs], np.bool_)
        by_result = self.book.by_result[:, mine].sum(axis=1)
        return {
            "open": float(by_result[OPEN]), "opened": float(by_result.sum()),
            "handed_over": float(by_result[TRANSFERRED]),
        }  # fmt: skip


def _room_for_events(parties: int) -> tuple[NDArray[Any], Index]:
    return np.empty(parties, STAY), np.empty((LISTS, parties), np.intp)


def _room_for(cases: int) -> tuple[NDArray[Any], F64, F64]:
    return (
        np.empty(cases, openings.OPENING), np.empty(openings.LOGS * cases),
        np.empty(openings.ANGLES * cases),
    )  # fmt: skip
