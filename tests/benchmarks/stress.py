"""The `stress` scenario: a made-up land of 80 places in which everything happens at once.

Ten countries of eight places each, side by side; people enter at four of them and want to one of
six exits in the last. 320 directed legs of about a day, 40 sectors, 20 posts, 20
networks (7 services on each of 40 legs), 8 profiles, every switch on, and cooperation
(``tests.benchmarks.cooperation``). Reception and networks
grow with the number of parties (networks not below 60 persons a day), officers do not: a party's
year is nearly but not quite the same at every size, so the benchmark prints legs a party with
each. Distances and referral shares were chosen to make these about 25. Parameters and tables of
practice are the package's own (``scenarios/common``).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sim.scenario.loading import load
from sim.scenario.quantities import Quantity
from sim.scenario.specs.scenario import Scenario
from tests.benchmarks.cooperation import rows_of

COLUMNS, ROWS = 10, 8
COUNTRIES = tuple(f"{letter}{letter}{letter}" for letter in "ABCDEFGHIJ")
EXIT_ROWS = range(1, 7)
#: Column and row of the places where people enter.
ENTRIES = ((0, 2), (1, 5), (3, 1), (5, 6))
#: Weights; few come late, so that most have made their way by the end.
ARRIVALS_BY_MONTH = (10, 10, 11, 11, 11, 10, 10, 9, 8, 6, 3, 1)
#: Share of the parties that is there at the start; the others come over the year.
AT_START = 0.1
#: Rows of a column's border at which a post stands, by column; 20 posts in all.
POST_ROWS = {c: (1, 5) if c % 8 else (1, 3, 5) for c in range(COLUMNS - 1)}
PARTY_SIZES = {1: 4.0, 2: 3.0, 3: 2.0, 5: 1.0}
MEAN_PARTY = sum(n * w for n, w in PARTY_SIZES.items()) / sum(PARTY_SIZES.values())
SHARED = (
    "parameters", "powers", "shift_patterns", "detection_widths", "demand_patterns", "hit_rates",
    "hazards",
)  # fmt: skip
#: Switches of cooperation.
COOPERATION = (
    "centres", "other_crime", "exchange", "operations", "readmission", "investigations",
)  # fmt: skip
Row = dict[str, Any]


def build(parties: int, days: int = 365, window: int = 1, cooperation: bool = True) -> Scenario:
    """Return the scenario with about so many parties (within the chance of party sizes).

    Args:
        parties: Parties there at the start or arriving in the year, half of them by mid-May.
        days: Days simulated from 1 January 2019; arrivals later than that are left out.
        window: Hours of a window.
        cooperation: Whether its switches are on; its rows are there in either case.
    """
    common = load("two_routes")
    start = date(2019, 1, 1)
    persons = parties * MEAN_PARTY
    # The land is long: staying must be worth less than the way through all ten countries.
    u_stay = Quantity(-150.0, unit="d", source="assumed: made up", status="assumed")
    values: Row = {name: getattr(common, name) for name in SHARED}
    values |= {
        "scenario": "stress",
        "summary": "Made-up land of 80 places for measuring speed and size",
        "synthetic": True,
        "start": start,
        "until": date.fromordinal(start.toordinal() + days),
        "zone": "Atlantic/Azores",
        "clock": {"window": window},
        "parameters": {**common.parameters, "u_stay": u_stay},
        "countries": [_country(code) for code in COUNTRIES],
        "places": list(_places(persons)),
        "legs": list(_legs()),
        "routes": [
            {"id": f"gate_{r}", "initial_awareness": 0.05, "successes": [f"east_{c}_{r}"]}
            for c, r in ((2, 3), (5, 6))
        ],
        "screenlines": list(_screenlines()),
        "profiles": [_profile(i) for i in range(8)],
        "mixes": [{"id": "all", "shares": {f"profile_{i}": 1.0 + i for i in range(8)}}],
        "arrivals": list(_arrivals(persons, start)),
        "stocks": [
            {
                "id": f"camp_{c}",
                "place": _place(c, r),
                "persons": AT_START * persons / 4,
                "mix": "all",
            }
            for c, r in ENTRIES
        ],
        "sectors": list(_sectors()),
        "aftermath": list(_aftermath()),
        "posts": list(_posts()),
        "screening": [_screening(code) for code in COUNTRIES],
        "networks": [_network(n, persons) for n in range(20)],
        "observation_rules": list(_rules()),
        "switches": dict.fromkeys(COOPERATION, cooperation),
        **rows_of(COUNTRIES, start),
    }
    return Scenario.model_validate(values)


def _place(column: int, row: int) -> str:
    return f"p{column}_{row}"


def _border(column: int) -> str:
    return f"{COUNTRIES[column]}-{COUNTRIES[column + 1]}"


def _country(code: str) -> Row:
    return {
        "id": code, "name": f"Land {code[0]}", "label": f"Land {code[0]}",
        "zone": "Atlantic/Azores", "asylum_share": 0.1, "go_home_share": 0.05,
        "onward_share": 0.4, "asylum_stay": "30 d",
    }  # fmt: skip


def _places(persons: float) -> Iterator[Row]:
    for column in range(COLUMNS):
        for row in range(ROWS):
            leaves = column == COLUMNS - 1 and row in EXIT_ROWS
            enters = (column, row) in ENTRIES
            hub = row in (2, 5) and column % 2 == 0 and not enters
            yield {
                "id": _place(column, row),
                "country": COUNTRIES[column],
                "kind": "exit" if leaves else "entry" if enters else "hub" if hub else "transit",
                "lat": 40.0 + row,
                "lon": -36.0 + column,
                "dwell": "72 h" if hub else 0,
                "reception_places": round(persons / 1000) if hub else 0,
                **({"exit_value": 0.5 * (row - 1)} if leaves else {}),
            }


def _leg(name: str, tail: str, head: str, mode: str, **more: Any) -> Row:
    """Return a leg of about a day; the hours differ from leg to leg, but not by chance."""
    hours = 18 + sum(name.encode()) % 13
    return {
        "id": name, "from": tail, "to": head, "mode": mode, "distance": 65, "duration": hours,
        "cost": 15, "hazard": mode, **more,
    }  # fmt: skip


def _legs() -> Iterator[Row]:
    for column in range(COLUMNS):
        for row in range(ROWS - 1):
            here, there = _place(column, row), _place(column, row + 1)
            yield _leg(f"north_{column}_{row}", here, there, "bus")
            yield _leg(f"south_{column}_{row}", there, here, "bus")
    for column in range(COLUMNS - 1):
        border = _border(column)
        for row in range(ROWS):
            here, there = _place(column, row), _place(column + 1, row)
            gate = {"route": f"gate_{row}"} if (column, row) in ((2, 3), (5, 6)) else {}
            yield _leg(
                f"east_{column}_{row}", here, there, "foot", border=border, stay=3,
                sector=f"s{column}_{row // 2}", **gate,
            )  # fmt: skip
            back = {"sector": f"b{row // 2}", "stay": 2} if column == COLUMNS - 2 else {}
            yield _leg(f"west_{column}_{row}", there, here, "foot", border=border, **back)
        for row in POST_ROWS[column]:
            here, there = _place(column, row), _place(column + 1, row)
            post = f"post_{column}_{row}"
            yield _leg(
                f"lorry_{column}_{row}", here, there, "lorry", border=border, post=post,
                stream="lorries", use="hidden",
            )  # fmt: skip
            if row != 3 and column != 4:
                yield _leg(
                    f"papers_{column}_{row}", here, there, "car", border=border, post=post,
                    stream="cars", use="forged",
                )  # fmt: skip


def _screenlines() -> Iterator[Row]:
    for name, column in (("half_way", 4), ("out", 8)):
        border = _border(column)
        yield {"id": name, "inside": list(COUNTRIES[: column + 1]), "labels": {border: "east"}}


def _profile(i: int) -> Row:
    family = i % 3 == 0
    return {
        "id": f"profile_{i}", "origin": f"origin_{i}",
        "party_sizes": PARTY_SIZES,
        "minors_share": 0.4 if family else 0.1, "family_share": 0.8 if family else 0.1,
        "unaccompanied_share": 0.0 if family else 0.06, "funds": 600 + 400 * i,
        "funds_spread": 0.6, "wish_share": 0.2 + 0.05 * i, "vulnerable_share": 0.03,
        "exit_values": {_place(COLUMNS - 1, 1 + i % 6): 3.0},
    }  # fmt: skip


def _arrivals(persons: float, start: date) -> Iterator[Row]:
    begin = start
    for month, weight in enumerate(ARRIVALS_BY_MONTH):
        until = date.fromordinal(start.toordinal() + round((month + 1) * 365 / 12))
        for column, row in ENTRIES:
            yield {
                "id": f"month_{month}_{column}", "series": f"landings_{column}",
                "place": _place(column, row), "from": begin, "until": until, "mix": "all",
                "persons": (1 - AT_START) * persons / 4 * weight / sum(ARRIVALS_BY_MONTH),
            }  # fmt: skip
        begin = until


def _sectors() -> Iterator[Row]:
    terrain = ("plain", "hills", "forest", "river")
    forward = [(f"s{c}_{k}", c, k, COUNTRIES[c + 1]) for c in range(COLUMNS - 1) for k in range(4)]
    backward = [(f"b{k}", COLUMNS - 2, k, COUNTRIES[COLUMNS - 2]) for k in range(4)]
    for name, column, k, country in forward + backward:
        yield {
            "id": name, "border": _border(column), "country": country, "lat": 40.5 + 2 * k,
            "lon": -35.5 + column, "length": 30, "width": 5, "terrain": terrain[(column + k) % 4],
            "officers": {"border_police": 90}, "shift": "three_by_eight", "duty_share": 0.8,
            "speed": 8, "equipment": {"thermal_camera": 2, "dogs": 1}, "sensors": 1,
            "sensor_range": 1, "barrier": 0.5 if k == 0 else 0, "alert": "10 min",
            "cover": "2 h", "busy": "3 min", "busy_per_person": "0.5 min",
        }  # fmt: skip


def _aftermath() -> Iterator[Row]:
    sides = [(c, COUNTRIES[c + 1]) for c in range(COLUMNS - 1)]
    for column, country in (*sides, (COLUMNS - 2, COUNTRIES[COLUMNS - 2])):
        yield {
            "id": f"after_{column}_{country.lower()}", "border": _border(column),
            "country": country, "sight_share": 0.2, "outside_share": 0.05, "held": 12,
            "back_share": 0.85, "released_share": 0.1, "gave_up_share": 0.01,
            "asylum_share": 0.04, "retry": "2 d",
        }  # fmt: skip


def _posts() -> Iterator[Row]:
    for column, rows in POST_ROWS.items():
        for row in rows:
            yield {
                "id": f"post_{column}_{row}", "border": _border(column),
                "country": COUNTRIES[column + 1], "lat": 40.0 + row, "lon": -35.5 + column,
                "kind": "road", "officers": {"border_police": 80, "customs": 20},
                "shift": "three_by_eight", "booth_share": 0.7, "cue_share": 0.5,
                "referral_cued": 0.8, "referral_plain": 0.2, "methods": ["visual", "dogs"],
                "streams": [
                    {
                        "id": "cars", "demand": 3000, "pattern": "road_cars", "lanes": 5,
                        "first_line": 1, "second_line_share": 0.03, "second_line": 10,
                        "persons_per_unit": 2.5,
                    },
                    {
                        "id": "lorries", "demand": 400, "pattern": "lorries", "lanes": 3,
                        "first_line": 4, "second_line_share": 0.1, "second_line": 25,
                        "persons_per_unit": 1,
                    },
                ],
            }  # fmt: skip


def _screening(code: str) -> Row:
    return {
        "id": code.lower(), "country": code, "access_share": 0.8, "registered_share": 0.7,
        "identify_share": 0.15, "false_share": 0.001, "interview": "45 min",
        "interviews_per_day": 200, "referral_share": 0.7, "reflection": "30 d",
    }  # fmt: skip


def _network(n: int, persons: float) -> Row:
    """Return network n of 20: seven of them serve each of 40 forward legs (14 legs a network)."""
    served = [
        f"east_{leg // ROWS}_{leg % ROWS}"
        for leg in range(40)
        if (n - leg * 7) % 20 < 7
    ]  # fmt: skip
    return {
        "id": f"network_{n}", "capacity": max(persons / 365, 60.0), "crews": 10,
        "scouts": 0.2 + 0.02 * n, "quality": 0.1, "facilitators": 50, "loss_per_person": 100,
        "recovery": "30 d", "margin": 0.4, "cash": 50000,
        "services": [{"leg": leg, "price": 120 + 5 * n, "cost": 50 + 3 * n} for leg in served],
    }  # fmt: skip


def _rules() -> Iterator[Row]:
    for i, code in enumerate(COUNTRIES[1:]):
        yield {
            "id": f"entries_{code.lower()}", "series": f"registered_{code.lower()}",
            "country": code, "where": ("entry", "stop", "stay")[i % 3], "probability": 0.6,
            "delay": "3 d", "repeats": i % 2 == 0,
        }  # fmt: skip
