"""Legs through posts: the queue, the counter, and who is found or claims there (MODEL 7)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.control.posts import NOTHING_LISTED, Met, Posts
from sim.cooperation.alerts import Alerts
from sim.cooperation.followers import StopFollowers
from sim.cooperation.guests import Guests
from sim.kernels.posts import HOUR
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
        # By leg: its row of the posts, the use of its post, and the country that runs it.
        through = (legs.post >= 0).nonzero()[0]
        at = legs.post[through]
        self._ways = np.zeros((len(legs.post), 3), np.intp)
        self._ways[through, 0] = posts.first[at] + legs.stream[through]
        self._ways[through, 1] = legs.use[through]
        self._ways[through, 2] = around.post_country[at]
        self._country = self._ways[:, 2]

    def control(self, parties: Batch, persons: U8, reaching: int, hour: int) -> tuple[U8, Index]:
        """Queue at a post or come to the counter.

        Args:
            parties: Those whose leg or queue has ended.
            persons: Persons in each party.
            reaching: How many of them, the first ones, reach the post now; the others queued.
            hour: First hour of the window.

        Returns:
            How each fared: PASSED, INTERCEPTED, CLAIMED or AWAY of ``kernels.codes``, the last for
            those not at the counter; and which make a claim, to be handed to ``claim``.
        """
        alerts = self._alerts
        lists = NOTHING_LISTED
        if alerts is not None and not alerts.empty:
            lists = alerts.lists
        met = self._posts.meet(
            parties.rows, parties.leg, parties.hour, parties.base, persons, reaching, hour,
            self._crowd.records, self._ways, lists, self._known(parties),
        )  # fmt: skip
        if met.shut.size or met.late.size:
            self._turn_away(parties, met)
        if met.found.size:
            found = parties.take(met.found)
            self._followers.on_finds(found, self._country[found.leg], met.outcome[met.found])
        return met.fared, met.claims

    def _known(self, parties: Batch) -> Mask | None:
        """Return whether a guest officer knows the document shown, None for nobody's."""
        if self._guests is None or not self._guests.know_documents:
            return None
        legs, crowd = self._legs, self._crowd
        post, use = legs.post[parties.leg], legs.use[parties.leg]
        party = crowd.key[crowd.root[parties.rows]]
        return self._guests.know(post, use, parties.hour, party, self._draws)

    def _turn_away(self, parties: Batch, met: Met) -> None:
        """Let go back or queue who is not served.

        Whoever finds the post closed for good goes back and decides again; one who finds nobody
        at the counter waits until it is expected to open, and asks again.
        """
        if met.shut.size:
            refused = parties.take(met.shut)
            self._crowd.node[refused.rows] = self._around.tail[refused.leg]
            self._waits.begin_review(refused)
        if met.late.size:
            at = self._ways[parties.leg[met.late], 0]
            hours = np.maximum(self._posts.waits[at], HOUR)
            self._waits.begin_queue(parties.rows[met.late], parties.hour[met.late], hours)

    def claim(self, parties: Batch) -> None:
        """Enter the asylum procedure at the counter."""
        crowd = self._crowd
        country = self._country[parties.leg]
        persons = crowd.persons[parties.rows].astype(np.int64)
        for item in ("asylum_wishes", "claims_made", "claims_registered"):
            self._ledger.add(item, country, persons, self._log.month)
        crowd.node[parties.rows] = self._around.head[parties.leg]
        self._log.crossing(parties)
        self._waits.begin_asylum(parties)
