"""Seconded officers at work: what they bring to the post or sector where they serve (MODEL 9).

A guest brings something in the hours in which he is on duty there and an agreement in force
gives him a task there: a language (those stopped are screened with an interpreter), knowledge of
his country's documents (a forged one is searched as by trained officers), a home desk (requests
to his country are answered on the spot). Origin and profile of those stopped play no part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.control.inspection import FORGED
from sim.control.rosters import Station, Visit
from sim.cooperation.powers import VisitorPowers
from sim.randomness import U64, Draws, salt
from sim.scenario.lent_powers import TASKS
from sim.scenario.specs.exchange import ForgedDocument

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

#: Quantity of a post or sector that an exchange sets, ``brings.language.AAA``.
BRINGS: Final = "brings."


class Guests:
    """Who brings what where, in the hours planned.

    Attributes:
        answering: Officers of a country (index) on duty at a station (index) who answer for it,
            by hour of the plan; keys (station, country).
        some_interpret: Whether any of them interprets somewhere in the hours planned.
        know_documents: Whether any of them knows documents somewhere in the hours planned.
    """

    def __init__(
        self,
        stations: Sequence[Station],
        countries: Sequence[str],
        powers: VisitorPowers,
        documents: Sequence[ForgedDocument],
        first_post: int,
    ) -> None:
        """Begin without guests.

        Args:
            stations: Where officers serve; the posts in their order from ``first_post`` on.
            countries: Country codes in the engine's order.
            powers: What visiting officers may do.
            documents: Of which countries forged documents claim to be.
            first_post: Station index of the first post.
        """
        self._stations = tuple(stations)
        self._countries = tuple(countries)
        self._powers = powers
        self._first_post = first_post
        self._asked: dict[tuple[str, str, str], bool] = {}
        self._first = 0
        self._interpret: Mask = np.zeros((len(stations), 1), np.bool_)
        self.some_interpret = self.know_documents = False
        self._know: dict[str, Mask] = {}
        self.answering: Mapping[tuple[int, int], I64] = {}
        # Each country's documents are a stretch of [0, 1), the same under every plan.
        ends = np.cumsum([0.0, *(d.share.value for d in documents)]).tolist()
        self._stretch = {d.country: (ends[i], ends[i + 1]) for i, d in enumerate(documents)}
        self._document = salt("guests", "document")

    def asked(self, target: str, quantity: str) -> bool:
        """Return whether an exchange brings something to a target (``language.AAA``)."""
        what, _, country = quantity.partition(".")
        return self._asked.get((target, what, country), False)

    def ask(self, target: str, quantity: str, value: bool) -> None:
        """Let an exchange bring something to a target, or end it."""
        what, _, country = quantity.partition(".")
        self._asked[target, what, country] = value

    def plan(self, hour: int, hours: int, visits: Sequence[Visit], duty: I64) -> None:
        """Say who brings what in the hours planned.

        Args:
            hour: First hour; its agreements count.
            hours: Hours planned.
            visits: Who visits where.
            duty: Visitors on duty, shape (visits, services, hours).
        """
        self._first = hour
        self._interpret = np.zeros((len(self._stations), hours), np.bool_)
        self._know = {}
        answering: dict[tuple[int, int], I64] = {}
        for i, visit in enumerate(visits):
            target = self._stations[visit.station].target
            brought = [w for w in ("language", "home_documents", "home_desk")
                       if self._asked.get((target, w, visit.country))]  # fmt: skip
            if visit.as_host or not brought:
                continue
            task = TASKS[target.partition(":")[0]]
            officers = duty[i][self._powers.may(visit, task, hour)].sum(axis=0)
            if "language" in brought:
                self._interpret[visit.station] |= officers > 0
            if "home_documents" in brought and visit.country in self._stretch:
                known = self._know.setdefault(visit.country, np.zeros_like(self._interpret))
                known[visit.station] |= officers > 0
            if "home_desk" in brought and officers.any():
                key = visit.station, self._countries.index(visit.country)
                answering[key] = answering[key] + officers if key in answering else officers
        self.answering = answering
        self.some_interpret = bool(self._interpret.any())
        self.know_documents = bool(self._know)

    def _hours(self, hour: NDArray[Any]) -> Index:
        last = self._interpret.shape[1] - 1
        return np.clip(hour.astype(np.intp) - self._first, 0, last)

    def interpreted(self, sector: Index, post: Index, hour: NDArray[Any]) -> Mask:
        """Return who is screened with an interpreter.

        Args:
            sector: Sector of each stop, negative at a post.
            post: Post of each stop.
            hour: Hour of it.
        """
        station = np.where(sector >= 0, sector, self._first_post + post)
        return np.asarray(self._interpret[station, self._hours(hour)])

    def know(
        self, post: Index, use: NDArray[Any], hour: NDArray[Any], party: U64, draws: Draws
    ) -> Mask | None:
        """Return whose forged document claims to be of a country whose officer is there.

        A party's document claims to be of the same country at every post and every attempt.

        Args:
            post: Post of each party, shape ``(m,)``.
            use: Code of its use; only ``FORGED`` counts.
            hour: Hour now.
            party: Key of each party; of those split off, of the party at the root.
            draws: The run's draws.

        Returns:
            Mask of shape ``(m,)``, None for nobody anywhere.
        """
        if not self._know:
            return None
        known = np.zeros(len(post), np.bool_)
        shown = (use == FORGED).nonzero()[0]
        if not shown.size:
            return known
        station, at = self._first_post + post[shown], self._hours(hour[shown])
        claimed = self.claims(party[shown], draws)
        for country, there in self._know.items():
            low, high = self._stretch[country]
            known[shown] |= there[station, at] & (claimed >= low) & (claimed < high)
        return known

    def claims(self, party: U64, draws: Draws) -> F64:
        """Return where in [0, 1) each party's document lies; a country's are a stretch of it."""
        once = np.zeros(len(party), np.uint64)
        return draws.uniform(draws.event_base(party, once), self._document)
