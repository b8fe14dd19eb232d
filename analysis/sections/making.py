"""How the run was made: command, seed, versions, hash, switches."""

from __future__ import annotations

from analysis.page import Cell, Section, table, text
from analysis.reading import Reading
from sim.records.hashing import run_hash


def making(reading: Reading) -> Section:
    """Return the section that lets a reader make the same run again."""
    manifest, scenario = reading.run.manifest, reading.scenario
    command = str(manifest.get("command") or "not recorded")
    packages = manifest.get("packages") or {}
    rows: list[list[object]] = [
        ["command", Cell(f"<code>{text(command)}</code>", html=True)],
        ["scenario", str(scenario["scenario"])],
        ["plan", str(scenario.get("plan") or "none")],
        ["period", f"{scenario['start']} to {scenario['until']} (exclusive)"],
        ["seed", str(manifest.get("seed", "not recorded"))],
        ["runs", str(reading.runs)],
        ["crossborder", str(manifest.get("crossborder", "not recorded"))],
        ["Python", str(manifest.get("python", "not recorded"))],
        ["packages", ", ".join(f"{n} {v}" for n, v in packages.items()) or "not recorded"],
        ["started", str(manifest.get("started", "not recorded"))],
        ["scenario hash", Cell(_hash(manifest.get("scenario_hash")), html=True)],
        ["run hash", Cell(_hash(run_hash(reading.run)), html=True)],
    ]
    if manifest.get("sets"):
        rows.insert(3, ["set on the command line", ", ".join(map(str, manifest["sets"]))])
    switches = table(
        "Switches",
        ["switch", "setting"],
        [[name.replace("_", " "), _setting(value)] for name, value in reading.switches.items()],
    )
    return Section(
        "making",
        "How this run was made",
        table("The run", ["entry", "value"], rows) + switches,
    )


def _hash(raw: object) -> str:
    return f"<code>{text(raw)}</code>" if raw else "not recorded"


def _setting(value: object) -> str:
    return "on" if value is True else "off" if value is False else str(value).replace("_", " ")
