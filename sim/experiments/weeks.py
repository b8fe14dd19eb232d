"""What happened at a post, in a sector or with a network, week by week, read from a run folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sim.clock import Clock
from sim.errors import InputError, Problem
from sim.records.run_reader import RunFolder
from sim.scenario.loading import from_text
from sim.scenario.names import nearest
from sim.scenario.specs.scenario import Scenario

#: Kinds of institution, and the list of the scenario each stands in.
KINDS: Mapping[str, str] = {
    "post": "posts", "sector": "sectors", "network": "networks",
    "investigation": "investigations",
}  # fmt: skip

_QUERIES: Mapping[str, str] = {
    "sector": """
        SELECT day // 7 AS week, sum(unit_hours) AS unit_hours, sum(tried) AS tried,
          sum(not_seen) AS not_seen, sum(lost) AS lost, sum(aborted) AS aborted,
          sum(intercepted) AS intercepted, sum(outside) AS outside
        FROM sectors WHERE sector = '{id}' GROUP BY week ORDER BY week""",
    "post": """
        SELECT day // 7 AS week, sum(served) AS served,
          sum(mean_wait * served) / nullif(sum(served) FILTER (mean_wait IS NOT NULL), 0)
            AS mean_wait,
          max(max_wait) AS max_wait, avg(on_duty) AS on_duty, sum(tried) AS tried,
          sum(found) AS found, sum(false_alerts) AS false_alerts
        FROM posts WHERE post = '{id}' GROUP BY week ORDER BY week""",
    "network": """
        SELECT week, sum(capacity) AS capacity, sum(carried) AS carried,
          sum(turned_away) AS turned_away, sum(intercepted) AS intercepted,
          sum(revenue) AS revenue, sum(profit) AS profit, arg_max(leg, share) AS main_leg,
          arg_max(price, share) AS price, max(share) AS share
        FROM networks WHERE network = '{id}' GROUP BY week ORDER BY week""",
    "investigation": """
        SELECT week, investigators, evidence, cross_border, usable, threshold, arrests, facilitators
        FROM investigations WHERE investigation = '{id}' ORDER BY week""",
}


@dataclass(frozen=True)
class WeeklyStory:
    """An institution's story.

    Attributes:
        target: ``type:id``.
        name: Its name, if it has one.
        weeks: A row a week: number, date of its first day, and what was counted; None where not
            recorded.
        changes: Dated events at it, at its border, country and legs: time, subject and text.
    """

    target: str
    name: str
    weeks: tuple[dict[str, Any], ...]
    changes: tuple[dict[str, str], ...]


def check_target(run: RunFolder, target: str, kinds: Iterable[str], *others: str) -> None:
    """Refuse a target that names nothing of the run's scenario.

    Args:
        run: The run.
        target: ``type:id``.
        kinds: Types that may be named here.
        others: What else the user may write, for the remedy.

    Raises:
        InputError: The kind is not one of ``kinds``, or nothing has this id.
    """
    kind, _, name = target.partition(":")
    kinds = tuple(kinds)
    if kind not in kinds or not name:
        raise InputError([
            Problem(
                "unknown-target", "this is not something that can be explained",
                f"Write {' or '.join(f'`{w}`' for w in (*others, *(f'{k}:ID' for k in kinds)))}.",
                key="WHAT", value=target[:80],
            )
        ])  # fmt: skip
    ids = [row["id"] for row in run.scenario[KINDS[kind]]]
    if name not in ids:
        raise InputError([
            Problem(
                f"unknown-{kind}", f"the run has no {kind} {name!r}", nearest(name, ids, kind),
                key="WHAT", value=target[:80],
            )
        ])  # fmt: skip


def explain_institution(run: RunFolder, target: str) -> WeeklyStory:
    """Return what happened at ``post:ID``, ``sector:ID`` or ``network:ID`` by week.

    Raises:
        InputError: Nothing of the run has this name.
    """
    check_target(run, target, KINDS, "party:KEY", "case:ID", "request:ID")
    kind, _, name = target.partition(":")
    scenario = from_text(run.scenario)
    clock = Clock(scenario.start, scenario.until, scenario.zone)
    row = next(r for r in getattr(scenario, KINDS[kind]) if r.id == name)
    frame = None
    if KINDS[kind] in run.tables():
        frame = run.sql(_QUERIES[kind].format(id=name))
    weeks = []
    for record in [] if frame is None else frame.to_dict("records"):
        cleaned = {str(k): _plain(v) for k, v in record.items()}
        first = clock.local(int(record["week"]) * 7 * 24 + 12).date()
        weeks.append({"week": int(record["week"]), "from": str(first), **cleaned})
    return WeeklyStory(
        target, row.name, tuple(weeks), tuple(_changes(run, _subjects(scenario, kind, name), clock))
    )


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        if value != value:
            return None
        return int(value) if value.is_integer() else round(value, 3)
    return value.item() if hasattr(value, "item") else value


def _subjects(scenario: Scenario, kind: str, name: str) -> set[str]:
    """Return the targets whose changes are felt at an institution."""
    subjects = {f"{kind}:{name}"}
    row = next(r for r in getattr(scenario, KINDS[kind]) if r.id == name)
    if kind == "network":
        return subjects | {f"leg:{service.leg}" for service in row.services}
    if kind == "investigation":
        return subjects | {f"network:{row.network}"}
    subjects |= {f"country:{row.country}", f"border:{row.border}"}
    return subjects | {f"leg:{leg.id}" for leg in scenario.legs if getattr(leg, kind) == name}


def _changes(run: RunFolder, subjects: set[str], clock: Clock) -> Iterable[dict[str, str]]:
    events = run.table("events")
    if events is None:
        return
    for event in events[events["subject"].isin(sorted(subjects))].to_dict("records"):
        yield {
            "time": clock.local(float(event["hour"])).strftime("%Y-%m-%d %H:%M"),
            "subject": str(event["subject"]),
            "kind": str(event["kind"]),
            "text": str(event["text"]),
        }
