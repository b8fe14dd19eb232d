"""Cooperation in `stress`: desks, agreements, cases, investigations, other crime, a joint patrol.

Every country has a contact point; two centres stand at the borders 5-6 and 9-10. Readmission is
open on three of nine borders, as in a region where most pairs have no agreement. Shares asked
are small because stops grow with the number of parties and officers do not: at 100,000 parties
and a year some 47,000 requests and 36,000 cases. Every number is made up.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sim.scenario.cooperation_kinds import JointPatrol

Row = dict[str, Any]
#: Centres: columns of the countries that sit there.
_CENTRES = {"middle": (4, 5), "east": (8, 9)}
#: Columns from which a country is asked to take back those stopped in the next.
_TAKEN_BACK = (3, 4, 8)
#: (goods, posts' columns and rows, size).
_GOODS = (
    ("stolen_vehicle", ((0, 1), (1, 5)), 1), ("drugs", ((4, 1), (4, 5), (6, 1)), 20),
    ("firearms", ((7, 5),), 5), ("cash", ((2, 1),), 20000),
)  # fmt: skip


def rows_of(countries: Sequence[str], start: date) -> Row:
    """Return the lists of cooperation by name.

    Args:
        countries: Country codes from west to east.
        start: First day of the run; the joint patrol begins ten days later.
    """
    return {
        "centres": _centres(countries),
        "desks": _desks(countries),
        "request_kinds": _request_kinds(),
        "answer_clocks": [{"id": "everybody", "urgent": "8 h", "normal": "7 d"}],
        "agreements": [
            {
                "id": "league", "parties": list(countries),
                "powers": ["information_exchange", "joint_patrol", "cross_border_response",
                           "readmission", "joint_investigation"],
            }
        ],
        "reserves": [
            {"id": f"reserve_{c.lower()}", "country": c, "officers": {"border_police": 40}}
            for c in countries[8:]
        ],
        "readmission": [t for column in _TAKEN_BACK for t in _tracks(countries, column)],
        "holidays": [
            {"id": f"may_day_{c.lower()}", "country": c, "day": date(start.year, 5, 1)}
            for c in countries
        ],
        "investigations": [
            _investigation("network_3", countries[5], [countries[4]]),
            _investigation("network_11", countries[4], []),
        ],
        "other_crime": [*_at_posts(), _past_a_post()],
        "measures": [_joint_patrol(countries, start)],
    }  # fmt: skip


def _centres(countries: Sequence[str]) -> list[Row]:
    joint = [
        {
            "id": name, "countries": [countries[c] for c in columns], "lat": 44.0,
            "lon": -35.5 + columns[0], "other": 40,
        }
        for name, columns in _CENTRES.items()
    ]  # fmt: skip
    points = [
        {
            "id": f"point_{c.lower()}", "type": "contact_point", "countries": [c], "lat": 44.0,
            "lon": -36.0 + i, "transit": "4 h",
        }
        for i, c in enumerate(countries)
    ]  # fmt: skip
    return joint + points


def _desks(countries: Sequence[str]) -> list[Row]:
    at_centres = [
        {
            "id": f"{name}_{countries[c].lower()}", "centre": name, "country": countries[c],
            "officers": {"border_police": 24, "criminal_police": 8}, "shift": "staggered_day",
            "hours": "08:00-20:00", "on_holidays": False, "languages": [name],
            "systems": ["register", "vehicles"],
        }
        for name, columns in _CENTRES.items() for c in columns
    ]  # fmt: skip
    at_points = [
        {
            "id": f"point_{c.lower()}_desk", "centre": f"point_{c.lower()}", "country": c,
            "officers": {"criminal_police": 30}, "shift": "three_by_eight",
            "languages": [c.lower()], "systems": ["register", "vehicles", "documents"],
        }
        for c in countries
    ]  # fmt: skip
    return at_centres + at_points


def _request_kinds() -> list[Row]:
    asked = {
        "identity": 0.01, "document": 0.05, "vehicle": 0.05, "readmission": 1.0,
        "smuggling_intelligence": 0.01, "contraband": 1.0, "other": 1.0,
    }  # fmt: skip
    system = {"document": "documents", "vehicle": "vehicles"}
    return [
        {
            "id": kind, "kind": kind, "asked": share, "urgent": 0.3, "own": "10 min",
            "partner": "20 min", "spread": 0.8, "translation": "15 min",
            "system": system.get(kind, "register"), "back_office": "12 h", "hit": 0.6,
            "lifetime": "30 d",
        }
        for kind, share in asked.items()
    ]  # fmt: skip


def _tracks(countries: Sequence[str], column: int) -> list[Row]:
    """Return the two tracks of a border: the state in the east asks the one in the west."""
    common = {
        "requesting": countries[column + 1], "requested": countries[column],
        "clock": "working_days", "request_within": "2 d", "answer_within": "2 d",
        "extension": "2 d", "extension_share": 0.2, "transfer_within": "10 d",
        "prepare": "12 h", "answer": "6 h", "spread": 0.5, "transfers": 200,
        "request_share": 0.3, "accept_share": 0.5, "accept_with_evidence": 0.8,
        "claim_share": 0.05, "claim_delay": "3 d", "moved_on_share": 0.1,
        "place": f"p{column}_3",
    }  # fmt: skip
    near = {"track": "accelerated", "silence": "consent", "near_hours": "72 h",
            "near_distance": 30}  # fmt: skip
    far = {"track": "standard", "silence": "lapse", "clock": "calendar_days",
           "request_within": "90 d", "answer_within": "10 d"}  # fmt: skip
    name = countries[column + 1].lower()
    return [
        {**common, **near, "id": f"{name}_near"},
        {**common, **far, "id": f"{name}_far"},
    ]


def _investigation(network: str, country: str, team: list[str]) -> Row:
    return {
        "id": f"case_{network}", "network": network, "country": country, "investigators": 6,
        "half": 10, "fastest": "20 d", "memory": "60 d", "threshold": 50, "interception": 1,
        "debriefing": 2, "debriefed_share": 0.1, "answer": 3, "financial": 2, "inquiries": 1,
        "taken": 3, "joint_team": team,
    }  # fmt: skip


def _at_posts() -> list[Row]:
    return [
        {
            "id": f"{goods}_{column}_{row}", "goods": goods, "post": f"post_{column}_{row}",
            "stream": "lorries" if goods == "drugs" else "cars", "consignments": 3,
            "cue_share": 0.2, "size": size, "repeat_share": 0.3, "watch": "90 d",
        }
        for goods, places, size in _GOODS for column, row in places
    ]  # fmt: skip


def _past_a_post() -> Row:
    return {
        "id": "drugs_past", "goods": "drugs", "sector": "s4_1", "consignments": 2, "size": 30,
        "stay": "3 h",
    }  # fmt: skip


def _joint_patrol(countries: Sequence[str], start: date) -> JointPatrol:
    """Return half a year of mixed patrols on the last border, where units of both sides run."""
    one, other = countries[8], countries[9]
    begin = start + timedelta(days=10)
    return JointPatrol.model_validate({
        "id": "mixed", "kind": "joint_patrol", "at": "sector:s8_1",
        "from": begin, "until": begin + timedelta(days=180), "officers": {other: 12, one: 8},
        "taken_from": {c: f"reserve:reserve_{c.lower()}" for c in (one, other)},
        "hours": "18:00-06:00", "legal_base": "agreement:league",
    })  # fmt: skip
