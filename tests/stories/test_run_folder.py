"""A run folder is a whole run or not there; its hash sees every value and nothing else."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.errors import CrossborderError, InputError, RunFolderError
from sim.records.hashing import run_hash, table_hash
from sim.records.recorder import Recorder
from sim.records.run_reader import RunFolder
from sim.records.run_writer import Facts, new_folder, write_manifest, write_tables
from sim.records.tables import TABLES
from sim.scenario.specs.scenario import Scenario

SCENARIO = Scenario.model_validate(
    {"scenario": "small", "start": "2020-01-01", "until": "2020-02-01"}
)


def recorded() -> Recorder:
    """Three tables with texts, a missing value, a large key and an accent."""
    recorder = Recorder()
    recorder.add(
        "outcomes",
        outcome=np.array(["arrived", "arrived", "mean_wait"], dtype=object),
        subject="all",
        month=np.array(["2020-01", "all", "all"], dtype=object),
        value=np.array([3.0, 3.0, np.nan]),
    )
    recorder.add(
        "events",
        hour=np.array([5.5, 2.0]),
        kind="closed",
        subject=np.array(["post:b", "post:a"]),
        text=["Bož'aj", "snow"],
    )
    recorder.add(
        "journeys",
        key=np.array([2**63 + 7, 4], np.uint64),
        root=np.array([9, 4], np.uint64),
        profile="family",
        persons=[4, 1],
        minors=[2, 0],
        stock=[True, False],
        entry="north",
        entered=[0, 9],
        borders=["AAA-BBB@12", ""],
        reading="other",
        attempts=[1, 0],
        spent=[10.5, 0.0],
        place="pass",
        state=["arrived", "moving"],
        ended=[44.0, np.nan],
    )
    return recorder


def write(out: Path, recorder: Recorder, seed: int = 1, command: str = "test") -> RunFolder:
    with new_folder(out, "small") as new:
        rows = write_tables(new.path, recorder.columns, recorder.tables())
        write_manifest(
            new.path, SCENARIO, Facts(seed, command=command), rows, counts={"persons": 5}
        )
    return RunFolder.open(new.place)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    run = write(tmp_path / "run", recorded())
    assert run.tables() == ("events", "journeys", "outcomes")
    events = run.table("events")
    assert events is not None
    assert events["subject"].tolist() == ["post:a", "post:b"]  # in the order of the table
    assert events["text"].tolist() == ["snow", "Bož'aj"]
    journeys = run.table("journeys")
    assert journeys is not None
    assert journeys["key"].tolist() == [4, 2**63 + 7]
    assert journeys["stock"].tolist() == [False, True]
    assert np.isnan(journeys["ended"][0])
    assert journeys["ended"][1] == 44
    assert run.table("flows") is None
    answer = run.sql("SELECT sum(persons) AS persons FROM journeys WHERE ended IS NULL")
    assert answer["persons"].tolist() == [1]
    assert run.scenario["scenario"] == "small"
    assert run.manifest["counts"] == {"persons": 5}
    assert run.replicates == 1
    replicated = run.replicated("outcomes")
    assert replicated is not None
    assert replicated["replicate"].tolist() == [0, 0, 0]


def test_a_table_nobody_knows_is_named(tmp_path: Path) -> None:
    run = write(tmp_path / "run", recorded())
    with pytest.raises(RunFolderError, match="did you mean 'journeys'"):
        run.table("journey")


def test_a_value_that_must_be_recorded_may_not_be_missing(tmp_path: Path) -> None:
    recorder = Recorder()
    recorder.add("observed", series="sea", month="2020-01", persons=np.array([np.nan]))
    with pytest.raises(CrossborderError, match=r"observed\.persons holds a value"):
        write(tmp_path / "run", recorder)
    assert list(tmp_path.iterdir()) == []


# Whole or not there ------------------------------------------------------------------------


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_what_fails_on_the_way_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    def interrupted(name: str) -> Any:
        if name == "events":
            return recorded().columns(name)
        assert list(tmp_path.rglob("events.parquet"))
        raise error

    with pytest.raises(error), new_folder(tmp_path / "made" / "run", "small") as new:
        write_tables(new.path, interrupted, ["events", "journeys"])
    assert list(tmp_path.iterdir()) == []


def test_a_killed_run_leaves_no_run_and_the_next_one_clears_up(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import sys, time
        from pathlib import Path
        from sim.records.run_writer import new_folder
        with new_folder(Path(sys.argv[1]), "small") as new:
            (new.path / "events.parquet").write_bytes(b"half")
            time.sleep(60)
    """)
    place = tmp_path / "run"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    process = subprocess.Popen([sys.executable, "-c", program, str(place)], env=environment)
    try:
        wait_for(lambda: any(tmp_path.glob(".run.*/events.parquet")))
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    (left,) = tmp_path.iterdir()
    with pytest.raises(RunFolderError, match=r"manifest\.json is missing"):
        RunFolder.open(left)
    write(place, recorded())
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def wait_for(condition: Any, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def test_a_full_disk_is_one_clear_error(tmp_path: Path) -> None:
    """A limit on the size of files stands in for a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignore = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(CrossborderError, match=r"could not be written to .*another place"):
            write(tmp_path / "run", recorded())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignore)
    assert list(tmp_path.iterdir()) == []


def test_a_place_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="out-exists"):
        write(tmp_path, recorded())
    with pytest.raises(InputError, match="out-exists"):
        write(tmp_path / "notes.txt", recorded())
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]


def test_an_empty_place_is_used(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    assert write(tmp_path / "run", recorded()).tables()


def test_a_place_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunFolderError, match="cannot be made"):
        write(tmp_path / "file" / "run", recorded())


def test_unnamed_runs_are_numbered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with new_folder(None, "small-s1") as first, new_folder(None, "small-s1") as second:
        (first.path / "a").write_text("")
        (second.path / "b").write_text("")
    assert sorted(str(p) for p in Path("runs").iterdir()) == ["runs/small-s1-1", "runs/small-s1-2"]
    assert {str(first.place), str(second.place)} == {"runs/small-s1-1", "runs/small-s1-2"}


# Refused ------------------------------------------------------------------------------------


def change_manifest(run: RunFolder, **changes: Any) -> None:
    manifest = run.manifest | changes
    (run.path / "manifest.json").write_text(json.dumps(manifest))


def test_an_unknown_schema_is_refused(tmp_path: Path) -> None:
    run = write(tmp_path / "run", recorded())
    change_manifest(run, schema=999)
    with pytest.raises(RunFolderError, match="schema 999; this version"):
        RunFolder.open(run.path)


def test_half_a_folder_is_refused(tmp_path: Path) -> None:
    run = write(tmp_path / "run", recorded())
    change_manifest(run, status="running")
    with pytest.raises(RunFolderError, match="not a whole run"):
        RunFolder.open(run.path)
    change_manifest(run, tables={"events": 3})
    with pytest.raises(RunFolderError, match="does not hold the 3 rows"):
        RunFolder.open(run.path)
    change_manifest(run)
    (run.path / "events.parquet").write_bytes(b"PAR1")
    with pytest.raises(RunFolderError, match="cannot be read"):
        RunFolder.open(run.path)
    (run.path / "events.parquet").unlink()
    with pytest.raises(RunFolderError, match=r"events\.parquet is missing"):
        RunFolder.open(run.path)
    (run.path / "manifest.json").write_text("[]")
    with pytest.raises(RunFolderError, match="not the manifest"):
        RunFolder.open(run.path)
    (run.path / "manifest.json").unlink()
    with pytest.raises(RunFolderError, match=r"manifest\.json is missing"):
        RunFolder.open(run.path)
    with pytest.raises(RunFolderError, match="no such folder"):
        RunFolder.open(tmp_path / "nowhere")


# The hash -----------------------------------------------------------------------------------


def shuffled(recorder: Recorder) -> Recorder:
    """The same rows in another order, in two chunks."""
    other = Recorder()
    for name in recorder.tables():
        columns = {k: v[::-1] for k, v in recorder.columns(name).items()}
        for part in (slice(0, 1), slice(1, None)):
            other.add(name, **{k: v[part] for k, v in columns.items()})
    return other


def test_order_of_rows_and_command_do_not_matter(tmp_path: Path) -> None:
    one = write(tmp_path / "one", recorded())
    two = write(tmp_path / "two", shuffled(recorded()), command="another way")
    assert one.manifest["command"] != two.manifest["command"]
    assert run_hash(one) == run_hash(two)


def test_size_of_chunks_and_row_groups_does_not_matter(tmp_path: Path) -> None:
    run = write(tmp_path / "run", recorded())
    file = run.path / "outcomes.parquet"
    again = tmp_path / "again.parquet"
    from sim.records.parquet import connect

    with connect() as connection:
        connection.execute(
            f"COPY (SELECT * FROM '{file}' ORDER BY value DESC) TO '{again}' "
            "(FORMAT parquet, ROW_GROUP_SIZE 1, COMPRESSION snappy)"
        )
        hashes = {
            table_hash(connection, f, TABLES["outcomes"], chunk)
            for f in (file, again) for chunk in (1, 100)
        }  # fmt: skip
    assert len(hashes) == 1


@pytest.mark.parametrize(
    ("table", "column", "row", "value"),
    [
        ("outcomes", "value", 0, 3.0000000000000004),
        ("outcomes", "value", 2, 0.0),  # not recorded is not 0
        ("outcomes", "outcome", 0, "arrives"),
        ("events", "text", 1, ""),
        ("journeys", "key", 0, 2**63 + 8),
        ("journeys", "stock", 1, True),
        ("journeys", "ended", 1, 0.0),
    ],
)
def test_one_changed_value_changes_the_hash(
    tmp_path: Path, table: str, column: str, row: int, value: Any
) -> None:
    changed = Recorder()
    for name in recorded().tables():
        columns = recorded().columns(name)
        if name == table:
            columns[column][row] = value
        changed.add(name, **columns)
    one, two = write(tmp_path / "one", recorded()), write(tmp_path / "two", changed)
    assert run_hash(one) != run_hash(two)


def test_seed_and_missing_tables_change_the_hash(tmp_path: Path) -> None:
    fewer = Recorder()
    fewer.add("events", **recorded().columns("events"))
    hashes = {
        run_hash(write(tmp_path / "one", recorded())),
        run_hash(write(tmp_path / "two", recorded(), seed=2)),
        run_hash(write(tmp_path / "three", fewer)),
    }
    assert len(hashes) == 3
