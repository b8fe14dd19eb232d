"""*A planner's first hour* of the guide, run as written; and the guide's list of rules."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sim.scenario.finding import shipped_folder

ROOT = Path(__file__).resolve().parents[2]
GUIDE = shipped_folder() / "README.md"
#: Calls whose first words are a rule's id.
_NAMING = {"Problem", "problem", "note", "_bad", "_wrong", "_refuse", "_refused"}
_RULE = re.compile(r"[a-z]+(-[a-z0-9]+)+")


def section(title: str) -> str:
    text = GUIDE.read_text(encoding="utf-8")
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def commands() -> list[tuple[str, list[str]]]:
    """Return the commands of the section in order, each with the lines it should print."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", section("A planner's first hour"), re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif line.strip():
                found[-1][1].append(line)
    return found


def missing(expected: list[str], printed: str) -> str | None:
    """Return the first expected line that does not come, in order, or None.

    ``...`` stands for anything; a line may be part of the one printed.
    """
    at = 0
    for line in expected:
        parts = [re.escape(part.strip()) for part in line.split("...")]
        match = re.compile(".*?".join(parts)).search(printed, at)
        if match is None:
            return line
        at = match.end()
    return None


@pytest.fixture
def shell(tmp_path: Path) -> dict[str, str]:
    """Return an environment in which `crossborder` is this tree's command."""
    folder = tmp_path / "bin"
    folder.mkdir()
    command = folder / "crossborder"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m sim.app.command_line "$@"\n')
    command.chmod(0o755)
    return {
        **os.environ,
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "200",
    }


def test_a_planners_first_hour_runs_as_written(tmp_path: Path, shell: dict[str, str]) -> None:
    empty = tmp_path / "work"
    empty.mkdir()
    steps = commands()
    assert len(steps) >= 8
    for command, expected in steps:
        done = subprocess.run(
            ["sh", "-c", command], cwd=empty, env=shell, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=120, check=False,
        )  # fmt: skip
        printed = done.stdout
        assert "Traceback" not in printed, printed
        line = missing(expected, printed)
        assert line is None, f"$ {command}\nshould print: {line}\nbut printed:\n{printed}"


def test_the_hour_breaks_a_file_and_mends_it() -> None:
    """The section does what its title promises, so that the test above tests it."""
    text = "\n".join(command for command, _ in commands())
    for step in ("run two_routes", "new plan", "check", "--plan", "report.html"):
        assert step in text
    assert any("exit code 2" in line for _, expected in commands() for line in expected)


def test_an_expected_line_that_is_not_printed_is_found() -> None:
    assert missing(["one", "t...ee"], "zero\none\ntwo\nthree\n") is None
    assert missing(["two", "one"], "one\ntwo\n") == "one"


def _rules() -> set[str]:
    found = set()
    for path in _files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            called = node.func.id if isinstance(node.func, ast.Name) else called
            named = [k.value for k in node.keywords if k.arg == "rule"] + node.args[:1]
            if called in _NAMING:
                found |= {
                    a.value for a in named
                    if isinstance(a, ast.Constant) and _RULE.fullmatch(str(a.value))
                }  # fmt: skip
    return found


def test_the_guide_lists_every_rule() -> None:
    listed = set(re.findall(r"^\| `([a-z0-9.-]+)` \|", section("Rules"), re.MULTILINE))
    rules = _rules()
    assert len(rules) > 60
    assert {r for r in rules if not r.startswith("unknown-")} <= listed
    assert listed - {"unknown-..."} <= rules | set(re.findall(r'"([a-z0-9-]+)"', _source()))


def _source() -> str:
    return "\n".join(p.read_text(encoding="utf-8") for p in _files())


def _files() -> list[Path]:
    return [path for part in ("sim", "analysis") for path in (ROOT / part).rglob("*.py")]
