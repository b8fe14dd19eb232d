"""Every quantity of a resolved scenario, with value, range, unit, source and status."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NOT_STATED = "not stated"
STATUSES = ("measured", "estimated", "assumed", NOT_STATED)


@dataclass(frozen=True, slots=True)
class Assumption:
    """One quantity: where it stands in the scenario, and what is known of it.

    ``group`` is the top-level table (``sectors``), ``row`` the row's id, ``key`` the field.
    """

    group: str
    row: str
    key: str
    value: float
    low: float | None
    high: float | None
    unit: str
    source: str
    status: str


def assumptions(scenario: Mapping[str, Any]) -> list[Assumption]:
    """Return every quantity of the scenario in the order in which it is written.

    A quantity without source or status of its own has that of its row.
    """
    found: list[Assumption] = []
    for group, content in scenario.items():
        found.extend(_walk(content, str(group), "", "", "", ""))
    return found


def counts(found: Sequence[Assumption]) -> dict[str, int]:
    """Return how many quantities have each status, in the order of ``STATUSES``."""
    tally = Counter(a.status for a in found)
    return {status: tally[status] for status in STATUSES if tally[status]}


def sources(found: Sequence[Assumption], scenario: Mapping[str, Any]) -> dict[str, int]:
    """Return a number for each source of a quantity or a measure, in order of appearance."""
    named = [a.source for a in found]
    for table in ("history", "measures"):
        named += [str(m.get("source") or "") for m in scenario.get(table) or ()]
    return {s: i for i, s in enumerate(dict.fromkeys(s for s in named if s), start=1)}


def _walk(
    node: Any, group: str, row: str, key: str, source: str, status: str
) -> Iterator[Assumption]:
    if node is None or isinstance(node, (str, float, int)):
        return
    if isinstance(node, Mapping):
        if "value" in node and "unit" in node:
            yield Assumption(
                group,
                row,
                key,
                float(node["value"]),
                node.get("low"),
                node.get("high"),
                str(node["unit"]),
                str(node.get("source") or source),
                str(node.get("status") or status or NOT_STATED),
            )
            return
        own_source = str(node.get("source") or source)
        own_status = str(node.get("status") or status)
        name = node.get("id")
        for child, value in node.items():
            inner = f"{key}.{child}" if key else str(child)
            yield from _walk(value, group, row or str(name or ""), inner, own_source, own_status)
    elif isinstance(node, Sequence):
        for i, value in enumerate(node):
            name = value.get("id") if isinstance(value, Mapping) else None
            if row:
                # A list inside a row: its elements are told apart by id, leg or position.
                mark = name or (value.get("leg") if isinstance(value, Mapping) else None) or i
                yield from _walk(value, group, row, f"{key}.{mark}", source, status)
            else:
                yield from _walk(value, group, str(name or i), key, source, status)
