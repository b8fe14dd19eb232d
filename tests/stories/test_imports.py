"""The rooms import downwards only (ARCHITECTURE.md): read from the source, not from a promise."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: Rooms of ``sim`` from the ground up; a room imports itself and what stands above it here.
#: Files of the model's room join the subsystems and stand together.
ROOMS: tuple[frozenset[str], ...] = (
    frozenset({"errors"}),
    frozenset({"clock"}),
    frozenset({"kernels"}),
    frozenset({"randomness", "notes"}),
    frozenset({"serving"}),
    frozenset({"route_graph"}),
    frozenset({"scenario"}),
    frozenset({"records"}),
    frozenset({"movement"}),
    frozenset({"smuggling"}),
    frozenset({"protection"}),
    frozenset({"control"}),
    frozenset({"cooperation"}),
    frozenset(
        {
            "after_a_stop",
            "agents",
            "attempts",
            "daybook",
            "departure",
            "duty_plan",
            "green_border",
            "in_force",
            "institutions",
            "leg_aftermath",
            "levers",
            "model",
            "officers",
            "passage",
            "passage_log",
            "placing",
            "post_counters",
            "processes",
            "route_values",
            "surroundings",
            "world",
        }
    ),
    frozenset({"experiments"}),
    frozenset({"exercises"}),
    frozenset({"app"}),
)

#: The model joins these; they do not know one another.
SIBLINGS = frozenset({"movement", "smuggling", "protection", "control"})

#: What ``analysis`` may know of the engine.
READ_BY_ANALYSIS = frozenset({"records", "errors"})


def rank(room: str) -> int:
    return next(i for i, rooms in enumerate(ROOMS) if room in rooms)


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def room_of(file: Path) -> str:
    return file.relative_to(ROOT / "sim").parts[0].removesuffix(".py")


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield dotted names of what a file imports, at any depth of its functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"a relative import in line {node.lineno}"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms_imported(file: Path) -> set[str]:
    names = [n.split(".") for n in imported(ast.parse(file.read_text(encoding="utf-8")))]
    return {parts[1] if len(parts) > 1 else "" for parts in names if parts[0] == "sim"}


@pytest.mark.parametrize("file", sources("sim"), ids=lambda f: str(f.relative_to(ROOT)))
def test_a_file_imports_only_what_stands_above_it(file: Path) -> None:
    room = room_of(file)
    if room == "__init__":
        assert rooms_imported(file) <= {"experiments", "scenario"}
        return
    for other in rooms_imported(file):
        assert other, "nobody imports the package root"
        assert rank(other) <= rank(room), f"{room} stands above {other}"
        if room in SIBLINGS and other in SIBLINGS:
            assert other == room, f"{room} reaches into its sibling {other}"


def test_only_the_app_joins_engine_and_analysis() -> None:
    joining = {
        room_of(file)
        for file in sources("sim")
        for name in imported(ast.parse(file.read_text(encoding="utf-8")))
        if name.split(".")[0] == "analysis"
    }
    assert joining == {"app"}


@pytest.mark.parametrize("file", sources("analysis"), ids=lambda f: str(f.relative_to(ROOT)))
def test_analysis_reads_records_and_errors_only(file: Path) -> None:
    assert rooms_imported(file) <= READ_BY_ANALYSIS


@pytest.mark.parametrize("file", sources("sim"), ids=lambda f: str(f.relative_to(ROOT)))
def test_nothing_draws_but_the_keyed_draws(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert not {"random", "secrets", "uuid"} & {n.split(".")[0] for n in imported(tree)}
    assert not [n for n in imported(tree) if n.startswith("numpy.random")]
    # Mesa's constructors ask for a generator; handing theirs on draws nothing.
    nodes = list(ast.walk(tree))
    handed = {id(n.value) for n in nodes if isinstance(n, ast.keyword) and n.arg == "random"}
    drawn = [
        n.lineno
        for n in nodes
        if isinstance(n, ast.Attribute)
        and id(n) not in handed
        and n.attr in ("random", "rng", "default_rng")
    ]
    assert not drawn, f"draws in lines {drawn}; ask `sim.randomness.Draws`"


def test_kernels_import_one_another_only() -> None:
    """Compiled code is kept by the text of the kernels: what they take elsewhere would be stale."""
    for file in sources("sim/kernels"):
        assert rooms_imported(file) <= {"kernels"}, file


def test_every_room_is_named() -> None:
    named = frozenset().union(*ROOMS)
    assert {room_of(file) for file in sources("sim")} - {"__init__"} <= named
