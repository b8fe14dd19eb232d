"""The end of a leg: hazard, encounter, post, and what follows from each (MODEL 6, 7, 14).

Phases 3 and 5 of a tick: the order of a window. Sectors, posts and what follows a stop have files
of their own. Nothing here passes a profile or an origin to a control function.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.after_a_stop import AfterAStop
from sim.attempts import AWAY, Attempts
from sim.control.aftermath import AftermathTable, Terms
from sim.control.posts import Posts
from sim.control.race import INTERCEPTED
from sim.control.sectors import Sectors
from sim.cooperation.alerts import Alerts
from sim.cooperation.followers import StopFollowers
from sim.cooperation.guests import Guests
from sim.cooperation.readmission import Readmission
from sim.green_border import GreenBorder
from sim.kernels import passage as kernels
from sim.leg_aftermath import LegAftermath
from sim.movement.batch import Batch
from sim.movement.crowd import (
    ARRIVED,
    CASE,
    DEAD_OR_MISSING,
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
from sim.passage_log import PassageLog
from sim.post_counters import PostCounters
from sim.protection.hazards import Hazards
from sim.protection.ledger import Ledger
from sim.protection.screening import ScreeningDesks
from sim.randomness import Draws
from sim.smuggling.networks import Networks
from sim.surroundings import Surroundings

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

# Groups of due parties, in the order they are handled.
_PLAIN, _WATCHED, _AT_POST, _QUEUED, _HELD, _CASE, _ENTERING, _RESTING = range(8)
_GROUPS = 8
#: What a leg's end asks, a record a leg; see ``kernels.arrive``.
_END_OF_LEG = np.dtype(
    [("head", np.int64), ("leaves", np.bool_), ("crosses", np.bool_), ("controlled", np.bool_)],
    align=True,
)
_NONE = np.empty(0, np.intp)


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
        self._hazards = hazards
        self._ledger = ledger
        self._books = books
        self._draws = draws
        followers = followers or StopFollowers()
        self.log = PassageLog(crowd, legs)
        self._attempts = Attempts(crowd, beliefs, networks)
        self.aftermath = LegAftermath(legs, sectors.aftermath, post_aftermath, around.post_rule)
        self._green_border = GreenBorder(
            crowd, legs, around, sectors, waits, ledger, self.log, retries
        )
        self.counters: PostCounters | None = None
        if posts is not None:
            self.counters = PostCounters(
                crowd, legs, around, posts, waits, ledger, self.log, draws, followers, alerts,
                guests,
            )  # fmt: skip
        self.after_a_stop = AfterAStop(
            crowd, legs, around, self.aftermath, waits, screening, ledger, self.log, draws,
            retries, followers, guests,
        )  # fmt: skip
        #: Persons that passed each leg since last asked.
        self._passed = np.zeros(len(legs.specs), np.int64)
        # Group by state and leg; the last leg stands for "no leg" (-1).
        by_leg = np.where(legs.sector >= 0, _WATCHED, np.where(legs.post >= 0, _AT_POST, _PLAIN))
        self._group = np.full((NOT_YET + 1, len(by_leg) + 1), _RESTING, np.uint8)
        self._group[[QUEUED, HELD, CASE, NOT_YET]] = [[_QUEUED], [_HELD], [_CASE], [_ENTERING]]
        self._group[MOVING] = np.append(by_leg, _PLAIN)
        self._country_of_tail = around.place_country[around.tail]
        self._ends = np.empty(len(legs.specs), _END_OF_LEG)
        self._ends["head"], self._ends["leaves"] = around.head, around.is_exit[around.head]
        self._ends["crosses"], self._ends["controlled"] = legs.border != NOBODY, legs.controlled

    def open_day(self, month: int, day: int) -> None:
        """Enter what happens from now on under a month and a day since the start."""
        self.log.month, self.log.day = month, day

    def add_readmission(self, readmission: Readmission) -> None:
        """Let stops be followed by cases where an agreement on readmission is in force."""
        self.log.readmission = self.after_a_stop.readmission = readmission

    # The window ----------------------------------------------------------------------------

    def resolve(self, rows: Rows, hour: int, season: float) -> Batch:
        """End what is due; return the parties free to choose.

        Args:
            rows: Rows due in this window, distinct.
            hour: First hour of the window.
            season: Share of departures the season lets through now.
        """
        due, persons, state, cut = self._lay_out(rows, hour)
        ended, moved, came = cut[_HELD], cut[_ENTERING], cut[_RESTING]
        # How each leg, holding and case ended, a code of `control.race` or AWAY.
        outcome = np.zeros(came, np.uint8)
        terms = self.aftermath.at(hour)
        if ended:
            self._end_legs(due, persons, cut, outcome, hour, terms)
        if ended < cut[_CASE]:
            released = self.after_a_stop.end_holding(due.part(ended, cut[_CASE]), terms)
            outcome[ended : cut[_CASE]][~released] = AWAY
        if cut[_CASE] < moved:
            released = self.after_a_stop.end_cases(due.part(cut[_CASE], moved), terms)
            outcome[cut[_CASE] : moved][~released] = AWAY
        caught = (outcome[:ended] == INTERCEPTED).nonzero()[0]
        if caught.size:
            self.after_a_stop.intercept(due.take(caught), terms)
        free = []
        if came:
            free.append(self._waits.arrive(self._arrive(due, outcome, ended, moved)))
        if came < len(due):
            free.append(self._waits.end(due.part(came, len(due)), state[came:], season))
        return Batch.join(free)

    def _lay_out(self, rows: Rows, hour: int) -> tuple[Batch, U8, U8, list[int]]:
        """Return the parties due that have not been lost, by group.

        Also their persons and states, and where each group begins.
        """
        crowd, size = self._crowd, rows.size
        begin, place = np.empty(_GROUPS + 1, np.intp), np.empty((2, size), np.intp)
        due, base, hours = np.empty(size, np.int32), np.empty(size, np.uint64), np.empty(size)
        seen = np.empty((2, size), np.uint8)
        kernels.lay_out(
            rows, crowd.records, crowd.state, crowd.persons, crowd.due, self._group,
            self._draws.run, begin, place, due, base, hours, seen,
        )  # fmt: skip
        parties = Batch(place[0], due, place[1], base)
        state, persons = seen
        cut: list[int] = begin.tolist()
        moving = cut[_QUEUED]
        if moving and self._hazards is not None:
            lost = self._strike(parties.part(0, moving), hours[:moving], persons[:moving], hour)
            if lost.size:
                left = np.delete(np.arange(size), lost)
                parties, state = parties.take(left), state[left]
                cut = left.searchsorted(cut).tolist()
            if lost is not _NONE:
                persons = crowd.persons[parties.rows]
        return parties, persons, state, cut

    def _end_legs(
        self, due: Batch, persons: U8, cut: Sequence[int], outcome: U8, hour: int, terms: Terms
    ) -> None:
        """End legs under way and queues: write how, settle it, and enter claims at counters."""
        ended, watched, posts = cut[_HELD], cut[_WATCHED], cut[_AT_POST]
        persons, fared, claims = persons[:ended], outcome[:ended], _NONE
        if watched < posts:
            fared[watched:posts] = self._green_border.cross(
                due.part(watched, posts), persons[watched:posts], hour, terms
            )
        if posts < ended:
            assert self.counters is not None
            fared[posts:], claims = self.counters.control(
                due.part(posts, ended), persons[posts:], cut[_QUEUED] - posts, hour
            )
        self._attempts.tell(due.rows[:ended], due.leg[:ended], persons, fared, watched)
        if claims.size:
            assert self.counters is not None
            claims = claims + posts
            outcome[claims] = AWAY
            self.counters.claim(due.take(claims))

    def _arrive(self, due: Batch, outcome: U8, ended: int, moved: int) -> Batch:
        """Stand at the head of the leg, or where a party enters; return who stays there.

        The first ``ended`` passed on their own, those up to ``moved`` were released there; the
        others enter, now that their hour has come, unless arrivals are closed.
        """
        crowd, came = self._crowd, outcome.size
        which, place = np.empty((2, came), np.intp), np.empty((2, came), np.intp)
        hour, base = np.empty(came, np.int32), np.empty(came, np.uint64)
        crossed, gone, free, entering, latest = kernels.arrive(
            due.rows, due.hour, due.leg, due.base, outcome, ended, moved, self._ends,
            crowd.records, crowd.persons, crowd.due, NEVER, self._around.arrivals_open,
            crowd.planned, self._passed, which, place, hour, base,
        )  # fmt: skip
        if crossed:
            self.log.crossing(due.take(which[0, :crossed]))
        if gone:
            left = which[1, :gone]
            self._waits.finish(due.rows[left], ARRIVED, due.hour[left])
        rows, leg = place
        staying = Batch(rows[:free], hour[:free], leg[:free], base[:free])
        if moved < came:
            # Rows added during the run lie behind the planned ones and are in use at once.
            crowd.present = max(crowd.present, latest)
            crowd.barred += came - moved - entering
            self._books.enter(staying.rows[free - entering :])
        return staying

    # Hazard --------------------------------------------------------------------------------

    def _strike(self, parties: Batch, hours: F64, persons: U8, hour: int) -> Index:
        """Return which parties were lost as a whole on the leg just ended; ``_NONE`` if nobody
        died.
        """
        assert self._hazards is not None
        rows, leg = parties.rows, parties.leg
        struck, deaths, injuries = self._hazards.strike(leg, hours, persons, hour, parties.base)
        if not struck.size:
            return _NONE
        country, month = self._country_of_tail[leg[struck]], self.log.month
        self._ledger.add("injuries", country, injuries, month)
        fatal = deaths.nonzero()[0]
        if not fatal.size:
            return _NONE
        struck, deaths = struck[fatal], deaths[fatal]
        self._ledger.add("deaths", country[fatal], deaths, month)
        return struck[self._bury(rows[struck], deaths, parties.hour[struck])]

    def _bury(self, rows: Rows, deaths: NDArray[np.int64], hour: I32) -> Mask:
        """Take the dead out of parties, one or more of each; return which are lost as a whole."""
        crowd = self._crowd
        whole = deaths >= crowd.persons[rows]
        self._waits.finish(rows[whole], DEAD_OR_MISSING, hour[whole])
        part = (~whole).nonzero()[0]
        if part.size:
            parents, number = rows[part], deaths[part]
            # Adults first: the ledger counts persons, and no age is known of the dead.
            adults = crowd.persons[parents].astype(int) - crowd.minors[parents]
            children = np.maximum(number - adults, 0)
            alone = np.minimum(children, crowd.unaccompanied[parents])
            new = self.log.split(parents, number, children, alone, hour[part])
            self._waits.finish(new, DEAD_OR_MISSING, hour[part])
        return whole

    # What others take at the end of a window or day ----------------------------------------

    def take_passages(self) -> NDArray[np.int64]:
        """Return the persons that passed each leg since last asked, shape (legs,)."""
        taken, self._passed = self._passed, np.zeros_like(self._passed)
        return taken

    def write_exposure(self) -> None:
        """Enter the person-hours on legs since the last call in the ledger."""
        if self._hazards is not None:
            exposure = self._hazards.take_exposure()
            self._ledger.add("exposure_hours", self._country_of_tail, exposure, self.log.month)
