"""The front door: few names, sorted, imported when used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import sim


def test_the_public_names_are_these() -> None:
    assert sim.__all__ == ["Run", "load", "run", "run_plans"]
    assert sorted(sim.__all__) == sim.__all__
    assert dir(sim) == sim.__all__


def test_every_public_name_is_there() -> None:
    from sim.experiments.comparisons import run_plans
    from sim.experiments.runs import Run, run
    from sim.scenario.loading import load

    assert (sim.Run, sim.load, sim.run, sim.run_plans) == (Run, load, run, run_plans)
    with pytest.raises(AttributeError, match="no attribute 'walk'"):
        _ = sim.walk


def test_heavy_modules_wait_until_they_are_needed() -> None:
    """The help text is quick because these are not imported for it; time itself is not tested."""
    question = (
        "import sys, sim.app.command_line as c\n"
        "try: c.main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'numpy','pandas','mesa','duckdb','pydantic','matplotlib','rich'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", question, "--help"], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_one_blas_thread_is_set_before_numpy_is_imported() -> None:
    question = (
        "import sys, sim, os; print(os.environ['OPENBLAS_NUM_THREADS'], 'numpy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", question],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "", "PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout.split() == ["1", "False"]
