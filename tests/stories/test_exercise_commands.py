"""``crossborder exercise``: each command done right and done wrong."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sim.exercises.bots import Bots
from sim.exercises.loading import load_exercise
from sim.exercises.session import Session
from sim.records.run_reader import RunFolder
from tests.stories.commands import Command
from tests.stories.small_exercise import write


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("played")
    with Session.begin(load_exercise(write(folder)), folder / "session") as session:
        Bots(session).play()
    return folder / "session"


def test_a_new_exercise_passes_its_check(crossborder: Command, tmp_path: Path) -> None:
    assert crossborder("exercise", "new", "mine", "--for", "two_routes").last == "mine.yaml"
    done = crossborder("exercise", "check", "mine.yaml", "--timeline", "events.csv")
    assert (done.code, done.last) == (0, "mine.yaml: no mistakes")
    assert "Dry run: bots played 12 hours, 1 orders" in done.out
    assert "first_answer" in done.out
    again = crossborder("exercise", "new", "theirs", "--for", "two_routes", "--timeline",
                        "events.csv")  # fmt: skip
    assert again.last == "theirs.csv"
    done = crossborder("exercise", "check", "theirs.yaml", "--no-dry-run")
    assert (done.code, done.last) == (0, "theirs.yaml: no mistakes")
    assert "Dry run" not in done.out
    drawn = ("exercise", "check", "theirs.yaml", "--no-dry-run", "--picture")
    assert crossborder(*drawn, "timeline.png").code == 0
    assert (tmp_path / "timeline.png").read_bytes().startswith(b"\x89PNG")
    assert (crossborder(*drawn, "timeline.png").code, crossborder(*drawn, "a.doc").code) == (2, 2)
    assert not (tmp_path / "a.doc").exists()
    twice = crossborder("exercise", "new", "mine", "--for", "two_routes")
    assert (twice.code, "file-exists" in twice.err) == (2, True)
    nothing = crossborder("exercise", "new", "ours", "--for", "two_routes", "--timeline", "no.csv")
    assert nothing.code == 2
    assert not (tmp_path / "ours.yaml").exists()


def test_a_wrong_exercise_is_refused_with_every_mistake(
    crossborder: Command, tmp_path: Path
) -> None:
    path = write(
        tmp_path, ("means: press", "means: pigeon"), ("condition: not landing", "condition: maybe")
    )
    done = crossborder("exercise", "check", str(path))
    assert done.code == 2
    assert "[unknown-value]" in done.err
    assert "[bad-condition]" in done.err
    assert "2 mistakes" in done.err
    path = write(tmp_path, ("officers: {BBB: 12}, taken_from", "officers: {BBB: 41}, taken_from"))
    done = crossborder("exercise", "check", str(path))
    assert done.code == 2
    assert "[refused-step]" in done.err
    assert "has 40 border_police" in done.err
    assert crossborder("exercise", "check", "no_such_thing").code == 2


def test_a_check_as_json(crossborder: Command, tmp_path: Path) -> None:
    data = json.loads(crossborder("exercise", "check", str(write(tmp_path)), "--json").out)
    assert data["dry_run"]["orders"] == ["meadows_now", "more_beds"]
    assert data["end"] - data["begin"] == 36


def test_a_replay_prints_the_hash_and_writes_a_run(
    crossborder: Command, played: Path, tmp_path: Path
) -> None:
    one = json.loads(crossborder("exercise", "replay", str(played), "--json").out)
    two = crossborder("exercise", "replay", str(played), "--out", "world")
    assert f"Hash of the state: {one['digest']}" in two.out
    assert two.last == "world"
    assert "meadows_now" not in two.err
    assert RunFolder.open(tmp_path / "world").manifest["exercise"] == "small_exercise"
    told = crossborder("explain", "world", "--example", "stopped-at:sector:meadows")
    assert told.code != 0
    assert "world of the exercise small_exercise" in told.err
    wrong = crossborder("exercise", "replay", str(tmp_path / "world"))
    assert wrong.code == 2
    assert "no session" in wrong.err


def test_a_flipped_byte_is_refused_with_its_entry(
    crossborder: Command, played: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in played.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    lines = (copy / "journal.jsonl").read_bytes().splitlines(keepends=True)
    lines[3] = lines[3].replace(b'"hour":', b'"hovr":', 1)
    (copy / "journal.jsonl").write_bytes(b"".join(lines))
    done = crossborder("exercise", "replay", str(copy))
    assert done.code == 2
    assert "entry 4 was changed" in done.err


def test_a_branch_prints_what_differs(crossborder: Command, played: Path) -> None:
    arguments = ("exercise", "branch", str(played), "--at", "2020-03-10 07:00")
    done = crossborder(*arguments, "--change", "drop meadows_now")
    assert done.code == 0
    assert "patrol_unit_hours" in done.out
    assert "one pair is no proof" in " ".join(done.out.split())
    same = crossborder(*arguments, "--change", "reference")
    assert same.last == "The two futures do not differ in any outcome."
    data = json.loads(crossborder(*arguments, "--change", "no_action", "--json").out)
    assert data["differences"]
    wrong = crossborder(*arguments, "--change", "dance")
    assert (wrong.code, "bad-change" in wrong.err) == (2, True)


def test_purge_asks_and_removes_the_words(
    crossborder: Command, played: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in played.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    before = json.loads(crossborder("exercise", "replay", str(copy), "--json").out)["digest"]
    assert crossborder("exercise", "purge", str(copy)).code != 0
    assert (copy / "texts.jsonl").read_bytes() != b""
    for name in ("review.html", "review.json", "improvement_plan.csv"):
        (copy / name).write_text("quoted", encoding="utf-8")
    done = crossborder("exercise", "purge", str(copy), "--yes")
    assert done.last == f"1 texts removed from {copy}"
    assert (copy / "texts.jsonl").read_bytes() == b""
    assert not list(copy.glob("review.*"))
    assert (copy / "improvement_plan.csv").read_text(encoding="utf-8") == "quoted"
    assert "improvement_plan.csv stays" in done.out
    after = json.loads(crossborder("exercise", "replay", str(copy), "--json").out)["digest"]
    assert after == before


def test_a_session_that_goes_on_takes_no_other_seed_or_folder(
    crossborder: Command, played: Path
) -> None:
    done = crossborder("exercise", "serve", str(played), "--port", "0", "--seed", "3", "--out", "x")
    assert done.code == 2
    assert "--seed = 3" in done.err
    assert "--out = x" in done.err


@pytest.mark.skipif(sys.platform == "win32", reason="terminals are opened another way there")
def test_on_a_terminal_the_way_to_the_begin_is_shown(tmp_path: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "sim.app.command_line", "exercise", "check",
               str(write(tmp_path))]  # fmt: skip
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=theirs, text=True,
        env=os.environ | {"TERM": "xterm", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )  # fmt: skip
    os.close(theirs)
    shown = bytearray()
    with contextlib.suppress(OSError):  # the other end was closed
        while part := os.read(ours, 4096):
            shown += part
    os.close(ours)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0, shown.decode()
    assert "no mistakes" in out
    assert b"small_exercise" in shown
    assert b"of the way" in shown or b"the world runs" in shown
