"""Investigations: evidence on smuggling networks, and the arrests it leads to (MODEL 12).

For each case, dE/dt = sum_j w_j n_j - delta E, kept apart by the country the evidence comes
from, and an arrest comes with hazard h0 i / (i + i_half) while the usable evidence is above E*.
A day's evidence is taken to come evenly over the day, so that
E(t + 1 d) = E(t) exp(-delta) + w n (1 - exp(-delta)) / delta, exact for a steady inflow.
Parties are counted by the network that guided them; who they are is no argument.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.cooperation.agreements import Agreements
from sim.cooperation.alerts import Alerts
from sim.cooperation.requests import Answers, Requests
from sim.kernels import stops
from sim.randomness import Draws, salt, text_key
from sim.records.recorder import Recorder
from sim.scenario.specs.investigations import Investigation
from sim.smuggling.networks import Networks

F64 = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

_MONTH = 30.0
_TALKS = np.uint64(salt("investigation", "debriefing"))


#: What stops add evidence to, as ``kernels.stops.meet`` takes it: by offer its network, negative
#: where there is no case on it; of cases their network, weights of a party intercepted and of one
#: that tells, shape (2, cases), and the share that tells; salt of that draw; and what came in today
#: by case and country.
Evidence = tuple[Index, Index, F64, F64, np.uint64, F64]


class Investigations:
    """All cases; columns of shape ``(cases,)``.

    Attributes:
        of_stops: What interceptions of guided parties add to; some of them tell of the network.
        ids: Case ids.
        evidence: Evidence by country it comes from, shape (cases, countries).
        investigators: Investigators on each case.
        arrests: Arrests so far.
    """

    def __init__(
        self,
        specs: Sequence[Investigation],
        networks: Networks,
        countries: Sequence[str],
        agreements: Agreements,
        requests: Requests,
        alerts: Alerts,
        draws: Draws,
        clock: Clock,
        recorder: Recorder,
    ) -> None:
        """Open the cases whose network is in business (none with smugglers switched off)."""
        self.specs = tuple(s for s in specs if s.network in networks.ids)
        self.ids = tuple(s.id for s in self.specs)
        self.index = {name: i for i, name in enumerate(self.ids)}
        self._countries = tuple(countries)
        self._networks, self._agreements = networks, agreements
        self._requests, self._alerts = requests, alerts
        self._draws, self._recorder = draws, recorder
        self._take_columns(clock)
        shape = (len(self.specs), len(self._countries))
        self.evidence: F64 = np.zeros(shape)
        self._inflow: F64 = np.zeros(shape)
        self.arrests = np.zeros(shape[0], np.int64)
        self._facilitators, self._week_arrests = np.zeros(shape[0]), np.zeros(shape[0], np.int64)
        self._week_facilitators = np.zeros(shape[0])
        of_offer, weight = networks.network, self._weight
        self.of_stops: Evidence = (
            np.where(np.isin(of_offer, self.network), of_offer, -1), self.network,
            np.stack([weight["interception"], weight["debriefing"]]), self._talk, _TALKS,
            self._inflow,
        )  # fmt: skip

    def _take_columns(self, clock: Clock) -> None:
        def column(name: str) -> F64:
            return np.array([getattr(s, name).value for s in self.specs], dtype=np.float64)

        self.network = np.array([self._networks.ids.index(s.network) for s in self.specs], np.intp)
        self._lead = np.array([self._countries.index(s.country) for s in self.specs], np.intp)
        self.investigators, self._half = column("investigators"), column("half")
        self._fastest = column("fastest")
        self._decay = math.log(2.0) / np.maximum(column("memory"), 1e-9)
        self._threshold, self._taken = column("threshold"), column("taken")
        self._weight = {
            name: column(name) for name in ("interception", "debriefing", "answer", "financial")
        }
        self._talk, self._inquiries = column("debriefed_share"), column("inquiries")
        self._since = [-math.inf if s.since is None else clock.hour_of(s.since) for s in self.specs]
        self._until = [math.inf if s.until is None else clock.hour_of(s.until) for s in self.specs]
        self._team: list[tuple[str, ...]] = [s.joint_team for s in self.specs]
        self._base = [""] * len(self.specs)
        self._office = [s.central_office for s in self.specs]
        self._key = [text_key(s.id) for s in self.specs]

    # What a measure may set -----------------------------------------------------------------

    def get(self, case: str, quantity: str) -> Any:
        """Return a quantity in force; None for a case on a network that is not in business."""
        if case not in self.index:
            return None
        at = self.index[case]
        if quantity == "investigators":
            return float(self.investigators[at])
        if quantity == "legal_base":
            return self._base[at]
        return self._team[at] if quantity == "joint_team" else self._office[at]

    def set(self, case: str, quantity: str, value: Any) -> None:
        """Set investigators, joint team, its legal base or central office of a case from now on."""
        if case not in self.index:
            return
        at = self.index[case]
        if quantity == "investigators":
            self.investigators[at] = float(value)
        elif quantity == "joint_team":
            self._team[at] = tuple(value)
        elif quantity == "legal_base":
            self._base[at] = str(value)
        elif quantity == "central_office":
            self._office[at] = bool(value)
        else:
            raise KeyError(f"an investigation has no quantity {quantity!r}")

    # Evidence -------------------------------------------------------------------------------

    def on_answers(self, answers: Answers) -> None:
        """Take the hits in time of cooperation centres as evidence of the country that answers."""
        _, first_vehicle, _, _ = self._alerts.fleet
        stops.take_evidence(
            answers.records, self._requests.book.records, first_vehicle, self.network,
            self._weight["answer"], self._inflow,
        )  # fmt: skip

    # The day --------------------------------------------------------------------------------

    def daily(self, hour: int) -> None:
        """Close the day before ``hour``: evidence comes and fades, and arrests are made."""
        if not self.specs:
            return
        runs = self.running(hour)
        lead = np.arange(len(self.specs)), self._lead
        inquiries = self.investigators * self._inquiries / _MONTH
        self._inflow[lead] += self._weight["financial"] * inquiries * runs
        kept = np.exp(-self._decay)[:, None]
        self.evidence *= kept
        self.evidence += self._inflow * (1.0 - kept) / self._decay[:, None]
        self._inflow[:] = 0.0
        hazard = self.hazard(hour) * runs
        chance = -np.expm1(-hazard)
        for case in chance.nonzero()[0].tolist():
            if self._draws.scalar("arrest", self._key[case], hour) < chance[case]:
                self._arrest(case)

    def _arrest(self, case: int) -> None:
        taken = float(self._taken[case])
        self._networks.arrest(int(self.network[case]), taken)
        self.arrests[case] += 1
        self._facilitators[case] += taken
        self._week_arrests[case] += 1
        self._week_facilitators[case] += taken

    def running(self, hour: int) -> Mask:
        """Return which cases are open at an hour."""
        return np.array(
            [a <= hour < b for a, b in zip(self._since, self._until, strict=True)], np.bool_
        )

    def usable(self, hour: int) -> F64:
        """Return the evidence each case may use: its own, and what partners may share."""
        own = self.evidence[np.arange(len(self.specs)), self._lead].copy()
        for case, spec in enumerate(self.specs):
            if self._office[case]:
                own[case] = self.evidence[case].sum()
                continue
            for partner in self._team[case]:
                held = self._agreements.in_force(
                    "joint_investigation", spec.country, partner, float(hour), self._base[case]
                )
                if held is not None:
                    own[case] += self.evidence[case, self._countries.index(partner)]
        return own

    def hazard(self, hour: int) -> F64:
        """Return arrests a day: h0 i / (i + i_half) above the threshold, else 0."""
        i = self.investigators
        rate = i / (i + self._half) / self._fastest
        return np.where(self.usable(hour) > self._threshold, rate, 0.0)

    # Records --------------------------------------------------------------------------------

    def write_week(self, week: int, hour: int) -> None:
        """Write the table of the week that ends, and begin the next."""
        if not self.specs:
            return
        own = self.evidence[np.arange(len(self.specs)), self._lead]
        self._recorder.add(
            "investigations", week=week, investigation=np.array(self.ids, dtype=object),
            network=np.array([s.network for s in self.specs], dtype=object),
            country=np.array([s.country for s in self.specs], dtype=object),
            investigators=self.investigators.copy(), evidence=own,
            cross_border=self.evidence.sum(axis=1) - own, usable=self.usable(hour),
            threshold=self._threshold.copy(), arrests=self._week_arrests.copy(),
            facilitators=self._week_facilitators.copy(),
        )  # fmt: skip
        self._week_arrests[:], self._week_facilitators[:] = 0, 0.0

    def state_of(self, case: int) -> dict[str, float]:
        """Return investigators, evidence and arrests so far of a case."""
        return {
            "investigators": float(self.investigators[case]),
            "evidence": float(self.evidence[case].sum()),
            "arrests": float(self.arrests[case]),
        }


_NO_CASE = np.empty(0, np.intp)
#: Nobody investigates anything.
NO_CASES: Evidence = (
    _NO_CASE, _NO_CASE, np.empty((2, 0)), np.empty(0), _TALKS, np.empty((0, 0))
)  # fmt: skip
