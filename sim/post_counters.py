"""Legs through posts: the queue, the counter, and who is found or claims there (MODEL 7)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.attempts import AWAY
from sim.control.posts import Coming, Posts
from sim.cooperation.alerts import Alerts
from sim.cooperation.followers import StopFollowers
from sim.cooperation.guests import Guests
from sim.kernels import posts as kernel
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
U8 = NDArray[np.uint8]


class PostCounters:
    """Ends legs through posts, and queues there."""

    def __init__(
        self,
        crowd: Crowd,
        legs: LegTable,
        around: Surroundings,
        posts: Posts,
        waits: Waits,
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
        self._waits = waits
        self._ledger = ledger
        self._log = log
        self._draws = draws
        self._followers = followers
        self._alerts = alerts
        self._guests = guests

    def control(self, parties: Batch, persons: U8, reaching: int, hour: int) -> tuple[U8, Index]:
        """Queue at a post or come to the counter.

        Args:
            parties: Those whose leg or queue has ended.
            persons: Persons in each party.
            reaching: How many of them, the first ones, reach the post now; the others queued.
            hour: First hour of the window.

        Returns:
            How each fared: PASSED or INTERCEPTED of ``control.race``, AWAY for those not at the
            counter; and which of the parties make a claim, to be handed to ``claim``.
        """
        outcome = np.empty(len(parties), np.uint8)
        coming = self._come_to_counter(parties, reaching, hour)
        there, post, use = coming.there, coming.post, coming.use
        if there.size < outcome.size:
            outcome.fill(AWAY)
            if not there.size:
                return outcome, there
            parties, persons = parties.take(there), persons[there]
        found = self._posts.inspect(
            coming.row, use, persons, parties.base,
            self._named(parties, post, use), self._known(parties, post, use),
        )  # fmt: skip
        taken, claims = np.empty((2, there.size), np.intp)
        takes, claiming = kernel.part(found, there, outcome, taken, claims)
        if takes:
            taken = taken[:takes]
            country = self._around.post_country[post[taken]]
            self._followers.on_finds(parties.take(taken), country, found[taken])
        return outcome, claims[:claiming]

    def _named(self, parties: Batch, post: Index, use: Index) -> Mask | None:
        """Return whether an alert names what each party comes with, None if there is none."""
        if self._alerts is None or self._alerts.empty:
            return None
        crowd = self._crowd
        return self._alerts.names(
            parties.rows, post, parties.hour, parties.base, use, crowd.offer, crowd.key
        )

    def _known(self, parties: Batch, post: Index, use: Index) -> Mask | None:
        """Return whether a guest officer knows the document shown, None for nobody's."""
        if self._guests is None or not self._guests.know_documents:
            return None
        crowd = self._crowd
        party = crowd.key[crowd.root[parties.rows]]
        return self._guests.know(post, use, parties.hour, party, self._draws)

    def _come_to_counter(self, parties: Batch, reaching: int, hour: int) -> Coming:
        """Return who is served within the hour; the others queue or go back.

        Whoever finds the post closed for good goes back and decides again; one who finds nobody
        at the counter waits until it is expected to open, and asks again.
        """
        legs = self._legs
        coming = self._posts.come(parties.leg, reaching, hour, legs.post, legs.stream, legs.use)
        if coming.shut.size:
            refused = parties.take(coming.shut)
            self._crowd.node[refused.rows] = self._around.tail[refused.leg]
            self._waits.begin_review(refused)
        late = coming.late
        if late.size:
            self._waits.begin_queue(parties.rows[late], parties.hour[late], coming.hours)
        return coming

    def claim(self, parties: Batch) -> None:
        """Enter the asylum procedure at the counter."""
        crowd = self._crowd
        country = self._around.post_country[self._legs.post[parties.leg]]
        persons = crowd.persons[parties.rows].astype(np.int64)
        for item in ("asylum_wishes", "claims_made", "claims_registered"):
            self._ledger.add(item, country, persons, self._log.month)
        crowd.node[parties.rows] = self._around.head[parties.leg]
        self._log.crossing(parties)
        self._waits.begin_asylum(parties)
