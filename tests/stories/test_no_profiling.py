"""Origin is never an input of detection, referral, search, response or screening (MODEL, Scope)."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.control.posts import Posts
from sim.control.sectors import Sectors
from sim.model import BorderModel
from sim.protection.hazards import Hazards
from sim.protection.screening import ScreeningDesks
from sim.scenario.specs.people import Mix
from sim.scenario.specs.scenario import Scenario
from tests.model_runs import differing, finished, table
from tests.readmission_rows import with_readmission
from tests.stories.small_world import small_world

#: Labels and how many come with each: another order gives parties other labels and indices.
ORIGINS = {"far_coast": 1.0, "near_coast": 2.0, "mountains": 5.0}
#: A second entry, so that the shortest ways lead past a sector and past a post.
MILL = (
    ("to: town, mode: lorry, distance: 40 km", "to: town, mode: lorry, distance: 400 km"),
    ("  - {id: market, country", "  - {id: mill, country: AAA, kind: entry, lat: 44.8, lon: 20.2, "
     "dwell: 12 h}\n  - {id: market, country"),
    ("  - {id: meadow_road, from", "  - {id: mill_lorry, from: mill, to: town, mode: lorry, "
     "distance: 30 km, duration: 4 h, border: AAA-BBB, post: bridge, stream: lorries, "
     "use: hidden, hazard: road}\n  - {id: meadow_road, from"),
    ("  - {id: landings_april,", "  - {id: mill_march, series: mill, place: mill, "
     "from: 2020-03-01, until: 2020-04-01, persons: 300, mix: boats}\n  - {id: landings_april,"),
)  # fmt: skip
#: What meets a traveller, by class and method; each is listened to.
MEETINGS = (
    (Sectors, "meet"), (Posts, "meet"), (ScreeningDesks, "screen"), (Hazards, "strike"),
)  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    folder = tmp_path_factory.mktemp("world")
    loaded = small_world(folder, *MILL, sets=("switches.choice=shortest_path",))
    return loaded.model_copy(update={"until": loaded.start + timedelta(days=31)})


def labelled(world: Scenario, origins: Sequence[str]) -> Scenario:
    """Return the world with profiles that are equal but for their labels, in this order."""
    alike = world.profiles[1]
    profiles = tuple(
        alike.model_copy(update={"id": origin, "origin": origin, "name": origin.title()})
        for origin in origins
    )
    mix = Mix.model_validate({"id": "boats", "shares": ORIGINS})
    return world.model_copy(update={"profiles": profiles, "mixes": (mix,)})


def listened(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> tuple[BorderModel, dict[str, list[bytes]]]:
    """Return a run and every answer its control and protection gave, byte by byte."""
    answers: dict[str, list[bytes]] = {}

    def spied(owner: type, name: str) -> Any:
        method = getattr(owner, name)

        def ask(self: Any, *args: Any, **kwargs: Any) -> Any:
            answer = method(self, *args, **kwargs)
            if answer is None:  # it is written into the records handed over
                answer = tuple(args[0][field] for field in args[0].dtype.names)
            answers.setdefault(name, []).append(b"|".join(_bytes(answer)))
            return answer

        return ask

    with monkeypatch.context() as patch:
        for owner, name in MEETINGS:
            patch.setattr(owner, name, spied(owner, name))
        model = BorderModel(scenario, checks="full")
        model.run()
    return model, answers


def _bytes(answer: Any) -> Iterator[bytes]:
    if isinstance(answer, np.ndarray):
        yield answer.tobytes()
    elif isinstance(answer, tuple):
        yield from (part.tobytes() for part in answer)
    else:
        yield from (getattr(answer, name).tobytes() for name in answer.__slots__)


def test_origins_permuted_every_encounter_is_byte_identical(
    world: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [listened(labelled(world, p), monkeypatch) for p in permutations(ORIGINS)]
    first, answers = runs[0]
    assert set(answers) == {name for _, name in MEETINGS}
    assert table(first, "sectors")["intercepted"].sum() > 20
    assert table(first, "posts")["found"].sum() > 5
    for model, heard in runs[1:]:
        assert (model.world.crowd.profile != first.world.crowd.profile).any()
        assert heard == answers
        # News is heard by profile, and is all that may differ: nobody acts on it here.
        assert differing(first, model, ignore=("journeys", "knowledge")) == []
        one, two = table(first, "journeys"), table(model, "journeys")
        assert (one["profile"] != two["profile"]).any()
        assert one.drop(columns="profile").equals(two.drop(columns="profile"))


def test_origins_permuted_every_case_of_readmission_is_the_same(world: Scenario) -> None:
    first, second = (
        finished(with_readmission(labelled(world, p))) for p in list(permutations(ORIGINS))[:2]
    )
    assert len(table(first, "cases")) > 20
    assert differing(first, second, ignore=("journeys", "knowledge")) == []


# What the code of control may know ------------------------------------------------------------

ROOMS = ("control", "protection", "smuggling", "cooperation")
FORBIDDEN = {"origin", "origins", "profile", "profiles", "nationality", "citizenship"}


def sources() -> list[Path]:
    root = Path(inspect.getfile(sim)).parent
    return [file for room in ROOMS for file in sorted((root / room).glob("*.py"))]


def names(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield every name a file gives or uses: parameters, attributes, variables, text keys."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Attribute):
            yield node.attr, node.lineno
        elif isinstance(node, ast.Name):
            yield node.id, node.lineno
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg, node.value.lineno
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value, node.lineno


@pytest.mark.parametrize("file", sources(), ids=lambda f: f"{f.parent.name}/{f.name}")
def test_control_protection_and_networks_know_no_profile_and_no_origin(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    known = [(name, line) for name, line in names(tree) if name.lower() in FORBIDDEN]
    assert not known, f"{file.name} names {known}"


def test_the_search_for_names_finds_them() -> None:
    seen = ast.parse("def f(a, *, origin):\n    return a.profile[nationality], g(profiles=1)")
    assert {name for name, _ in names(seen)} & FORBIDDEN == {
        "origin", "profile", "nationality", "profiles",
    }  # fmt: skip
