"""The end of a leg: hazard, encounter, post, and what follows from each (MODEL 6, 7, 14).

Phases 3 and 5 of a tick: the order of a window. Sectors, posts and what follows a stop have files
of their own. Nothing here passes a profile or an origin to a control function.
"""

from __future__ import annotations

from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from sim.after_a_stop import AfterAStop, Caught
from sim.attempts import Attempts
from sim.control.aftermath import AftermathTable
from sim.control.posts import Posts
from sim.control.sectors import Sectors
from sim.cooperation.alerts import Alerts
from sim.cooperation.followers import StopFollowers
from sim.cooperation.guests import Guests
from sim.cooperation.readmission import Readmission
from sim.green_border import GreenBorder
from sim.movement.batch import EMPTY, Batch
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
from sim.notes import Notes
from sim.passage_log import PassageLog
from sim.post_counters import PostCounters
from sim.protection.hazards import Hazards
from sim.protection.ledger import Ledger
from sim.protection.screening import ScreeningDesks
from sim.randomness import Draws
from sim.smuggling.networks import Networks
from sim.surroundings import Surroundings

I32 = NDArray[np.int32]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

# Groups of due parties, in the order they are handled.
_PLAIN, _WATCHED, _AT_POST, _QUEUED, _HELD, _CASE, _ENTERING, _RESTING = range(8)
_GROUPS = 8
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
        self._green_border = GreenBorder(
            crowd, legs, around, sectors, waits, self._attempts, ledger, self.log, draws, retries
        )
        self.counters: PostCounters | None = None
        if posts is not None:
            self.counters = PostCounters(
                crowd, legs, around, posts, post_aftermath, waits, self._attempts, ledger,
                self.log, draws, followers, alerts, guests,
            )  # fmt: skip
        self.after_a_stop = AfterAStop(
            crowd, legs, around, sectors.aftermath, post_aftermath, waits, screening, ledger,
            self.log, draws, retries, followers, guests,
        )  # fmt: skip
        self._passed = Notes()
        self._exposed = Notes()
        # How a leg ends, by leg; the last entry stands for "no leg" (-1).
        by_leg = np.where(legs.sector >= 0, _WATCHED, np.where(legs.post >= 0, _AT_POST, _PLAIN))
        self._leg_group = np.append(by_leg, _PLAIN).astype(np.uint8)
        self._state_group = np.full(NOT_YET + 1, _RESTING, np.uint8)
        self._state_group[[QUEUED, HELD, CASE, NOT_YET]] = _QUEUED, _HELD, _CASE, _ENTERING
        self._controlled = legs.controlled

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
        due, state, cut = self._sort(rows)
        moving = due.take(slice(0, cut[_QUEUED]))
        lost: Mask | None = None
        if len(moving) and self._hazards is not None:
            lost = self._strike(moving, hour)
        groups = [due.take(slice(a, b)) if a < b else EMPTY for a, b in pairwise(cut)]
        if lost is not None:
            for i in (_PLAIN, _WATCHED, _AT_POST):
                groups[i] = groups[i].take((~lost[cut[i] : cut[i + 1]]).nonzero()[0])
        self._attempts.settle_plain(groups[_PLAIN])
        passed = [groups[_PLAIN]]
        caught: list[Caught] = []
        if len(groups[_WATCHED]):
            passed.append(self._green_border.cross(groups[_WATCHED], hour, caught))
        if len(groups[_AT_POST]) or len(groups[_QUEUED]):
            assert self.counters is not None
            passed.append(self.counters.control(groups[_AT_POST], groups[_QUEUED], hour, caught))
        successes = sum(len(part) for part in passed)
        if len(groups[_HELD]):
            # Last: who is released at the head got there, but by no success of the leg.
            passed.append(self.after_a_stop.end_holding(groups[_HELD], hour))
        if len(groups[_CASE]):
            passed.append(self.after_a_stop.end_cases(groups[_CASE], hour))
        if caught:
            self.after_a_stop.intercept(caught)
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
        self.log.crossing(parties)
        crowd.failures[went[self._controlled[by].nonzero()[0]]] = 0
        out = around.is_exit[node]
        gone = out.nonzero()[0]
        if gone.size:
            self._waits.finish(rows[gone], ARRIVED, parties.hour[gone])
            return [parties.take((~out).nonzero()[0])]
        return [parties]

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
        self._ledger.add("deaths", country, deaths[struck], self.log.month)
        self._ledger.add("injuries", country, injuries[struck], self.log.month)
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
            new = self.log.split(parents, number, children, alone, hour[part])
            self._waits.finish(new, DEAD_OR_MISSING, hour[part])
        return whole

    # What others take at the end of a window or day ----------------------------------------

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
            self._ledger.add("exposure_hours", country, exposure, self.log.month)
