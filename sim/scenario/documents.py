"""Documents: read, and laid out as trees with marks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path as FilePath
from typing import Any, Literal

from sim.errors import Problem
from sim.scenario.finding import Found, beside, find_beside, outside, read_text, shipped_folder
from sim.scenario.names import nearest, nearest_name
from sim.scenario.quantities import STATUSES
from sim.scenario.shapes import Shape, shape_of
from sim.scenario.specs.scenario import Scenario
from sim.scenario.tables import read_table
from sim.scenario.tree import ASSUMED_BY_USER, Mark, Path, Rows, Tree, is_quantity, shown
from sim.scenario.yaml_text import Node, read_yaml

DocumentKind = Literal["scenario", "region", "plan"]
KINDS: tuple[DocumentKind, ...] = ("scenario", "region", "plan")
#: Keys of a document that are about the document, not values of the scenario.
DOCUMENT_KEYS = ("scenario", "region", "plan", "extends", "tables", "provenance", "remove", "for")
_ID = re.compile(r"[a-z0-9_]{1,64}")
#: A row of a table of parameters, which are no list elsewhere.
_PARAMETER_ROW = Shape(
    "spec",
    fields={
        k: Shape("text")
        for k in ("id", "value", "low", "high", "unit", "source", "status", "scale", "note")
    },
)


@dataclass
class Document:
    """One document laid out; ``tree`` holds its own values only, parents apart.

    Attributes:
        kind: Scenario, region or plan.
        id: The id in its header.
        found: Its file.
        tree: Its values.
        extends: Parent it names, and the line.
        target: Scenario a plan says it is for, and the line.
        remove: Rows it removes from what it is laid over, each with its line.
        problems: Mistakes found while reading.
    """

    kind: DocumentKind
    id: str
    found: Found
    tree: Tree = field(default_factory=Tree)
    extends: tuple[str, int] | None = None
    target: tuple[str, int] | None = None
    remove: list[tuple[str, int]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_document(found: Found) -> Document | tuple[Problem, ...]:
    """Return the document of a file, or why nothing of it can be read."""
    text = read_text(found)
    if isinstance(text, Problem):
        return (text,)
    node, problems = read_yaml(text, found.name)
    if node is None:
        return problems
    headers = [kind for kind in KINDS if kind in node.value]
    if len(headers) != 1:
        rule = "two-headers" if headers else "missing-header"
        line = node.value[headers[1]].line if headers else 1
        wrong = (
            *problems,
            Problem(
                rule,
                f"the document has {len(headers)} of the keys scenario, region and plan",
                "Start with exactly one of `scenario: ID`, `region: ID`, `plan: ID`.",
                found.name,
                line,
                headers[1] if headers else "",
            ),
        )
        return wrong
    return _Layout(found, headers[0], node, problems).document


def lay_out(
    found: Found,
    kind: str,
    node: Node,
    problems: tuple[Problem, ...],
    shape: Shape,
    keys: tuple[str, ...],
) -> Document:
    """Return a document of another kind than those of a scenario, laid out the same way.

    Args:
        found: Its file.
        kind: Key of its header.
        node: What stands in it.
        problems: Mistakes found while reading the text.
        shape: Keys it may have.
        keys: Keys about the document itself, no values: the header and ``provenance``.
    """
    return _Layout(found, kind, node, problems, shape, keys).document


class _Layout:
    """Lays the nodes of one document out as a tree."""

    def __init__(
        self,
        found: Found,
        kind: str,
        node: Node,
        problems: tuple[Problem, ...],
        shape: Shape | None = None,
        keys: tuple[str, ...] = DOCUMENT_KEYS,
    ) -> None:
        header = node.value[kind]
        name = header.value if isinstance(header.value, str) else ""
        sound = _ID.fullmatch(name) is not None
        as_kind: Any = kind
        self.document = Document(as_kind, name if sound else "unnamed", found, problems=[*problems])
        self.file = found.name
        if not sound:
            self.note(
                "bad-id",
                header.line,
                kind,
                header.value,
                "an id is lower-case letters, digits and underscores, at most 64",
                "Rename it.",
            )
        self.source, self.status = self.provenance(node.value.get("provenance"))
        root = Mark(self.file, header.line, self.source, self.status, self.file)
        self.document.tree.marks[()] = root
        foreign = shape is not None
        shape = shape or shape_of(Scenario)
        if not foreign:
            self.document_keys(node)
        if "tables" in node.value and not foreign:
            self.tables(node.value["tables"], shape)
        values = self.document.tree.values
        for key, child in node.value.items():
            if key in keys:
                continue
            if key not in shape.fields:
                valid = [*shape.fields, *keys]
                self.note(
                    "unknown-key",
                    child.line,
                    key,
                    child.plain(),
                    "no such key here",
                    nearest(key, valid),
                )
                if close := nearest_name(key, valid):
                    self.document.tree.excused.add((close,))
                continue
            inner = shape.fields[key]
            laid = self.lay(child, inner, (key,), self.source, self.status)
            if inner.kind == "rows" and key in values and isinstance(laid, Rows):
                self.join(key, laid)
            elif laid is not None or inner.kind != "rows":
                values[key] = laid
            else:
                self.document.tree.excused.add((key,))
        if isinstance(values.get("map"), str) and not foreign:
            self.map(values["map"], node.value["map"].line)
        if kind == "scenario":
            values["scenario"] = self.document.id
        elif kind == "plan" or foreign:
            values[kind] = self.document.id

    def note(self, rule: str, line: int, key: str, value: Any, message: str, remedy: str) -> None:
        problem = Problem(rule, message, remedy, self.file, line, key, shown(value))
        self.document.problems.append(problem)

    def provenance(self, node: Node | None) -> tuple[str, str | None]:
        plan = self.document.kind == "plan"
        default = (ASSUMED_BY_USER, "assumed") if plan else ("", None)
        if node is None:
            return default
        if not isinstance(node.value, dict):
            self.note(
                "wrong-type",
                node.line,
                "provenance",
                node.plain(),
                "provenance is a map",
                "Write `provenance: {source: ..., status: ...}`.",
            )
            return default
        for key, child in node.value.items():
            if key not in ("source", "status"):
                self.note(
                    "unknown-key",
                    child.line,
                    f"provenance.{key}",
                    child.plain(),
                    "no such key here",
                    nearest(key, ("source", "status")),
                )
        source, status = node.value.get("source"), node.value.get("status")
        if source is not None and not str(source.value or "").strip():
            self.empty_source(source.line, "provenance.source")
            return "(empty)", default[1] or "assumed"
        if status is not None and status.value not in STATUSES:
            self.note(
                "bad-status",
                status.line,
                "provenance.status",
                status.plain(),
                f"status {status.plain()!r} is not known",
                "Use measured, estimated or assumed.",
            )
            status = None
        return (
            str(source.value).strip() if source else default[0],
            str(status.value) if status else default[1],
        )

    def empty_source(self, line: int, key: str) -> None:
        self.note(
            "empty-source",
            line,
            key,
            None,
            "the source is empty",
            "Name a URL, a document with page, or `derived:` with the arithmetic.",
        )

    def document_keys(self, node: Node) -> None:
        for key in ("extends", "for"):
            child = node.value.get(key)
            if child is None:
                continue
            if not isinstance(child.value, str) or not child.value:
                self.note(
                    "wrong-type",
                    child.line,
                    key,
                    child.plain(),
                    "one name is wanted here",
                    "Write one name or path.",
                )
            elif key == "extends":
                self.document.extends = (child.value, child.line)
            elif self.document.kind == "plan":
                self.document.target = (child.value, child.line)
            else:
                self.note(
                    "unknown-key",
                    child.line,
                    "for",
                    child.value,
                    "only a plan has `for`",
                    "Remove it.",
                )
        removed = node.value.get("remove")
        if removed is None:
            return
        if not isinstance(removed.value, list):
            self.note(
                "wrong-type",
                removed.line,
                "remove",
                removed.plain(),
                "a list is wanted here",
                "Write `remove: [LIST.ID]`.",
            )
            return
        for item in removed.value:
            if isinstance(item.value, str) and "." in item.value:
                self.document.remove.append((item.value, item.line))
            else:
                self.note(
                    "wrong-type",
                    item.line,
                    "remove",
                    item.plain(),
                    "only rows and single values can be removed",
                    "Write `LIST.ID`.",
                )

    def map(self, relative: str, line: int) -> None:
        """Note a map that names neither a file under the folder nor one that is shipped."""
        wrong = "no such file"
        for folder in (self.document.found.path.parent, shipped_folder()):
            if outside(folder, relative):
                wrong = "the path leads out of the document's folder"
            elif (folder / relative).is_file():
                return
        rule = "no-such-file" if wrong == "no such file" else "path-outside"
        remedy = "Name a file under the document's own folder, or something shipped."
        self.note(rule, line, "map", relative, wrong, remedy)

    def tables(self, node: Node, shape: Shape) -> None:
        if not isinstance(node.value, dict):
            self.note(
                "wrong-type",
                node.line,
                "tables",
                node.plain(),
                "a map is wanted here",
                "Write `tables: {places: places.csv}`.",
            )
            return
        lists = [k for k, s in shape.fields.items() if s.kind == "rows"]
        valid = [k for k in lists if k not in ("history", "measures")] + ["parameters"]
        for name, child in node.value.items():
            if name not in valid:
                self.note(
                    "unknown-key",
                    child.line,
                    f"tables.{name}",
                    child.plain(),
                    "no list of this name can be read from a table",
                    nearest(name, valid),
                )
                continue
            row = _PARAMETER_ROW if name == "parameters" else shape.fields[name]
            self.table(name, child, row)

    def table(self, name: str, node: Node, row: Shape) -> None:
        relative, key = str(node.value), f"tables.{name}"
        folder = self.document.found.path.parent
        if not isinstance(node.value, str):
            self.note(
                "wrong-type",
                node.line,
                key,
                node.plain(),
                "a path is wanted here",
                "Write the path of a CSV file.",
            )
            return
        if wrong := outside(folder, relative):
            self.note(
                "path-outside",
                node.line,
                key,
                relative,
                wrong,
                "Name a file under the document's own folder.",
            )
            return
        if not (folder / relative).is_file():
            self.note(
                "no-such-file",
                node.line,
                key,
                relative,
                "no such file",
                "Check the path; it is relative to the document.",
            )
            return
        found = Found(folder / relative, beside(self.file, relative))
        text = read_text(found)
        if isinstance(text, Problem):
            self.document.problems.append(text)
            return
        default = Mark(found.name, 1, self.source, self.status, self.file)
        tree, problems = read_table(text, name, row, default)
        if name == "parameters":
            for values in tree.values[name].values():
                values.pop("id")
                values.pop("note", None)
            tree.values[name] = dict(tree.values[name])
        self.document.tree.values |= tree.values
        self.document.tree.marks |= tree.marks
        self.document.tree.excused |= tree.excused
        self.document.problems += problems

    def join(self, key: str, rows: Rows) -> None:
        own = self.document.tree
        for row_id, row in rows.items():
            if row_id in own.values[key]:
                line = own.mark((key, row_id)).line
                self.note(
                    "duplicate-id",
                    line,
                    f"{key}.{row_id}",
                    row_id,
                    "the id stands in the document and in its table",
                    "Give the row its own id.",
                )
            else:
                own.values[key][row_id] = row

    def lay(self, node: Node, shape: Shape, path: Path, source: str, status: str | None) -> Any:
        """Return the value of a node and mark it; rows and row-like lists become ``Rows``."""
        marks = self.document.tree.marks
        value = node.value
        mark = Mark(self.file, node.line, source, status, self.file)
        marks[path] = mark
        if isinstance(value, list):
            key = _row_key(node, shape)
            if key:
                return self.lay_rows(node, shape, key, path, source, status)
            for number, item in enumerate(value, 1):
                marks[(*path, str(number))] = Mark(self.file, item.line, source, status, self.file)
            return node.plain()
        if shape.kind == "rows":
            if value is not None:
                self.note(
                    "wrong-type",
                    node.line,
                    ".".join(path),
                    node.plain(),
                    "a list of rows is wanted here",
                    "Write rows, each `- id: ...`.",
                )
                return None
            return Rows()
        if not isinstance(value, dict):
            return value
        plain = {k: n.value for k, n in value.items()}
        if is_quantity(plain) or shape.kind == "quantity":
            return node.plain()
        laid: dict[str, Any] = {}
        for key, child in value.items():
            laid[key] = self.lay(child, shape.inner(key), (*path, key), source, status)
        return laid

    def lay_rows(
        self, node: Node, shape: Shape, key: str, path: Path, source: str, status: str | None
    ) -> Rows:
        rows = Rows()
        for number, item in enumerate(node.value, 1):
            where = f"{'.'.join(path)}[{number}]"
            if not isinstance(item.value, dict):
                self.note(
                    "wrong-type",
                    item.line,
                    where,
                    item.plain(),
                    "a row is wanted here",
                    "Write `- id: ...` and the row's keys.",
                )
                continue
            named = item.value.get(key)
            if named is None or isinstance(named.value, dict | list) or named.value in (None, ""):
                self.note(
                    "missing-key",
                    item.line,
                    f"{where}.{key}",
                    None,
                    f"the row has no {key}",
                    f"Add `{key}:`.",
                )
                continue
            name = str(named.value)
            if name in rows:
                first = self.document.tree.marks[(*path, name)].line
                self.note(
                    "duplicate-id",
                    item.line,
                    f"{'.'.join(path)}.{name}",
                    name,
                    f"the id stands twice; first on line {first}",
                    "Give the row its own id.",
                )
                continue
            own_source, own_status = item.value.get("source"), item.value.get("status")
            row_source, row_status = source, status
            if own_source is not None and (not shape.fields or "source" in shape.fields):
                if not str(own_source.value or "").strip():
                    self.empty_source(own_source.line, f"{'.'.join(path)}.{name}.source")
                row_source = str(own_source.value or "").strip() or source
            if own_status is not None and own_status.value in STATUSES:
                row_status = own_status.value
            rows[name] = self.lay(item, shape.row, (*path, name), row_source, row_status)
            if isinstance(rows[name], dict):
                rows[name][key] = named.value
        return rows


def _row_key(node: Node, shape: Shape) -> str:
    if shape.kind == "rows":
        return shape.key
    if shape.kind == "any" and node.value and all(isinstance(i.value, dict) for i in node.value):
        return "id"
    return ""


def chain(found: Found) -> tuple[list[Document], list[Problem]]:
    """Return a document and its parents, root first, and the problems of finding and reading them.

    Problems of the documents' own text stay with each document.
    """
    documents: list[Document] = []
    problems: list[Problem] = []
    seen: dict[FilePath, str] = {}
    while True:
        seen[found.path.resolve()] = found.name
        document = read_document(found)
        if not isinstance(document, Document):
            problems += document
            break
        documents.append(document)
        if document.extends is None:
            break
        reference, line = document.extends
        parent = find_beside(
            reference, document.found, line, "extends", plan=document.kind == "plan"
        )
        if isinstance(parent, Problem):
            problems.append(parent)
            break
        if parent.path.resolve() in seen:
            names = " -> ".join([*seen.values(), parent.name])
            problems.append(
                Problem(
                    "extends-cycle",
                    f"documents extend one another: {names}",
                    "Remove one `extends`.",
                    document.found.name,
                    line,
                    "extends",
                    reference,
                )
            )
            break
        found = parent
    return documents[::-1], problems + list(_wrong_parents(documents))


def _wrong_parents(documents: list[Document]) -> Iterator[Problem]:
    allowed = {"scenario": ("scenario", "region"), "region": ("region",), "plan": ("plan",)}
    for child, parent in pairwise(documents):
        assert child.extends is not None
        if parent.kind not in allowed[child.kind]:
            yield Problem(
                "wrong-kind",
                f"a {child.kind} cannot extend a {parent.kind}",
                f"Extend a {' or a '.join(allowed[child.kind])}.",
                child.found.name,
                child.extends[1],
                "extends",
                child.extends[0],
            )
