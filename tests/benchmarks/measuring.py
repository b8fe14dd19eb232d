"""Measurements: each in a process of its own, so that its peak memory and CPU time are its own."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass
class Measurement:
    """What one process measured of itself.

    Attributes:
        cpu_seconds: CPU seconds of the measured part, user and system.
        wall_seconds: Seconds on the wall of the same part.
        peak_mb: Peak resident memory of the process since it began, imports included, MB.
        facts: Counts and shares that the measured part gave back.
    """

    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    peak_mb: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)


@contextmanager
def measured() -> Iterator[Measurement]:
    """Measure the block; figures are there after it."""
    result = Measurement()
    cpu, wall = time.process_time(), time.perf_counter()
    yield result
    result.cpu_seconds = time.process_time() - cpu
    result.wall_seconds = time.perf_counter() - wall
    # Linux counts in KiB; macOS in bytes.
    unit = 1e6 if sys.platform == "darwin" else 1e6 / 1024
    result.peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def environment() -> dict[str, str]:
    """Return the environment of a measured process: one BLAS thread, this source tree."""
    path = os.pathsep.join(p for p in (str(ROOT), os.environ.get("PYTHONPATH", "")) if p)
    return {**os.environ, **dict.fromkeys(ONE_THREAD, "1"), "PYTHONPATH": path}


def start(subject: str, **settings: Any) -> subprocess.Popen[str]:
    """Start measuring a subject of ``tests.benchmarks.subjects`` in a process of its own."""
    return start_in(environment(), subject, **settings)


def start_in(around: dict[str, str], subject: str, **settings: Any) -> subprocess.Popen[str]:
    """Start measuring a subject in an environment of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.subjects", subject, json.dumps(settings)]
    return subprocess.Popen(command, env=around, stdout=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> Measurement:
    """Return what a started process measured.

    Raises:
        subprocess.CalledProcessError: It failed; its complaint stands on standard error.
    """
    output, _ = process.communicate()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args, output)
    return Measurement(**json.loads(output.splitlines()[-1]))


def measure(subject: str, **settings: Any) -> Measurement:
    """Measure a subject and wait for it."""
    return finish(start(subject, **settings))


def shell(arguments: Sequence[str], cwd: Path) -> float:
    """Return the seconds on the wall of a ``crossborder`` command, from the shell's view.

    Raises:
        RuntimeError: The command failed; with what it complained of.
    """
    program = "from sim.app.command_line import main; main()"
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=cwd, env=environment(), text=True,
        capture_output=True,
    )  # fmt: skip
    elapsed = time.perf_counter() - begin
    if done.returncode:
        raise RuntimeError(f"crossborder {' '.join(arguments)} failed:\n{done.stderr}")
    return elapsed


def as_json(measurement: Measurement) -> str:
    """Return a measurement as one line of JSON."""
    return json.dumps(asdict(measurement))


def best(measurements: Sequence[Measurement]) -> Measurement:
    """Return the one with the least CPU time: the others were disturbed."""
    return min(measurements, key=lambda m: m.cpu_seconds)
