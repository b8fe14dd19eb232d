"""YAML text as plain data with line numbers: YAML 1.2 core rules, no tags, bounded aliases.

``NO``, ``on``, ``yes`` and ``18:30`` are strings; ``true``, ``12`` and ``null`` are not; a number
with a leading zero (``007``) stays text. Keys are always text. Every mistake that leaves the text
readable is collected; a syntax error ends the reading with that one problem.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from sim.errors import Problem

MAX_ALIASES = 20
MAX_NODES = 100_000
MAX_DEPTH = 30

_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]")
_WITHOUT_ALIASES = "Write the values out, or put the rows in a CSV table."
_CONSTANTS: dict[str, bool | None] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}


@dataclass(slots=True)
class Node:
    """A value and the line it stands on; mappings hold nodes by key, sequences hold nodes.

    Attributes:
        value: A scalar, ``dict[str, Node]`` or ``list[Node]``.
        line: 1-based line of the value, or of its key inside a mapping.
        size: Nodes in this value, aliases written out.
    """

    value: Any
    line: int
    size: int = 1

    def plain(self) -> Any:
        """Return the value without lines."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


class _Stop(Exception):
    """The rest of the text cannot be read; the problem is already noted."""


@dataclass
class _Reader:
    file: str
    problems: list[Problem] = field(default_factory=list)
    anchors: dict[str, Node | None] = field(default_factory=dict)
    aliases: int = 0
    path: list[str] = field(default_factory=list)

    def note(self, rule: str, line: int, message: str, remedy: str, value: str = "") -> None:
        key = ".".join(self.path)
        self.problems.append(Problem(rule, message, remedy, self.file, line, key, value[:80]))

    def build(self, events: Iterator[Any], event: Any) -> Node:
        """Return the node that starts with ``event``, reading on as far as it goes."""
        line = event.start_mark.line + 1
        kind = type(event).__name__
        if kind == "AliasEvent":
            return self.alias(event, line)
        if len(self.path) > MAX_DEPTH:
            message = f"values are nested deeper than {MAX_DEPTH} levels"
            self.note("yaml-depth", line, message, "Write the value flatter.")
            raise _Stop
        if event.tag is not None:
            self.note("yaml-tag", line, "tags are not read", "Remove the tag.", str(event.tag))
        if event.anchor:
            self.anchors[event.anchor] = None
        if kind == "ScalarEvent":
            node = Node(event.value if event.style else _scalar(event.value), line)
        elif kind == "MappingStartEvent":
            node = self.mapping(events, line)
        else:
            node = self.sequence(events, line)
        if node.size > MAX_NODES:
            message = f"aliases write out to more than {MAX_NODES:,} values"
            self.note("yaml-alias", line, message, _WITHOUT_ALIASES)
            raise _Stop
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def sequence(self, events: Iterator[Any], line: int) -> Node:
        items: list[Node] = []
        while type(event := next(events)).__name__ != "SequenceEndEvent":
            self.path.append(str(len(items) + 1))
            first = len(self.problems)
            items.append(self.build(events, event))
            self.name_row(items[-1], first)
            self.path.pop()
        return Node(items, line, 1 + sum(item.size for item in items))

    def name_row(self, node: Node, first: int) -> None:
        """Put the id of a row, now that it is known, for its number in the problems since."""
        named = node.value.get("id") if isinstance(node.value, dict) else None
        if named is None or not isinstance(named.value, str):
            return
        for n, problem in enumerate(self.problems[first:], first):
            keys = problem.key.split(".")
            keys[len(self.path) - 1] = named.value
            self.problems[n] = replace(problem, key=".".join(keys))

    def mapping(self, events: Iterator[Any], line: int) -> Node:
        entries: dict[str, Node] = {}
        while type(event := next(events)).__name__ != "MappingEndEvent":
            key_line = event.start_mark.line + 1
            named = type(event).__name__ == "ScalarEvent"
            key = str(event.value) if named else "?"
            if not named:
                self.build(events, event)
                self.note("bad-key", key_line, "a key must be plain text", "Write a name as key.")
            self.path.append(key)
            node = self.build(events, next(events))
            if key in entries:
                first = entries[key].line
                message = f"the key stands twice; first on line {first}"
                value = "" if isinstance(node.value, dict | list) else str(node.value)
                self.note("duplicate-key", key_line, message, "Remove one of the two.", value)
            elif named:
                entries[key] = Node(node.value, key_line, node.size)
            self.path.pop()
        return Node(entries, line, 1 + sum(node.size for node in entries.values()))

    def alias(self, event: Any, line: int) -> Node:
        self.aliases += 1
        name = event.anchor
        if self.aliases > MAX_ALIASES:
            message = f"more than {MAX_ALIASES} aliases in one file"
            self.note("yaml-alias", line, message, _WITHOUT_ALIASES, f"*{name}")
            raise _Stop
        target = self.anchors.get(name)
        if target is None:
            message = "the alias names no earlier anchor that is complete"
            self.note("yaml-alias", line, message, "Write the value out.", f"*{name}")
            raise _Stop
        return Node(target.value, line, target.size)


def _scalar(text: str) -> Any:
    """Return a plain scalar by the core rules; what is no finite number stays text.

    ``.nan``, ``.inf`` and numbers too large stay text, which no key that takes a number accepts.
    """
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INT.fullmatch(text) and len(text) < 300:
        return int(text)
    if _FLOAT.fullmatch(text) and not _LEADING_ZERO.match(text):
        return number if math.isfinite(number := float(text)) else text
    return text


def read_yaml(text: str, file: str) -> tuple[Node | None, tuple[Problem, ...]]:
    """Return the one document in ``text`` and the mistakes in it; no node where it is unreadable.

    Args:
        text: The file's text.
        file: Name of the file for problems.
    """
    reader = _Reader(file)
    node: Node | None = None
    try:
        events = iter(YAML(typ="safe", pure=True).parse(text))
        for event in events:
            kind = type(event).__name__
            if kind in ("StreamStartEvent", "StreamEndEvent", "DocumentEndEvent"):
                continue
            if kind == "DocumentStartEvent":
                if node is not None:
                    reader.note(
                        "yaml-syntax",
                        event.start_mark.line + 1,
                        "a second document starts here",
                        "Keep one document a file.",
                    )
                    return None, tuple(reader.problems)
                continue
            node = reader.build(events, event)
    except _Stop:
        return None, tuple(reader.problems)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        reason = error.problem or error.context or "not YAML"
        return None, (
            Problem(
                "yaml-syntax",
                f"not readable as YAML: {reason}",
                "Check indentation, quotes and colons on this line.",
                file,
                line,
            ),
        )
    except YAMLError as error:
        at = getattr(error, "position", 0)
        reason = getattr(error, "reason", None) or "not YAML"
        remedy = "Keep printable text; check quotes and line ends here."
        line = text[:at].count("\n") + 1
        return None, (
            Problem("yaml-syntax", f"not readable as YAML: {reason}", remedy, file, line),
        )
    if node is None or not isinstance(node.value, dict):
        problem = Problem(
            "yaml-syntax",
            "the file holds no keys",
            "Start with `scenario: ID`, `region: ID` or `plan: ID`.",
            file,
            node.line if node else 1,
        )
        return None, (*reader.problems, problem)
    return node, tuple(reader.problems)
