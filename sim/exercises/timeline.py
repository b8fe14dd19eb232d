"""The timeline of injects as a table: a master scenario events list in CSV, in and out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from sim.errors import Problem
from sim.exercises.effects import EFFECTS, effect_map, effect_text
from sim.exercises.specs import Inject
from sim.scenario.names import nearest
from sim.scenario.tree import Mark, Rows, Tree

#: Columns of a timeline, in order; several receivers are separated by ``;``.
COLUMNS = (
    "time", "id", "to", "from", "means", "text", "inject_type", "effect", "condition",
    "expected_action", "objective", "critical_task", "weight", "window", "status",
)  # fmt: skip
_NEEDED = ("time", "id", "text")


def timeline_csv(injects: Iterable[Inject]) -> str:
    """Return injects as CSV that ``read_timeline`` reads back to the same injects."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for inject in injects:
        writer.writerow(_cells(inject))
    return out.getvalue()


def _cells(inject: Inject) -> list[str]:
    window = "" if inject.window is None else f"{inject.window.value:g} h"
    return [
        inject.time, inject.id, ";".join(inject.to), inject.sender, inject.means, inject.text,
        inject.inject_type, _effect_cell(inject.effect), inject.condition,
        inject.expected_action, inject.objective or "", inject.critical_task or "",
        f"{inject.weight.value:g}", window, inject.status,
    ]  # fmt: skip


def _effect_cell(effect: Any) -> str:
    if not effect or isinstance(effect, str):
        return str(effect or "")
    kind = EFFECTS.get(str(effect.get("kind")))
    return "" if kind is None else effect_text(kind.model_validate(effect_map(effect)))


def read_timeline(text: str, default: Mark) -> tuple[Rows, Tree, list[Problem]]:
    """Return the rows of a timeline, the marks of their cells, and what is wrong with the table.

    Args:
        text: The CSV; lines that start with ``#`` are comments.
        default: File of the table, and the provenance of its numbers.
    """
    rows, tree, problems = Rows(), Tree(), []
    head: list[str] | None = None

    def note(rule: str, line: int, key: str, value: str, message: str, remedy: str) -> None:
        problems.append(Problem(rule, message, remedy, default.file, line, key, value[:80]))

    reader = csv.reader(io.StringIO(text, newline=""))
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            note("csv-syntax", line, "", "", f"the table cannot be read: {error}", "Mend it.")
            break
        if not cells or cells[0].startswith("#") or not any(c.strip() for c in cells):
            continue
        if head is None:
            head = [c.strip() for c in cells]
            for name in head:
                if name not in COLUMNS:
                    note("unknown-key", line, name, name, "a timeline has no such column",
                         nearest(name, COLUMNS))  # fmt: skip
            for name in _NEEDED:
                if name not in head:
                    note("missing-column", line, name, "", f"the column {name!r} is missing",
                         "Add it.")  # fmt: skip
            continue
        if len(cells) != len(head):
            note("csv-columns", line, "", "", f"the row has {len(cells)} cells, the header "
                 f"{len(head)}", "Quote cells that hold commas.")  # fmt: skip
            continue
        row = _row(dict(zip(head, (c.strip() for c in cells), strict=True)))
        name = str(row.get("id") or "")
        if not name or name in rows:
            rule = "duplicate-id" if name else "missing-key"
            note(rule, line, "id", name, "each inject has an id of its own", "Give it one.")
            continue
        rows[name] = row
        tree.marks[("timeline", name)] = Mark(
            default.file, line, default.source, default.status, default.document
        )
    if head is None:
        note("csv-syntax", 1, "", "", "the table has no header", f"Start with {','.join(COLUMNS)}.")
    return rows, tree, problems


def _row(cells: dict[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = {k: v for k, v in cells.items() if v and k in COLUMNS}
    if "to" in row:
        row["to"] = [name.strip() for name in row["to"].split(";") if name.strip()]
    return row
