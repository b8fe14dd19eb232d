"""Legs through posts: the queue, the counter, and who is found or claims there (MODEL 7)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.after_a_stop import Caught
from sim.attempts import Attempts
from sim.control.aftermath import AftermathTable
from sim.control.inspection import CLAIMED, PASSED
from sim.control.posts import Posts
from sim.cooperation.alerts import Alerts
from sim.cooperation.followers import StopFollowers
from sim.cooperation.guests import Guests
from sim.movement.batch import Batch
from sim.movement.crowd import Crowd
from sim.movement.leg_table import LegTable
from sim.movement.waits import Waits
from sim.passage_log import PassageLog
from sim.protection.ledger import Ledger
from sim.randomness import Draws
from sim.surroundings import Surroundings

Index = NDArray[np.intp]
Mask = NDArray[np.bool_]


class PostCounters:
    """Ends legs through posts, and queues there."""

    def __init__(
        self,
        crowd: Crowd,
        legs: LegTable,
        around: Surroundings,
        posts: Posts,
        aftermath: AftermathTable,
        waits: Waits,
        attempts: Attempts,
        ledger: Ledger,
        log: PassageLog,
        draws: Draws,
        followers: StopFollowers,
        alerts: Alerts | None,
        guests: Guests | None,
    ) -> None:
        """Join the parts; ``alerts`` are what posts look out for, ``guests`` know documents."""
        self._crowd = crowd
        self._legs = legs
        self._around = around
        self._posts = posts
        self._aftermath = aftermath
        self._waits = waits
        self._attempts = attempts
        self._ledger = ledger
        self._log = log
        self._draws = draws
        self._followers = followers
        self._alerts = alerts
        self._guests = guests

    def control(self, reaching: Batch, queued: Batch, hour: int, caught: list[Caught]) -> Batch:
        """Queue at a post or come to the counter; note the caught, return who passed."""
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
        passed = np.asarray(outcome == PASSED)
        claimed = np.asarray(outcome == CLAIMED)
        found = ~passed & ~claimed
        self._attempts.tell(parties, persons, found, found)
        claims, taken = claimed.nonzero()[0], found.nonzero()[0]
        if claims.size:
            self._claim(parties.take(claims), post[claims])
        if not taken.size:
            return parties.take(passed) if claims.size else parties
        mine = post[taken]
        self._attempts.count_failures(parties.rows[taken])
        terms = self._aftermath.at(hour)
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

    def _queue_up(self, parties: Batch, hour: int) -> Batch:
        """Join the queues; return who is served within the hour.

        Whoever finds the post closed for good goes back and decides again; one who finds nobody
        at the counter waits until it is expected to open, and asks again.
        """
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
            self._ledger.add(item, country, persons, self._log.month)
        crowd.node[parties.rows] = self._around.head[parties.leg]
        self._log.crossing(parties)
        self._waits.begin_asylum(parties)
