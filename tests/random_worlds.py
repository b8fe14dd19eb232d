"""Random small worlds: any route graph and crowd, and much that happens in a few days."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from sim.scenario.measures import Measure
from sim.scenario.specs.agreements import Agreement
from sim.scenario.specs.base import Row
from sim.scenario.specs.control import Aftermath, Hazard, HitRate, Post, Screening, Sector
from sim.scenario.specs.geography import Country, Leg, Place, Route, Screenline
from sim.scenario.specs.networks import SmugglingNetwork
from sim.scenario.specs.people import Arrival, Mix, Profile, Stock
from sim.scenario.specs.readmission import Readmission
from sim.scenario.specs.scenario import Scenario, Switches, Window
from tests.model_runs import measure
from tests.stories.small_world import small_world

COUNTRIES = ("AAA", "BBB", "CCC")
#: 2020-03-29 and 2020-10-25 have 23 and 25 hours in the zone of these worlds.
STARTS = (date(2020, 3, 25), date(2020, 7, 1), date(2020, 10, 21))
ZONE = "Europe/Belgrade"
_SURE = {"u_stay": -60.0, "mu": 1.0, "leg_fixed_cost": 3.0, "stay_review": 0.5,
         "remittance_wait": 0.5}  # fmt: skip

_TRACKS: tuple[dict[str, Any], ...] = tuple(
    {
        "clock": clock, "request_within": "30 h", "answer_within": within, "silence": silence,
        "transfer_within": "4 d", "prepare": "1 h", "answer": answer, "spread": 0.7,
        "office": "00:00-24:00", "office_days": "all", "transfers": transfers, "extension": "5 h",
        "extension_share": 0.4, "request_share": 0.95, "accept_share": 0.8,
        "accept_with_evidence": 0.9, "claim_share": 0.15, "claim_delay": "9 h",
        "moved_on_share": 0.8,
    }
    for clock, within, silence, answer, transfers in (
        ("hours", "9 h", "lapse", "3 h", "400 persons/d"),
        ("hours", "2 h", "consent", "5 h", "12 persons/d"),
        ("calendar_days", "1 d", "consent", "20 h", "60 persons/d"),
    )
)  # fmt: skip


@cache
def base() -> Scenario:
    """Return the small world, which lends its parameters, patterns and widths."""
    with tempfile.TemporaryDirectory() as folder:
        return small_world(Path(folder))


class Drawn:
    """A scenario drawn, told in short when it fails."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario

    def __repr__(self) -> str:
        """Return what the world is made of."""
        s = self.scenario
        legs = [f"{x.tail}-{x.head} {x.sector or x.post or ''}".strip() for x in s.legs]
        people = [f"{r.id}@{r.place}: {r.persons.value:g}" for r in (*s.arrivals, *s.stocks)]
        places = [f"{p.country}/{p.kind}/{p.dwell.value:g} h" for p in s.places]
        measures = [f"{m.kind} {m.at[0]}" for m in s.measures]
        return (
            f"{s.start} to {s.until}, window {s.clock.window.value:g} h, {s.switches}, places "
            f"{places}, legs {legs}, people {people}, networks {len(s.networks)}, {measures}"
        )


@st.composite
def worlds(draw: st.DrawFn) -> Drawn:
    """Draw a scenario of 5 to 15 days."""
    return Drawn(_World(draw).scenario())


class _World:
    """One world being drawn: places along a line of countries, legs among them at random."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.start = draw(st.sampled_from(STARTS))
        self.days = draw(st.integers(5, 15))
        self.count = draw(st.integers(4, 8))
        cuts = sorted(draw(st.integers(1, self.count - 1)) for _ in range(2))
        self.country = [COUNTRIES[sum(i >= c for c in cuts)] for i in range(self.count)]
        self.sectors: dict[tuple[str, str], Sector] = {}
        self.posts: dict[tuple[str, str], Post] = {}

    def one(self, *values: Any) -> Any:
        return self.draw(st.sampled_from(values))

    def scenario(self) -> Scenario:
        lent = base()
        legs, arrivals = self.legs(), self.arrivals()
        parameters = dict(lent.parameters)
        for name, value in _SURE.items():
            parameters[name] = replace(parameters[name], value=value)
        guarded = {*self.sectors, *self.posts}
        tracks = self.tracks()
        return lent.model_copy(
            update={
                "scenario": "random_world",
                "start": self.start,
                "until": self.start + timedelta(days=self.days),
                "zone": ZONE,
                "clock": Window.model_validate({"window": f"{self.one(1, 3)} h"}),
                "switches": Switches(
                    smugglers=self.one("off", "fixed", "adaptive", "best_response"),
                    retries=self.one(True, True, False),
                    race=self.one(True, True, False),
                ),
                "parameters": parameters,
                "countries": tuple(self.country_row(c) for c in COUNTRIES),
                "places": tuple(self.place(i) for i in range(self.count)),
                "legs": legs,
                "routes": self.routes(legs),
                "screenlines": (_row(Screenline, "out", inside=["AAA"], labels={"other": "out"}),),
                "profiles": self.profiles(),
                "mixes": (_row(Mix, "mix", shares={"groups": 2, "families": 1, "mixed": 1}),),
                "arrivals": arrivals,
                "stocks": self.stocks(),
                "sectors": tuple(self.sectors.values()),
                "posts": tuple(self.posts.values()),
                "aftermath": tuple(self.aftermath(*side) for side in sorted(guarded)),
                "screening": tuple(self.screening(c) for c in COUNTRIES),
                "hazards": (self.hazard(),),
                "hit_rates": tuple(
                    _row(HitRate, use, use=use, method="visual", minutes=20, trained=False, hit=0.6)
                    for use in ("hidden", "forged")
                ),
                "networks": self.networks(legs),
                "agreements": (_row(Agreement, "all", parties=COUNTRIES, powers=["readmission"]),),
                "readmission": tracks,
                "observation_rules": (),
                "targets": (),
                "measures": self.measures(arrivals),
            }
        )

    # The map -------------------------------------------------------------------------------

    def country_row(self, code: str) -> Country:
        return Country.model_validate(
            {"id": code, "name": code, "zone": ZONE, "asylum_share": 0.2, "go_home_share": 0.1,
             "onward_share": 0.6, "asylum_stay": "20 h"}
        )  # fmt: skip

    def place(self, i: int) -> Place:
        last = i == self.count - 1
        kind = "exit" if last else "entry" if i == 0 else self.one("hub", "transit", "reception")
        return _row(
            Place, f"p{i}", country=self.country[i], kind=kind, lat=44 + i / 10, lon=20,
            dwell=0 if last else self.one("0 h", "3 h", "12 h"),
            reception_places=self.one(None, 0, 6, 40), exit_value=0 if last else None,
        )  # fmt: skip

    def legs(self) -> tuple[Leg, ...]:
        # The line from the first place to the last keeps the exit in reach of all.
        pairs = [(i, i + 1) for i in range(self.count - 1)]
        ends = st.tuples(st.integers(0, self.count - 2), st.integers(0, self.count - 1))
        pairs += self.draw(st.lists(ends.filter(lambda e: e[0] != e[1]), max_size=8))
        return tuple(self.leg(n, tail, head) for n, (tail, head) in enumerate(pairs))

    def leg(self, number: int, tail: int, head: int) -> Leg:
        hours = self.draw(st.integers(1, 12))
        row: dict[str, Any] = {"mode": "foot", "distance": "20 km", "duration": hours,
                               "cost": self.one(0, 30, 200), "hazard": "way"}  # fmt: skip
        if number == self.count - 1 and self.draw(st.booleans()):
            row["route"] = "back_way"
        one, two = self.country[tail], self.country[head]
        if one != two:
            row["border"] = "-".join(sorted((one, two)))
            side = (row["border"], self.one(one, two))
            control = self.one("sector", "sector", "sector", "post", None)
            if control == "sector":
                row |= {"sector": self.sector(side), "stay": self.one(hours, 1)}
            elif control == "post":
                row |= {"post": self.post(side), "stream": "lorries",
                        "use": self.one("hidden", "forged", "claim")}  # fmt: skip
        return _row(Leg, f"l{number}", **{"from": f"p{tail}", "to": f"p{head}"}, **row)

    def sector(self, side: tuple[str, str]) -> str:
        if side not in self.sectors:
            name = f"sector_{len(self.sectors)}"
            self.sectors[side] = base().sectors[0].model_copy(
                update={"id": name, "border": side[0], "country": side[1],
                        "officers": _officers(self.one(900, 60, 0))}
            )  # fmt: skip
        return self.sectors[side].id

    def post(self, side: tuple[str, str]) -> str:
        if side not in self.posts:
            name = f"post_{len(self.posts)}"
            self.posts[side] = base().posts[0].model_copy(
                update={"id": name, "border": side[0], "country": side[1],
                        "methods": ("visual",), "hours": self.one("00:00-24:00", "08:00-16:00"),
                        "officers": _officers(self.one(0, 5, 40))}
            )  # fmt: skip
        return self.posts[side].id

    def routes(self, legs: Sequence[Leg]) -> tuple[Route, ...]:
        if not any(leg.route for leg in legs):
            return ()
        return (_row(Route, "back_way", initial_awareness=0.2, successes=[legs[0].id]),)

    # Control and protection ----------------------------------------------------------------

    def aftermath(self, border: str, country: str) -> Aftermath:
        return _row(
            Aftermath, f"after_{border}_{country}".lower().replace("-", "_"), border=border,
            country=country, sight_share=0.1, outside_share=0.1, held=self.one(30, 4, 0),
            back_share=0.4, released_share=0.2, gave_up_share=0.1, asylum_share=0.3, retry="9 h",
        )  # fmt: skip

    def tracks(self) -> tuple[Readmission, ...]:
        """Draw tracks between any two countries that have places, quick and slow."""
        if not self.one(True, True, True, False):
            return ()
        place = {c: f"p{i}" for i, c in reversed(list(enumerate(self.country)))}
        return tuple(
            _row(
                Readmission, f"{one}_{two}".lower(), requesting=one, requested=two,
                track="standard", place=place[two], **self.draw(st.sampled_from(_TRACKS)),
            )
            for one in place for two in place if one != two
        )  # fmt: skip

    def screening(self, country: str) -> Screening:
        return _row(
            Screening, country.lower(), country=country, access_share=0.6, registered_share=0.6,
            identify_share=0.9, false_share=0.1, interview="30 min",
            interviews_per_day=self.one(500, 7), referral_share=0.6, reflection="2 d",
        )  # fmt: skip

    def hazard(self) -> Hazard:
        return _row(Hazard, "way", mode="foot", winter_factor=1, injuries=5000,
                    deaths=self.one(0, 3000, 30000))  # fmt: skip

    # People --------------------------------------------------------------------------------

    def profiles(self) -> tuple[Profile, ...]:
        def profile(name: str, sizes: dict[int, float], family: float, alone: float) -> Profile:
            return _row(
                Profile, name, party_sizes=sizes, family_share=family, unaccompanied_share=alone,
                minors_share=self.one(0.1, 0.5), funds=self.one(50, 900), funds_spread=0.8,
                wish_share=0.4, vulnerable_share=self.one(0.9, 0.2),
            )  # fmt: skip

        return (
            profile("groups", {1: 1, 2: 3, 5: 1}, 0.0, 0.2),
            profile("families", {3: 1, 4: 1, 7: 1}, 1.0, 0.0),
            profile("mixed", {1: 1, 3: 1, 30: 1}, 0.5, 0.5),
        )

    def arrivals(self) -> tuple[Arrival, ...]:
        rows = []
        for n in range(self.draw(st.integers(1, 3))):
            first = self.start + timedelta(days=self.draw(st.integers(-2, self.days - 1)))
            rows.append(
                _row(
                    Arrival, f"arrival_{n}", series=f"series_{n}", mix="mix",
                    place=f"p{self.draw(st.integers(0, self.count - 2))}",
                    persons=self.draw(st.integers(20, 200)),
                    **{"from": first, "until": first + timedelta(days=self.one(1, 3, 9))},
                )
            )  # fmt: skip
        return tuple(rows)

    def stocks(self) -> tuple[Stock, ...]:
        places = self.draw(st.lists(st.integers(0, self.count - 2), max_size=2, unique=True))
        return tuple(
            _row(Stock, f"stock_{i}", place=f"p{i}", mix="mix", failures=0.3,
                 persons=self.draw(st.integers(0, 150)))
            for i in places
        )  # fmt: skip

    def networks(self, legs: Sequence[Leg]) -> tuple[SmugglingNetwork, ...]:
        chosen = st.lists(st.sampled_from([leg.id for leg in legs]), min_size=1, unique=True)
        return tuple(
            _row(
                SmugglingNetwork, f"network_{n}", capacity=self.one(3, 40), crews=3, scouts=0.5,
                quality=0.3, facilitators=5, loss_per_person=50, recovery="9 d", margin=0.3,
                cash=500,
                services=[{"leg": leg, "price": 60, "cost": 20} for leg in self.draw(chosen)],
            )
            for n in range(self.draw(st.integers(0, 2)))
        )  # fmt: skip

    def measures(self, arrivals: Sequence[Arrival]) -> tuple[Measure, ...]:
        """Draw measures that move people about: closings, beds taken away, arrivals turned off."""
        made: list[tuple[str, dict[str, Any]]] = [
            ("reception_places", {"at": "place:p1", "reception_places": 3}),
            ("condition", {"at": "leg:l0", "duration": "9 h"}),
        ]
        made += [("close_post", {"at": f"post:{p.id}"}) for p in self.posts.values()]
        made += [("condition", {"at": f"sector:{s.id}", "barrier": "5 h"})
                 for s in self.sectors.values()]  # fmt: skip
        picked = self.draw(st.lists(st.sampled_from(range(len(made))), max_size=3, unique=True))
        rows = []
        if self.draw(st.booleans()):
            last = self.start + timedelta(days=self.days)
            where = f"place:{self.draw(st.sampled_from(arrivals)).place}"
            rows.append(measure("condition", self.start, last, at=where, arrivals_open=False))
        for i in picked:
            first = self.start + timedelta(days=self.draw(st.integers(0, 3)))
            last = first + timedelta(days=self.draw(st.integers(1, 6)))
            rows.append(measure(made[i][0], first, last, id=f"measure_{i}", **made[i][1]))
        return tuple(rows)


def _officers(count: int) -> dict[str, Any]:
    lent = base().sectors[0].officers["border_police"]
    return {"border_police": replace(lent, value=float(count))}


def _row(spec: type[Row], name: str, **keys: Any) -> Any:
    return spec.model_validate({"id": name} | keys)
