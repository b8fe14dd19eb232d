"""Where runs are computed: one seam, here in this process or in processes of this machine.

An executor takes jobs and gives back their results in the order of the jobs. A job is called with
the number of the worker that does it, from 0, and must be picklable: it carries a scenario and a
seed, never a model.
"""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sim.errors import CrossborderError
from sim.kernels import compiling

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

Result_co = TypeVar("Result_co", covariant=True)
Result = TypeVar("Result")

_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


class Job(Protocol[Result_co]):
    """A piece of work that does not depend on who does it, save for where it puts things down."""

    def __call__(self, worker: int) -> Result_co:
        """Do the work in worker number ``worker``."""
        ...


class Executor(Protocol):
    """Runs jobs somewhere."""

    def map(self, jobs: Sequence[Job[Result]]) -> Generator[Result, None, None]:
        """Yield the results in the order of the jobs; the first failure ends it.

        Closing the generator ends the work that is under way.
        """
        ...


class SerialExecutor:
    """Runs the jobs here, one after the other, as worker 0."""

    def map(self, jobs: Sequence[Job[Result]]) -> Generator[Result, None, None]:
        """Yield the results in the order of the jobs."""
        for job in jobs:
            yield job(0)


class ProcessExecutor:
    """Runs the jobs in fresh processes of this machine, each with one BLAS thread.

    Processes are spawned, not forked: Mesa allows nothing else, and a fork would inherit numpy's
    threads. They ignore Ctrl-C; this process ends them. Where no kernel has been compiled yet, the
    first job runs alone: it compiles for those that follow.
    """

    def __init__(self, workers: int) -> None:
        if workers < 1:
            raise ValueError("at least one worker is needed")
        self.workers = workers

    def map(self, jobs: Sequence[Job[Result]]) -> Generator[Result, None, None]:
        """Yield the results in the order of the jobs.

        Raises:
            CrossborderError: A job failed, or a worker process died; names the job.
        """
        from multiprocessing.connection import wait

        waiting = iter(enumerate(jobs))
        done: dict[int, Result] = {}
        following = 0
        with _crew(min(self.workers, len(jobs))) as crew:
            # After an installation the first job compiles for those that follow.
            alone = compiling.FOLDER is not None and compiling.all_to_compile()
            for member in crew[:1] if alone else crew:
                member.give(next(waiting, None))
            while following < len(jobs):
                busy = {m.connection: m for m in crew if m.job is not None}
                for ready in wait(list(busy)):
                    member = next(m for c, m in busy.items() if c is ready)
                    number, result = member.take()
                    done[number] = result
                for member in crew:
                    if member.job is None:
                        member.give(next(waiting, None))
                while following in done:
                    yield done.pop(following)
                    following += 1


@dataclass
class _Member:
    """One worker process, this side of the pipe; ``job`` is the number of what it works on."""

    process: BaseProcess
    connection: Connection[Any, Any]
    job: int | None = None

    def give(self, item: tuple[int, Job[Any]] | None) -> None:
        self.job = None if item is None else item[0]
        if item is not None:
            with suppress(BrokenPipeError):  # a dead worker is reported by ``take``
                self.connection.send(item[1])

    def take(self) -> tuple[int, Any]:
        assert self.job is not None
        number, self.job = self.job, None
        try:
            error, result = self.connection.recv()
        except (EOFError, OSError):
            self.process.join()
            raise CrossborderError(
                f"worker process {self.process.pid} died (exit code {self.process.exitcode}) "
                f"during run {number}; it was killed or ran out of memory: try fewer --workers"
            ) from None
        if error is not None:
            failure = CrossborderError(f"run {number} failed: {error[0]}")
            failure.add_note(error[1])
            raise failure
        return number, result


@contextmanager
def _crew(size: int) -> Iterator[list[_Member]]:
    import multiprocessing

    context = multiprocessing.get_context("spawn")
    crew: list[_Member] = []
    try:
        with _one_thread():
            for number in range(size):
                here, there = context.Pipe()
                process = context.Process(target=_serve, args=(number, there), daemon=True)
                process.start()
                there.close()
                crew.append(_Member(process, here))
        yield crew
    finally:
        for member in crew:
            member.process.terminate()
        for member in crew:
            member.process.join()
            member.connection.close()


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let children start with one BLAS thread; numpy reads this when it is imported."""
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _serve(number: int, connection: Connection[Any, Any]) -> None:
    """Do jobs until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, OSError):
        while True:
            job = connection.recv()
            answer: tuple[tuple[str, str] | None, Any]
            try:
                answer = None, job(number)
            except Exception as error:
                known = isinstance(error, CrossborderError)
                sentence = str(error) if known else f"{type(error).__name__}: {error}"
                answer = (sentence, traceback.format_exc()), None
            connection.send(answer)
