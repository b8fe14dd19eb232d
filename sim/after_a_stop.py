"""What follows an interception: screening, care, holding, cases of readmission (MODEL 6, 14)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.control.aftermath import ASYLUM as TO_ASYLUM
from sim.control.aftermath import BACK, RELEASED, AftermathTable
from sim.control.aftermath import GAVE_UP as TO_GAVE_UP
from sim.cooperation.followers import StopFollowers
from sim.cooperation.guests import Guests
from sim.cooperation.readmission import BACK as HANDED_OVER
from sim.cooperation.readmission import LET_GO, STAYS, Readmission
from sim.cooperation.readmission import TO_ASYLUM as CASE_TO_ASYLUM
from sim.movement.batch import EMPTY, Batch
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

#: Parties intercepted and registered, the country that did it, and hours they would be held.
Caught = tuple[Batch, Index, F64]


class AfterAStop:
    """Screens and holds those intercepted, and ends holdings and cases of readmission."""

    def __init__(
        self,
        crowd: Crowd,
        legs: LegTable,
        around: Surroundings,
        at_sectors: AftermathTable,
        at_posts: AftermathTable,
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
        self._at_sectors = at_sectors
        self._at_posts = at_posts
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

    def intercept(self, caught: Sequence[Caught]) -> None:
        """Register stops, screen, and hold who is not taken into a procedure."""
        parties = Batch.join([part for part, _, _ in caught])
        country = np.concatenate([c for _, c, _ in caught])
        held = np.concatenate([h for _, _, h in caught])
        self._log.stop(parties, country, self._legs.border[parties.leg])
        self._followers.on_intercepted(parties, country)
        left = self._screen(parties, country, held)
        bound = left.nonzero()[0]
        if bound.size:
            taken = self._followers.on_stops(parties.take(bound), country[bound], held[bound])
            left[bound[taken]] = False
        self._waits.begin_held(parties.rows[left], parties.hour[left], held[left])

    def _screen(self, parties: Batch, country: Index, held: F64) -> Mask:
        """Return who is left to be held: in no procedure, no victim, no child referred."""
        crowd, rows, hour = self._crowd, parties.rows, parties.hour
        persons, unaccompanied = crowd.persons[rows], crowd.unaccompanied[rows]
        vulnerable = crowd.vulnerable[rows]
        found = self._screening.screen(
            country, persons, unaccompanied, vulnerable, crowd.wish[rows], held, parties.base,
            self._draws, self._log.day, self._interpreted(parties),
        )  # fmt: skip
        self._ledger.add_screened(
            found, country, persons, crowd.minors[rows], unaccompanied, vulnerable, self._log.month
        )
        left = np.ones(len(rows), bool)
        taken = found.identified | (found.referred > 0) | found.claim_registered
        if not taken.any():
            return left
        side = self._own_side(parties.leg, country)
        reflection = self._screening.reflection(country)
        whole = found.identified & (crowd.family[rows] | (persons == 1))
        whole |= (found.referred > 0) & (found.referred >= persons)
        self._care_for(parties.take(whole), rows[whole], side[whole], reflection[whole])
        left[whole] = False
        part = (found.identified & left).nonzero()[0]
        if part.size:
            parents = rows[part]
            minor = (crowd.minors[parents] >= persons[part]).astype(np.int64)
            alone = np.minimum(minor, unaccompanied[part])
            new = self._log.split(parents, np.ones_like(minor), minor, alone, hour[part])
            crowd.vulnerable[parents] = False
            self._care_for(parties.take(part), new, side[part], reflection[part])
        claims = found.claim_registered & left
        if claims.any():
            claimants = parties.take(claims)
            self._move_over(claimants, claimants.rows, side[claims])
            self._waits.begin_asylum(claimants)
            left[claims] = False
        return left

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

    def end_holding(self, parties: Batch, hour: int) -> Batch:
        """Let go of those held; return who is released at the head of the leg."""
        sector, post = self._legs.sector[parties.leg], self._legs.post[parties.leg]
        fate = np.empty(len(parties), np.uint8)
        retry = np.empty(len(parties))
        for mine, table, place in (
            (sector >= 0, self._at_sectors, sector),
            (sector < 0, self._at_posts, self._around.post_rule[post]),
        ):
            if mine.any():
                where = place[mine]
                fate[mine] = table.dispose(where, parties.base[mine], self._draws, hour)
                retry[mine] = table.at(hour).retry[where]
        fate = self._followers.on_release(parties, fate)
        if not self._retries:
            fate[fate == BACK] = TO_GAVE_UP
        crowd, around = self._crowd, self._around
        again, quits = fate == BACK, fate == TO_GAVE_UP
        back = again | quits
        crowd.node[parties.rows[back]] = around.tail[parties.leg[back]]
        self._waits.begin(parties.take(again), retry[again])
        self._waits.finish(parties.rows[quits], GAVE_UP, parties.hour[quits])
        asylum = fate == TO_ASYLUM
        if asylum.any():
            claimants = parties.take(asylum)
            crowd.node[claimants.rows] = around.head[claimants.leg]
            self._log.crossing(claimants)
            country = around.place_country[crowd.node[claimants.rows]]
            persons = crowd.persons[claimants.rows].astype(np.int64)
            self._ledger.add("asylum_after_holding", country, persons, self._log.month)
            self._waits.begin_asylum(claimants)
        return parties.take(fate == RELEASED)

    # Readmission ---------------------------------------------------------------------------

    def take_into_care(self, parties: Batch, country: Index) -> None:
        """Take parties of children into care in the country that stopped them."""
        side = self._own_side(parties.leg, country)
        self._care_for(parties, parties.rows, side, self._screening.reflection(country))

    def end_cases(self, parties: Batch, hour: int) -> Batch:
        """Let cases go on; return who is released at the head of the leg.

        Who is handed over waits and may try again. Who is not is released or gives up in the
        proportion in which these follow a stop there.
        """
        assert self.readmission is not None
        crowd, head = self._crowd, self._around.head
        fate = self.readmission.advance(parties)
        ended = (fate != STAYS).nonzero()[0]
        if not ended.size:
            return parties.take(ended)
        parties, fate = parties.take(ended), fate[ended]
        retry, quit_share = self._after_a_case(parties, hour)
        over = (fate == HANDED_OVER).nonzero()[0]
        if over.size:
            back = parties.take(over)
            if self._retries:
                self._waits.begin(back, retry[over])
            else:
                self._waits.finish(back.rows, GAVE_UP, back.hour)
            if over.size == fate.size:
                return EMPTY
        # One moved on by a state that had taken it back is on no leg any more.
        on_leg = ~self.readmission.moved_on(parties.rows)
        claims = fate == CASE_TO_ASYLUM
        if claims.any():
            entering = parties.take(claims & on_leg)
            crowd.node[entering.rows] = head[entering.leg]
            self._log.crossing(entering)
            self._waits.begin_asylum(parties.take(claims))
        left = fate == LET_GO
        quits = left & (self._draws.uniform(parties.base, self._give_up) < quit_share)
        self._waits.finish(parties.rows[quits], GAVE_UP, parties.hour[quits])
        stays = left & ~quits
        nowhere = (stays & ~on_leg).nonzero()[0]
        if nowhere.size:
            self._waits.begin_review(parties.take(nowhere))
        return parties.take((stays & on_leg).nonzero()[0])

    def _after_a_case(self, parties: Batch, hour: int) -> tuple[F64, F64]:
        """Return mean hours until ready again, and the share that give up of those let go."""
        sector, post = self._legs.sector[parties.leg], self._legs.post[parties.leg]
        retry, quit_share = np.empty(len(parties)), np.empty(len(parties))
        for mine, table, place in (
            (sector >= 0, self._at_sectors, sector),
            (sector < 0, self._at_posts, self._around.post_rule[post]),
        ):
            if np.count_nonzero(mine):
                terms, where = table.at(hour), place[mine]
                retry[mine] = terms.retry[where]
                gone, free = terms.gave_up[where], terms.released[where]
                quit_share[mine] = gone / np.maximum(gone + free, 1e-12)
        return retry, quit_share
