"""A scenario written as a folder: one YAML document and a CSV table for each long list."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from sim.scenario.measures import kinds
from sim.scenario.quantities import Quantity
from sim.scenario.shapes import Shape, shape_of, unwritten
from sim.scenario.specs.scenario import Scenario

#: Lists written as tables; the others hold maps and lists that read better in the document.
TABLES = (
    "countries", "places", "legs", "sectors", "posts", "aftermath", "screening", "hazards",
    "detection_widths", "hit_rates", "arrivals", "stocks", "centres", "desks",
    "request_kinds", "answer_clocks", "observation_rules", "agreements", "reserves",
    "interpreted_screening", "forged_documents", "readmission", "holidays", "investigations",
    "other_crime", "targets", "ablations",
)  # fmt: skip
_WIDTH = 100
_PLAIN_UNITS = ("1", "share")
_KEYS_OF_QUANTITY = frozenset(Quantity.__dataclass_fields__)


def write_scenario(scenario: Scenario, folder: Path, comment: str) -> Path:
    """Write a resolved scenario and return the path of its document.

    Args:
        scenario: What to write; it needs no parent afterwards.
        folder: An empty folder; the document is called after the scenario.
        comment: Lines put before the document, each becoming a YAML comment.
    """
    text = scenario.as_text()
    for row in (*text["history"], *text["measures"]):
        for key in unwritten(kinds()[row["kind"]]):
            if not row[key]:
                del row[key]
    shape = shape_of(Scenario)
    tables = {}
    for name in TABLES:
        rows = text.pop(name)
        if rows:
            tables[name] = f"{name}.csv"
            content = _table(rows, shape.fields[name])
            (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    document = _document(text, tables)
    stream = StringIO()
    yaml = YAML()
    yaml.width = _WIDTH
    yaml.default_flow_style = False
    yaml.representer.ignore_aliases = lambda *_: True
    yaml.dump(document, stream)
    lines = "".join(f"# {line}".rstrip() + "\n" for line in comment.splitlines())
    file = folder / f"{scenario.scenario}.yaml"
    file.write_text(lines + stream.getvalue(), encoding="utf-8")
    return file


def _document(text: dict[str, Any], tables: Mapping[str, str]) -> dict[str, Any]:
    first = ("scenario", "summary", "synthetic", "start", "until", "zone", "seed", "map")
    document = {key: text[key] for key in first if text[key] not in ("", None)}
    document["tables"] = dict(tables)
    for key, value in text.items():
        if key in first or key == "plan" or value in (None, "", [], {}):
            continue
        if isinstance(value, list):
            document[key] = [_row(row) for row in value]
        else:
            document[key] = _tidy(value, "", None)
    return document


def _row(row: dict[str, Any]) -> dict[str, Any]:
    source, status = _provenance(row)
    tidy: dict[str, Any] = _tidy(row, source, status)
    last = {"source": source, "status": status, "note": row.get("note", "")}
    tidy = {key: value for key, value in tidy.items() if key not in last}
    return tidy | {key: value for key, value in last.items() if value}


def _provenance(row: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return a row's own source and status, or those of its first number that has some."""
    if row.get("source") and row.get("status"):
        return str(row["source"]), str(row["status"])
    for quantity in _quantities(row):
        if quantity["source"] and quantity["status"]:
            return quantity["source"], quantity["status"]
    return str(row.get("source") or ""), row.get("status")


def _quantities(value: Any) -> Iterator[dict[str, Any]]:
    if _is_quantity(value):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _quantities(inner)


def _is_quantity(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == _KEYS_OF_QUANTITY


def _tidy(value: Any, source: str, status: str | None) -> Any:
    """Return a value without what says nothing; numbers without the row's own provenance."""
    if _is_quantity(value):
        return _quantity(value, source, status)
    if isinstance(value, dict):
        inner = {k: _tidy(v, source, status) for k, v in value.items()}
        return {k: v for k, v in inner.items() if v not in (None, "", [], {})}
    if isinstance(value, list):
        return [_tidy(item, source, status) for item in value]
    return value


def _quantity(quantity: dict[str, Any], source: str, status: str | None) -> Any:
    unit = "" if quantity["unit"] in _PLAIN_UNITS else f" {quantity['unit']}"

    def shown(number: float) -> str | float:
        return f"{_number(number)}{unit}" if unit else float(number)

    more = {k: shown(quantity[k]) for k in ("low", "high") if quantity[k] is not None}
    if quantity["scale"] != "linear":
        more["scale"] = quantity["scale"]
    if (quantity["source"], quantity["status"]) != (source, status):
        more |= {k: quantity[k] for k in ("status", "source") if quantity[k]}
    value = shown(quantity["value"])
    return {"value": value, **more} if more else value


def _number(value: float) -> str:
    """Return a number that reads back as the same number, whole ones without a point."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(value)


def _table(rows: list[dict[str, Any]], shape: Shape) -> str:
    cells = [_cells(row, shape) for row in rows]
    columns: dict[str, None] = {}
    last = ("source", "status", "note")
    for key in (*(k for k in shape.fields if k not in last), *last):
        for row in cells:
            columns |= {c: None for c in row if c.split(" ")[0].split(".")[0] == key}
    stream = StringIO()
    writer = csv.DictWriter(stream, list(columns), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(cells)
    return stream.getvalue()


def _cells(row: dict[str, Any], shape: Shape) -> dict[str, str]:
    source, status = _provenance(row)
    own = {**row, "source": source, "status": status}
    return dict(_flat(own, shape.fields, "", (source, status)))


def _flat(
    row: Mapping[str, Any], fields: Mapping[str, Shape], before: str, own: tuple[str, str | None]
) -> Iterator[tuple[str, str]]:
    for key, shape in fields.items():
        value, name = row.get(key), before + key
        if value is None or value in ("", [], {}):
            continue
        if shape.kind == "quantity":
            yield from _quantity_cells(name, value, own)
        elif shape.kind == "map" and shape.item is not None:
            yield from _flat(value, dict.fromkeys(value, shape.item), f"{name}.", own)
        elif shape.kind == "rows":
            for inner in value:
                rest = {k: s for k, s in shape.fields.items() if k != shape.key}
                yield from _flat(inner, rest, f"{name}.{inner[shape.key]}.", own)
        elif shape.kind == "list":
            yield name, ";".join(map(str, value))
        elif shape.kind == "flag":
            yield name, "true" if value else "false"
        else:
            yield name, str(value)


def _quantity_cells(
    name: str, quantity: Mapping[str, Any], own: tuple[str, str | None]
) -> Iterator[tuple[str, str]]:
    yield f"{name} [{quantity['unit']}]", _number(quantity["value"])
    for part in ("low", "high"):
        if quantity[part] is not None:
            yield f"{name}.{part}", _number(quantity[part])
    if quantity["scale"] != "linear":
        yield f"{name}.scale", quantity["scale"]
    if (quantity["source"], quantity["status"]) != own:
        for part in ("source", "status"):
            if quantity[part]:
                yield f"{name}.{part}", quantity[part]
