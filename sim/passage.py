"""The end of a leg: hazard, encounter, post, and what follows from each (MODEL 6, 7, 14).

Phases 3 and 5 of a tick. Joins the crowd with sectors, posts, networks and protection. Nothing
here passes a profile or an origin to a control function.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from sim.control.aftermath import ASYLUM as TO_ASYLUM
from sim.control.aftermath import BACK, RELEASED, AftermathTable
from sim.control.aftermath import GAVE_UP as TO_GAVE_UP
from sim.control.inspection import CLAIMED
from sim.control.inspection import PASSED as POST_PASSED
from sim.control.posts import Posts
from sim.control.race import ABORTED, INTERCEPTED, LOST, OUTSIDE
from sim.control.sectors import Sectors
from sim.cooperation.alerts import Alerts
from sim.cooperation.followers import StopFollowers
from sim.cooperation.guests import Guests
from sim.cooperation.readmission import BACK as HANDED_OVER
from sim.cooperation.readmission import LET_GO, STAYS, Readmission
from sim.cooperation.readmission import TO_ASYLUM as CASE_TO_ASYLUM
from sim.movement.batch import EMPTY, Batch
from sim.movement.crowd import (
    ALONE,
    ARRIVED,
    CASE,
    DEAD_OR_MISSING,
    GAVE_UP,
    HELD,
    MOVING,
    NEVER,
    NOT_YET,
    QUEUED,
    Books,
    Crowd,
    Rows,
)
from sim.movement.knowledge import Beliefs
from sim.movement.leg_table import NOBODY, LegTable
from sim.movement.waits import Waits
from sim.notes import Notes
from sim.protection.hazards import Hazards
from sim.protection.ledger import Ledger
from sim.protection.screening import ScreeningDesks
from sim.randomness import Draws, salt
from sim.smuggling.networks import Networks

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
U64 = NDArray[np.uint64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

# Groups of due parties, in the order they are handled.
_PLAIN, _WATCHED, _AT_POST, _QUEUED, _HELD, _CASE, _ENTERING, _RESTING = range(8)
_GROUPS = 8
_NONE = np.empty(0, np.intp)


@dataclass
class DayLog:
    """What happened in a day, for those who look once a day; entries in order of time.

    Attributes:
        crossed: (rows, legs, hours, persons) of legs across a border that were passed.
        stopped: (rows, country, border, hours) of interceptions registered.
        split: (parents, new rows, hours) in order.
    """

    crossed: list[tuple[Rows, Index, I32, NDArray[np.uint8]]] = field(default_factory=list)
    stopped: list[tuple[Rows, Index, Index, I32]] = field(default_factory=list)
    split: list[tuple[Rows, Rows, I32]] = field(default_factory=list)


@dataclass(frozen=True)
class Surroundings:
    """Who stands where, by index; see the attribute for the axis.

    Attributes:
        head: Place a leg leads to, by leg.
        tail: Place a leg starts from, by leg.
        place_country: Country, by place.
        is_exit: By place.
        arrivals_open: By place; parties of closed arrivals never enter.
        sector_country: Country that patrols, by sector.
        post_country: Country that runs it, by post.
        post_rule: Column of the posts' aftermath table, by post.
    """

    head: Index
    tail: Index
    place_country: Index
    is_exit: Mask
    arrivals_open: Mask
    sector_country: Index
    post_country: Index
    post_rule: Index


class Passage:
    """Ends legs, queues, holdings and waits of the parties due in a window."""

    def __init__(
        self,
        crowd: Crowd,
        legs: LegTable,
        around: Surroundings,
        waits: Waits,
        sectors: Sectors,
        posts: Posts | None,
        post_aftermath: AftermathTable,
        hazards: Hazards | None,
        screening: ScreeningDesks,
        ledger: Ledger,
        networks: Networks,
        beliefs: Beliefs,
        books: Books,
        draws: Draws,
        retries: bool,
        followers: StopFollowers | None = None,
        alerts: Alerts | None = None,
        guests: Guests | None = None,
    ) -> None:
        """Join the parts; ``posts`` and ``hazards`` are None where the switch is off.

        ``followers`` act on stops and finds; ``alerts`` are what posts look out for; ``guests``
        bring languages and knowledge of documents.
        """
        self._crowd = crowd
        self._legs = legs
        self._around = around
        self._waits = waits
        self._sectors = sectors
        self._posts = posts
        self._post_aftermath = post_aftermath
        self._hazards = hazards
        self._screening = screening
        self._ledger = ledger
        self._networks = networks
        self._beliefs = beliefs
        self._books = books
        self._draws = draws
        self._retries = retries
        self._followers = followers or StopFollowers()
        self._alerts = alerts
        #: What follows a stop where an agreement on readmission is in force; None without any.
        self.readmission: Readmission | None = None
        self._guests = guests
        self._minute = salt("minute")
        self._give_up = salt("give up after a stop")
        self._log = DayLog()
        self._passed = Notes()
        self._exposed = Notes()
        self._split_off: list[Rows] = []
        self.day = 0
        self.month = 0
        # How a leg ends, by leg; the last entry stands for "no leg" (-1).
        by_leg = np.where(legs.sector >= 0, _WATCHED, np.where(legs.post >= 0, _AT_POST, _PLAIN))
        self._leg_group = np.append(by_leg, _PLAIN).astype(np.uint8)
        self._state_group = np.full(NOT_YET + 1, _RESTING, np.uint8)
        self._state_group[[QUEUED, HELD, CASE, NOT_YET]] = _QUEUED, _HELD, _CASE, _ENTERING
        self._crosses = legs.border != NOBODY
        self._controlled = legs.controlled

    # The window ----------------------------------------------------------------------------

    def resolve(self, rows: Rows, hour: int, season: float) -> Batch:
        """End what is due; return the parties free to choose.

        Args:
            rows: Rows due in this window, distinct.
            hour: First hour of the window.
            season: Share of departures the season lets through now.
        """
        due, state, cut = self._sort(rows)
        moving = due.take(slice(0, cut[_QUEUED]))
        lost: Mask | None = None
        if len(moving) and self._hazards is not None:
            lost = self._strike(moving, hour)
        groups = [due.take(slice(a, b)) if a < b else EMPTY for a, b in pairwise(cut)]
        if lost is not None:
            for i in (_PLAIN, _WATCHED, _AT_POST):
                groups[i] = groups[i].take((~lost[cut[i] : cut[i + 1]]).nonzero()[0])
        self._settle_plain(groups[_PLAIN])
        passed = [groups[_PLAIN]]
        caught: list[tuple[Batch, Index, F64]] = []
        if len(groups[_WATCHED]):
            passed.append(self._encounter(groups[_WATCHED], hour, caught))
        if len(groups[_AT_POST]) or len(groups[_QUEUED]):
            passed.append(self._control(groups[_AT_POST], groups[_QUEUED], hour, caught))
        successes = sum(len(part) for part in passed)
        if len(groups[_HELD]):
            # Last: who is released at the head got there, but by no success of the leg.
            passed.append(self._end_holding(groups[_HELD], hour))
        if len(groups[_CASE]):
            passed.append(self._end_cases(groups[_CASE], hour))
        if caught:
            self._intercept(caught)
        arrived = self._arrive(Batch.join(passed), successes)
        entered = self._enter(groups[_ENTERING]) if len(groups[_ENTERING]) else arrived[:0]
        free = [self._waits.arrive(Batch.join([*arrived, *entered]))]
        if len(groups[_RESTING]):
            free.append(self._waits.end(groups[_RESTING], state[cut[_RESTING] :], season))
        return Batch.join(free)

    def _sort(self, rows: Rows) -> tuple[Batch, NDArray[np.uint8], list[int]]:
        """Return the due parties by group, their states, and where each group begins."""
        crowd = self._crowd
        state = crowd.state[rows]
        leg = crowd.leg[rows]
        rests = self._state_group[state.astype(np.intp)]
        group = np.where(state == MOVING, self._leg_group[leg], rests)
        order = group.argsort(kind="stable")
        rows = rows[order]
        base = self._draws.event_base(crowd.key[rows], crowd.moves[rows])
        cut = [0, *accumulate(np.bincount(group, minlength=_GROUPS).tolist())]
        due = Batch(rows, crowd.due[rows], leg[order].astype(np.intp), base)
        return due, state[order], cut

    def _enter(self, parties: Batch) -> list[Batch]:
        crowd = self._crowd
        # Rows added during the run lie behind the planned ones and are in use at once.
        laid_out = parties.rows[parties.rows < crowd.planned]
        if len(laid_out):
            crowd.present = max(crowd.present, int(laid_out.max()) + 1)
        open_ = self._around.arrivals_open[crowd.node[parties.rows]]
        if not open_.all():
            barred = parties.rows[~open_]
            crowd.barred += len(barred)
            crowd.due[barred] = NEVER
            parties = parties.take(open_)
        self._books.enter(parties.rows)
        return [parties]

    def _arrive(self, parties: Batch, successes: int) -> list[Batch]:
        """Stand at the head of the leg; return those for whom it is no exit.

        The first ``successes`` passed on their own; the others were released there.
        """
        if not len(parties):
            return []
        crowd, around = self._crowd, self._around
        rows, leg = parties.rows, parties.leg
        node = around.head[leg]
        crowd.node[rows] = node
        went, by = rows[:successes], leg[:successes]
        self._passed.add(by, crowd.persons[went])
        self._log_crossing(parties)
        crowd.failures[went[self._controlled[by].nonzero()[0]]] = 0
        out = around.is_exit[node]
        gone = out.nonzero()[0]
        if gone.size:
            self._waits.finish(rows[gone], ARRIVED, parties.hour[gone])
            return [parties.take((~out).nonzero()[0])]
        return [parties]

    def _log_crossing(self, parties: Batch) -> None:
        crosses = self._crosses[parties.leg].nonzero()[0]
        if crosses.size:
            rows = parties.rows[crosses]
            self._log.crossed.append(
                (rows, parties.leg[crosses], parties.hour[crosses], self._crowd.persons[rows])
            )

    # Hazard --------------------------------------------------------------------------------

    def _strike(self, parties: Batch, hour: int) -> Mask | None:
        """Return who was lost as a whole on the leg just ended, None if nobody was struck."""
        assert self._hazards is not None
        crowd, rows, leg = self._crowd, parties.rows, parties.leg
        persons = crowd.persons[rows]
        hours = (parties.hour - crowd.begun[rows]).astype(float)
        self._exposed.add(leg, hours * persons)
        deaths, injuries = self._hazards.strike(
            leg, hours, persons, hour, parties.base, self._draws
        )
        struck = (deaths + injuries).nonzero()[0]
        if not struck.size:
            return None
        country = self._around.place_country[self._around.tail[leg[struck]]]
        self._ledger.add("deaths", country, deaths[struck], self.month)
        self._ledger.add("injuries", country, injuries[struck], self.month)
        lost = np.zeros(len(rows), bool)
        lost[struck] = self._bury(rows[struck], deaths[struck], parties.hour[struck])
        return lost

    def _bury(self, rows: Rows, deaths: NDArray[np.int64], hour: I32) -> Mask:
        crowd = self._crowd
        whole = deaths >= crowd.persons[rows]
        self._waits.finish(rows[whole], DEAD_OR_MISSING, hour[whole])
        part = ~whole & (deaths > 0)
        if part.any():
            parents, number = rows[part], deaths[part]
            # Adults first: the ledger counts persons, and no age is known of the dead.
            adults = crowd.persons[parents].astype(int) - crowd.minors[parents]
            children = np.maximum(number - adults, 0)
            alone = np.minimum(children, crowd.unaccompanied[parents])
            new = self._split(parents, number, children, alone, hour[part])
            self._waits.finish(new, DEAD_OR_MISSING, hour[part])
        return whole

    def _split(
        self,
        parents: Rows,
        persons: NDArray[np.int64],
        minors: NDArray[np.int64],
        unaccompanied: NDArray[np.int64],
        hour: I32,
    ) -> Rows:
        new = self._crowd.split(parents, persons, minors, unaccompanied)
        self._split_off.append(new)
        if self.readmission is not None:
            self.readmission.split(parents, new)
        self._log.split.append((parents, new, hour))
        return new

    # Green border --------------------------------------------------------------------------

    def _encounter(
        self, parties: Batch, hour: int, caught: list[tuple[Batch, Index, F64]]
    ) -> Batch:
        """Cross sectors; note the caught, turn back the turned, return who passed."""
        crowd, legs = self._crowd, self._legs
        leg = parties.leg
        sector = legs.sector[leg]
        persons = crowd.persons[parties.rows]
        end = parties.hour - self._draws.uniform(parties.base, self._minute)
        outcome = self._sectors.encounter(
            sector, end, legs.stay[leg] + legs.barrier[leg], persons, parties.base, self._draws,
            hour,
        )  # fmt: skip
        stopped = outcome > LOST
        self._tell(parties, persons, stopped, outcome > ABORTED)
        where = stopped.nonzero()[0]
        if not where.size:
            return parties
        held_up, outcome, sector = parties.take(where), outcome[where], sector[where]
        terms = self._sectors.aftermath.at(hour)
        self._count_failures(held_up.rows)
        outside = (outcome == OUTSIDE).nonzero()[0]
        if outside.size:
            self._record_outside(held_up.take(outside))
        is_caught = outcome == INTERCEPTED
        taken = is_caught.nonzero()[0]
        if taken.size:
            mine = sector[taken]
            country = self._around.sector_country[mine]
            caught.append((held_up.take(taken), country, terms.held[mine]))
        turned = (~is_caught).nonzero()[0]
        if turned.size:
            mine = sector[turned]
            self._turn_back(held_up.take(turned), terms.gave_up[mine], terms.retry[mine])
        return parties.take((~stopped).nonzero()[0])

    def _tell(
        self, parties: Batch, persons: NDArray[np.uint8], stopped: Mask, seized: Mask
    ) -> None:
        """Count the try, let others hear of it, and settle with the networks.

        A network is paid on arrival (money is held by a third party until then), loses what it
        put into a load that is ``seized``, and is not paid for a load that only turned back.
        """
        crowd, rows = self._crowd, parties.rows
        crowd.attempts[rows] += 1
        offer = crowd.offer[rows].astype(np.intp)
        guided = offer != ALONE
        self._beliefs.report(crowd.profile[rows], parties.leg, guided, persons, stopped)
        led = (guided & (seized | ~stopped)).nonzero()[0]
        if led.size:
            self._settle(rows[led], offer[led], persons[led], seized[led])

    def _settle_plain(self, parties: Batch) -> None:
        """Pay the networks for legs that nobody controls."""
        offer = self._crowd.offer[parties.rows].astype(np.intp)
        led = (offer != ALONE).nonzero()[0]
        if led.size:
            rows = parties.rows[led]
            self._settle(rows, offer[led], self._crowd.persons[rows], np.zeros(len(led), bool))

    def _settle(self, rows: Rows, offer: Index, persons: NDArray[np.uint8], seized: Mask) -> None:
        crowd = self._crowd
        self._networks.settle(offer, persons, seized)
        paying = (~seized).nonzero()[0]
        rows = rows[paying]
        fee = self._networks.price[offer[paying]].astype(np.float32)
        crowd.funds[rows] -= fee
        crowd.spent[rows] += fee

    def _record_outside(self, parties: Batch) -> None:
        crowd, add, rows = self._crowd, self._ledger.add, parties.rows
        country = self._around.place_country[self._around.head[parties.leg]]
        persons = crowd.persons[rows].astype(np.int64)
        add("returned_outside_procedure", country, persons, self.month)
        add("returned_outside_children", country, crowd.minors[rows], self.month)
        add("returned_outside_families", country, persons * crowd.family[rows], self.month)
        add("returned_outside_wish", country, persons * crowd.wish[rows], self.month)

    def _turn_back(self, parties: Batch, quit_share: F64, retry: F64) -> None:
        """Go back to the tail: give up, or wait and try again."""
        self._crowd.node[parties.rows] = self._around.tail[parties.leg]
        if self._retries:
            quits = self._draws.uniform(parties.base, self._give_up) < quit_share
        else:
            quits = np.ones(len(parties), bool)
        gone = quits.nonzero()[0]
        if gone.size:
            self._waits.finish(parties.rows[gone], GAVE_UP, parties.hour[gone])
        again = (~quits).nonzero()[0]
        if again.size:
            self._waits.begin(parties.take(again), retry[again])

    def _count_failures(self, rows: Rows) -> None:
        failures = self._crowd.failures[rows]
        self._crowd.failures[rows] = failures + (failures < 255)

    # Posts ---------------------------------------------------------------------------------

    def _control(
        self, reaching: Batch, queued: Batch, hour: int, caught: list[tuple[Batch, Index, F64]]
    ) -> Batch:
        """Queue at a post or come to the counter; note the caught, return who passed."""
        assert self._posts is not None
        legs = self._legs
        if len(queued):
            served = self._posts.serving(legs.post[queued.leg], legs.stream[queued.leg], hour)
            if not served.all():
                reaching = Batch.join([reaching, queued.take(~served)])
                queued = queued.take(served)
        parties = Batch.join([self._queue_up(reaching, hour), queued])
        if not len(parties):
            return parties
        post = legs.post[parties.leg]
        persons = self._crowd.persons[parties.rows]
        outcome = self._posts.inspect(
            post,
            legs.use[parties.leg],
            persons,
            parties.base,
            self._draws,
            legs.stream[parties.leg],
            self._named(parties, post),
            self._known(parties, post),
        )
        passed = np.asarray(outcome == POST_PASSED)
        claimed = np.asarray(outcome == CLAIMED)
        found = ~passed & ~claimed
        self._tell(parties, persons, found, found)
        claims, taken = claimed.nonzero()[0], found.nonzero()[0]
        if claims.size:
            self._claim(parties.take(claims), post[claims])
        if not taken.size:
            return parties.take(passed) if claims.size else parties
        mine = post[taken]
        self._count_failures(parties.rows[taken])
        terms = self._post_aftermath.at(hour)
        stopped, country = parties.take(taken), self._around.post_country[mine]
        self._followers.on_finds(stopped, country, outcome[taken])
        caught.append((stopped, country, terms.held[self._around.post_rule[mine]]))
        return parties.take(passed.nonzero()[0])

    def _named(self, parties: Batch, post: Index) -> Mask | None:
        """Return whether an alert names what each party comes with, None if there is none."""
        if self._alerts is None or self._alerts.empty:
            return None
        crowd, rows = self._crowd, parties.rows
        return self._alerts.names(
            crowd.offer[rows], post, parties.hour, parties.base, crowd.key[rows],
            self._legs.use[parties.leg],
        )  # fmt: skip

    def _known(self, parties: Batch, post: Index) -> Mask | None:
        """Return whether a guest officer knows the document shown, None for nobody's."""
        if self._guests is None:
            return None
        use, crowd = self._legs.use[parties.leg], self._crowd
        party = crowd.key[crowd.root[parties.rows]]
        return self._guests.know(post, use, parties.hour, party, self._draws)

    def _interpreted(self, parties: Batch) -> Mask | None:
        """Return whether a guest officer interprets where each was stopped."""
        if self._guests is None:
            return None
        sector, post = self._legs.sector[parties.leg], self._legs.post[parties.leg]
        return self._guests.interpreted(sector, post, parties.hour)

    def _queue_up(self, parties: Batch, hour: int) -> Batch:
        """Join the queues; return who is served within the hour.

        Whoever finds the post closed for good goes back and decides again; one who finds nobody
        at the counter waits until it is expected to open, and asks again.
        """
        assert self._posts is not None
        if not len(parties):
            return parties
        shut = ~self._posts.open[self._legs.post[parties.leg]]
        if shut.any():
            refused = parties.take(shut)
            self._crowd.node[refused.rows] = self._around.tail[refused.leg]
            self._waits.begin_review(refused)
            parties = parties.take(~shut)
        post, stream = self._legs.post[parties.leg], self._legs.stream[parties.leg]
        wait = self._posts.wait(post, stream)
        long = (wait >= 1.0) | ~self._posts.serving(post, stream, hour)
        if long.any():
            queue = parties.take(long)
            self._waits.begin_queue(queue.rows, queue.hour, np.maximum(wait[long], 1.0))
            parties = parties.take(~long)
        return parties

    def _claim(self, parties: Batch, post: Index) -> None:
        """Enter the asylum procedure at the counter."""
        crowd = self._crowd
        country = self._around.post_country[post]
        persons = crowd.persons[parties.rows].astype(np.int64)
        for item in ("asylum_wishes", "claims_made", "claims_registered"):
            self._ledger.add(item, country, persons, self.month)
        crowd.node[parties.rows] = self._around.head[parties.leg]
        self._log_crossing(parties)
        self._waits.begin_asylum(parties)

    # After an interception -----------------------------------------------------------------

    def _intercept(self, caught: list[tuple[Batch, Index, F64]]) -> None:
        """Register stops, screen, and hold who is not taken into a procedure."""
        parties = Batch.join([part for part, _, _ in caught])
        country = np.concatenate([c for _, c, _ in caught])
        held = np.concatenate([h for _, _, h in caught])
        border = self._legs.border[parties.leg]
        self._log.stopped.append((parties.rows, country, border, parties.hour))
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
            self._draws, self.day, self._interpreted(parties),
        )  # fmt: skip
        self._ledger.add_screened(
            found, country, persons, crowd.minors[rows], unaccompanied, vulnerable, self.month
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
            new = self._split(parents, np.ones_like(minor), minor, alone, hour[part])
            crowd.vulnerable[parents] = False
            self._care_for(parties.take(part), new, side[part], reflection[part])
        claims = found.claim_registered & left
        if claims.any():
            claimants = parties.take(claims)
            self._move_over(claimants, claimants.rows, side[claims])
            self._waits.begin_asylum(claimants)
            left[claims] = False
        return left

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
            self._log_crossing(Batch(rows[over], met.hour, met.leg, met.base))

    def _care_for(self, parties: Batch, rows: Rows, side: Index, hours: F64) -> None:
        """Take victims and children into care; one who is found is no longer hidden."""
        if len(rows):
            self._move_over(parties, rows, side)
            self._crowd.vulnerable[rows] = False
            self._waits.begin_reception(rows, parties.hour, hours)

    def _end_holding(self, parties: Batch, hour: int) -> Batch:
        """Let go of those held; return who is released at the head of the leg."""
        sector, post = self._legs.sector[parties.leg], self._legs.post[parties.leg]
        fate = np.empty(len(parties), np.uint8)
        retry = np.empty(len(parties))
        for mine, table, place in (
            (sector >= 0, self._sectors.aftermath, sector),
            (sector < 0, self._post_aftermath, self._around.post_rule[post]),
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
            self._log_crossing(claimants)
            country = around.place_country[crowd.node[claimants.rows]]
            persons = crowd.persons[claimants.rows].astype(np.int64)
            self._ledger.add("asylum_after_holding", country, persons, self.month)
            self._waits.begin_asylum(claimants)
        return parties.take(fate == RELEASED)

    # Readmission ---------------------------------------------------------------------------

    def take_into_care(self, parties: Batch, country: Index) -> None:
        """Take parties of children into care in the country that stopped them."""
        side = self._own_side(parties.leg, country)
        self._care_for(parties, parties.rows, side, self._screening.reflection(country))

    def _end_cases(self, parties: Batch, hour: int) -> Batch:
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
            self._log_crossing(entering)
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
            (sector >= 0, self._sectors.aftermath, sector),
            (sector < 0, self._post_aftermath, self._around.post_rule[post]),
        ):
            if np.count_nonzero(mine):
                terms, where = table.at(hour), place[mine]
                retry[mine] = terms.retry[where]
                gone, free = terms.gave_up[where], terms.released[where]
                quit_share[mine] = gone / np.maximum(gone + free, 1e-12)
        return retry, quit_share

    # What others take at the end of a window or day ----------------------------------------

    def take_split_off(self) -> list[Rows]:
        """Return the rows split off since last asked."""
        taken, self._split_off = self._split_off, []
        return taken

    def take_passages(self) -> NDArray[np.int64]:
        """Return the persons that passed each leg since last asked, shape (legs,)."""
        leg, persons = self._passed.take() or (_NONE, None)
        return np.bincount(leg, persons, len(self._legs.specs)).astype(np.int64)

    def write_exposure(self) -> None:
        """Enter the person-hours on legs since the last call in the ledger."""
        if self._hazards is not None:
            country = self._around.place_country[self._around.tail]
            leg, hours = self._exposed.take() or (_NONE, None)
            exposure = np.bincount(leg, hours, len(self._legs.specs))
            self._ledger.add("exposure_hours", country, exposure, self.month)

    def take_log(self) -> DayLog:
        """Return the day's log and start a new one."""
        taken, self._log = self._log, DayLog()
        return taken
