"""A planner's values before they are checked: plain data, and where each value was written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sim.errors import Problem

Path = tuple[str, ...]

#: Source of a value that a plan or the command line changed without naming one.
ASSUMED_BY_USER = "assumed (user)"
#: The document that values given on the command line belong to.
BY_USER = "--set"


class Rows(dict[str, Any]):
    """The rows of a list by their id, in the order written."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a value was written, and the provenance a bare number takes there.

    Attributes:
        file: File as the user knows it; empty for the command line.
        line: 1-based line, 0 without lines.
        source: Source of the row, else of the document; empty where neither names one.
        status: Status of the row, else of the document.
        document: The document the value belongs to (a table belongs to the one that names it).
    """

    file: str = ""
    line: int = 0
    source: str = ""
    status: str | None = None
    document: str = ""


@dataclass
class Tree:
    """Values by key, lists as ``Rows``, and where each was written.

    Attributes:
        values: Values by key.
        marks: Marks by path; a path without one takes that of its nearest parent.
        excused: Keys that are missing only because another key was misspelt for them: a list, or
            a list and a key of its rows.
    """

    values: dict[str, Any] = field(default_factory=dict)
    marks: dict[Path, Mark] = field(default_factory=dict)
    excused: set[Path] = field(default_factory=set)

    def mark(self, path: Path) -> Mark:
        """Return the mark of the longest marked prefix of ``path``."""
        for end in range(len(path), -1, -1):
            if (mark := self.marks.get(path[:end])) is not None:
                return mark
        return Mark()

    def value(self, path: Path) -> Any:
        """Return the value written at ``path``, or None where nothing is."""
        node: Any = self.values
        for part in path:
            if isinstance(node, dict) and part in node:
                node = node[part]
            elif isinstance(node, list) and part.isdigit() and 0 < int(part) <= len(node):
                node = node[int(part) - 1]
            else:
                return None
        return node

    def problem(self, rule: str, path: Path, message: str, remedy: str) -> Problem:
        """Return a problem placed at ``path``."""
        mark = self.mark(path)
        value = shown(self.value(path))
        return Problem(rule, message, remedy, mark.file, mark.line, ".".join(path), value)


def shown(value: Any) -> str:
    """Return a value as a planner would recognise it, at most 80 characters; rows are not shown."""
    if value is None or isinstance(value, Rows):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        if not is_quantity(value):
            return ""
        unit = value.get("unit", "")
        text = f"{value['value']} {unit}".strip()
        if "low" in value or "high" in value:
            text += f" ({value.get('low', '')} to {value.get('high', '')})"
        return text[:80]
    if isinstance(value, list):
        return ", ".join(str(item) for item in value if not isinstance(item, dict))[:80]
    return str(value)[:80]


def copied(value: Any) -> Any:
    """Return a value with maps, rows and lists of its own; texts and numbers never change."""
    if isinstance(value, dict):
        return type(value)({key: copied(inner) for key, inner in value.items()})
    return [copied(inner) for inner in value] if isinstance(value, list) else value


def is_quantity(value: Any) -> bool:
    """Return whether a value is a quantity written out, which overlays replace as a whole."""
    return isinstance(value, dict) and not isinstance(value, Rows) and "value" in value
