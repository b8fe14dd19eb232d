"""JSON Schema of the documents, for editors: scenario, region, plan and every kind of measure."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

import sim.scenario.centre_kinds
import sim.scenario.cooperation_kinds  # its kinds register themselves
import sim.scenario.investigation_kinds
import sim.scenario.measure_kinds
import sim.scenario.readmission_kinds  # noqa: F401  (kinds of measures register themselves)
from sim.scenario.documents import KINDS
from sim.scenario.measures import kinds
from sim.scenario.parameters import PARAMETERS
from sim.scenario.quantities import STATUSES, Quantity
from sim.scenario.specs.scenario import Scenario

_ID = {"type": "string", "pattern": "^[a-z0-9_]{1,64}$"}
_FLAG = {"enum": [True, False, "on", "off", "yes", "no"]}
_MEASURE_LISTS = ("history", "measures")


def document_schema() -> dict[str, Any]:
    """Return the schema of one document; rows may be partial, since they may overlay others."""
    models: list[type[BaseModel]] = [Scenario, *kinds().values()]
    refs, whole = models_json_schema([(model, "validation") for model in models])
    definitions = {name: _loosened(s) for name, s in whole["$defs"].items()}
    named = {model: refs[model, "validation"]["$ref"].rpartition("/")[2] for model in models}
    properties = definitions.pop(named[Scenario])["properties"]
    for key in ("scenario", "plan"):
        del properties[key]
    definitions["measure"] = _measure({k: named[m] for k, m in kinds().items()}, definitions)
    for key in _MEASURE_LISTS:
        properties[key] = {"type": "array", "items": {"$ref": "#/$defs/measure"}}
    properties["parameters"] = _parameters()
    properties |= {
        "extends": {"type": "string", "minLength": 1},
        "for": {"type": "string", "minLength": 1},
        "tables": {"type": "object", "additionalProperties": {"type": "string"}},
        "provenance": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "source": {"type": "string", "minLength": 1},
                "status": {"enum": list(STATUSES)},
            },
        },
        "remove": {"type": "array", "items": {"type": "string", "pattern": "^[^.]+[.].+$"}},
    }
    properties.update((kind, _ID) for kind in KINDS)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "crossborder scenario, region or plan",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "oneOf": [{"required": [kind]} for kind in KINDS],
        "$defs": definitions,
    }


def _loosened(schema: Any) -> Any:
    """Return a schema whose objects need no key but the id, and whose flags take on and off."""
    if isinstance(schema, list):
        return [_loosened(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "boolean":
        return {k: v for k, v in schema.items() if k != "type"} | _FLAG
    loose = {key: _loosened(value) for key, value in schema.items()}
    if "properties" in loose and "required" in loose:
        needed = [key for key in loose["required"] if key in ("id", "leg", "value")]
        if needed:
            loose["required"] = needed
        else:
            del loose["required"]
    return loose


def _measure(named: dict[str, str], definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the union of the kinds told apart by ``kind``, or an overlay that states none."""
    for kind, name in named.items():
        properties = definitions[name]["properties"]
        properties["kind"] = {"const": kind}
        target = properties["at"]["items"]
        properties["at"] = {"anyOf": [target, properties["at"]]}
        definitions[name]["required"] = ["id", "kind"]
    return {
        "anyOf": [
            {
                "oneOf": [{"$ref": f"#/$defs/{name}"} for name in named.values()],
                "discriminator": {
                    "propertyName": "kind",
                    "mapping": {kind: f"#/$defs/{name}" for kind, name in named.items()},
                },
            },
            {"type": "object", "required": ["id"], "properties": {"kind": False}},
        ]
    }


def _parameters() -> dict[str, Any]:
    properties = {}
    for name, parameter in PARAMETERS.items():
        schema = TypeAdapter(Annotated[Quantity, parameter.unit]).json_schema()
        properties[name] = schema | {"description": f"{parameter.meaning} ({parameter.unit.unit})"}
    return {"type": "object", "properties": properties, "additionalProperties": False}
