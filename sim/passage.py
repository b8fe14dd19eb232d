"""The end of a leg: hazard, encounter, post, and what follows from each (MODEL 6, 7, 14).

Phases 3 and 5 of a tick: the order of a window. Sectors, posts and what follows a stop have files
of their own. Nothing here passes a profile or an origin to a control function.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.after_a_stop import AfterAStop
from sim.attempts import Attempts
from sim.control.aftermath import AftermathTable, Terms
from sim.control.posts import Posts
from sim.control.race import PASSED
from sim.control.sectors import Sectors
from sim.cooperation.alerts import Alerts
from sim.cooperation.followers import StopFollowers
from sim.cooperation.guests import Guests
from sim.cooperation.readmission import Readmission
from sim.green_border import GreenBorder
from sim.kernels import passage as kernels
from sim.kernels.hazards import enter as enter_struck
from sim.kernels.passage import (
    AT_POST,
    ENTERING,
    GROUPS,
    IN_CASE,
    IN_HOLDING,
    IN_QUEUE,
    PLAIN,
    RESTING,
    WATCHED,
)
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
from sim.movement.leg_table import LegTable
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

_NONE = np.empty(0, np.intp)
_ROOM = 1024


class _Room:
    """Columns that what is due is laid out in, written anew in every window.

    Attributes:
        begin: Where each group begins, shape (groups + 1,).
        laid: Rows in order; hour, leg and event base of those with a leg or on one.
        state: States in order; so the next four.
        offer: Offer of a network each uses, int16.
        persons: Persons in each.
        hours: Hours since its leg or wait began.
        outcome: How each leg ended, a code of ``control.race``, AWAY or CLAIMED.
        lists: Positions of those who crossed a border, and of those intercepted, (2, room).
    """

    def __init__(self, parties: int) -> None:
        self.begin = np.empty(GROUPS + 1, np.intp)
        self.laid = Batch(
            np.empty(parties, np.intp), np.empty(parties, np.int32),
            np.empty(parties, np.intp), np.empty(parties, np.uint64),
        )  # fmt: skip
        self.state, self.persons, self.outcome = np.empty((3, parties), np.uint8)
        self.offer, self.hours = np.empty(parties, np.int16), np.empty(parties)
        self.lists = np.empty((2, parties), np.intp)


class _Due(NamedTuple):
    """What is due in a window, by group.

    Attributes:
        parties: Those with a leg or on one, who have not been lost; so the next two.
        offer: Offer of a network each uses, int16.
        persons: Persons in each.
        entering: Rows whose hour has come.
        resting: Rows whose wait or stay ends.
        state: States of those resting.
        begin: Where each group begins, of all in order.
    """

    parties: Batch
    offer: NDArray[np.int16]
    persons: U8
    entering: Rows
    resting: Rows
    state: U8
    begin: list[int]


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
        self._around = around
        self._waits = waits
        self._hazards = hazards
        self._ledger = ledger
        self._books = books
        self._draws = draws
        followers = followers or StopFollowers()
        self.log = PassageLog(crowd, legs)
        self.attempts = Attempts(crowd, legs, around, waits.dwell, beliefs, networks)
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
            crowd, legs, around, self.aftermath, waits, screening, ledger, self.log, retries,
            followers, guests,
        )  # fmt: skip
        # Group by state and leg; the first leg stands for "no leg" (-1).
        by_leg = np.where(legs.sector >= 0, WATCHED, np.where(legs.post >= 0, AT_POST, PLAIN))
        self._group = np.full((NOT_YET + 1, len(by_leg) + 1), RESTING, np.uint8)
        self._group[[QUEUED, HELD, CASE, NOT_YET]] = [
            [IN_QUEUE], [IN_HOLDING], [IN_CASE], [ENTERING]
        ]  # fmt: skip
        self._group[MOVING] = np.insert(by_leg, 0, PLAIN)
        self._country_of_tail = around.place_country[around.tail]
        self._harms = ledger.positions(("deaths", "injuries"))
        self._room, self._standing = _Room(_ROOM), waits.standing

    def open_day(self, month: int, day: int) -> None:
        """Enter what happens from now on under a month and a day since the start."""
        self.log.month, self.log.day = month, day

    def add_readmission(self, readmission: Readmission) -> None:
        """Let stops be followed by cases where an agreement on readmission is in force."""
        self.log.readmission = self.after_a_stop.readmission = readmission

    # The window ----------------------------------------------------------------------------

    def let_go(self) -> None:
        """Let go of the room for many who are due."""
        self._room = _Room(_ROOM)
        self._standing.let_go()

    def resolve(self, rows: Rows, hour: int, season: float) -> Batch:
        """End what is due; return the parties free to choose.

        Args:
            rows: Rows due in this window, distinct.
            hour: First hour of the window.
            season: Share of departures the season lets through now.
        """
        standing, terms = self._standing, self.aftermath.at(hour)
        standing.clear(rows.size)
        due = self._lay_out(rows, hour)
        parties, lists, crossing, caught = due.parties, self._room.lists, 0, 0
        ended, in_case, count = due.begin[IN_HOLDING], due.begin[IN_CASE], len(parties)
        if ended:
            crossing, caught = self._end_legs(due, hour, terms)
        released = np.empty(count - ended, np.bool_)
        if ended < in_case:
            released[: in_case - ended] = self.after_a_stop.end_holding(
                parties.part(ended, in_case), terms
            )
        if in_case < count:
            released[in_case - ended :] = self.after_a_stop.end_cases(
                parties.part(in_case, count), terms
            )
        if caught:
            self.after_a_stop.intercept(parties.take(lists[1, :caught]), terms)
        if released.size or due.entering.size:
            crossing = self._arrive(due, released, crossing)
        if crossing:
            self.log.crossing(parties, lists[0, :crossing])
        gone, left_at = standing.gone()
        self._waits.finish(gone, ARRIVED, left_at)
        if due.resting.size:
            self._waits.end(due.resting, due.state, season, standing)
        return standing.free()

    def _lay_out(self, rows: Rows, hour: int) -> _Due:
        """Return the parties due that have not been lost, by group."""
        crowd = self._crowd
        if rows.size > self._room.hours.size:
            self._room = _Room(2 * rows.size)
        room, laid = self._room, self._room.laid
        kernels.lay_out(
            rows, crowd.records, crowd.heads, crowd.state, self._group, self._draws.run,
            room.begin, laid.rows, room.state, laid.leg, laid.hour, laid.base, room.hours,
            room.offer, room.persons,
        )  # fmt: skip
        begin: list[int] = room.begin.tolist()
        count, rest, size = begin[ENTERING], begin[RESTING], rows.size
        parties, offer, persons = laid.part(0, count), room.offer, room.persons
        if begin[IN_QUEUE] and self._hazards is not None:
            lost = self._strike(parties, room.hours, persons, begin[IN_QUEUE], hour)
            if lost.size:
                left = np.delete(np.arange(count), lost)
                parties, offer, persons = parties.take(left), offer[left], persons[left]
                begin[: ENTERING + 1] = left.searchsorted(begin[: ENTERING + 1]).tolist()
        return _Due(
            parties, offer, persons, laid.rows[count:rest], laid.rows[rest:size],
            room.state[rest:size], begin,
        )  # fmt: skip

    def _end_legs(self, due: _Due, hour: int, terms: Terms) -> tuple[int, int]:
        """End legs under way and queues: write how, settle it, and let arrive who passed.

        Returns how many crossed a border, and how many were intercepted.
        """
        parties, ended, claims = due.parties, due.begin[IN_HOLDING], _NONE
        watched, posts, queued = due.begin[WATCHED], due.begin[AT_POST], due.begin[IN_QUEUE]
        outcome = self._room.outcome[:ended]
        outcome[:watched] = PASSED
        if watched < posts:
            outcome[watched:posts] = self._green_border.cross(
                parties.part(watched, posts), due.persons[watched:posts], hour, terms
            )
        if posts < ended:
            assert self.counters is not None
            outcome[posts:], claims = self.counters.control(
                parties.part(posts, ended), due.persons[posts:ended], queued - posts, hour
            )
        told = self.attempts.end(
            parties, due.offer, due.persons, outcome, watched, self._standing, self._room.lists,
        )  # fmt: skip
        if claims.size:
            assert self.counters is not None
            self.counters.claim(parties.take(claims + posts))
        return told

    def _arrive(self, due: _Due, released: Mask, crossing: int) -> int:
        """Let those released stand at the head of their leg, and let enter whose hour has come.

        They enter unless arrivals are closed. Returns how many crossed a border so far.
        """
        crowd, standing, parties, entering = self._crowd, self._standing, due.parties, due.entering
        crossing, entered, latest = kernels.arrive(
            parties.rows, parties.leg, parties.hour, parties.base, released, self.attempts.ends,
            entering, self._waits.dwell, self._around.arrivals_open, crowd.records, crowd.due,
            NEVER, self._draws.run, crowd.planned, standing.rows, standing.hour, standing.base,
            standing.mean, standing.count, self._room.lists[0], crossing,
        )  # fmt: skip
        if entering.size:
            # Rows added during the run lie behind the planned ones and are in use at once.
            crowd.present = max(crowd.present, latest)
            crowd.barred += entering.size - entered
            self._books.enter(entering[:entered])
        return crossing

    # Hazard --------------------------------------------------------------------------------

    def _strike(self, parties: Batch, hours: F64, persons: U8, moving: int, hour: int) -> Index:
        """Return which parties were lost as a whole on the leg just ended.

        The first ``moving`` have been on one. ``persons`` become those left of each party.
        """
        assert self._hazards is not None
        rows, leg = parties.rows, parties.leg
        struck, deaths, injuries = self._hazards.strike(
            leg[:moving], hours, persons, hour, parties.base
        )
        if not struck.size:
            return _NONE
        fatal = enter_struck(
            struck, deaths, injuries, leg, self._country_of_tail, self._ledger.counts,
            self._harms, self.log.month,
        )  # fmt: skip
        if not fatal:
            return _NONE
        struck = struck[:fatal]
        dead_in = rows[struck]
        lost = struck[self._bury(dead_in, deaths[:fatal], parties.hour[struck])]
        persons[struck] = self._crowd.persons[dead_in]
        return lost

    def _bury(self, rows: Rows, deaths: NDArray[np.int64], hour: I32) -> Mask:
        """Take the dead out of parties, one or more of each; return which are lost as a whole."""
        whole = deaths >= self._crowd.persons[rows]
        lost = whole.nonzero()[0]
        if lost.size:
            self._waits.finish(rows[lost], DEAD_OR_MISSING, hour[lost])
        if lost.size < rows.size:
            part = (~whole).nonzero()[0]
            # Adults first: the ledger counts persons, and no age is known of the dead.
            new = self.log.split(rows[part], deaths[part], hour[part])
            self._waits.finish(new, DEAD_OR_MISSING, hour[part])
        return whole

    # What others take at the end of a window or day ----------------------------------------

    def write_exposure(self) -> None:
        """Enter the person-hours on legs since the last call in the ledger."""
        if self._hazards is not None:
            exposure = self._hazards.take_exposure()
            self._ledger.add("exposure_hours", self._country_of_tail, exposure, self.log.month)
