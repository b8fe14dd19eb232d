"""What a user types: each command done right and done wrong."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from sim.app.command_line import app
from sim.records.run_reader import RunFolder
from tests.stories.commands import Command, Done

#: A short run of the tutorial: seven weeks.
SHORT = ("run", "two_routes", "--set", "until=2020-04-20")


def environment() -> dict[str, str]:
    path = os.pathsep.join(p for p in sys.path if p)
    return os.environ | {"PYTHONPATH": path, "PYTHONWARNINGS": "error"}


def command(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "sim.app.command_line", *arguments]


def in_a_process(folder: Path, *arguments: str, **variables: str) -> Done:
    """Run the command in a folder, as a user does."""
    done = subprocess.run(
        command(arguments), cwd=folder, capture_output=True, text=True, check=False,
        env=environment() | variables,
    )  # fmt: skip
    return Done(done.returncode, done.stdout, done.stderr)


def contents(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))


# Done right ---------------------------------------------------------------------------------


def test_a_run_ends_with_the_path_of_its_report(tmp_path: Path) -> None:
    done = in_a_process(tmp_path, *SHORT, "--seed", "7")
    assert (done.code, done.err) == (0, "")
    assert done.last == "runs/two_routes-s7-1/report.html"
    assert (tmp_path / done.last).read_text(encoding="utf-8").startswith("<!")
    run = RunFolder.open(tmp_path / "runs/two_routes-s7-1")
    assert run.manifest["seed"] == 7
    assert run.manifest["sets"] == ["until=2020-04-20"]
    assert run.manifest["command"].endswith("--seed 7")
    assert run.manifest["counts"]
    report = in_a_process(tmp_path, "report", str(run.path))
    assert (report.code, report.last) == (0, str(run.path / "report.html"))


def test_a_run_without_report_ends_with_its_folder(crossborder: Command, tmp_path: Path) -> None:
    for n in (1, 2):
        done = crossborder(*SHORT, "--no-report", "--plan", "hilltop_nights")
        assert (done.code, done.last) == (0, f"runs/two_routes-hilltop_nights-s1-{n}")
    assert not list(tmp_path.rglob("report.html"))
    hashes = [crossborder("hash", f"runs/two_routes-hilltop_nights-s1-{n}")
              for n in (1, 2)]  # fmt: skip
    assert hashes[0].last == hashes[1].last
    assert len(hashes[0].last) == 64
    other = crossborder(*SHORT, "--no-report", "--out", "other", "--seed", "2")
    assert other.last == "other"
    assert crossborder("hash", "other").last != hashes[0].last


def test_flows_by_the_hour_add_up_to_flows_by_the_day(crossborder: Command, tmp_path: Path) -> None:
    done = crossborder(*SHORT, "--no-report", "--grain", "hour")
    assert done.code == 0, done.err
    run = RunFolder.open(tmp_path / done.last)
    sums = run.sql(
        "SELECT (SELECT sum(persons) FROM flows) AS day, "
        "(SELECT sum(persons) FROM hourly_flows) AS hour"
    )
    assert sums["day"].tolist() == sums["hour"].tolist()
    assert sums["day"][0] > 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("scenarios",), "two_routes"),
        (("measures",), "staffing"),
        (("measures", "staffing"), "officers"),
        (("tables",), "journeys"),
        (("tables", "posts"), "mean_wait"),
        (("check", "two_routes"), "no mistakes"),
        (("--help",), "Example: crossborder run"),
    ],
)
def test_commands_that_print(
    crossborder: Command, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = crossborder(*arguments)
    assert (done.code, done.err) == (0, "")
    assert said in done.out
    assert contents(tmp_path) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("scenarios", "--json"),
        ("measures", "--json"),
        ("tables", "--json"),
        ("schema",),
        ("check", "two_routes", "--json"),
    ],
    ids=" ".join,
)
def test_commands_that_a_script_reads(
    crossborder: Command, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    done = crossborder(*arguments)
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out) is not None


def test_every_command_has_help_with_an_example() -> None:
    from typer.main import get_command

    whole = get_command(app)
    groups = ("new", "exercise")
    commands = {name: c for name, c in whole.commands.items() if name not in groups}  # type: ignore[attr-defined]
    commands |= whole.commands["new"].commands  # type: ignore[attr-defined]
    commands |= {f"exercise {n}": c for n, c in whole.commands["exercise"].commands.items()}  # type: ignore[attr-defined]
    assert sorted(commands) == [
        "check", "compare", "console", "diff", "exercise branch", "exercise check",
        "exercise new", "exercise purge", "exercise replay", "exercise review", "exercise serve",
        "explain", "export", "hash", "measures", "plan", "report", "run", "scenario", "scenarios",
        "schema", "tables",
    ]  # fmt: skip
    for each in commands.values():
        assert "Example: crossborder " in (each.help or "")


def test_new_files_pass_the_check_and_are_never_overwritten(
    crossborder: Command, tmp_path: Path
) -> None:
    made = crossborder("new", "plan", "mine", "--for", "two_routes")
    assert (made.code, made.last) == (0, "mine.yaml")
    assert crossborder("new", "scenario", "ours").last == "ours.yaml"
    assert contents(tmp_path) == ["mine.yaml", "ours.yaml"]
    assert crossborder("check", "mine.yaml", "ours.yaml").code == 0
    before = (tmp_path / "mine.yaml").read_text()
    again = crossborder("new", "plan", "mine", "--for", "two_routes")
    assert (again.code, "[file-exists]" in again.err) == (2, True)
    assert (tmp_path / "mine.yaml").read_text() == before


# Done wrong ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "two_rotes"), "two_routes"),
        (("run",), "Missing argument"),
        (("run", "two_routes", "--seed", "x"), "--seed"),
        (("run", "two_routes", "--replicates", "0"), "--replicates"),
        (("run", "two_routes", "--plan", "a", "--plan", "b"), "[one-plan]"),
        (("run", "two_routes", "--plan", "hilltop_night"), "hilltop_nights"),
        (("run", "two_routes", "--set", "parameters.muu=1 d"), "[unknown-parameter]"),
        (("run", "two_routes", "--set", "parameters.mu=1 km"), "[wrong-unit]"),
        (("run", "adriatic_shift", "--grain", "hour"), "[grain-too-fine]"),
        (("run", "two_routes", "--out", "."), "[out-exists]"),
        (("check", "nothing.yaml"), "nothing.yaml"),
        (("check", "wrong.yaml"), "wrong.yaml:2: summry = typo"),
        (("measures", "staffin"), "no kind is called"),
        (("tables", "post"), "no table is called"),
        (("new", "plan", "Mine", "--for", "two_routes"), "[bad-id]"),
        (("new", "plan", "mine", "--for", "nowhere"), "nowhere"),
        (("hash", "nowhere"), "no such folder"),
        (("report", "."), "manifest.json is missing"),
        (("console", "--runs", "nowhere"), "[no-such-folder]"),
        (("console", "--runs", ".", "--host", "203.0.113.9"), "[cannot-listen]"),
        (("rum",), "rum"),
    ],
    ids=lambda a: " ".join(a) if isinstance(a, tuple) else "",
)
def test_wrong_input_is_named_and_nothing_is_written(
    crossborder: Command, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "wrong.yaml").write_text("scenario: wrong\nsummry: typo\n")
    done = crossborder(*arguments)
    assert done.code == 2
    assert said in done.err
    assert "Traceback" not in done.err
    assert contents(tmp_path) == ["wrong.yaml"]


def test_check_tells_a_script_what_is_wrong(crossborder: Command, tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text("scenario: wrong\nsummry: typo\n")
    done = crossborder("check", "wrong.yaml", "--json")
    assert done.code == 2
    found = {(p["file"], p["line"], p["key"], p["rule"]) for p in json.loads(done.out)}
    assert ("wrong.yaml", 2, "summry", "unknown-key") in found


def test_a_place_that_cannot_be_written_is_one_sentence(
    crossborder: Command, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    done = crossborder(*SHORT, "--out", "file/run")
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert "cannot be made" in done.err
    assert contents(tmp_path) == ["file"]


def test_a_fault_of_the_program_is_one_sentence(tmp_path: Path) -> None:
    """A broken installation stands in for a fault: a module that cannot be imported."""
    (tmp_path / "duckdb.py").write_text("raise ImportError('broken')")
    with_fault = str(tmp_path) + os.pathsep + environment()["PYTHONPATH"]
    folder = tmp_path / "work"
    folder.mkdir()
    done = in_a_process(folder, *SHORT, PYTHONPATH=with_fault)
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert "ImportError: broken" in done.err
    assert "report it" in done.err
    assert contents(folder) == []
    traced = in_a_process(folder, *SHORT, PYTHONPATH=with_fault, CROSSBORDER_DEBUG="1")
    assert (traced.code, "Traceback" in traced.err) == (1, True)


# Progress and interruption ------------------------------------------------------------------


def test_progress_shows_date_speed_and_what_is_left_on_a_terminal(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        command(("run", "two_routes", "--no-report")), cwd=tmp_path, stderr=theirs,
        stdout=subprocess.DEVNULL, env=environment() | {"TERM": "xterm", "COLUMNS": "100"},
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 4096):
            shown += part
    except OSError:  # the other end is closed
        pass
    finally:
        os.close(ours)
    assert process.wait() == 0
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())  # without colours and moves
    assert re.search(r"two_routes .* 2020-0[3-6]-\d\d .*\d days/s .*\d:\d\d left", text), text


@pytest.mark.parametrize("more", [(), ("--replicates", "4", "--workers", "2")], ids=["one", "four"])
@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "terminated"]
)
def test_an_interrupted_run_leaves_nothing(
    tmp_path: Path, more: tuple[str, ...], sent: signal.Signals, code: int
) -> None:
    process = subprocess.Popen(
        command(("run", "adriatic_shift", *more)), cwd=tmp_path, env=environment(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    end = time.monotonic() + 60
    while not list(tmp_path.glob("runs/.*partial")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)
    time.sleep(0.3)
    process.send_signal(sent)
    out, err = process.communicate(timeout=30)
    assert process.returncode == code
    assert (out, err) == ("", "Interrupted; nothing is left half written.\n")
    assert contents(tmp_path) == []
