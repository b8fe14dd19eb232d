"""Where compiled kernels are kept, what the first run says, and how many types each meets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from sim.app import progress
from sim.experiments.executors import ProcessExecutor
from sim.kernels import compiling

ROOT = Path(__file__).parents[2]
NAME = "compiled-0123"
WEEKS = 60 * 24 * 3600

#: Prints for each kernel the types it was compiled for, after short runs of both shipped worlds.
TYPES = """
import importlib, json, pkgutil
from dataclasses import replace
import sim.kernels
from sim.experiments.trace import BorderModel
from sim.scenario.loading import load
for name, sets in (("two_routes", ["until=2020-04-20"]), ("adriatic_shift", ["until=2017-02-15"])):
    BorderModel(load(name, (), sets), 1).run()
found = {}
for each in pkgutil.iter_modules(sim.kernels.__path__):
    module = importlib.import_module(f"sim.kernels.{each.name}")
    for name, kernel in vars(module).items():
        if getattr(kernel, "__module__", "") == module.__name__ and hasattr(kernel, "signatures"):
            found[f"{each.name}.{name}"] = [str(types) for types in kernel.signatures]
print(json.dumps(found))
"""


def in_a_process(program: str, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env={**os.environ, **variables},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def aged(folder: Path, seconds: float) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "kernel.nbi").write_text("")
    at = time.time() - seconds
    os.utime(folder, (at, at))
    return folder


def test_a_kernel_meets_two_types_at_most() -> None:
    """Each further one costs a compilation: a column is given as the same type everywhere.

    Of a second process, which finds all compiled: it lists what the engine itself calls, and not
    what is compiled into it.
    """
    in_a_process(TYPES)
    found = json.loads(in_a_process(TYPES))
    assert any(found.values())
    assert {name: types for name, types in found.items() if len(types) > 2} == {}


def test_code_is_kept_in_the_first_place_that_can_be_written(tmp_path: Path) -> None:
    read_only = tmp_path / "a file is no folder"
    read_only.write_text("")
    cache = tmp_path / "user" / "cache"
    assert compiling.folder_in([read_only, cache], NAME) == cache / NAME
    assert (cache / NAME).is_dir()
    assert compiling.folder_in([cache, tmp_path], NAME) == cache / NAME
    assert compiling.folder_in([read_only, read_only / "deeper"], NAME) is None


def test_code_stands_beside_the_kernels_then_in_the_users_cache(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    beside = Path(compiling.__file__).parent / "__pycache__"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setitem(compiling._SETTINGS, "CACHE_DIR", "")
    assert compiling.homes() == [beside, tmp_path / "crossborder"]
    monkeypatch.setitem(compiling._SETTINGS, "CACHE_DIR", str(tmp_path / "own"))
    assert compiling.homes()[0] == tmp_path / "own"


def test_an_unwritable_folder_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whoever runs the tests may write everywhere: what the system would answer is said here."""
    shipped, cache = tmp_path / "shipped", tmp_path / "cache"
    (shipped / NAME).mkdir(parents=True)
    monkeypatch.setattr(compiling.os, "access", lambda path, _: shipped not in path.parents)
    assert compiling.folder_in([shipped, cache], NAME) == cache / NAME
    assert compiling.folder_in([shipped], NAME) is None


def test_without_a_folder_a_process_compiles_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "FOLDER", None)

    @compiling.compiled
    def doubled(x: float) -> float:
        return 2 * x

    assert doubled(1.5) == 3.0
    assert compiling.all_to_compile()


def test_a_new_folder_clears_away_what_nobody_has_used_for_long(tmp_path: Path) -> None:
    old, used = aged(tmp_path / "compiled-old", WEEKS), aged(tmp_path / "compiled-used", 3600)
    other = aged(tmp_path / "something", WEEKS)
    (tmp_path / "compiled-file").write_text("")
    os.utime(tmp_path / "compiled-file", (0, 0))
    compiling.folder_in([tmp_path], NAME)
    assert not old.exists()
    assert used.is_dir()
    assert other.is_dir()
    assert (tmp_path / "compiled-file").is_file()


def test_a_folder_found_is_marked_as_used(tmp_path: Path) -> None:
    mine, old = aged(tmp_path / NAME, WEEKS), aged(tmp_path / "compiled-old", WEEKS)
    compiling.folder_in([tmp_path], NAME)
    assert time.time() - mine.stat().st_mtime < 60
    assert old.is_dir()


def test_importing_kernels_leaves_scipy_to_others() -> None:
    program = """
import sys
import numpy as np
from sim.kernels import hashing
hashing.drawn(np.uint64(1), np.uint64(3))
assert "scipy.linalg" not in sys.modules
import numba
@numba.njit
def product(a, b):
    return np.dot(a, b)
print(product(np.eye(2), np.eye(2)).tolist())
"""
    assert in_a_process(program).strip() == "[[1.0, 0.0], [0.0, 1.0]]"


# What is said -------------------------------------------------------------------------------


def said(capsys: pytest.CaptureFixture[str]) -> str:
    progress.say_if_compiling()
    caught = capsys.readouterr()
    assert caught.out == ""
    return caught.err


def test_only_a_run_that_compiles_says_so_and_only_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(compiling, "FOLDER", tmp_path)
    monkeypatch.setitem(compiling._SETTINGS, "DISABLE_JIT", 0)
    assert said(capsys) == ""
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: True, raising=False)
    assert said(capsys) == "The first run after an installation compiles: a minute or more, once.\n"
    aged(tmp_path / "kernels", 0)
    assert said(capsys) == ""
    monkeypatch.setattr(compiling, "FOLDER", None)
    assert said(capsys) != ""
    monkeypatch.setitem(compiling._SETTINGS, "DISABLE_JIT", 1)
    assert said(capsys) == ""


# Worker processes ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Meeting:
    """Waits until ``guests`` jobs have come in, at most ``patience`` seconds; how many have."""

    folder: Path
    guests: int
    patience: float

    def __call__(self, worker: int) -> tuple[int, int]:
        (self.folder / f"{os.getpid()}-{time.monotonic_ns()}").touch()
        until = time.monotonic() + self.patience
        while (come := len(list(self.folder.iterdir()))) < self.guests and time.monotonic() < until:
            time.sleep(0.01)
        return come, worker


@pytest.mark.parametrize("to_compile", [True, False])
def test_the_first_job_compiles_for_those_that_follow(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, to_compile: bool
) -> None:
    monkeypatch.setattr(compiling, "all_to_compile", lambda: to_compile)
    first = Meeting(tmp_path, 2, 1.0 if to_compile else 60.0)
    followers = Meeting(tmp_path, 3, 60.0)  # the second and the third meet, whoever is first
    come, worker = zip(*ProcessExecutor(2).map([first, followers, followers]), strict=True)
    assert come[0] == (1 if to_compile else 2)
    assert min(come[1:]) == 3
    assert set(worker) == {0, 1}
