"""Tables of a pack: CSV files whose header names the fields of a row spec, with units.

``distance [km]`` states a unit; ``persons.low`` and ``persons.high`` give a range;
``officers.border_police`` builds a map, ``streams.cars.demand`` the rows of a list within the
row; ``;`` separates the values of a list; an empty cell is not given; lines that start with
``#`` are comments.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sim.errors import Problem
from sim.scenario.names import nearest, nearest_name
from sim.scenario.shapes import Shape
from sim.scenario.tree import Mark, Rows, Tree

_HEADER = re.compile(r"([A-Za-z0-9_.]+)\s*(?:\[([^\]]+)\])?")
_NONE = Shape("any")
_PARTS_OF_QUANTITY = ("low", "high", "scale", "source", "status")


@dataclass(frozen=True)
class _Column:
    """One column: keys to its value with the map or list each makes, shape, part of a quantity."""

    steps: tuple[tuple[str, dict[str, Any]], ...]
    shape: Shape
    part: str
    unit: str


def read_table(
    text: str, name: str, shape: Shape, default: Mark
) -> tuple[Tree, tuple[Problem, ...]]:
    """Return the rows of list ``name`` in a CSV text, and every mistake in it.

    Args:
        text: The table's text.
        name: List the rows belong to.
        shape: Shape of a row.
        default: File and document of the table, and the provenance its rows fall back to.
    """
    table = _Table(name, shape, default)
    try:
        for line, cells in _records(text):
            if table.columns is None:
                table.header(line, cells)
                if table.columns is None:
                    break
            else:
                table.row(line, cells)
    except csv.Error as error:
        table.note("csv-syntax", 0, "", "", f"not readable as CSV: {error}", "Mend the quotes.")
    if table.columns is None and not table.problems:
        table.note("csv-syntax", 1, "", "", "the table has no header", "Write the column names.")
    return table.tree, tuple(table.problems)


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    lines = ("\n" if line.startswith("#") else line for line in io.StringIO(text, newline=""))
    reader = csv.reader(lines, strict=True)
    begin = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield begin, [cell.strip() for cell in cells]
        begin = reader.line_num + 1


class _Table:
    def __init__(self, name: str, shape: Shape, default: Mark) -> None:
        self.name, self.shape, self.default = name, shape, default
        self.columns: list[_Column | None] | None = None
        self.names: list[str] = []
        self.rows = Rows()
        self.tree = Tree({name: self.rows}, {(name,): default})
        self.problems: list[Problem] = []

    def note(self, rule: str, line: int, key: str, value: str, message: str, remedy: str) -> None:
        full = f"{self.name}.{key}" if key else self.name
        self.problems.append(
            Problem(rule, message, remedy, self.default.file, line, full, value[:80])
        )

    def header(self, line: int, cells: list[str]) -> None:
        for needed in ("id", "source", "status"):
            if needed in self.shape.fields and needed not in cells:
                self.note(
                    "missing-column",
                    line,
                    needed,
                    "",
                    f"the table has no column {needed!r}",
                    f"Add the column {needed!r}.",
                )
        twice = {cell for cell in cells if cells.count(cell) > 1}
        for cell in sorted(twice):
            self.note(
                "duplicate-key",
                line,
                cell,
                cell,
                "the column stands twice",
                "Remove one of the two.",
            )
        self.names = cells
        columns = [self.column(line, cell) for cell in cells]
        if "id" in cells:
            self.columns = columns

    def column(self, line: int, cell: str) -> _Column | None:
        match = _HEADER.fullmatch(cell)
        parts = match.group(1).split(".") if match else [cell]
        unit = (match.group(2) or "").strip() if match else ""
        shape, leaf = self.shape, Shape("any")
        steps: list[tuple[str, dict[str, Any]]] = []
        while parts:
            word = parts.pop(0)
            if (leaf := shape.fields.get(word, _NONE)) is _NONE:
                return self.unknown(line, cell, word, tuple(shape.fields))
            if leaf.kind == "rows" and parts:
                steps += [(word, Rows()), (parts[0], {leaf.key: parts.pop(0)})]
                shape = leaf
            elif leaf.kind == "spec" and parts:
                steps.append((word, {}))
                shape = leaf
            elif leaf.kind == "map" and parts and leaf.item is not None:
                steps += [(word, {}), (parts.pop(0), {})]
                leaf = leaf.item
                break
            else:
                steps.append((word, {}))
                break
        part = parts.pop(0) if parts else "value"
        if parts or (part != "value" and part not in _PARTS_OF_QUANTITY):
            return self.unknown(line, cell, ".".join([part, *parts]), _PARTS_OF_QUANTITY)
        if part != "value" and leaf.kind != "quantity":
            return self.unknown(line, cell, part, ())
        if leaf.kind in ("rows", "spec", "map"):
            self.note(
                "unknown-key",
                line,
                cell,
                cell,
                "the column holds a whole map or list",
                "Write one column a value, with dots.",
            )
            return None
        return _Column(tuple(steps), leaf, part, unit)

    def unknown(self, line: int, cell: str, word: str, valid: tuple[str, ...]) -> _Column | None:
        self.note("unknown-key", line, cell, cell, f"no field {word!r} here", nearest(word, valid))
        if close := nearest_name(word, valid):
            self.tree.excused.add((self.name, close))
        return None

    def row(self, line: int, cells: list[str]) -> None:
        assert self.columns is not None
        if len(cells) != len(self.columns):
            self.note(
                "csv-columns",
                line,
                cells[0],
                "",
                f"{len(cells)} cells under {len(self.columns)} columns",
                "Give every column a cell, and quote commas.",
            )
            return
        given = dict(zip(self.names, cells, strict=True))
        row_id = given["id"]
        if not row_id:
            self.note("missing-key", line, "id", "", "the row has no id", "Fill the cell `id`.")
            return
        if row_id in self.rows:
            first = self.tree.marks[(self.name, row_id)].line
            self.note(
                "duplicate-id",
                line,
                row_id,
                row_id,
                f"the id stands twice; first on line {first}",
                "Give the row its own id.",
            )
            return
        if "source" in given and not given["source"]:
            self.note(
                "empty-source",
                line,
                f"{row_id}.source",
                "",
                "the source is empty",
                "Name a URL, a document with page, or `derived:` with the arithmetic.",
            )
        row: dict[str, Any] = {}
        for column, cell in zip(self.columns, cells, strict=True):
            if column is not None and cell:
                self.place(row, column, cell)
        self.rows[row_id] = row
        self.tree.marks[(self.name, row_id)] = Mark(
            self.default.file,
            line,
            given.get("source") or self.default.source,
            given.get("status") or self.default.status,
            self.default.document,
        )

    def place(self, row: dict[str, Any], column: _Column, cell: str) -> None:
        node = row
        for word, empty in column.steps[:-1]:
            if word not in node:
                node[word] = Rows() if isinstance(empty, Rows) else dict(empty)
            node = node[word]
        last = column.steps[-1][0]
        if column.shape.kind == "list":
            node[last] = [item.strip() for item in cell.split(";")]
        elif column.shape.kind != "quantity":
            node[last] = cell
        else:
            quantity = node.setdefault(last, {})
            quantity[column.part] = cell
            if column.unit and column.part in ("value", "low", "high"):
                quantity.setdefault("unit", column.unit)
