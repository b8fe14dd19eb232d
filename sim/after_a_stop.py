"""What follows an interception: screening, care, holding, cases of readmission (MODEL 6, 14)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.control.aftermath import Terms
from sim.cooperation.followers import StopFollowers
from sim.cooperation.guests import Guests
from sim.cooperation.investigations import NO_CASES
from sim.cooperation.readmission import Readmission
from sim.cooperation.requests import RequestBook
from sim.kernels import stops
from sim.kernels.case_codes import CLAIMANTS, ENTERING, NOWHERE, OVER, QUITTERS
from sim.kernels.screening import STOP
from sim.leg_aftermath import LegAftermath
from sim.movement.batch import Batch
from sim.movement.crowd import GAVE_UP, Crowd, Rows
from sim.movement.leg_table import LegTable
from sim.movement.waits import Waits
from sim.passage_log import PassageLog
from sim.protection.ledger import Ledger
from sim.protection.screening import ScreeningDesks
from sim.surroundings import Surroundings

Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

#: Lists of positions that a kernel writes at most.
_LISTS = 6


class AfterAStop:
    """Screens and holds those intercepted, and ends holdings and cases of readmission.

    Attributes:
        asked: Requests that ask who those held are; none where nobody is asked.
        evidence: Cases on networks, to which stops of guided parties add evidence.
        readmission: What follows a stop where an agreement on readmission is in force; None
            without any.
        waived: Parties released so far whose identity was asked and not settled in time.
    """

    def __init__(
        self,
        crowd: Crowd,
        legs: LegTable,
        around: Surroundings,
        aftermath: LegAftermath,
        waits: Waits,
        screening: ScreeningDesks,
        ledger: Ledger,
        log: PassageLog,
        retries: bool,
        followers: StopFollowers,
        guests: Guests | None,
    ) -> None:
        """Join the parts; ``followers`` act on stops, ``guests`` bring languages."""
        self._crowd = crowd
        self._legs = legs
        self._around = around
        self._aftermath = aftermath
        self._country = around.controlled_by(legs.sector, legs.post)
        # By leg: whether its officers stand where it leads, and the place on their side of it.
        self._over: Mask = around.place_country[around.head] == self._country
        self._side: Index = np.where(self._over, around.head, around.tail)
        self._waits = waits
        self._screening = screening
        self._ledger = ledger
        self._log = log
        self._retries = retries
        self._followers = followers
        self._guests = guests
        self._item = int(ledger.positions(("asylum_after_holding",))[0])
        #: Room for what is known of those stopped in a window, and for lists of positions.
        self._met = np.empty(0, STOP)
        self._lists = np.empty((_LISTS, 0), np.intp)
        self.asked, self.waived = RequestBook(0), 0
        self.evidence = NO_CASES
        self.readmission: Readmission | None = None

    def intercept(self, parties: Batch, terms: Terms) -> None:
        """Register stops, screen, and hold who is not taken into a procedure.

        Args:
            parties: The parties stopped.
            terms: What follows a stop now, by leg.
        """
        crowd, count = self._crowd, parties.rows.size
        if count > self._met.size:
            self._met = np.empty(2 * count, STOP)
        met = self._met[:count]
        country, border, held = np.empty(count, np.intp), np.empty(count, np.intp), np.empty(count)
        stops.meet(
            parties.rows, parties.leg, parties.base, crowd.records, crowd.persons, crowd.minors,
            crowd.unaccompanied, self._country, self._legs.border, terms.held, *self.evidence,
            country, border, held, met,
        )  # fmt: skip
        self._log.stop(parties, country, border)
        self._screening.screen(met, parties.base, self._log.day, self._interpreted(parties))
        left = self._sort_out(parties, country, met)
        left = self._followers.on_stops(parties, country, held, left)
        if left.size:
            self._waits.begin_held(parties.rows[left], parties.hour[left], held[left])

    def _sort_out(self, parties: Batch, country: Index, screened: NDArray[Any]) -> Index:
        """Count who was screened; return who is left to be held.

        These are in no procedure, no victims, and no children referred.
        """
        lists = self._room(country.size)
        left, whole, parts, claims, cared_over, over = stops.sort_out(
            parties.rows, parties.leg, screened, self._crowd.records, self._side, self._over,
            self._ledger.counts, self._log.month, lists,
        )  # fmt: skip
        # Crossings stand in the log in order: those into care, of victims taken out of their
        # parties, into the procedure.
        first = cared_over if parts else over
        if first:
            self._log.crossing(parties, lists[4, :first])
        if whole:
            which = lists[1, :whole]
            hours = self._screening.reflection[country[which]]
            self._waits.begin_reception(parties.rows[which], parties.hour[which], hours)
        if parts:
            which = lists[2, :parts]
            self._take_apart(parties.take(which), country[which])
        if first < over:
            self._log.crossing(parties, lists[4, first:over])
        if claims:
            self._waits.begin_asylum(parties.take(lists[3, :claims]))
        return lists[0, :left]

    def _room(self, count: int) -> Index:
        """Return room for lists of ``count`` positions, shape (lists, room); until the next."""
        if count > self._lists.shape[1]:
            self._lists = np.empty((_LISTS, 2 * count), np.intp)
        return self._lists

    def _take_apart(self, parties: Batch, country: Index) -> None:
        """Take the victim found in each party, an adult if it has one, into care.

        The others go on.
        """
        parents = parties.rows
        new = self._log.split(parents, np.ones(parents.size, np.int64), parties.hour)
        self._crowd.vulnerable[parents] = False
        self._care_for(parties, new, country)

    def _interpreted(self, parties: Batch) -> Mask | None:
        """Return whether a guest officer interprets where each was stopped."""
        if self._guests is None or not self._guests.some_interpret:
            return None
        sector, post = self._legs.sector[parties.leg], self._legs.post[parties.leg]
        return self._guests.interpreted(sector, post, parties.hour)

    def _care_for(self, parties: Batch, rows: Rows, country: Index) -> None:
        """Take victims and children, met with parties, into care in the country that stopped them.

        Whoever comes over the line for that has crossed it.
        """
        over = np.empty(rows.size, np.intp)
        crossing = stops.take_over(
            rows, parties.leg, self._crowd.records, self._side, self._over, over
        )
        if crossing:
            over = over[:crossing]
            met = parties.take(over)
            self._log.crossing(Batch(rows[over], met.hour, met.leg, met.base))
        self._waits.begin_reception(rows, parties.hour, self._screening.reflection[country])

    def end_holding(self, parties: Batch, terms: Terms) -> Mask:
        """Let go of those held; return who is released at the head of the leg."""
        fate = self._aftermath.dispose(parties.leg, parties.base, terms)
        crowd, around, count = self._crowd, self._around, parties.rows.size
        released, lists = np.empty(count, np.bool_), self._room(count)
        again, quits, claims, waived = stops.end_holding(
            parties.rows, parties.leg, parties.hour, fate, self._retries, crowd.records,
            crowd.persons, self.asked.records, around.head, around.tail, around.place_country,
            self._ledger.counts, self._item, self._log.month, released, lists,
        )  # fmt: skip
        self.waived += waived
        if again:
            back = parties.take(lists[0, :again])
            self._waits.begin(back, terms.retry[back.leg])
        if quits:
            which = lists[1, :quits]
            self._waits.finish(parties.rows[which], GAVE_UP, parties.hour[which])
        if claims:
            self._log.crossing(parties, lists[2, :claims])
            self._waits.begin_asylum(parties.take(lists[2, :claims]))
        return released

    # Readmission ---------------------------------------------------------------------------

    def take_into_care(self, parties: Batch, country: Index) -> None:
        """Take parties of children into care in the country that stopped them."""
        self._care_for(parties, parties.rows, country)

    def end_cases(self, parties: Batch, terms: Terms) -> Mask:
        """Let cases go on; return who is released at the head of the leg.

        Who is handed over waits and may try again. Who is not is released or gives up in the
        proportion in which these follow a stop there.
        """
        assert self.readmission is not None
        waits, (released, lists, lengths) = self._waits, self.readmission.advance(parties, terms)
        over, claims, entering, quits, nowhere = lengths
        if over:
            back = parties.take(lists[OVER, :over])
            if self._retries:
                waits.begin(back, terms.retry[back.leg])
            else:
                waits.finish(back.rows, GAVE_UP, back.hour)
        if claims:
            if entering:
                self._log.crossing(parties, lists[ENTERING, :entering])
            waits.begin_asylum(parties.take(lists[CLAIMANTS, :claims]))
        if quits:
            which = lists[QUITTERS, :quits]
            waits.finish(parties.rows[which], GAVE_UP, parties.hour[which])
        if nowhere:
            waits.begin_review(parties.take(lists[NOWHERE, :nowhere]))
        return released
