"""Readmission: what follows a stop where an agreement is in force (MODEL 11).

A case is a party that a state has stopped and asks the state it came from to take back. Its
clocks are data; a party on the track is due at its case's next event and is touched then only.

    stopped -> request -> answer | extension | silence -> handover | refused | lapsed

Three things are fixed and no option of anything: a claim to asylum leaves the track, an
unaccompanied child never enters it, and an identified victim is in care, out of its reach, until
the reflection period has passed. Origin and profile are no argument of anything here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.cooperation.cases import (
    ACCEPTED,
    CLAIMED,
    CLOSED,
    LAPSED,
    NOT_REQUESTED,
    OPEN,
    PREPARING,
    REFUSED,
    REQUESTED,
    RESULTS,
    TRANSFERRED,
    CaseBook,
)
from sim.cooperation.followers import StopFollower
from sim.cooperation.requests import NOBODY_ASKED, NOWHERE, READMISSION, Requests
from sim.cooperation.tracks import NO_TRACK, Tracks
from sim.errors import ModelError
from sim.movement.batch import Batch
from sim.movement.crowd import RECEPTION, Crowd, Rows
from sim.movement.leg_table import NOBODY, LegTable
from sim.movement.waits import Waits
from sim.protection.ledger import Ledger
from sim.randomness import U64, Draws, salt
from sim.records.recorder import Recorder
from sim.scenario.specs.readmission import Readmission as Track

F64 = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

#: What ``Readmission.advance`` says of a party (uint8).
STAYS: Final = 0  #: its case goes on, it is due again
BACK: Final = 1  #: handed over: it stands in the requested state
LET_GO: Final = 2  #: refused, lapsed or never asked for
TO_ASYLUM: Final = 3
#: Handed over by a state it had been handed over to at most so long ago: a chain return.
CHAIN_HOURS: Final = 14 * 24.0
#: Ledger items, counted by requesting country.
ITEMS = (
    "readmitted", "readmitted_children", "readmitted_wish", "readmission_claims",
    "readmission_children_referred", "chain_returns",
)  # fmt: skip
_STREAMS = (
    "request", "prepare", "prepare angle", "answer", "answer angle", "extension", "consent",
    "claim", "claim hour", "moved on",
)  # fmt: skip
_NO_CASE = -1
#: Days of handover between tracks; more than there are.
_FAR = 1e6
_FATE_OF = np.full(6, LET_GO, np.uint8)
_FATE_OF[[OPEN, TRANSFERRED, CLAIMED]] = STAYS, BACK, TO_ASYLUM


class Readmission(StopFollower):
    """All cases of a run.

    Args:
        tracks: The tracks.
        crowd: Parties.
        legs: Legs, which say where a party came from.
        tail: Place each leg starts from.
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
        sector_width: F64,
        waits: Waits,
        requests: Requests,
        ledger: Ledger,
        draws: Draws,
        care: Callable[[Batch, Index], None],
        month: Callable[[], int],
    ) -> None:
        self.tracks, self.book = tracks, CaseBook()
        self._crowd, self._legs, self._waits = crowd, legs, waits
        self._tail, self._width = tail, np.append(sector_width, 0.0)
        self._requests, self._ledger, self._draws = requests, ledger, draws
        self._care, self._month = care, month
        self._salt = {name: salt("readmission", name) for name in _STREAMS}
        self._at_stop, self._at_request = (
            np.array([[self._salt[name]] for name in names], np.uint64)
            for names in (
                ("request", "claim", "claim hour", "prepare", "prepare angle"),
                ("extension", "answer", "answer angle"),
            )
        )
        self._position = salt("readmission", "position")
        self._case_of = np.full(len(crowd.key), _NO_CASE, np.int32)
        self._last_hour = np.full(len(crowd.key), -np.inf, np.float32)
        self._last_to = np.full(len(crowd.key), NOBODY, np.int16)
        self._booked = np.zeros(len(tracks.ids))
        self._lines = tracks.handovers
        self._onward = [self._states_before(i) for i in range(len(tracks.ids))]
        self._border = np.array([self._border_of(s) for s in tracks.specs], np.intp)
        ledger.measure(ITEMS, np.unique(tracks.requesting))

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

    def on_stops(self, parties: Batch, country: Index, held: F64) -> Mask | None:
        """Open a case for those a state can ask another to take back; return who is taken away.

        Children without an adult of their family are taken into care instead.
        """
        track = self._track(parties, country)
        bound = track != NO_TRACK
        if not np.count_nonzero(bound):
            return None
        children = bound & (self._crowd.unaccompanied[parties.rows] > 0)
        if np.count_nonzero(children):
            theirs = parties.take(children)
            self._care(theirs, country[children])
            persons = self._crowd.unaccompanied[theirs.rows].astype(np.int64)
            self._ledger.add(
                "readmission_children_referred", country[children], persons, self._month()
            )
        adults = (bound & ~children).nonzero()[0]
        if adults.size:
            opened = parties.take(adults)
            self.open(opened, opened.hour.astype(np.float64), track[adults], held[adults],
                      opened.base)  # fmt: skip
        return np.asarray(bound)

    def _track(self, parties: Batch, country: Index) -> Index:
        legs, leg = self._legs, parties.leg
        sector = legs.sector[leg]
        u = self._draws.uniform(parties.base, self._position)
        distance = u * self._width[sector]
        since = np.where(sector >= 0, u * (legs.stay[leg] + legs.barrier[leg]), 0.0)
        track = self.tracks.of(
            country, legs.from_country[leg], since, distance, parties.hour.astype(np.float64)
        )
        entered = (legs.border[leg] != NOBODY) & (legs.to_country[leg] == country)
        return np.where(entered, track, NO_TRACK)

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
        crowd, rows, value = self._crowd, parties.rows, self.tracks.value
        if (crowd.state[rows] == RECEPTION).any() or crowd.unaccompanied[rows].any():
            raise ModelError(
                "readmission was asked for a party in care: a victim in the reflection period or "
                "an unaccompanied child never enters the track"
            )
        u = self._draws.uniform(base, self._at_stop)
        prepare = value["prepare"][track] * self._spread(track, u[3], u[4])
        asked = u[0] < value["request_share"][track]
        claims = u[1] < value["claim_share"][track]
        delay = -np.log1p(-u[2]) * value["claim_delay"][track]
        limit = self.tracks.request_deadline(track, hour)
        request = np.where(asked, hour + prepare, np.inf)
        case = self.book.append(
            len(rows), party=crowd.key[rows], base=base, track=track, persons=crowd.persons[rows],
            minors=crowd.minors[rows], wish=crowd.wish[rows], moved_on=moved_on, opened=hour,
            held=held, claim=np.where(claims, hour + delay, np.inf), request=request,
            deadline=np.where(asked, limit, hour + held), enquiry=NOBODY_ASKED,
        )  # fmt: skip
        book = self.book
        book.next[case] = self._first(case, np.minimum(request, book.deadline[case]))
        self._grow()
        self._case_of[rows] = case
        self._wait(rows, parties.hour, case)

    def _grow(self) -> None:
        if len(self._case_of) < len(self._crowd.key):
            more = len(self._crowd.key) - len(self._case_of)
            self._case_of = np.append(self._case_of, np.full(more, _NO_CASE, np.int32))
            self._last_hour = np.append(self._last_hour, np.full(more, -np.inf, np.float32))
            self._last_to = np.append(self._last_to, np.full(more, NOBODY, np.int16))

    def split(self, parents: Rows, new: Rows) -> None:
        """Give rows just split off the last handover of their parents: they were in it."""
        self._grow()
        self._last_hour[new], self._last_to[new] = self._last_hour[parents], self._last_to[parents]

    def _wait(self, rows: Rows, hour: NDArray[np.int32], case: Index) -> None:
        self._waits.begin_case(rows, hour, self.book.next[case] - hour)

    def _first(self, case: Index, hour: F64) -> F64:
        return np.minimum(hour, self.book.claim[case])

    def _u(self, base: U64, stream: str) -> F64:
        return self._draws.uniform(base, self._salt[stream])

    def _spread(self, track: Index, one: F64, two: F64) -> F64:
        """Return lognormal factors of mean 1 (Box & Muller 1958 for the normal)."""
        sigma = self.tracks.value["spread"][track]
        normal = np.sqrt(-2.0 * np.log1p(-one)) * np.cos(2.0 * np.pi * two)
        return np.asarray(np.exp(sigma * normal - sigma**2 / 2.0))

    # On the track ---------------------------------------------------------------------------

    def advance(self, parties: Batch) -> NDArray[np.uint8]:
        """Let everything happen that is due in the parties' cases; return what becomes of each.

        Those who stay are due again at their next event. Those handed over stand in the
        requested state; the others stand where they did.
        """
        book, rows = self.book, parties.rows
        case = self._case_of[rows].astype(np.intp)
        until = parties.hour.astype(np.float64)
        due = case
        while due.size:
            now = (book.next[due] <= until).nonzero()[0]
            if now.size < due.size:
                due, until = due[now], until[now]
            if due.size:
                self._step(due)
        fate = _FATE_OF[book.result[case]]
        back = (fate == BACK).nonzero()[0]
        if back.size:
            fate[back] = self._hand_over(parties.take(back), case[back])
        stays = (fate == STAYS).nonzero()[0]
        mine = stays[self._case_of[rows[stays]] == case[stays]]
        if mine.size:
            self._wait(rows[mine], parties.hour[mine], case[mine])
        if stays.size < case.size or back.size:
            self._note(case)
        return fate

    def _step(self, case: Index) -> None:
        """Let the next event of each case happen."""
        book = self.book
        claims = book.claim[case] <= book.next[case]
        if np.count_nonzero(claims):
            self._close(case[claims], CLAIMED)
            case = case[~claims]
        stage = book.stage[case]
        for number, act in (
            (PREPARING, self._ask), (REQUESTED, self._answer), (ACCEPTED, self._use)
        ):  # fmt: skip
            mine = (stage == number).nonzero()[0]
            if mine.size:
                act(case if mine.size == case.size else case[mine])

    def _close(self, case: Index, result: int) -> None:
        if not case.size:
            return
        book = self.book
        book.stage[case], book.result[case] = CLOSED, result
        book.ended[case] = book.next[case]
        book.next[case] = np.inf  # nothing more happens in it

    def _ask(self, case: Index) -> None:
        """Make the request in time, or never; then the answer's clock runs."""
        book = self.book
        request = book.request[case]
        # Never asked for: a request at no hour, with the end of holding as its deadline.
        missed = request > book.deadline[case]
        if np.count_nonzero(missed):
            never = np.isinf(request)
            self._close(case[never], NOT_REQUESTED)
            self._close(case[missed & ~never], LAPSED)
            kept = (~missed).nonzero()[0]
            case, request = case[kept], request[kept]
            if not case.size:
                return
        track = book.track[case].astype(np.intp)
        base = book.base[case]
        u = self._draws.uniform(base, self._at_request)
        work = self.tracks.value["answer"][track] * self._spread(track, u[1], u[2])
        answer = self.tracks.answer_at(track, request, work)
        limit = self.tracks.answer_deadline(track, request)
        longer = answer > limit
        longer &= u[0] < self.tracks.value["extension_share"][track]
        if np.count_nonzero(longer):
            limit[longer] = self.tracks.extended(track[longer], limit[longer])
        book.stage[case], book.extended[case] = REQUESTED, longer
        book.deadline[case], book.answer[case] = limit, answer
        book.silent[case] = answer > limit
        settles = np.minimum(answer, limit)
        book.next[case] = self._first(case, settles)
        book.enquiry[case] = self._enquire(base, request, track, settles)

    def _enquire(self, base: U64, request: F64, track: Index, until: F64) -> Index:
        """Ask a cooperation centre for evidence, of use until the answer is given."""
        tracks = self.tracks
        return self._requests.ask(
            READMISSION, tracks.requesting[track], tracks.requested[track],
            np.ceil(request), base, until, self._border[track],
        )  # fmt: skip

    def _answer(self, case: Index) -> None:
        """Take the answer, or silence for what the track makes of it."""
        book, value = self.book, self.tracks.value
        track = book.track[case].astype(np.intp)
        silent = book.silent[case]
        book.answer[case] = np.where(silent, np.nan, book.answer[case])
        book.evidence[case] = self._requests.settled(book.enquiry[case], book.next[case])
        without = value["accept_share"][track]
        # Drawn apart in an ensemble, the two may cross: evidence never speaks against a request.
        supported = np.maximum(value["accept_with_evidence"][track], without)
        chance = np.where(book.evidence[case], supported, without)
        yes = self._u(book.base[case], "consent") < chance
        yes = np.where(silent, self.tracks.consent[track], yes)
        self._close(case[silent & ~yes], LAPSED)
        self._close(case[~silent & ~yes], REFUSED)
        case, track = case[yes], track[yes]
        if not case.size:
            return
        consent = book.next[case]
        book.stage[case] = ACCEPTED
        book.deadline[case] = self.tracks.transfer_deadline(track, consent)
        book.transfer[case] = self._book_handover(case, track, consent)
        book.next[case] = self._first(
            case, np.minimum(book.transfer[case], book.deadline[case])
        )  # fmt: skip

    def _book_handover(self, case: Index, track: Index, consent: F64) -> F64:
        """Return the hour of each handover: in order of consent, as many persons a day as go.

        Positions are in days of handover: p_i = max(a_i, p_(i-1)) + persons_i / capacity, a_i
        the first handover not before the consent.
        """
        self._carry_bookings()
        capacity, lines = self.tracks.value["transfers"][track], self.tracks.handovers
        hour = np.full(len(case), np.inf)
        order = np.lexsort((self.book.base[case], consent, track))
        order = order[capacity[order] > 0.0]
        if not order.size:
            return hour
        mine, size = track[order], self.book.persons[case[order]] / capacity[order]
        next_ = lines.at_or_after(mine, consent[order])
        first = np.where(lines.times[next_] >= consent[order], next_ - lines.first[mine], np.inf)
        after = np.cumsum(size)
        # Tracks lie a long way apart, so that the running maximum begins anew with each.
        apart = mine * _FAR
        start = np.maximum(first, self._booked[mine]) + apart - (after - size)
        position = np.maximum.accumulate(start) + after - apart
        self._booked[mine] = position
        day = np.ceil(np.minimum(position, _FAR) - 1e-6).astype(np.intp) - 1 + lines.first[mine]
        hour[order] = np.where(
            day <= lines.last[mine], lines.times[np.minimum(day, lines.last[mine])], np.inf
        )
        return hour

    def _carry_bookings(self) -> None:
        """Keep what is booked at its hour where a measure has laid the handovers out anew."""
        old, new = self._lines, self.tracks.handovers
        if old is new:
            return
        self._lines = new
        tracks = (self._booked > 0).nonzero()[0]
        whole = np.ceil(self._booked[tracks] - 1e-6).astype(np.intp) - 1
        used = self._booked[tracks] - whole
        at = np.minimum(whole + old.first[tracks], old.last[tracks])
        again = new.at_or_after(tracks, old.times[at])
        self._booked[tracks] = again - new.first[tracks] + used

    def _use(self, case: Index) -> None:
        """Hand over in time, or let the consent lapse."""
        done = self.book.transfer[case] <= self.book.deadline[case]
        self._close(case[done], TRANSFERRED)
        self._close(case[~done], LAPSED)

    # Off the track --------------------------------------------------------------------------

    def _hand_over(self, parties: Batch, case: Index) -> NDArray[np.uint8]:
        """Put parties on the other side; the requested state may move some of them on."""
        book, crowd, rows = self.book, self._crowd, parties.rows
        track = book.track[case].astype(np.intp)
        by_leg = ~book.moved_on[case]
        crowd.node[rows] = np.where(by_leg, self._tail[parties.leg], self.tracks.place[track])
        hour = book.ended[case]
        book.chain[case] = (self._last_to[rows] == self.tracks.requesting[track]) & (
            hour - self._last_hour[rows] <= CHAIN_HOURS
        )
        self._last_hour[rows], self._last_to[rows] = hour, self.tracks.requested[track]
        fate = np.full(len(rows), BACK, np.uint8)
        share = self.tracks.value["moved_on_share"][track]
        moved = self._u(book.base[case], "moved on") < share
        for i in np.unique(track[moved]).tolist():
            for onward, bit in self._onward[i]:
                goes = moved & (track == i) & (fate == BACK)
                goes &= (crowd.borders[rows] & bit) != 0
                goes &= self._open_now(onward, hour)
                which = goes.nonzero()[0]
                if which.size:
                    self._move_on(parties.take(which), case[which], onward)
                    fate[which] = STAYS
        return fate

    def _open_now(self, track: int, hour: F64) -> Mask:
        """Return whether a track is open to those just taken back."""
        pair = self.tracks.requesting[track], self.tracks.requested[track]
        far = np.full(len(hour), np.inf)
        found = self.tracks.of(np.full(len(hour), pair[0]), np.full(len(hour), pair[1]), far, far,
                               hour)  # fmt: skip
        return np.asarray(found == track)

    def _move_on(self, parties: Batch, before: Index, track: int) -> None:
        hour = self.book.ended[before]
        base = self._draws.bits(self.book.base[before], self._salt["moved on"])
        self.open(parties, hour, np.full(len(parties), track), self.book.held[before], base, True)

    def _note(self, case: Index) -> None:
        """Enter in the ledger what has ended."""
        book, add, month = self.book, self._ledger.add, self._month()
        result = book.result[case]
        back, claimed = (result == TRANSFERRED).nonzero()[0], (result == CLAIMED).nonzero()[0]
        if back.size:
            ended = case[back]
            country = self.tracks.requesting[book.track[ended]]
            persons = book.persons[ended].astype(np.int64)
            add("readmitted", country, persons, month)
            add("readmitted_children", country, book.minors[ended], month)
            add("readmitted_wish", country, persons * book.wish[ended], month)
            add("chain_returns", country, persons * book.chain[ended], month)
        if claimed.size:
            ended = case[claimed]
            country = self.tracks.requesting[book.track[ended]]
            add("readmission_claims", country, book.persons[ended].astype(np.int64), month)

    # Records --------------------------------------------------------------------------------

    def write(self, recorder: Recorder) -> None:
        """Write the table of cases."""
        book, tracks = self.book, self.tracks
        if not book.size:
            return
        track = book.column("track").astype(np.intp)
        specs = np.array(
            [(s.requesting, s.requested, s.track) for s in tracks.specs], dtype=object
        )[track]
        asked = np.isfinite(book.column("answer")) | (book.column("stage") == ACCEPTED)
        asked |= book.column("silent") | np.isin(book.column("result"), (TRANSFERRED, REFUSED))
        answered = (book.column("answer") <= book.column("ended")) & ~book.column("silent")
        answered |= (book.column("stage") == ACCEPTED) & ~book.column("silent")
        recorder.add(
            "cases", case=np.arange(book.size), party=book.column("party"), requesting=specs[:, 0],
            requested=specs[:, 1], track=specs[:, 2], persons=book.column("persons"),
            opened=book.column("opened"),
            requested_at=np.where(asked, book.column("request"), np.nan),
            answered_at=np.where(answered, book.column("answer"), np.nan),
            deadline=book.column("deadline"), ended=book.column("ended"),
            result=np.array(RESULTS, dtype=object)[book.column("result")],
            extended=book.column("extended"), evidence=book.column("evidence"),
            silent=book.column("silent"), moved_on=book.column("moved_on"),
            chain=book.column("chain"),
        )  # fmt: skip

    def state_of(self, pair: tuple[str, str]) -> dict[str, float]:
        """Return cases open now, and opened and handed over so far, of two states."""
        mine = np.array([(s.requesting, s.requested) == pair for s in self.tracks.specs])
        cases = mine[self.book.column("track")]
        stage, result = self.book.column("stage")[cases], self.book.column("result")[cases]
        return {
            "open": float((stage != CLOSED).sum()), "opened": float(len(stage)),
            "handed_over": float((result == TRANSFERRED).sum()),
        }  # fmt: skip

    # What others ask ------------------------------------------------------------------------

    def moved_on(self, rows: Rows) -> Mask:
        """Return whether the last case of parties was opened by a state that took them back."""
        return np.asarray(self.book.moved_on[self._case_of[rows]])
