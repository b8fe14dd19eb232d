"""``crossborder new``: a first file to change, one that already passes ``crossborder check``."""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.errors import CrossborderError, InputError, Problem

if TYPE_CHECKING:
    from sim.experiments.cutting import LocalPack
    from sim.records.run_reader import RunFolder

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

    check_name(name)
    write_new(name, plan_text(name, load(scenario), scenario))


def scenario(
    name: Name,
    extends: Annotated[
        str | None, typer.Option(help="Scenario it starts from [default: two_routes].")
    ] = None,
    region: Annotated[
        str | None, typer.Option(help="Region to cut a pack of some countries out of.")
    ] = None,
    only: Annotated[
        str | None, typer.Option(metavar="A,B", help="Countries of the region to keep.")
    ] = None,
    from_: Annotated[
        Path | None,
        typer.Option("--from", metavar="RUN", help="Run that says what crosses the cut."),
    ] = None,
) -> None:
    """Write NAME.yaml, a scenario that changes another one, into this folder.

    With --region it is a folder instead, NAME/NAME.yaml and its tables: the places, legs and
    controls of some countries, with the flows at the cut taken from a recorded run.

    Example: crossborder new scenario my_region --extends two_routes

    Example: crossborder new scenario drina --region western_balkans --only BIH,MNE,SRB --from RUN
    """
    check_name(name)
    if region is not None:
        if extends is not None:
            raise typer.BadParameter("give either --extends or --region")
        if only is None:
            raise typer.BadParameter("--region needs --only, e.g. --only BIH,MNE,SRB")
        _cut(name, region, [code.strip() for code in only.split(",")], from_)
        return
    if only is not None or from_ is not None:
        raise typer.BadParameter("--only and --from go with --region")
    from sim.scenario.loading import load
    from sim.scenario.templates import scenario_text

    load(extends or "two_routes")
    write_new(name, scenario_text(name, extends or "two_routes"))


def _cut(name: str, region: str, only: Collection[str], run: Path | None) -> None:
    """Cut a local pack out of a region and write its folder, whole or not at all."""
    from sim.app.progress import say_if_compiling
    from sim.experiments.cutting import cut_out
    from sim.records.run_reader import RunFolder
    from sim.scenario.loading import check, look, shipped_runs_of
    from sim.scenario.writing import write_scenario

    whole = look(region)
    known = {country.id for country in whole.countries}
    for code in only:
        if code not in known:
            raise refused("unknown-country", f"{region} has no country {code!r}",
                           f"Use some of {', '.join(sorted(known))}.", "--only", code)  # fmt: skip
    if run is None:
        runs = shipped_runs_of(region) or ("a scenario that extends it",)
        raise refused(
            "missing-run", "flows at the cut come from a recorded run of the region",
            f"Make one with `crossborder run {runs[0]} --no-report --out whole`, then add "
            f"`--from whole`.", "--from",
        )  # fmt: skip
    folder = RunFolder.open(run)
    missing = {place.id for place in whole.places} - {p["id"] for p in folder.scenario["places"]}
    if missing:
        raise refused("wrong-run", f"this is no run of {region}: it has no place "
                       f"{min(missing)!r}", "Name a run of a scenario that extends it.",
                       "--from", str(run))  # fmt: skip
    place = Path(name)
    if place.exists():
        raise _taken(place)
    partial = Path(f".{name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    say_if_compiling()
    try:
        pack = cut_out(folder, name, only)
        partial.mkdir()
        file = write_scenario(pack.scenario, partial, _comment(pack, folder, only))
        problems = check(str(file))
        if problems:
            raise CrossborderError(f"{', '.join(only)} cannot be cut out alone: {problems[0]}")
        partial.rename(place)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    print(place / file.name)


def _comment(pack: LocalPack, folder: RunFolder, only: Collection[str]) -> str:
    entries = ", ".join(f"{name} ({persons})" for name, persons in pack.entries.items())
    seed, whole = folder.manifest["seed"], folder.manifest["scenario"]
    return (
        f"{', '.join(only)}, cut out of a run of {whole} (seed {seed}).\n"
        f"Entries at the cut, persons in the run: {entries}.\n"
        f"Exits at the cut: {', '.join(pack.exits)}.\n"
        "Who enters is one draw of the run, the same whatever is planned here: nobody outside\n"
        "hears of it or goes another way. They enter with the money of their profile's start.\n"
        "An exit at the cut is worth what its travellers expected beyond it when the run began."
    )


def check_name(name: str) -> None:
    """Refuse a name that is no id."""
    if not re.fullmatch("[a-z0-9_]{1,64}", name):
        raise refused(
            "bad-id", "an id is 1 to 64 of a-z, 0-9 and _", "Choose another name.", "NAME", name
        )


def write_new(name: str, text: str) -> None:
    """Write NAME.yaml unless it is there, and print its path."""
    file = Path(f"{name}.yaml")
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise _taken(file) from None
    print(file)


def _taken(file: Path) -> InputError:
    return refused(
        "file-exists", "this file is there already", "Choose another name.", "NAME", str(file)
    )


def refused(rule: str, message: str, remedy: str, key: str, value: str = "") -> InputError:
    """Return the error of one argument that is refused."""
    return InputError([Problem(rule, message, remedy, key=key, value=value[:80])])
