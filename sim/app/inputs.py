"""Commands about what a planner writes: ``check``, ``schema``, ``measures``, ``scenarios``."""

from __future__ import annotations

import dataclasses
import inspect
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.app.printing import print_json, print_table
from sim.errors import InputError

if TYPE_CHECKING:
    from sim.scenario.measures import Measure

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for a script.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(check)
    app.command()(schema)
    app.command()(measures)
    app.command()(scenarios)


def check(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Scenario and plan files, or names.")
    ],
    as_json: AsJson = False,
) -> None:
    """Report every mistake of scenario and plan files.

    The exit code is 2 if there is one.

    Example: crossborder check my_region.yaml my_plan.yaml
    """
    from sim.scenario.loading import check as check_reference

    problems = {file: check_reference(file) for file in files}
    if as_json:
        print_json([dataclasses.asdict(p) for found in problems.values() for p in found])
        if any(problems.values()):
            raise typer.Exit(InputError.exit_code)
        return
    for file, found in problems.items():
        if not found:
            print(f"{file}: no mistakes")
    if any(problems.values()):
        sys.stdout.flush()
        raise InputError(p for found in problems.values() for p in found)


def measures(
    kind: Annotated[str | None, typer.Argument(help="One kind [default: all].")] = None,
    as_json: AsJson = False,
) -> None:
    """Print the kinds of measure, their keys and units.

    Example: crossborder measures staffing
    """
    import sim.scenario.loading  # noqa: F401  (kinds register themselves when it is imported)
    from sim.scenario.measures import kinds

    known = kinds()
    if kind is not None and kind not in known:
        raise typer.BadParameter(f"no kind is called {kind!r}; there are {', '.join(known)}")
    chosen = {name: k for name, k in known.items() if kind in (None, name)}
    if as_json:
        print_json({name: _described(k) for name, k in chosen.items()})
        return
    for name, each in chosen.items():
        described = _described(each)
        print_table(
            f"{name}: {described['meaning']}",
            ("key", "value", "needed"),
            (
                (key, field["value"], "yes" if field["needed"] else "")
                for key, field in described["keys"].items()
            ),
        )
        places = ", ".join(f"{target}:ID" for target in described["targets"])
        print(f"at: {places or 'any target'}\n\n{described['example']}\n")


def schema() -> None:
    """Print the JSON Schema of scenario, region and plan files.

    Example: crossborder schema > crossborder.schema.json
    """
    from sim.scenario.schema import document_schema

    print_json(document_schema())


def scenarios(as_json: AsJson = False) -> None:
    """Print the scenarios and plans that are shipped.

    Example: crossborder scenarios
    """
    from sim.scenario.loading import shipped

    found = shipped()
    if as_json:
        print_json([row._asdict() for row in found])
    else:
        print_table("Shipped", ("name", "kind", "what it is"), found)


def _described(kind: type[Measure]) -> dict[str, Any]:
    """Return what a planner needs to know of a kind of measure."""
    properties = kind.model_json_schema(by_alias=True).get("properties", {})
    required = {f.alias or n for n, f in kind.model_fields.items() if f.is_required()}
    return {
        "meaning": (inspect.getdoc(kind) or "").splitlines()[0],
        "targets": list(kind.targets),
        "keys": {
            key: {"value": _value(schema), "needed": key in required}
            for key, schema in properties.items()
        },
        "example": kind.example.strip(),
    }


def _value(schema: dict[str, Any]) -> str:
    """Return in words what a property of a JSON Schema may hold."""
    if "description" in schema:
        return str(schema["description"])
    if "const" in schema:
        return str(schema["const"])
    if "enum" in schema:
        return " | ".join(str(v) for v in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_value(s) for s in schema["anyOf"]))
    if schema.get("type") == "array":
        return f"list of {_value(schema.get('items', {}))}"
    if schema.get("type") == "object":
        patterns = list(schema.get("patternProperties", {}).values())
        inner = patterns[0] if patterns else schema.get("additionalProperties")
        return f"map of {_value(inner)}" if isinstance(inner, dict) else "map"
    return str(schema.get("format") or schema.get("type") or "any")
