"""Laying documents over one another: maps by key, lists by id, quantities and plain lists whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sim.errors import Problem
from sim.scenario.documents import DOCUMENT_KEYS, Document
from sim.scenario.names import nearest
from sim.scenario.shapes import shape_of
from sim.scenario.specs.scenario import Scenario
from sim.scenario.tree import ASSUMED_BY_USER, BY_USER, Mark, Path, Rows, Tree, copied, is_quantity
from sim.scenario.yaml_text import read_yaml

_QUANTITY_KEYS = ("value", "low", "high", "unit", "source", "status", "scale")
#: What a way back is called.
BACK = "_back"


def lay_over(base: Tree, document: Document) -> tuple[Problem, ...]:
    """Change ``base`` by a document: first what it removes, then what it states."""
    problems = []
    for name, line in document.remove:
        if problem := _remove(base, name):
            rule, message, remedy = problem
            problems.append(
                Problem(rule, message, remedy, document.found.name, line, "remove", name)
            )
    values = document.tree.values
    if document.kind == "plan":
        values = {key: value for key, value in values.items() if key not in ("plan", "summary")}
    _merge(base, base.values, document.tree, values, ())
    base.excused |= document.tree.excused
    if () not in base.marks or document.kind == "scenario":
        base.marks[()] = document.tree.mark(())
    return tuple(problems)


def _remove(base: Tree, name: str) -> tuple[str, str, str] | None:
    *parents, last = name.split(".")
    node: Any = base.values
    for part in parents:
        if not isinstance(node, dict) or part not in node:
            return _nothing(part, node)
        node = node[part]
    if not isinstance(node, dict) or is_quantity(node) or last not in node:
        return _nothing(last, node)
    del node[last]
    path = tuple(name.split("."))
    for marked in [p for p in base.marks if p[: len(path)] == path]:
        del base.marks[marked]
    return None


def _nothing(name: str, node: Any) -> tuple[str, str, str]:
    valid = node if isinstance(node, dict) else ()
    return "unknown-row", f"nothing is called {name!r} there", nearest(name, valid, "such row")


def _merge(base: Tree, old: dict[str, Any], over: Tree, new: dict[str, Any], at: Path) -> None:
    for key, value in new.items():
        path = (*at, key)
        before = old.get(key)
        if (
            isinstance(before, dict)
            and _joins(before)
            and _joins(value)
            and isinstance(before, Rows) == isinstance(value, Rows)
        ):
            _merge(base, before, over, value, path)
            continue
        old[key] = copied(value)
        base.marks[path] = over.mark(path)
        _copy_marks(base, over, value, path)


def _joins(value: Any) -> bool:
    return isinstance(value, dict) and not is_quantity(value)


def _copy_marks(base: Tree, over: Tree, value: Any, path: Path) -> None:
    inner: Iterable[tuple[str, Any]] = ()
    if _joins(value):
        inner = value.items()
    elif isinstance(value, list):
        inner = ((str(n), None) for n in range(1, len(value) + 1))
    for key, child in inner:
        deeper = (*path, key)
        if (mark := over.marks.get(deeper)) is not None:
            base.marks[deeper] = mark
        else:
            base.marks.pop(deeper, None)
        if isinstance(child, dict | list):
            _copy_marks(base, over, child, deeper)


def set_value(tree: Tree, text: str) -> Problem | None:
    """Apply one ``--set KEY=VALUE``; return what is wrong with it, if anything."""
    key, equals, written = text.partition("=")
    key, written = key.strip(), written.strip()

    def bad(rule: str, message: str, remedy: str) -> Problem:
        return Problem(rule, message, remedy, "", 0, key, written[:80])

    if not equals or not key or not written:
        return bad("bad-set", "a setting is KEY=VALUE", "Write e.g. `parameters.mu=1.5 d`.")
    node, problems = read_yaml(f"v: {written}", "")
    if node is None or problems:
        return bad("bad-set", "the value cannot be read", "Write a plain value, or quote it.")
    path = tuple(key.split("."))
    fields = shape_of(Scenario).fields
    if path[0] not in fields or path[0] in DOCUMENT_KEYS:
        valid = [f for f in fields if f not in DOCUMENT_KEYS]
        return bad("unknown-key", f"no key {path[0]!r}", nearest(path[0], valid))
    at: Any = tree.values
    for depth, part in enumerate(path[:-1]):
        if isinstance(at, Rows) and part not in at:
            if not _way_back(tree, path[:depth], part):
                return bad(
                    "unknown-row",
                    f"no row {part!r} in {'.'.join(path[:depth])}",
                    nearest(part, at, "such row"),
                )
            at[part] = {"id": part}
        inner = at.get(part)
        last = depth == len(path) - 2
        if last and path[-1] in _QUANTITY_KEYS and (is_quantity(inner) or _scalar(inner)):
            whole = dict(inner) if isinstance(inner, dict) else {"value": inner}
            at[part] = {k: v for k, v in whole.items() if k not in ("source", "status")}
            path = path[:-1]
            at[part][key.rpartition(".")[2]] = node.plain()["v"]
            tree.marks[path] = _by_user()
            return None
        if inner is None:
            shape = fields[path[0]] if depth == 0 else None
            inner = at[part] = Rows() if shape is not None and shape.kind == "rows" else {}
        if not isinstance(inner, dict) or is_quantity(inner):
            return bad(
                "unknown-key",
                f"{'.'.join(path[: depth + 1])} has no keys of its own",
                "Set the value itself.",
            )
        at = inner
    if isinstance(at, Rows) or isinstance(at.get(path[-1]), Rows):
        return bad("wrong-type", "a whole row or list cannot be set", "Name a row and its key.")
    at[path[-1]] = node.plain()["v"]
    tree.marks[path] = _by_user()
    return None


def _by_user() -> Mark:
    return Mark("", 0, ASSUMED_BY_USER, "assumed", BY_USER)


def _scalar(value: Any) -> bool:
    return isinstance(value, int | float | str) and not isinstance(value, bool)


def _way_back(tree: Tree, at: Path, name: str) -> bool:
    base = tree.values.get("legs", {}).get(name.removesuffix(BACK), {})
    return at == ("legs",) and name.endswith(BACK) and _says_yes(base.get("both_ways"))


def _says_yes(value: Any) -> bool:
    return value is True or str(value).strip().lower() in ("yes", "true", "on", "1")


def double_ways(tree: Tree) -> tuple[Problem, ...]:
    """Add the way back of every leg with ``both_ways``, ends swapped, id with ``_back``.

    The way back is no gate of a route; a row written under its id overlays it. A post serves one
    direction, so that a leg through a post has no such way back.
    """
    legs = tree.values.get("legs")
    if not isinstance(legs, Rows):
        return ()
    problems = []
    doubled = Rows()
    for name, leg in legs.items():
        doubled.setdefault(name, leg)
        if not (isinstance(leg, dict) and _says_yes(leg.get("both_ways"))):
            continue
        if leg.get("post"):
            problems.append(
                tree.problem(
                    "both-ways-post",
                    ("legs", name, "both_ways"),
                    "a post serves one direction",
                    "Write the way back as a leg of its own.",
                )
            )
        back = name + BACK
        row = {k: copied(v) for k, v in leg.items() if k not in ("id", "route")}
        row |= {"id": back, "from": leg.get("to"), "to": leg.get("from"), "both_ways": False}
        if isinstance(leg.get("via"), list):
            row["via"] = leg["via"][::-1]
        for path in [p for p in tree.marks if p[:2] == ("legs", name)]:
            tree.marks.setdefault(("legs", back, *path[2:]), tree.marks[path])
        if isinstance(legs.get(back), dict):
            row |= legs[back]
        doubled[back] = row
        leg["both_ways"] = False
    tree.values["legs"] = doubled
    return tuple(problems)
