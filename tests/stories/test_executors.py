"""Executors: order of results, failures with a name, nothing left running."""

from __future__ import annotations

import os
import time
from contextlib import closing
from dataclasses import dataclass

import pytest

from sim.errors import CrossborderError, InputError, Problem
from sim.experiments.executors import Executor, Job, ProcessExecutor, SerialExecutor


@dataclass(frozen=True)
class Square:
    number: int
    seconds: float = 0.0

    def __call__(self, worker: int) -> tuple[int, int, int, str]:
        time.sleep(self.seconds)
        return self.number**2, worker, os.getpid(), os.environ["OPENBLAS_NUM_THREADS"]


@dataclass(frozen=True)
class Fail:
    def __call__(self, worker: int) -> None:
        raise InputError([Problem("bad", "the pass is closed", "Open it.")])


@dataclass(frozen=True)
class Die:
    def __call__(self, worker: int) -> None:
        os._exit(9)


@pytest.mark.parametrize("executor", [SerialExecutor(), ProcessExecutor(2)], ids=["serial", "two"])
def test_results_come_in_the_order_of_the_jobs(executor: Executor) -> None:
    jobs = [Square(n, seconds=0.2 if n == 0 else 0.0) for n in range(5)]
    results = list(executor.map(jobs))
    assert [r[0] for r in results] == [0, 1, 4, 9, 16]
    assert {r[3] for r in results} == {"1"}
    if isinstance(executor, ProcessExecutor):
        assert {r[1] for r in results} == {0, 1}
        assert os.getpid() not in {r[2] for r in results}


def test_no_jobs_no_processes() -> None:
    assert list(ProcessExecutor(2).map([])) == []


def test_a_failed_job_is_named_and_says_why() -> None:
    jobs: list[Job[object]] = [Square(1), Fail(), Square(2)]
    with pytest.raises(CrossborderError, match=r"run 1 failed: .*the pass is closed") as caught:
        list(ProcessExecutor(1).map(jobs))
    assert "in __call__" in caught.value.__notes__[0]


def test_a_worker_that_dies_is_reported() -> None:
    jobs: list[Job[object]] = [Square(1), Die(), Square(2)]
    with pytest.raises(CrossborderError, match=r"died \(exit code 9\) during run 1"):
        list(ProcessExecutor(1).map(jobs))


def test_closing_the_results_ends_the_work() -> None:
    with closing(ProcessExecutor(1).map([Square(1), Square(2, seconds=60)])) as results:
        process = next(results)[2]
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_at_least_one_worker() -> None:
    with pytest.raises(ValueError, match="at least one"):
        ProcessExecutor(0)
