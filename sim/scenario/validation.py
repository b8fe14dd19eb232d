"""From a tree to specs: every row validated on its own, every mistake placed."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from sim.errors import Problem
from sim.scenario.measures import Measure, kinds
from sim.scenario.names import nearest, nearest_name
from sim.scenario.quantities import STATUSES, Quantity, Status
from sim.scenario.shapes import ANY, Shape, shape_of, unwritten
from sim.scenario.specs.scenario import Scenario
from sim.scenario.tree import Path, Rows, Tree

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_PLACEHOLDERS = {"scenario": "region", "start": date(2000, 1, 1), "until": date(2000, 1, 2)}
_MEASURE_LISTS = ("history", "measures")
_RULES = {
    "extra_forbidden": "unknown-key",
    "missing": "missing-key",
    "literal_error": "unknown-value",
    "string_pattern_mismatch": "bad-id",
    "string_too_long": "bad-id",
    "bool_parsing": "wrong-type",
    "too_short": "wrong-length",
    "too_long": "wrong-length",
    "greater_than_equal": "out-of-range",
    "less_than_equal": "out-of-range",
    "greater_than": "out-of-range",
    "less_than": "out-of-range",
}
_REMEDIES = {
    "missing-key": "Add the key.",
    "bad-id": "An id is lower-case letters, digits and underscores; a country is three capitals, a "
    "border two countries as `AAA-BBB`, a target `type:id`.",
    "bad-date": "Write a date as 2018-01-31.",
    "not-a-number": "Write a plain number.",
    "wrong-type": "Write the kind of value this key takes; `crossborder schema` lists them.",
    "wrong-length": "Give as many values as the key takes.",
    "out-of-range": "Use a value within the range.",
}


@dataclass
class Resolved:
    """What a tree holds once read: a scenario of the rows that are sound, and the problems.

    Attributes:
        tree: The tree it was read from.
        scenario: The scenario; unvalidated as a whole where ``problems`` is not empty.
        problems: Mistakes within values.
        ids: Ids of every list, rows with mistakes included.
        unsound: Header keys whose value is missing or wrong; the scenario holds a placeholder.
    """

    tree: Tree
    scenario: Scenario
    problems: list[Problem]
    ids: Mapping[str, frozenset[str]]
    unsound: frozenset[str]


def resolve(tree: Tree, *, runnable: bool) -> Resolved:
    """Validate every value of a tree.

    Args:
        tree: Documents laid over one another, ways back doubled.
        runnable: Whether a scenario is wanted; else ``start`` and the like may be missing.
    """
    reader = Validation(tree)
    shape = shape_of(Scenario)
    values: dict[str, Any] = {}
    ids: dict[str, frozenset[str]] = {}
    for key, inner in shape.fields.items():
        if inner.kind == "rows":
            rows = tree.values.get(key)
            rows = rows if isinstance(rows, Rows) else Rows()
            ids[key] = frozenset(rows)
            values[key] = tuple(reader.rows(key, inner, rows))
        elif key == "parameters":
            values[key] = reader.parameters(inner, tree.values.get(key) or {})
    header = {
        key: reader.prepare(value, shape.fields[key], (key,))
        for key, value in tree.values.items()
        if key in shape.fields and key not in values
    }
    scenario = reader.header(header, values, runnable)
    return Resolved(tree, scenario, reader.problems, ids, frozenset(reader.unsound))


def read_rows(tree: Tree, name: str) -> tuple[list[BaseModel], list[Problem]]:
    """Return the sound rows of one list of a scenario, and what is wrong with the others."""
    reader = Validation(tree)
    rows = tree.values.get(name)
    found = reader.rows(name, shape_of(Scenario).fields[name], rows if isinstance(rows, Rows)
                        else Rows())  # fmt: skip
    return found, reader.problems


@dataclass
class Validation:
    """Reads the values of a tree; what is wrong with them goes to ``problems``."""

    tree: Tree
    problems: list[Problem] = field(default_factory=list)
    unsound: set[str] = field(default_factory=set)

    def rows(self, name: str, shape: Shape, rows: Rows) -> list[BaseModel]:
        """Return the sound rows of a list; what is wrong with the others goes to ``problems``."""
        sound = []
        for row_id, row in rows.items():
            path = (name, row_id)
            model, inner = shape.model, shape
            if name in _MEASURE_LISTS:
                kind = self.kind(path, row)
                if kind is None:
                    continue
                model, inner = kind, shape_of(kind)
            assert model is not None
            inner = inner.row
            ready = self.prepare(row, inner, path)
            for key in sorted(unwritten(model) & set(ready)):
                # Packs of earlier versions hold it as it is without: that says nothing.
                if ready.pop(key) != model.model_fields[key].default:
                    valid = nearest(key, inner.fields)
                    self.note("unknown-key", (*path, key), "no such key here", valid)
            for key in ("at", "taken_from"):
                if name in _MEASURE_LISTS and key in ready:
                    ready[key] = _short_targets(ready[key])
            self.provenance(ready, inner, path)
            built = self.build(model, ready, path, inner)
            if built is not None:
                sound.append(built)
        return sound

    def kind(self, path: Path, row: Any) -> type[Measure] | None:
        """Return the kind of a measure's row, None after noting that it has none."""
        name = row.get("kind") if isinstance(row, dict) else None
        if isinstance(name, str) and name in kinds():
            return kinds()[name]
        if name is None:
            self.note(
                "missing-key", (*path, "kind"), "the measure has no kind", nearest("", kinds())
            )
        else:
            self.note(
                "unknown-kind",
                (*path, "kind"),
                f"no kind of measure is called {name!r}",
                nearest(str(name), kinds()),
            )
        return None

    def parameters(self, shape: Shape, values: Any) -> dict[str, Quantity]:
        """Return the sound parameters."""
        sound = {}
        if not isinstance(values, dict):
            self.note("wrong-type", ("parameters",), "a map is wanted here", "Write `name: value`.")
            return {}
        for name, raw in values.items():
            path = ("parameters", name)
            inner = shape.fields.get(name)
            if inner is None:
                self.note(
                    "unknown-parameter",
                    path,
                    f"no parameter is called {name!r}",
                    nearest(name, shape.fields),
                )
                if close := nearest_name(name, shape.fields):
                    self.tree.excused.add(("parameters", close))
                continue
            value = self.prepare(raw, inner, path)
            if isinstance(value, Quantity):
                sound[name] = value
                if not self.sourced(value, path):
                    self.missing_source({(name,): value.source}, path[:1])
                continue
            assert inner.unit is not None
            try:
                inner.unit.parse(raw)
            except PydanticCustomError as error:
                self.note(error.type, path, *_custom(error))
        return sound

    def header(self, header: dict[str, Any], lists: dict[str, Any], runnable: bool) -> Scenario:
        """Return the scenario, with placeholders for the header values that are not sound."""
        try:
            return Scenario.model_validate({**header, **lists})
        except ValidationError as error:
            details = error.errors()
            self.unsound |= {str(detail["loc"][0]) for detail in details}
            told = [d for d in details if runnable or d["type"] != "missing" or len(d["loc"]) > 1]
            self.mistakes(told, header, (), shape_of(Scenario))
        sound = {k: v for k, v in header.items() if k not in self.unsound}
        return Scenario.model_validate({**_PLACEHOLDERS, **sound, **lists})

    def prepare(self, value: Any, shape: Shape, path: Path) -> Any:
        """Return a value ready for pydantic: quantities read, rows as lists, dates checked."""
        if shape.kind == "quantity" and shape.unit is not None:
            try:
                quantity = shape.unit.parse(value)
            except PydanticCustomError:
                return value
            mark = self.tree.mark(path)
            return quantity.with_provenance(mark.source, _status(mark.status))
        if isinstance(value, Rows) and shape.kind == "rows":
            inner = shape.row
            return [self.prepare(row, inner, (*path, key)) for key, row in value.items()]
        if isinstance(value, dict):
            return {
                key: self.prepare(v, shape.inner(key), (*path, str(key)))
                for key, v in value.items()
            }
        if isinstance(value, list):
            item = shape.item or ANY
            return [self.prepare(v, item, (*path, str(n))) for n, v in enumerate(value, 1)]
        if shape.kind == "text" and isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if shape.kind == "date" and value is not None:
            text = str(value)
            return text if _DATE.fullmatch(text) else f"{text} is no date"
        if shape.kind == "number":
            return _finite(value)
        return value

    def build(
        self, model: type[BaseModel], ready: Any, path: Path, shape: Shape
    ) -> BaseModel | None:
        """Return a row, or None after noting what is wrong with it."""
        try:
            return model.model_validate(ready)
        except ValidationError as error:
            self.mistakes(error.errors(), ready, path, shape)
            return None

    def mistakes(self, details: list[ErrorDetails], ready: Any, path: Path, shape: Shape) -> None:
        """Note pydantic's errors, each key once, and none that only follows from another."""
        placed = [((*path, *_walk(ready, shape, d)), d) for d in details]
        skipped: set[Path] = set()
        told: set[Path] = set()
        for where, detail in placed:
            if detail["type"] == "extra_forbidden":
                valid = _shape_at(shape, where[len(path) : -1]).fields
                skipped.add((*where[:-1], nearest_name(where[-1], valid) or where[-1]))
        for where, detail in placed:
            kind = detail["type"]
            if kind == "missing":
                excused = len(where) > 2 and (where[0], where[-1]) in self.tree.excused
                if where in skipped or where in self.tree.excused or excused:
                    continue
            if kind == "too_short" and any(w[: len(where)] == where != w for w, _ in placed):
                continue
            if where not in told:
                self.detail(detail, where, path, shape)
                told.add(where)

    def detail(self, detail: ErrorDetails, where: Path, path: Path, shape: Shape) -> None:
        """Note one pydantic error at a key, in a planner's words."""
        kind, context = detail["type"], detail.get("ctx") or {}
        rule, remedy = _RULES.get(kind, ""), ""
        message = detail["msg"][0].lower() + detail["msg"][1:]
        inner = _shape_at(shape, where[len(path) :])
        if "remedy" in context:
            rule, remedy = kind, str(context["remedy"])
        elif inner.kind == "date" and kind != "missing":
            rule, message = "bad-date", "this is not a date"
        elif rule == "unknown-key":
            valid = _shape_at(shape, where[len(path) : -1]).fields
            message, remedy = "no such key here", nearest(where[-1], valid)
        elif rule == "missing-key":
            message = f"the key {where[-1]!r} is missing"
        elif rule == "unknown-value":
            message = "this value is not known here"
            remedy = f"Use {context['expected']}."
        elif rule == "bad-id":
            message = "this does not have the form of a name here"
        elif kind.startswith(("int", "float")):
            rule, message = "not-a-number", "this is not a finite number"
        elif not rule:
            rule = "wrong-type"
        self.note(rule, where, message, remedy or _REMEDIES.get(rule, "Mend the value."))

    def provenance(self, ready: dict[str, Any], shape: Shape, path: Path) -> None:
        """Fill in a row's own source and status, and note numbers that end with none.

        A row's own source is that of the bare numbers in it (weights, hours); quantities carry
        theirs.
        """
        quantities: dict[Path, Quantity] = {}
        bare: list[Path] = []
        _numbers(ready, shape, (), quantities, bare)
        marks = [self.tree.mark((*path, *p)) for p in bare]
        if "source" in shape.fields:
            sources = list(dict.fromkeys(m.source for m in marks if m.source))
            own = str(ready.get("source") or "")
            ready["source"] = "; ".join(sources) or own or self.tree.mark(path).source
            if ready.get("status") in (None, *STATUSES):
                known = [s for m in marks if (s := _status(m.status))]
                weakest = max(known, key=STATUSES.index) if known else None
                ready["status"] = (
                    weakest or ready.get("status") or _status(self.tree.mark(path).status)
                )
        lacking = {
            p: m.source for p, m in zip(bare, marks, strict=True) if not (m.source and m.status)
        }
        lacking |= {p: q.source for p, q in quantities.items() if not self.sourced(q, (*path, *p))}
        self.missing_source(lacking, path)

    def sourced(self, quantity: Quantity, path: Path) -> bool:
        """Return whether a quantity has a source and a status (a misspelt one is noted apart)."""
        return bool(quantity.source and (quantity.status or self.tree.mark(path).status))

    def missing_source(self, lacking: Mapping[Path, str], path: Path) -> None:
        """Note the numbers of one row that name no source or no status, by key within the row."""
        if not lacking:
            return
        one = len(lacking) == 1
        where = (*path, *next(iter(lacking))) if one else path
        what = "status" if all(lacking.values()) else "source"
        self.note(
            "missing-source",
            where,
            f"the number has no {what}"
            if one
            else f"{len(lacking)} numbers of the row have no {what}",
            "Add source and status to the row, or `provenance:` to the document.",
        )

    def note(self, rule: str, path: Path, message: str, remedy: str) -> None:
        """Note a problem at a key."""
        self.problems.append(self.tree.problem(rule, path, message, remedy))


def _status(text: str | None) -> Status | None:
    return next((s for s in STATUSES if s == text), None)


def _custom(error: PydanticCustomError) -> tuple[str, str]:
    context = error.context or {}
    return str(context.get("message", error)), str(context.get("remedy", "Mend the value."))


def _short_targets(at: Any) -> Any:
    """Return targets as ``type:id``; ``sector:ALB-MNE/bozaj`` names the border for readers only."""
    if isinstance(at, str):
        kind, colon, name = at.partition(":")
        return f"{kind}{colon}{name.rpartition('/')[2]}"
    if isinstance(at, dict):
        return {key: _short_targets(item) for key, item in at.items()}
    return [_short_targets(item) for item in at] if isinstance(at, list) else at


def _finite(value: Any) -> Any:
    try:
        finite = math.isfinite(float(value))
    except (TypeError, ValueError, OverflowError):
        finite = False
    if finite and not isinstance(value, bool):
        return value
    return f"{value} is no number"


def _numbers(
    value: Any, shape: Shape, at: Path, quantities: dict[Path, Quantity], bare: list[Path]
) -> None:
    """Collect the quantities and the bare numbers of a prepared value by key."""
    if isinstance(value, Quantity):
        quantities[at] = value
    elif shape.kind == "number":
        bare.append(at)
    elif isinstance(value, dict):
        for key, inner in value.items():
            deeper = shape.fields.get(key) or shape.item
            if deeper is not None:
                _numbers(inner, deeper, (*at, str(key)), quantities, bare)
    elif isinstance(value, list) and shape.kind == "rows":
        for row in value:
            if isinstance(row, dict):
                _numbers(row, shape.row, (*at, str(row.get(shape.key))), quantities, bare)
    elif isinstance(value, list) and shape.item is not None and shape.item.kind == "number":
        bare.append(at)


def _walk(ready: Any, shape: Shape, detail: ErrorDetails) -> Path:
    """Return pydantic's location as a planner's key: list rows by id, union tags left out."""
    keys: list[str] = []
    node = ready
    loc = [part for part in detail["loc"] if part != "[key]"]
    for number, part in enumerate(loc):
        if isinstance(node, dict):
            if part in node or number == len(loc) - 1:
                keys.append(str(part))
                shape = shape.inner(str(part))
                node = node.get(part)
        elif isinstance(node, list) and isinstance(part, int) and part < len(node):
            node = node[part]
            row = shape.kind == "rows" and isinstance(node, dict)
            keys.append(str(node.get(shape.key)) if row else str(part + 1))
            shape = shape.row if row else shape.item or ANY
    return tuple(keys)


def _shape_at(shape: Shape, path: Path) -> Shape:
    for part in path:
        if shape.kind == "rows":
            shape = shape.row
            continue
        shape = shape.inner(part)
    return shape
