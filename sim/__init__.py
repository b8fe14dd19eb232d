"""Cross-border operations on a route graph: load a scenario, run it, read what happened.

>>> from sim import load, run  # doctest: +SKIP
>>> run("two_routes").outcomes  # doctest: +SKIP

Runs are exact only with one BLAS thread: import ``sim`` before numpy, or set
``OPENBLAS_NUM_THREADS=1`` yourself.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

# Read once, when numpy is first imported; more threads may change the last bit of a solve.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

if TYPE_CHECKING:
    from sim.experiments.comparisons import run_plans
    from sim.experiments.runs import Run, run
    from sim.scenario.loading import load

__all__ = ["Run", "load", "run", "run_plans"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that ``crossborder --help`` stays quick."""
    if name == "load":
        from sim.scenario import loading

        return loading.load
    if name == "run_plans":
        from sim.experiments import comparisons

        return comparisons.run_plans
    if name in ("Run", "run"):
        from sim.experiments import runs

        return getattr(runs, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
