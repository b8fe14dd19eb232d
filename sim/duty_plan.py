"""Who serves where in the hours to come, and the posts' queues moved ahead of them (MODEL 5, 6).

Rosters are planned some weeks at once and the queues of whole days as far as they reach; a measure
that moves officers drops both.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.control.posts import Posts
from sim.control.rosters import AtPosts, Rosters
from sim.control.sectors import Sectors
from sim.cooperation.guests import Guests
from sim.cooperation.joint_patrols import TogetherInSectors
from sim.cooperation.offices import Offices
from sim.cooperation.powers import VisitorPowers
from sim.in_force import MeasuresInForce
from sim.officers import able
from sim.scenario.measures import Change, Posting
from sim.scenario.specs.control import Power

DAY = 24
_ROSTER_DAYS = 28
_TRAFFIC_DAYS = 92
_TRAFFIC_WINDOWS = 2920
#: Types of target whose quantities touch neither rosters nor the posts' queues.
_NO_ROSTER = frozenset({"sector", "leg", "place", "country", "border"})
Officers = NDArray[np.int64]


class DutyPlan:
    """Rosters of the weeks to come, and the posts' queues that follow from them.

    Args:
        clock: The run's clock; may be exchanged for one with shorter windows.
        rosters: Who serves; stations are sectors, posts, reserves, desks, in this order.
        powers: Which service may do which task.
        sectors: Sectors, told how many search in them.
        posts: Posts, None where they are switched off.
        post_count: How many posts the scenario has, on or off.
        desk_count: How many desks it has.
        visitor_powers: What officers of other countries may do.
        visitors: Who is told of them: those who patrol together, and guests.
        offices: Desks, None without any.
        in_force: Measures, asked when officers move next.

    Attributes:
        at_posts: Who works at the posts in the hours planned.
    """

    def __init__(
        self,
        clock: Clock,
        rosters: Rosters,
        powers: Sequence[Power],
        sectors: Sectors,
        posts: Posts | None,
        post_count: int,
        desk_count: int,
        visitor_powers: VisitorPowers,
        visitors: tuple[TogetherInSectors, Guests],
        offices: Offices | None,
        in_force: MeasuresInForce,
    ) -> None:
        self.clock = clock
        self._rosters, self._powers = rosters, powers
        self._sectors, self._posts, self._offices = sectors, posts, offices
        self._visitor_powers = visitor_powers
        self._together, self._guests = visitors
        self._in_force = in_force
        self._desk_count = desk_count
        first = len(sectors.ids)
        self._at = {
            "patrol": slice(0, first),
            "post": slice(first, first + post_count),
            "open_load": slice(first, first + post_count),
        }
        self._from = 0
        self._patrols: Officers = np.zeros((first, 0), np.int64)
        nobody: Officers = np.zeros((post_count, 0), np.int64)
        self.at_posts = AtPosts(0, nobody, nobody)
        self._visiting: Officers = np.zeros((0, len(rosters.services), 0), np.int64)

    # Rosters -------------------------------------------------------------------------------

    def plan(self, hour: int) -> None:
        """Plan the rosters from ``hour`` to the end of its day, and who searches where."""
        hours = min(DAY - hour % DAY, self.clock.hours - hour)
        if not 0 <= hour - self._from <= self._patrols.shape[1] - hours:
            self._plan_weeks(hour)
        self._sectors.begin_day(hour, hours)
        visits = self._rosters.visits
        if visits:
            visiting = self._visiting[:, :, self._span(hour, hours)]
            self._together.plan(hour, hours, visits, visiting)
            self._guests.plan(hour, hours, visits, visiting)
            if self._offices is not None:
                self._offices.set_guests(hour, self._guests.answering)

    def _plan_weeks(self, hour: int) -> None:
        """Plan some weeks of rosters at once; dropped when officers move."""
        hours = min(_ROSTER_DAYS * DAY - hour % DAY, self.clock.hours - hour)
        self._from = hour
        working, self._visiting = self._on_duty(hour, hours)
        self._patrols = working["patrol"]
        self._sectors.foresee(hour, self._patrols)
        self.at_posts = AtPosts(
            hour, *(np.ascontiguousarray(working[task]) for task in ("post", "open_load"))
        )
        if self._offices is not None:
            self._offices.set_duty(hour, working["desk"])

    def _on_duty(self, hour: int, hours: int) -> tuple[dict[str, Officers], Officers]:
        """Return who works at each task, by place and hour, and all visitors on duty.

        Those may work who have the power: of own right, or lent by an agreement in force.
        """
        rosters = self._rosters
        duty, visiting = rosters.plan_all(hour, hours)
        visits, services = rosters.visits, rosters.services
        working = {
            task: able(duty[rows], services, self._powers, task) for task, rows in self._at.items()
        }
        if visits:
            for task, rows in self._at.items():
                guests = self._visitor_powers.able(visits, visiting, task, hour)
                working[task] = working[task] + guests[rows]
        if self._offices is not None:
            working["desk"] = duty[len(duty) - self._desk_count :].sum(axis=1)
        return working, visiting

    def drop(self) -> None:
        """Drop what was planned of rosters and of the posts' queues."""
        self._patrols = self._patrols[:, :0]
        if self._posts is not None:
            self._posts.hold()

    def moves_officers(self, item: Change | Posting) -> bool:
        """Return whether the turn of a measure may touch rosters or the posts' queues.

        An agreement does where officers of other countries are, and only there.
        """
        kind = item.target.partition(":")[0]
        if kind == "agreement" and isinstance(item, Change):
            return bool(self._rosters.visits)
        return isinstance(item, Posting) or kind not in _NO_ROSTER

    # What is planned -----------------------------------------------------------------------

    def visiting_until(self, end: int) -> Officers:
        """Return visitors on duty in the day before ``end``, shape (visits, services, hours)."""
        begin = max(end - DAY - self._from, 0)
        return self._visiting[:, :, begin : end - self._from]

    def _span(self, hour: int, hours: int) -> slice:
        return slice(hour - self._from, hour - self._from + hours)

    # Queues --------------------------------------------------------------------------------

    def move_queues(self, hour: int, hours: int) -> None:
        """Move the posts' queues over a window; days without a change are moved ahead."""
        posts = self._posts
        if posts is None or posts.play(hour, hours):
            return
        self._plan_queues(hour)
        posts.step(hour, hours, self.at_posts.working[:, self._span(hour, hours)])

    def _plan_queues(self, hour: int) -> None:
        """Plan the queues of the whole days until they change.

        At most so many windows ahead as fill two years of 6 h, to spare memory; a quarter where
        plans are dropped before their end, to spare time.
        """
        assert self._posts is not None
        change = self._in_force.next_turn_of(self.moves_officers)
        quarter = _TRAFFIC_DAYS * DAY
        ahead = max(quarter, _TRAFFIC_WINDOWS * self.clock.window)
        until = hour + (quarter if self._posts.plan_was_dropped() else ahead)
        until = min(self.clock.hours, until)
        until = until if change is None else min(until, change)
        until -= (until - hour) % DAY
        if until > hour and DAY % self.clock.window == 0:
            duty = [
                self._on_duty(begin, min(quarter, until - begin))[0]["post"]
                for begin in range(hour, until, quarter)
            ]
            self._posts.plan(hour, self.clock.window, np.concatenate(duty, axis=1))
