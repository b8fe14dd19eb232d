"""Forms for orders, made from the registry of measures: what a role may order, where, with what.

A form is plain data; the page builds native controls from it. What comes back is checked as any
measure of a plan is, so a form can be wrong about a value and no harm is done.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from sim.exercises.checking import TARGETS, may_order
from sim.exercises.specs import Role
from sim.scenario.measures import Measure, kinds
from sim.scenario.specs.centres import Desk
from sim.scenario.specs.scenario import Scenario

Facts = dict[str, Any]

#: Keys that every measure has; the page asks for place and time itself.
_COMMON = frozenset({"id", "name", "source", "status", "note", "kind", "summary", "at", "from",
                     "until", "when"})  # fmt: skip


def order_forms(scenario: Scenario, role: Role) -> list[Facts]:
    """Return a form for each kind of measure of which the role may order something."""
    forms = []
    for name, kind in kinds().items():
        targets = list(_targets(scenario, role, kind))
        if targets:
            meaning = inspect.getdoc(kind) or name
            forms.append({
                "kind": name, "title": name.replace("_", " "),
                "meaning": meaning.splitlines()[0], "targets": targets,
                "fields": list(_fields(scenario, role, kind)),
            })  # fmt: skip
    return forms


def _targets(scenario: Scenario, role: Role, kind: type[Measure]) -> Iterator[Facts]:
    for type_ in kind.targets:
        for target, name in _named(scenario, type_):
            if may_order(scenario, role, target):
                yield {"value": target, "text": f"{name} ({type_})"}


def _named(scenario: Scenario, type_: str) -> Iterator[tuple[str, str]]:
    if type_ == "border":
        for border in sorted({leg.border for leg in scenario.legs if leg.border}):
            yield f"border:{border}", border
        return
    for row in getattr(scenario, TARGETS.get(type_, f"{type_}s"), ()):
        name = str(getattr(row, "name", "") or row.id.replace("_", " "))
        yield f"{type_}:{row.id}", _desk_name(scenario, row) if type_ == "desk" else name


def _desk_name(scenario: Scenario, desk: Desk) -> str:
    countries = {c.id: c.label or c.name for c in scenario.countries}
    centres = {c.id: c.name or c.id for c in scenario.centres}
    return desk.name or f"{countries[desk.country]} at {centres[desk.centre]}"


def _fields(scenario: Scenario, role: Role, kind: type[Measure]) -> Iterator[Facts]:
    schema = kind.model_json_schema(by_alias=True)
    needed = set(schema.get("required", ()))
    for key, value in schema["properties"].items():
        if key in _COMMON:
            continue
        field = _field(_resolved(value, schema.get("$defs", {})), scenario, role)
        yield {"key": key, "title": key.replace("_", " "), "needed": key in needed, **field}


def _resolved(value: Facts, definitions: Mapping[str, Facts]) -> Facts:
    if "$ref" in value:
        return definitions[value["$ref"].rpartition("/")[2]]
    return value


def _field(value: Facts, scenario: Scenario, role: Role) -> Facts:
    """Return type, unit and choices of a field."""
    value = _given(value)
    unit = str(value.get("description", ""))
    if unit.startswith("quantity in "):
        return {"type": "quantity", "unit": unit.removeprefix("quantity in ")}
    if "enum" in value:
        return {"type": "choice", "choices": [str(v) for v in value["enum"]]}
    if value.get("type") == "boolean":
        return {"type": "choice", "choices": ["yes", "no"]}
    if value.get("type") == "array" and "enum" in value.get("items", {}):
        return {"type": "several", "choices": [str(v) for v in value["items"]["enum"]]}
    if value.get("type") == "array":
        return {"type": "list"}
    if value.get("type") == "object":
        return _map(value, scenario, role)
    return {"type": "text"}


def _map(value: Facts, scenario: Scenario, role: Role) -> Facts:
    """Return a map's keys: those the schema names, or the countries whose officers it sends."""
    names = value.get("propertyNames", {}).get("enum")
    each = value.get("additionalProperties")
    if names is None and "patternProperties" in value:
        sent = role.sends or ((role.country,) if role.country else ())
        names = [str(code) for code in sent]
        each = next(iter(value["patternProperties"].values()))
    labels = {c.id: c.label or c.name for c in scenario.countries}
    keys = [{"value": str(n), "text": labels.get(str(n), str(n).replace("_", " "))}
            for n in names or ()]  # fmt: skip
    inner = _given(each) if isinstance(each, dict) else {}
    unit = str(inner.get("description", ""))
    if unit.startswith("quantity in "):
        return {"type": "map", "keys": keys, "of": "quantity",
                "unit": unit.removeprefix("quantity in ")}  # fmt: skip
    own = [
        {"value": target, "text": f"{name} ({type_})"}
        for type_ in ("post", "sector")
        for target, name in _named(scenario, type_)
        if may_order(scenario, role, target)
    ]
    return {"type": "map", "keys": keys, "of": "target", "targets": own}


def _given(value: Facts) -> Facts:
    """Return what a value is when it is given at all."""
    if "description" in value:
        return value
    options = [v for v in value.get("anyOf", ()) if v.get("type") != "null"]
    return options[0] if len(options) == 1 else value
