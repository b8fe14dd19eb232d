"""A small made-up run folder with every table filled by formulas, to test readers and figures."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.clock import Clock
from sim.records.outcomes import compute_outcomes
from sim.records.recorder import Recorder
from sim.records.run_writer import write_tables
from sim.records.tables import SCHEMA, TABLES

NOTE = (
    "*This designation is without prejudice to positions on status, and is in line with "
    "UNSCR 1244/1999 and the ICJ Opinion on the Kosovo declaration of independence."
)
COUNTRIES = {
    "GRC": "Greece",
    "ALB": "Albania",
    "MKD": "North Macedonia",
    "XKX": "Kosovo*",
    "MNE": "Montenegro",
    "SRB": "Serbia",
    "BIH": "Bosnia and Herzegovina",
    "HRV": "Croatia",
    "HUN": "Hungary",
    "BGR": "Bulgaria",
}
PLACES = {
    "athens": ("GRC", "entry", 37.98, 23.73),
    "thessaloniki": ("GRC", "hub", 40.64, 22.94),
    "tirana": ("ALB", "transit", 41.33, 19.82),
    "skopje": ("MKD", "transit", 42.0, 21.43),
    "pristina": ("XKX", "transit", 42.66, 21.17),
    "podgorica": ("MNE", "transit", 42.44, 19.26),
    "belgrade": ("SRB", "hub", 44.79, 20.45),
    "sid": ("SRB", "transit", 45.13, 19.23),
    "sarajevo": ("BIH", "hub", 43.86, 18.41),
    "bihac": ("BIH", "hub", 44.81, 15.87),
    "zagreb": ("HRV", "exit", 45.81, 15.98),
    "szeged": ("HUN", "exit", 46.25, 20.15),
    "sofia": ("BGR", "entry", 42.7, 23.32),
}
LEGS = [
    ("athens", "thessaloniki"),
    ("thessaloniki", "tirana"),
    ("thessaloniki", "skopje"),
    ("tirana", "podgorica"),
    ("skopje", "pristina"),
    ("skopje", "belgrade"),
    ("pristina", "podgorica"),
    ("podgorica", "sarajevo"),
    ("belgrade", "sarajevo"),
    ("belgrade", "sid"),
    ("sarajevo", "bihac"),
    ("bihac", "zagreb"),
    ("sid", "zagreb"),
    ("belgrade", "szeged"),
    ("sofia", "belgrade"),
    ("podgorica", "zagreb"),
]
LABELS = {"BIH-HRV": "BIH-HRV", "HRV-SRB": "HRV-SRB", "HUN-SRB": "HUN-SRB", "HRV-MNE": "HRV-MNE"}
#: Tables an ensemble keeps of every replicate.
MONTHLY = ("outcomes", "screenlines", "ledger", "observed", "stocks")
ITEMS = {
    "deaths": 1.0,
    "injuries": 6.0,
    "persons_screened": 400.0,
    "asylum_wishes": 120.0,
    "claims_made": 80.0,
    "claims_registered": 55.0,
    "returned_outside_procedure": 40.0,
    "nights_without_place": 2300.0,
}


def quantity(
    value: float,
    unit: str,
    status: str = "assumed",
    low: float | None = None,
    high: float | None = None,
) -> dict[str, Any]:
    """Return a quantity as ``Scenario.as_text`` writes it."""
    return {
        "value": value,
        "low": low,
        "high": high,
        "unit": unit,
        "source": "assumed: made up",
        "status": status,
        "scale": "linear",
    }


def scenario(months: int = 24, **changes: Any) -> dict[str, Any]:
    """Return a resolved scenario in the shape of ``scenario.json``, with what readers need."""
    until = date(2017 + months // 12, 1 + months % 12, 1)
    sited = [f"{a}_{b}" for a, b in LEGS if PLACES[a][0] != PLACES[b][0]]
    text: dict[str, Any] = {
        "scenario": "fake_shift",
        "summary": "A made-up shift between two routes",
        "plan": "",
        "start": "2017-01-01",
        "until": until.isoformat(),
        "zone": "Europe/Belgrade",
        "seed": 7,
        "clock": {"tick": quantity(1, "h"), "window": quantity(3, "h")},
        "checks": "daily",
        "synthetic": True,
        "map": "",
        "switches": {
            "choice": "recursive_logit",
            "hazard": True,
            "smugglers": "adaptive",
            "posts": True,
            "initial_stocks": True,
            "learning": "both",
        },
        "parameters": {
            "mu": quantity(1.65, "d", "estimated", 1.0, 2.5),
            "kappa": quantity(3, "1", "assumed", 1, 6),
        },
        "countries": [
            {
                "id": c,
                "name": n.rstrip("*"),
                "label": n,
                "footnote": NOTE if "*" in n else "",
            }
            for c, n in COUNTRIES.items()
        ],
        "places": [
            {
                "id": p,
                "name": p.title(),
                "country": c,
                "kind": k,
                "status": "measured",
                "source": "assumed: made up",
                "lat": quantity(lat, "deg"),
                "lon": quantity(lon, "deg"),
                "reception_places": quantity(100, "persons"),
            }
            for p, (c, k, lat, lon) in PLACES.items()
        ],
        "legs": [
            {
                "id": f"{a}_{b}",
                "name": "",
                "from": a,
                "to": b,
                "mode": "foot",
                "distance": quantity(150, "km", "estimated", 120, 190),
            }
            for a, b in LEGS
        ],
        "routes": [
            {
                "id": "adriatic",
                "name": "Adriatic route",
                "successes": ["bihac_zagreb"],
                "initial_awareness": quantity(0.001, "share"),
            }
        ],
        "screenlines": [
            {
                "id": "leaving_the_six",
                "name": "Leaving the six",
                "inside": list(COUNTRIES)[1:7],
                "labels": LABELS,
                "adriatic": ["BIH-HRV", "HRV-MNE"],
            }
        ],
        "sectors": [
            {
                "id": s,
                "name": s.replace("_", " - ").title(),
                "border": "ALB-MNE",
                "country": PLACES[s.split("_")[1]][0],
                "lat": quantity(_middle(s, 2), "deg"),
                "lon": quantity(_middle(s, 3), "deg"),
                "officers": {"border_police": quantity(40, "officers")},
            }
            for s in sited
        ],
        "posts": [
            {
                "id": f"post_{s}",
                "name": f"Post {s.split('_')[1].title()}",
                "country": PLACES[s.split("_")[1]][0],
                "lat": quantity(_middle(s, 2) + 0.1, "deg"),
                "lon": quantity(_middle(s, 3) + 0.2, "deg"),
                "kind": "road",
            }
            for s in sited[:10]
        ],
        "networks": [{"id": n, "name": n.title()} for n in ("northern", "coastal")],
        "centres": [],
        "observation_rules": [
            {
                "id": "bih_entries",
                "series": "bih_arrivals",
                "country": "BIH",
                "where": "entry",
                "probability": quantity(0.95, "share"),
                "delay": quantity(1, "d"),
                "repeats": False,
                "name": "",
                "source": "assumed: made up",
                "status": "assumed",
            }
        ],
        "targets": [
            {
                "id": f"bih_{m}",
                "series": "bih_arrivals",
                "period": m,
                "source": "made up",
                "persons": quantity(
                    float(round(70 + 2900 / (1 + np.exp(14 - i)))), "persons", "measured"
                ),
                "note": "fitted" if i < 15 else "held out",
            }
            for i, m in enumerate(month_list(months))
            if i < 22
        ],
        "history": [
            {
                "id": "army_2018",
                "kind": "staffing",
                "name": "Army on the border",
                "summary": "Soldiers join patrols",
                "at": ["sector:tirana_podgorica"],
                "from": "2018-08-01",
                "until": None,
                "source": "assumed: made up",
                "status": "assumed",
                "officers": {"MNE": quantity(50, "officers")},
            }
        ],
        "measures": [],
        "ablations": ablations(),
    }
    return text | changes


def ablations() -> list[dict[str, Any]]:
    """Return recorded ablations as a scenario keeps them: everything on, and three mechanisms."""
    figures: dict[tuple[str, str], tuple[float | None, ...]] = {
        ("", ""): (41.0, 0.18, 0.76, 0.58, None),
        ("learning", "prior"): (1.1, 0.91, 0.91, 0.0, 1.0),
        ("season", "off"): (20.0, 0.45, 0.87, 0.42, 0.26),
        ("history", "off"): (40.0, 0.17, 0.75, 0.58, 0.0),
    }
    names = ("growth", "share_before", "share_after", "change", "accounted")
    return [
        {"id": f"{switch or 'full'}_{name}", "switch": switch, "setting": setting,
         "quantity": name, "mean": mean, "low": mean - 0.1, "high": mean + 0.1,
         "unit": "1" if name == "growth" else "share", "replicates": 20, "version": "0.1.0",
         "scenario_hash": "a1" * 32, "made": "2026-01-01", "name": "", "note": "",
         "source": "derived: made up", "status": "estimated"}
        for (switch, setting), own in figures.items()
        for name, mean in zip(names, own, strict=True) if mean is not None
    ]  # fmt: skip


def _middle(leg: str, axis: int) -> float:
    a, b = leg.split("_")
    return 0.5 * (float(PLACES[a][axis]) + float(PLACES[b][axis]))  # type: ignore[arg-type]


def month_list(months: int) -> list[str]:
    """Return the months of the run."""
    return [f"{2017 + i // 12}-{i % 12 + 1:02d}" for i in range(months)]


def tables(months: int = 24, replicate: int = 0) -> dict[str, pd.DataFrame]:
    """Return every table of the run; replicates differ by a slow wave, never by chance."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    names = month_list(months)
    wave = 1.0 + 0.08 * np.sin(2.1 * replicate)
    days = (date(2017 + months // 12, 1 + months % 12, 1) - date(2017, 1, 1)).days
    sited = [f"{a}_{b}" for a, b in LEGS if PLACES[a][0] != PLACES[b][0]]
    for i, month in enumerate(names):
        rise = 1 / (1 + np.exp((14 - i) / 1.3))
        season = wave * (1 - 0.6 * max(0.0, np.cos(2 * np.pi * i / 12)))
        for label, size in {
            "BIH-HRV": 2600 * rise,
            "HRV-SRB": 700 * (1 - 0.6 * rise),
            "HUN-SRB": 300 - 8 * i,
            "HRV-MNE": 25 * rise,
        }.items():
            rows["screenlines"].append(
                {
                    "month": month,
                    "screenline": "leaving_the_six",
                    "label": label,
                    "persons": int(size * season),
                    "stock_persons": max(0, 90 - 9 * i),
                }
            )
        rows["observed"].append(
            {
                "series": "bih_arrivals",
                "month": month,
                "persons": round(60 + 2600 * rise * season, 1),
            }
        )
        for c, country in enumerate(COUNTRIES):
            for item, size in ITEMS.items():
                recorded = not (item == "asylum_wishes" and country in ("XKX", "HUN"))
                rows["ledger"].append(
                    {
                        "month": month,
                        "country": country,
                        "item": item,
                        "value": float(int(size * season / (1 + c))) if recorded else None,
                    }
                )
            for state, size in {
                "waiting": 900,
                "moving": 60,
                "asylum": 300,
                "arrived": 50 * i,
            }.items():
                rows["stocks"].append(
                    {
                        "month": month,
                        "country": country,
                        "state": state,
                        "persons": int(size * season / (1 + c * 0.6)),
                    }
                )
    for day in range(days):
        rise = 1 / (1 + np.exp((425 - day) / 40))
        for k, (a, b) in enumerate(LEGS[:-1]):
            size = (90 * rise if "bihac" in (a, b) or "sarajevo" in (a, b) else 40) / (1 + 0.1 * k)
            rows["flows"].append(
                {
                    "day": day,
                    "leg": f"{a}_{b}",
                    "tail": a,
                    "head": b,
                    "mode": "foot",
                    "persons": int(size * wave),
                    "parties": int(size * wave / 2),
                }
            )
        for k, sector in enumerate(sited):
            tried = int((30 + 60 * rise) * wave / (1 + k * 0.4))
            rows["sectors"].append(
                {
                    "day": day,
                    "sector": sector,
                    "unit_hours": 48.0,
                    "tried": tried,
                    "not_seen": tried - 4 * (tried // 6),
                    "lost": tried // 6,
                    "aborted": tried // 6,
                    "intercepted": tried // 6,
                    "outside": tried // 6,
                    "interceptions": tried // 12,
                }
            )
        for k, post in enumerate(sited[:10]):
            for stream in ("cars", "lorries"):
                shut = k == 9
                rows["posts"].append(
                    {
                        "day": day,
                        "post": f"post_{post}",
                        "stream": stream,
                        "served": 0.0 if shut else 900.0 / (1 + k),
                        "persons": 0.0 if shut else 2250.0 / (1 + k),
                        "mean_wait": None if shut else 4.0 + 3 * np.sin(day / 58 + k) + k,
                        "max_wait": None if shut else 20.0 + k,
                        "queue": 3.0,
                        "on_duty": 6.0,
                        "tried": 3,
                        "found": k % 3,
                        "refused": k % 2,
                        "false_alerts": 4.0,
                    }
                )
    for week in range(days // 7 + 1):
        for k, network in enumerate(("northern", "coastal")):
            for leg in ("belgrade_sid", "tirana_podgorica"):
                carried = int((60 + 40 * k * week / 52) * wave)
                rows["networks"].append(
                    {
                        "week": week,
                        "network": network,
                        "leg": leg,
                        "capacity": 105.0,
                        "carried": carried,
                        "turned_away": 4,
                        "intercepted": carried // 9,
                        "price": 300.0 + 200 * k + week,
                        "revenue": carried * (300.0 + 200 * k + week),
                        "profit": carried * 90.0,
                        "share": 0.5,
                    }
                )
        rise = 1 / (1 + np.exp((60 - week) / 6))
        rows["knowledge"].append(
            {"week": week, "subject": "route:adriatic", "value": 0.001 + 0.9 * rise, "truth": None}
        )
        for k, leg in enumerate(sited):
            rows["knowledge"].append(
                {
                    "week": week,
                    "subject": f"leg:{leg}",
                    "truth": 0.4,
                    "value": 0.3 + 0.03 * k + 0.2 * rise * np.cos(k),
                }
            )
    for i in range(600):
        reading = ("cross", "adriatic", "balkan", "other")[i % 4 if i % 8 else 2]
        rows["journeys"].append(
            {
                "key": 2**63 + i,
                "root": 2**63 + i,
                "profile": "adults",
                "persons": 1 + i % 4,
                "minors": i % 2,
                "stock": i % 10 == 0,
                "entry": "athens",
                "entered": 24 * (i % 500),
                "borders": "GRC-MKD@120",
                "reading": reading,
                "attempts": i % 5,
                "spent": 900.0 + i,
                "place": "zagreb",
                "state": "arrived" if i % 3 else "waiting",
                "ended": 24 * (i % 500) + 2000 + 9 * i if i % 3 else None,
            }
        )
    rows["events"].append(
        {
            "hour": 13900.0,
            "kind": "measure",
            "subject": "sector:tirana_podgorica",
            "text": "Army on the border begins",
        }
    )
    return {
        n: pd.DataFrame(r, columns=[c.name for c in TABLES[n].columns])
        for n, r in rows.items()
        if r
    }


def recorder(months: int = 24, replicate: int = 0) -> Recorder:
    """Return the tables in a recorder, with the outcomes of the dictionary computed from them."""
    filled = Recorder()
    for name, frame in tables(months, replicate).items():
        columns = {
            c.name: frame[c.name].to_numpy(dtype=float) if c.nullable else frame[c.name].to_numpy()
            for c in TABLES[name].columns
        }
        filled.add(name, **columns)
    until = date.fromisoformat(scenario(months)["until"])
    compute_outcomes(filled, Clock(date(2017, 1, 1), until, "Europe/Belgrade"))
    return filled


def write_fake_run(
    folder: Path, months: int = 24, replicates: int = 1, drop: tuple[str, ...] = (), **changes: Any
) -> Path:
    """Write a run folder (or an ensemble) without the tables in ``drop``; return it."""
    folder.mkdir(parents=True)
    first = recorder(months)
    names = [n for n in first.tables() if n not in drop]
    manifest: dict[str, Any] = {
        "schema": SCHEMA,
        "status": "complete",
        "crossborder": "0.1.0",
        "scenario": "fake_shift",
        "plan": "",
        "seed": 7,
        "command": "crossborder run fake_shift",
        "scenario_hash": "0" * 64,
        "python": "3.11",
        "packages": {"numpy": "2"},
        "started": "2026-01-01T00:00:00+00:00",
        "tables": write_tables(folder, first.columns, names),
        "replicates": replicates,
    }
    if replicates > 1:
        (folder / "replicates").mkdir()
        shards = [recorder(months, r) for r in range(replicates)]

        def stacked(name: str) -> dict[str, Any]:
            columns = [s.columns(name) for s in shards]
            numbers = [np.full(len(next(iter(c.values()))), r) for r, c in enumerate(columns)]
            joined = {k: np.concatenate([c[k] for c in columns]) for k in columns[0]}
            return {"replicate": np.concatenate(numbers), **joined}

        kept = [n for n in MONTHLY if n in names]
        manifest["replicated_tables"] = write_tables(
            folder / "replicates", stacked, kept, replicated=True
        )
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (folder / "scenario.json").write_text(json.dumps(scenario(months, **changes)), encoding="utf-8")
    return folder
