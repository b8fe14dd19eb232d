"""Measures and history in force, and institutional events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from analysis.figures.style import number
from analysis.outcomes import rows_of
from analysis.page import Section, details, paragraph, table
from analysis.reading import Reading
from analysis.sections.assumptions import reference

_SHOWN = {"id", "name", "kind", "summary", "at", "from", "until", "source", "status", "note"}
#: Kinds of target that have names in the scenario.
_NAMED = ("place", "post", "sector", "network", "country", "leg", "route")
#: Events listed; the rest are counted.
LISTED = 200


def measures(reading: Reading) -> Section:
    """Return the section on what was done: the plan's measures, history, events."""
    scenario = reading.scenario
    parts = []
    plan = str(scenario.get("plan") or "")
    if scenario.get("measures"):
        name = f"Measures of the plan {plan}" if plan else "Measures of the scenario"
        parts.append(_table(name, scenario["measures"], reading))
    else:
        parts.append(paragraph("No plan was applied: the run shows the scenario as it stands."))
    history = scenario.get("history") or []
    if history and reading.switches.get("history") is False:
        parts.append(
            paragraph(
                f"History was switched off (switches.history: off): {len(history)} documented "
                "measures were not applied."
            )
        )
    elif history:
        caption = "History in force: what is documented to have happened"
        parts.append(_table(caption, history, reading))
    parts.append(_events(reading))
    return Section("measures", "Measures and history in force", "".join(parts))


def _table(caption: str, rows: list[Mapping[str, Any]], reading: Reading) -> str:
    numbers = reading.sources
    return table(
        caption,
        ["measure", "kind", "at", "in force", "sets", "status", "source"],
        [
            [
                str(m.get("summary") or m.get("name") or m["id"]),
                str(m.get("kind", "")).replace("_", " "),
                ", ".join(target_name(str(a), reading) for a in m.get("at") or ()),
                _span(m, reading.scenario),
                _sets(m),
                str(m.get("status") or "not stated"),
                reference(str(m.get("source") or ""), numbers),
            ]
            for m in rows
        ],
        kind="wordy",
    )


def target_name(target: str, reading: Reading) -> str:
    """Return the name of a target ``type:id`` (or ``type:BORDER/id``), its text if unknown."""
    kind, _, name = target.partition(":")
    own = name.rsplit("/", 1)[-1]
    if kind not in _NAMED:
        return target.replace(":", " ")
    label = reading.names(kind).get(own, own)
    return label if kind in label.lower() or kind == "country" else f"{label} ({kind})"


def _span(measure: Mapping[str, Any], scenario: Mapping[str, Any]) -> str:
    since, until = str(measure.get("from") or ""), str(measure.get("until") or "")
    begins = "the start" if since and since <= str(scenario["start"]) else since
    last = str(scenario["until"])
    ends = "the end" if not until or until >= last else until
    clipped = f" (written to {until}; cut at the end of the run)" if until > last else ""
    return f"from {begins} to {ends}{clipped}"


def _sets(measure: Mapping[str, Any]) -> str:
    return "; ".join(
        f"{key.replace('_', ' ')}: {_plain(value)}"
        for key, value in measure.items()
        if key not in _SHOWN and value not in (None, "", [], {})
    )


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        if "value" in value and "unit" in value:
            amount = f"{float(value['value']):,.6g}"
            return amount if value["unit"] in ("1", "count") else f"{amount} {value['unit']}"
        return ", ".join(f"{k} {_plain(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_plain(v) for v in value)
    return str(value)


def _events(reading: Reading) -> str:
    events = reading.table("events")
    if events is None:
        return ""
    events = events[events["replicate"] == 0]
    rows = [
        [
            (reading.start + timedelta(hours=float(r.hour))).isoformat(),
            str(r.kind).replace("_", " "),
            target_name(str(r.subject), reading),
            str(r.text),
        ]
        for r in rows_of(events.head(LISTED))
    ]
    body = table("Institutional events", ["date", "kind", "subject", "what happened"], rows)
    more = len(events) - len(rows)
    if more > 0:
        body += paragraph(f"{number(more)} more events are in the table `events`.")
    return details(f"Institutional events ({number(len(events))})", body)
