"""What is measured: ``python -m tests.benchmarks.subjects SUBJECT '{"setting": value}'``.

Prints one line of JSON. Imports and the building of a scenario lie outside the measured part,
the building of the world inside it.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.measuring import Measurement, as_json, measured


def stress(parties: int, days: int = 365, window: int = 1, cooperation: bool = True) -> Measurement:
    """The engine on `stress`, every mechanism on, or all but cooperation."""
    from sim.model import BorderModel
    from tests.benchmarks.stress import build

    scenario = build(parties, days, window, cooperation)
    with measured() as result:
        model = BorderModel(scenario, 1)
        model.run()
    result.facts = {
        "parties": model.world.crowd.planned,
        "legs": int(model.recorder.columns("flows")["parties"].sum()),
        "touches": model.digest()["legs"],
        "phase_seconds": model.phase_seconds,
        "requests": model.world.requests.book.size,
        "cases": 0 if model.world.readmission is None else model.world.readmission.book.size,
    }
    return result


def plain_numpy(parties: int) -> Measurement:
    """Movement alone in plain numpy."""
    from tests.benchmarks.plain_numpy import run
    from tests.benchmarks.stress import build

    scenario = build(1000)
    with measured() as result:
        facts = run(scenario, parties)
    result.facts = facts
    return result


def plain_mesa(parties: int, days: int, when_due: bool) -> Measurement:
    """The plain Mesa loop."""
    from tests.benchmarks.plain_mesa import Tables, run
    from tests.benchmarks.stress import build

    tables = Tables.of(build(1000))
    with measured() as result:
        facts = run(tables, parties, days, when_due)
    result.facts = facts
    return result


def warm(scenario: str) -> Measurement:
    """A second run of a shipped scenario, folder written, in a process that has done one."""
    from sim.experiments.runs import run

    with tempfile.TemporaryDirectory() as folder:
        run(scenario, out=Path(folder) / "first")
        with measured() as result:
            run(scenario, out=Path(folder) / "second")
    return result


def ensemble(scenario: str, replicates: int, workers: int) -> Measurement:
    """An ensemble of a shipped scenario; its time on the wall is what counts."""
    from sim.experiments.runs import run

    with tempfile.TemporaryDirectory() as folder, measured() as result:
        run(scenario, replicates=replicates, workers=workers, out=Path(folder) / "run")
    return result


def compiling(scenario: str, until: str) -> Measurement:
    """A run that finds no compiled kernels where ``NUMBA_CACHE_DIR`` leads, and compiles them."""
    from numba.core import event

    from sim.kernels.compiling import FOLDER, all_to_compile
    from sim.model import BorderModel
    from sim.scenario.loading import load

    assert FOLDER is not None
    assert all_to_compile()
    loaded = load(scenario, (), [f"until={until}"])
    spent: list[float] = []
    with event.install_timer("numba:compile", spent.append), measured() as result:
        BorderModel(loaded, 1).run()
    files = [path for path in FOLDER.rglob("*") if path.is_file()]
    result.facts = {
        "seconds": sum(spent),
        "kernels": sum(path.suffix == ".nbi" for path in files),
        "types": sum(path.suffix == ".nbc" for path in files),
        "bytes": sum(path.stat().st_size for path in files),
    }
    return result


SUBJECTS: dict[str, Callable[..., Measurement]] = {
    f.__name__: f for f in (stress, plain_numpy, plain_mesa, warm, ensemble, compiling)
}

if __name__ == "__main__":
    print(as_json(SUBJECTS[sys.argv[1]](**json.loads(sys.argv[2]))))
