"""Do centres look like real ones, and what do they cost? ``python -m tests.studies centres``.

Runs ``adriatic_shift`` with centres on and off, and prints load and leads beside what is known of
real centres (requests a day and officer on the books, share that leads to an investigation), how
requests went, and the seconds of processor time that centres take.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

import pandas as pd

from analysis.sections.centres import (
    KNOWN_LEADS,
    KNOWN_RATE,
    ROUTES,
    lead_share,
    officer_rates,
)
from sim.model import BorderModel
from sim.scenario.loading import load


def main(argv: Sequence[str] = ()) -> int:
    """Print the comparison; return 0 if the leads and most centres lie inside, else 1."""
    parser = argparse.ArgumentParser(prog="centres")
    parser.add_argument("--scenario", default="adriatic_shift")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--repeat", type=int, default=1, help="runs of each, the fastest counts")
    options = parser.parse_args(argv)
    seconds, model = _timed(options.scenario, options.set, options.repeat)
    without, _ = _timed(options.scenario, [*options.set, "switches.centres=off"], options.repeat)
    asked = pd.DataFrame(model.recorder.columns("requests"))
    asked["response"] = asked["answered"] - asked["asked"]
    print(f"{len(asked):,} requests; processor seconds with centres {seconds:.1f}, without "
          f"{without:.1f}")  # fmt: skip
    own = asked[asked["kind"] != "other"]
    for route, words in ROUTES.items():
        mine = own[own["route"] == route]
        if len(mine):
            low, high = mine["response"].quantile([0.5, 0.9])
            print(f"  {words:22s} {len(mine):7,d}  median {low:5.1f} h, 90 % {high:5.1f} h, of use "
                  f"{mine['in_time'].mean():4.0%}")  # fmt: skip
    rates = officer_rates(asked, model.scenario.as_text())
    inside = {c: KNOWN_RATE[0] <= r <= KNOWN_RATE[1] for c, r in rates.items()}
    print(f"requests a day and officer on the books, known {KNOWN_RATE[0]} to {KNOWN_RATE[1]}:")
    for centre, rate in sorted(rates.items()):
        print(f"  {centre:22s} {rate:5.2f}{'' if inside[centre] else '  outside'}")
    leads = lead_share(asked)
    fits = KNOWN_LEADS[0] <= leads <= KNOWN_LEADS[1]
    print(f"lead to an investigation: {leads:.1%}, known {KNOWN_LEADS[0]:.0%} to "
          f"{KNOWN_LEADS[1]:.0%}{'' if fits else ': outside'}")  # fmt: skip
    return 0 if fits and sum(inside.values()) * 2 > len(inside) else 1


def _timed(scenario: str, sets: Sequence[str], repeat: int) -> tuple[float, BorderModel]:
    """Return the least processor time of some runs, and the last run."""
    times = []
    for _ in range(max(repeat, 1)):
        model = BorderModel(load(scenario, (), list(sets)))
        begin = time.process_time()
        model.run()
        times.append(time.process_time() - begin)
    return min(times), model


if __name__ == "__main__":
    import sys

    raise SystemExit(main(sys.argv[1:]))
