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
#: Draws of a case: those that meet a share, then those of times.
_STREAMS = (
    "request", "claim", "extension", "consent", "consent", "moved on",
    "claim hour", "prepare", "answer", "prepare angle", "answer angle",
)  # fmt: skip
_NO_CASE = -1
#: Days of handover between tracks; more than there are.
_FAR = 1e6
#: Persons a day below which a track hands nobody over: fewer than one in three years.
_LEAST_TRANSFERS = 1e-3
_TRANSFERRED, _REFUSED, _LAPSED, _NOT_REQUESTED = (
    np.array(result, np.uint8) for result in (TRANSFERRED, REFUSED, LAPSED, NOT_REQUESTED)
)
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
        self._tail = tail
        self._take_legs(np.append(sector_width, 0.0))
        self._requests, self._ledger, self._draws = requests, ledger, draws
        self._care, self._month = care, month
        self._at_stop: U64 = np.array([[salt("readmission", s)] for s in _STREAMS], np.uint64)
        self._moved = salt("readmission", "moved on")
        value = tracks.value
        # Drawn apart in an ensemble, the two may cross: evidence never speaks against a request.
        supported = np.maximum(value["accept_with_evidence"], value["accept_share"])
        self._shares: F64 = np.stack([
            value["request_share"], value["claim_share"], value["extension_share"],
            value["accept_share"], supported, value["moved_on_share"],
        ])  # fmt: skip
        self._sigma, self._half_variance = value["spread"], value["spread"] ** 2 / 2.0
        self._position = salt("readmission", "position")
        self._case_of = np.full(len(crowd.key), _NO_CASE, np.int32)
        self._last_hour = np.full(len(crowd.key), -np.inf, np.float32)
        self._last_to = np.full(len(crowd.key), NOBODY, np.int16)
        self._booked = np.zeros(len(tracks.ids))
        self._lines = tracks.handovers
        self._onward = [self._states_before(i) for i in range(len(tracks.ids))]
        self._border = np.array([self._border_of(s) for s in tracks.specs], np.intp)
        ledger.measure(ITEMS, np.array(sorted(set(tracks.requesting.tolist())), np.intp))

    def _take_legs(self, width: F64) -> None:
        """Note what hangs on the leg of a stop; ``width`` of sectors, 0 behind them for none."""
        legs = self._legs
        #: km and hours between the line and the farthest stop on a leg, shape (2, legs).
        self._reach: F64 = np.zeros((2, len(legs.specs)))
        self._reach[0] = width[legs.sector]
        # A barrier, which may change, stands in sectors only.
        self._stay: F64 = np.where(legs.sector >= 0, legs.stay, 0.0)
        self._into = np.where(legs.border != NOBODY, legs.to_country, NOBODY)
        #: Accelerated and standard track by leg, from and until an hour.
        self._ways: Index = np.empty((2, 0), np.intp)
        self._ways_from, self._ways_until, self._ways_version = np.inf, -np.inf, (-1, -1)
        self._near: F64 = np.empty((2, 0))

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
        number = np.count_nonzero(bound)
        if not number:
            return None
        adults = bound
        children = bound & (self._crowd.unaccompanied[parties.rows] > 0)
        if np.count_nonzero(children):
            theirs = parties.take(children)
            self._care(theirs, country[children])
            persons = self._crowd.unaccompanied[theirs.rows].astype(np.int64)
            self._ledger.add(
                "readmission_children_referred", country[children], persons, self._month()
            )
            adults = bound & ~children
            number = np.count_nonzero(adults)
        if number < len(bound):
            which = adults.nonzero()[0]
            parties, track, held = parties.take(which), track[which], held[which]
        if number:
            self.open(parties, parties.hour.astype(np.float64), track, held, parties.base)
        return np.asarray(bound)

    def _track(self, parties: Batch, country: Index) -> Index:
        """Return the track on which the country that stopped each party may send it back."""
        legs, leg, hour = self._legs, parties.leg, parties.hour
        first, last = float(np.minimum.reduce(hour)), float(np.maximum.reduce(hour))
        np.add(self._stay, legs.barrier, out=self._reach[1])
        entered = self._into[leg] == country
        if not np.count_nonzero(entered):
            return np.full(len(leg), NO_TRACK)
        if not (self._ways_from <= first and last < self._ways_until) or (
            self._ways_version != self.tracks.versions
        ):
            self._find_ways(first, last)
        if last >= self._ways_until:
            u = self._draws.uniform(parties.base, self._position)
            distance, since = u * self._reach.take(leg, axis=1)
            track = self.tracks.of(
                country, legs.from_country[leg], since, distance, hour.astype(np.float64)
            )
            return np.where(entered, track, NO_TRACK)
        fast, track = self._ways.take(leg, axis=1)
        if np.maximum.reduce(fast) != NO_TRACK:
            u = self._draws.uniform(parties.base, self._position)
            close, early = u * self._reach.take(leg, axis=1) <= self._near.take(fast, axis=1)
            track = np.where(close & early, fast, track)
        return np.where(entered, track, NO_TRACK)

    def _find_ways(self, first: float, last: float) -> None:
        """Note the tracks open by leg, for as long as they are; none if they change in between."""
        legs, tracks = self._legs, self.tracks
        found = tracks.of_pairs(legs.to_country, legs.from_country, first, last)
        self._ways_from, self._ways_until = first, -np.inf
        if found is not None:
            fast, slow, self._ways_until, self._ways_version = found
            self._ways = np.where(legs.border != NOBODY, (fast, slow), NO_TRACK)
            # Nobody is near on no track, which stands last.
            self._near = np.full((2, len(tracks.ids) + 1), -1.0)
            self._near[:, :-1] = tracks.value["near_distance"], tracks.value["near_hours"]

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
        if np.count_nonzero(crowd.state[rows] == RECEPTION) or np.count_nonzero(
            crowd.unaccompanied[rows]
        ):
            raise ModelError(
                "readmission was asked for a party in care: a victim in the reflection period or "
                "an unaccompanied child never enters the track"
            )
        u = self._draws.uniform(base, self._at_stop)
        asked, claims, extends, agrees, persuaded, goes_on = u[:6] < self._shares.take(
            track, axis=1
        )
        logs = np.log1p(-u[6:9])
        prepare, work = self._spread(track, logs[1:], u[9:])
        prepare *= value["prepare"][track]
        request, deadline = hour + prepare, self.tracks.request_deadline(track, hour)
        never = ~asked
        np.copyto(request, np.inf, where=never)
        np.copyto(deadline, hour + held, where=never)
        next_ = np.minimum(request, deadline)
        claim: float | F64 = np.inf
        if np.count_nonzero(claims):
            claim = np.where(claims, hour + -logs[0] * value["claim_delay"][track], np.inf)
            np.minimum(next_, claim, out=next_)
        case = self.book.append(
            len(rows), party=crowd.key[rows], base=base, track=track, persons=crowd.persons[rows],
            minors=crowd.minors[rows], wish=crowd.wish[rows], moved_on=moved_on, opened=hour,
            held=held, claim=claim, request=request, deadline=deadline, next=next_,
            extends=extends, agrees=agrees, persuaded=persuaded, goes_on=goes_on, work=work,
            enquiry=NOBODY_ASKED,
        )  # fmt: skip
        self._grow()
        self._case_of[rows] = case
        self._waits.begin_case(rows, parties.hour, next_ - parties.hour)

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

    def _spread(self, track: Index, logs: F64, angle: F64) -> F64:
        """Return lognormal factors of mean 1 (Box & Muller 1958 for the normal).

        Args:
            track: Track of each case, shape (m,).
            logs: Logarithms of uniforms, shape (k, m).
            angle: Uniforms, shape (k, m).
        """
        normal = np.sqrt(-2.0 * logs) * np.cos(2.0 * np.pi * angle)
        normal *= self._sigma[track]
        normal -= self._half_variance[track]
        return np.asarray(np.exp(normal))

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
            hour = book.next[due]
            now = (hour <= until).nonzero()[0]
            if now.size < due.size:
                due, until, hour = due[now], until[now], hour[now]
            if due.size:
                self._step(due, hour)
        fate = _FATE_OF[book.result[case]]
        stays = (fate == STAYS).nonzero()[0]
        if stays.size < case.size:
            back, claimed = (fate == BACK).nonzero()[0], (fate == TO_ASYLUM).nonzero()[0]
            if claimed.size:
                self._note_claims(case[claimed])
            if back.size:
                fate[back] = self._hand_over(parties.take(back), case[back])
                self._note_handed_over(case[back])
            parties, case = parties.take(stays), case[stays]
        # Not those just moved on, who have a case of their own since.
        self._waits.begin_case(parties.rows, parties.hour, book.next[case] - parties.hour)
        return fate

    def _step(self, case: Index, hour: F64) -> None:
        """Let the next event of each case happen, at its hour."""
        book = self.book
        claims = book.claim[case] <= hour
        if np.count_nonzero(claims):
            self._close(case[claims], CLAIMED)
            case = case[~claims]
        stage = book.stage[case]
        present = set(stage.tolist())
        for number, act in (
            (PREPARING, self._ask), (REQUESTED, self._answer), (ACCEPTED, self._use)
        ):  # fmt: skip
            if number in present:
                act(case if len(present) == 1 else case[stage == number])

    def _close(self, case: Index, result: int | NDArray[np.uint8]) -> None:
        book = self.book
        book.stage[case], book.result[case] = CLOSED, result
        book.ended[case] = book.next[case]
        book.next[case] = np.inf  # nothing more happens in it

    def _ask(self, case: Index) -> None:
        """Make the request in time, or never; then the answer's clock runs."""
        book, tracks = self.book, self.tracks
        request = book.request[case]
        # Never asked for: a request at no hour, with the end of holding as its deadline.
        missed = request > book.deadline[case]
        if np.count_nonzero(missed):
            lost = missed.nonzero()[0]
            never = np.isinf(request[lost])
            self._close(case[lost], np.where(never, _NOT_REQUESTED, _LAPSED))
            kept = (~missed).nonzero()[0]
            if not kept.size:
                return
            case, request = case[kept], request[kept]
        track = book.track[case]
        work = tracks.value["answer"][track]
        work *= book.work[case]
        answer = tracks.answer_at(track, request, work)
        limit = tracks.answer_deadline(track, request)
        silent = answer > limit
        longer = (silent & book.extends[case]).nonzero()[0]
        if longer.size:
            limit[longer] = tracks.extended(track[longer], limit[longer])
            silent = answer > limit
            book.extended[case[longer]] = True
        book.stage[case] = REQUESTED
        book.deadline[case], book.answer[case], book.silent[case] = limit, answer, silent
        settles = np.minimum(answer, limit)
        book.next[case] = np.minimum(settles, book.claim[case])
        book.enquiry[case] = self._enquire(book.base[case], request, track, settles)

    def _enquire(self, base: U64, request: F64, track: Index, until: F64) -> Index:
        """Ask a cooperation centre for evidence, of use until the answer is given."""
        tracks = self.tracks
        return self._requests.ask(
            READMISSION, tracks.requesting[track], tracks.requested[track],
            np.ceil(request), base, until, self._border[track],
        )  # fmt: skip

    def _answer(self, case: Index) -> None:
        """Take the answer, or silence for what the track makes of it."""
        book = self.book
        hour, silent, track = book.next[case], book.silent[case], book.track[case]
        evidence = self._requests.settled(book.enquiry[case], hour)
        book.evidence[case] = evidence
        evidence &= book.persuaded[case]
        yes = book.agrees[case]
        yes |= evidence
        if np.count_nonzero(silent):
            book.answer[case[silent]] = np.nan
            yes = np.where(silent, self.tracks.consent[track], yes)
        agreed = yes.nonzero()[0]
        if agreed.size < case.size:
            no = ~yes
            self._close(case[no], np.where(silent[no], _LAPSED, _REFUSED))
            if not agreed.size:
                return
            case, track, hour = case[agreed], track[agreed], hour[agreed]
        if case.size > 1:
            order = np.lexsort((book.base[case], hour, track))
            case, track, hour = case[order], track[order], hour[order]
        limit = self.tracks.transfer_deadline(track, hour)
        transfer = self._book_handover(book.persons[case], track, hour)
        book.stage[case] = ACCEPTED
        book.deadline[case], book.transfer[case] = limit, transfer
        np.minimum(transfer, limit, out=limit)
        book.next[case] = np.minimum(limit, book.claim[case])

    def _book_handover(self, persons: NDArray[np.uint8], track: Index, consent: F64) -> F64:
        """Return the hour of each handover: in order of consent, as many persons a day as go.

        Positions are in days of handover: p_i = max(a_i, p_(i-1)) + persons_i / capacity, a_i
        the first handover not before the consent. Cases come in order of track and consent.
        """
        self._carry_bookings()
        capacity, lines = self.tracks.value["transfers"][track], self.tracks.handovers
        if not np.minimum.reduce(capacity) >= _LEAST_TRANSFERS:
            hour = np.full(len(track), np.inf)
            some = (capacity >= _LEAST_TRANSFERS).nonzero()[0]
            if some.size:
                hour[some] = self._book_handover(persons[some], track[some], consent[some])
            return hour
        size = persons / capacity
        first, last = lines.first[track], lines.last[track]
        next_ = lines.at_or_after(track, consent)
        earliest = np.where(lines.times[next_] >= consent, next_ - first, np.inf)
        after = size.cumsum()
        # Tracks lie a long way apart, so that the running maximum begins anew with each.
        apart = track * _FAR
        start = np.maximum(earliest, self._booked[track])
        start += apart
        start -= after - size
        position = np.maximum.accumulate(start)
        position += after
        position -= apart
        np.minimum(position, _FAR, out=position)
        self._booked[track] = position
        day = np.ceil(position - 1e-6).astype(np.intp)
        day -= 1
        day += first
        return np.where(day <= last, lines.times[np.minimum(day, last)], np.inf)

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
        self._close(case, np.where(done, _TRANSFERRED, _LAPSED))

    # Off the track --------------------------------------------------------------------------

    def _hand_over(self, parties: Batch, case: Index) -> NDArray[np.uint8]:
        """Put parties on the other side; the requested state may move some of them on."""
        book, crowd, rows = self.book, self._crowd, parties.rows
        track, hour = book.track[case], book.ended[case]
        crowd.node[rows] = np.where(
            book.moved_on[case], self.tracks.place[track], self._tail[parties.leg]
        )
        chain = hour - self._last_hour[rows] <= CHAIN_HOURS
        chain &= self._last_to[rows] == self.tracks.requesting[track]
        book.chain[case] = chain
        self._last_hour[rows], self._last_to[rows] = hour, self.tracks.requested[track]
        fate = np.full(len(rows), BACK, np.uint8)
        moved = book.goes_on[case]
        for i in sorted(set(track[moved].tolist())) if np.count_nonzero(moved) else ():
            for onward, bit in self._onward[i]:
                goes = moved & (track == i) & (fate == BACK)
                goes &= (crowd.borders[rows] & bit) != 0
                if np.count_nonzero(goes):
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
        base = self._draws.bits(self.book.base[before], self._moved)
        self.open(parties, hour, np.full(len(parties), track), self.book.held[before], base, True)

    def _note_handed_over(self, case: Index) -> None:
        """Enter handovers in the ledger."""
        book, add, month = self.book, self._ledger.add, self._month()
        country = self.tracks.requesting[book.track[case]]
        persons = book.persons[case].astype(np.int64)
        add("readmitted", country, persons, month)
        add("readmitted_children", country, book.minors[case], month)
        add("readmitted_wish", country, persons * book.wish[case], month)
        add("chain_returns", country, persons * book.chain[case], month)

    def _note_claims(self, case: Index) -> None:
        """Enter claims to asylum made on the track in the ledger."""
        country = self.tracks.requesting[self.book.track[case]]
        persons = self.book.persons[case].astype(np.int64)
        self._ledger.add("readmission_claims", country, persons, self._month())

    # Records --------------------------------------------------------------------------------

    def write(self, recorder: Recorder) -> None:
        """Write the table of cases."""
        book, tracks = self.book, self.tracks
        if not book.size:
            return
        track = book.column("track")
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
