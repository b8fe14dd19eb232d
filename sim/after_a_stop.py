"""What follows an interception: screening, care, holding, cases of readmission (MODEL 6, 14)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.control.aftermath import ASYLUM as TO_ASYLUM, BACK, GAVE_UP as TO_GAVE_UP, RELEASED, Terms
from sim.cooperation.followers import StopFollowers
from sim.cooperation.guests import Guests
from sim.cooperation.readmission import (
    BACK as HANDED_OVER,
    LET_GO,
    STAYS,
    TO_ASYLUM as CASE_TO_ASYLUM,
    Readmission,
)
from sim.leg_aftermath import LegAftermath
from sim.movement.batch import Batch
from sim.movement.crowd import GAVE_UP, Crowd, Rows
from sim.movement.leg_table import LegTable
from sim.movement.waits import Waits
from sim.passage_log import PassageLog
from sim.protection.ledger import Ledger
from sim.protection.screening import ScreeningDesks
from sim.randomness import Draws, salt
from sim.surroundings import Surroundings

F64 = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]


class AfterAStop:
    """Screens and holds those intercepted, and ends holdings and cases of readmission."""

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
        draws: Draws,
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
        self._waits = waits
        self._screening = screening
        self._ledger = ledger
        self._log = log
        self._draws = draws
        self._retries = retries
        self._followers = followers
        self._guests = guests
        self._give_up = salt("give up after a stop")
        #: What follows a stop where an agreement on readmission is in force; None without any.
        self.readmission: Readmission | None = None

    def intercept(self, parties: Batch, terms: Terms) -> None:
        """Register stops, screen, and hold who is not taken into a procedure.

        Args:
            parties: The parties stopped.
            terms: What follows a stop now, by leg.
        """
        leg = parties.leg
        country, held = self._country[leg], terms.held[leg]
        self._log.stop(parties, country, self._legs.border[leg])
        self._followers.on_intercepted(parties, country)
        left = self._screen(parties, country, held)
        if left is not None:
            bound = left.nonzero()[0]
            if not bound.size:
                return
            parties, country, held = parties.take(bound), country[bound], held[bound]
        taken = self._followers.on_stops(parties, country, held)
        stay = (~taken).nonzero()[0]
        if stay.size:
            self._waits.begin_held(parties.rows[stay], parties.hour[stay], held[stay])

    def _screen(self, parties: Batch, country: Index, held: F64) -> Mask | None:
        """Return who is left to be held: in no procedure, no victim, no child referred.

        None where that is everybody.
        """
        crowd, rows = self._crowd, parties.rows
        persons, unaccompanied = crowd.persons[rows], crowd.unaccompanied[rows]
        vulnerable = crowd.vulnerable[rows]
        found = self._screening.screen(
            country, persons, unaccompanied, vulnerable, crowd.wish[rows], held, parties.base,
            self._draws, self._log.day, self._interpreted(parties),
        )  # fmt: skip
        self._ledger.add_screened(
            found, country, persons, crowd.minors[rows], unaccompanied, vulnerable, self._log.month
        )
        referred, claims = found.referred > 0, found.claim_registered
        cared_for = np.logical_or.reduce(found.identified | referred)
        if not cared_for and not np.logical_or.reduce(claims):
            return None
        side = self._own_side(parties.leg, country)
        left = np.ones(rows.size, np.bool_)
        if cared_for:
            whole = found.identified & (crowd.family[rows] | (persons == 1))
            whole |= referred & (found.referred >= persons)
            reflection = self._screening.reflection(country)
            self._care_for(parties.take(whole), rows[whole], side[whole], reflection[whole])
            left[whole] = False
            part = (found.identified & left).nonzero()[0]
            if part.size:
                self._take_apart(parties.take(part), side[part], reflection[part])
            claims = claims & left
        claiming = claims.nonzero()[0]
        if claiming.size:
            claimants = parties.take(claiming)
            self._move_over(claimants, claimants.rows, side[claiming])
            self._waits.begin_asylum(claimants)
            left[claiming] = False
        return left

    def _take_apart(self, parties: Batch, side: Index, reflection: F64) -> None:
        """Take the victim found in each party into care; the others go on."""
        crowd, parents = self._crowd, parties.rows
        minor = (crowd.minors[parents] >= crowd.persons[parents]).astype(np.int64)
        alone = np.minimum(minor, crowd.unaccompanied[parents])
        new = self._log.split(parents, np.ones_like(minor), minor, alone, parties.hour)
        crowd.vulnerable[parents] = False
        self._care_for(parties, new, side, reflection)

    def _interpreted(self, parties: Batch) -> Mask | None:
        """Return whether a guest officer interprets where each was stopped."""
        if self._guests is None:
            return None
        sector, post = self._legs.sector[parties.leg], self._legs.post[parties.leg]
        return self._guests.interpreted(sector, post, parties.hour)

    def _own_side(self, leg: Index, country: Index) -> Index:
        """Return the end of the leg that lies in the country that stopped the party."""
        around = self._around
        at_head = around.place_country[around.head[leg]] == country
        return np.where(at_head, around.head[leg], around.tail[leg])

    def _move_over(self, parties: Batch, rows: Rows, side: Index) -> None:
        """Take ``rows``, met with ``parties``, to a side of the line; over it is a crossing."""
        self._crowd.node[rows] = side
        over = (side == self._around.head[parties.leg]).nonzero()[0]
        if over.size:
            met = parties.take(over)
            self._log.crossing(Batch(rows[over], met.hour, met.leg, met.base))

    def _care_for(self, parties: Batch, rows: Rows, side: Index, hours: F64) -> None:
        """Take victims and children into care; one who is found is no longer hidden."""
        if len(rows):
            self._move_over(parties, rows, side)
            self._crowd.vulnerable[rows] = False
            self._waits.begin_reception(rows, parties.hour, hours)

    def end_holding(self, parties: Batch, terms: Terms) -> Mask:
        """Let go of those held; return who is released at the head of the leg."""
        fate = self._aftermath.dispose(parties.leg, parties.base, self._draws, terms)
        fate = self._followers.on_release(parties, fate)
        if not self._retries:
            fate[fate == BACK] = TO_GAVE_UP
        crowd, around = self._crowd, self._around
        again, quits = (fate == BACK).nonzero()[0], (fate == TO_GAVE_UP).nonzero()[0]
        if again.size:
            back = parties.take(again)
            crowd.node[back.rows] = around.tail[back.leg]
            self._waits.begin(back, terms.retry[back.leg])
        if quits.size:
            rows = parties.rows[quits]
            crowd.node[rows] = around.tail[parties.leg[quits]]
            self._waits.finish(rows, GAVE_UP, parties.hour[quits])
        asylum = (fate == TO_ASYLUM).nonzero()[0]
        if asylum.size:
            claimants = parties.take(asylum)
            crowd.node[claimants.rows] = around.head[claimants.leg]
            self._log.crossing(claimants)
            country = around.place_country[crowd.node[claimants.rows]]
            persons = crowd.persons[claimants.rows].astype(np.int64)
            self._ledger.add("asylum_after_holding", country, persons, self._log.month)
            self._waits.begin_asylum(claimants)
        return np.asarray(fate == RELEASED)

    # Readmission ---------------------------------------------------------------------------

    def take_into_care(self, parties: Batch, country: Index) -> None:
        """Take parties of children into care in the country that stopped them."""
        side = self._own_side(parties.leg, country)
        self._care_for(parties, parties.rows, side, self._screening.reflection(country))

    def end_cases(self, parties: Batch, terms: Terms) -> Mask:
        """Let cases go on; return who is released at the head of the leg.

        Who is handed over waits and may try again. Who is not is released or gives up in the
        proportion in which these follow a stop there.
        """
        assert self.readmission is not None
        fate = self.readmission.advance(parties)
        released = np.zeros(fate.size, np.bool_)
        ended = (fate != STAYS).nonzero()[0]
        if not ended.size:
            return released
        if ended.size < fate.size:
            parties, fate = parties.take(ended), fate[ended]
        over = (fate == HANDED_OVER).nonzero()[0]
        if over.size:
            back = parties.take(over)
            if self._retries:
                self._waits.begin(back, terms.retry[back.leg])
            else:
                self._waits.finish(back.rows, GAVE_UP, back.hour)
            if over.size == fate.size:
                return released
        # One moved on by a state that had taken it back is on no leg any more.
        on_leg = ~self.readmission.moved_on(parties.rows)
        claims = fate == CASE_TO_ASYLUM
        if np.logical_or.reduce(claims):
            entering = parties.take(claims & on_leg)
            self._crowd.node[entering.rows] = self._around.head[entering.leg]
            self._log.crossing(entering)
            self._waits.begin_asylum(parties.take(claims))
        let_go = (fate == LET_GO).nonzero()[0]
        if let_go.size:
            free = self._go_free(parties.take(let_go), on_leg[let_go], terms)
            released[ended[let_go[free]]] = True
        return released

    def _go_free(self, parties: Batch, on_leg: Mask, terms: Terms) -> Index:
        """Give up or go on; return who does at the head of the leg."""
        leg = parties.leg
        gone, free = terms.gave_up[leg], terms.released[leg]
        quit_share = gone / np.maximum(gone + free, 1e-12)
        stays = self._draws.uniform(parties.base, self._give_up) >= quit_share
        quits = (~stays).nonzero()[0]
        if quits.size:
            self._waits.finish(parties.rows[quits], GAVE_UP, parties.hour[quits])
        nowhere = (stays & ~on_leg).nonzero()[0]
        if nowhere.size:
            self._waits.begin_review(parties.take(nowhere))
        return np.asarray((stays & on_leg).nonzero()[0])
