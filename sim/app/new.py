"""``crossborder new``: a first file to change, one that already passes ``crossborder check``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from sim.errors import InputError, Problem

Name = Annotated[str, typer.Argument(help="Id of the new file's content: a-z, 0-9 and _.")]


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    group.command()(plan)
    group.command()(scenario)
    app.add_typer(
        group,
        name="new",
        help="Make a plan or scenario file to start from.\n\n"
        "Example: crossborder new plan my_plan --for two_routes",
    )


def plan(
    name: Name,
    scenario: Annotated[str, typer.Option("--for", help="Scenario the plan is laid over.")],
) -> None:
    """Write NAME.yaml, a plan for a scenario, into this folder.

    Example: crossborder new plan more_patrols --for two_routes
    """
    from sim.scenario.loading import load
    from sim.scenario.templates import plan_text

    _check(name)
    _write(name, plan_text(name, load(scenario), scenario))


def scenario(
    name: Name,
    extends: Annotated[str, typer.Option(help="Scenario it starts from.")] = "two_routes",
) -> None:
    """Write NAME.yaml, a scenario that changes another one, into this folder.

    Example: crossborder new scenario my_region
    """
    from sim.scenario.loading import load
    from sim.scenario.templates import scenario_text

    _check(name)
    load(extends)
    _write(name, scenario_text(name, extends))


def _check(name: str) -> None:
    if not re.fullmatch("[a-z0-9_]{1,64}", name):
        raise InputError(
            [
                Problem(
                    rule="bad-id",
                    message="an id is 1 to 64 of a-z, 0-9 and _",
                    remedy="Choose another name.",
                    key="NAME",
                    value=name[:80],
                )
            ]
        )


def _write(name: str, text: str) -> None:
    file = Path(f"{name}.yaml")
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        problem = Problem(
            "file-exists",
            "this file is there already",
            "Choose another name.",
            key="NAME",
            value=str(file),
        )
        raise InputError([problem]) from None
    print(file)
