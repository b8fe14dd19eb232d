"""Every tick of every shipped scenario with everything recounted.

``python -m tests.studies conservation``; the first mismatch stops it.
"""

from __future__ import annotations

import argparse

from sim.model import BorderModel
from sim.scenario.loading import load, shipped


def main(argv: list[str]) -> None:
    """Run the shipped scenarios to their end with full checks; the first mismatch stops the run."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.studies conservation", description=__doc__
    )
    parser.add_argument("--window", default="1 h", help="hours of a window")
    options = parser.parse_args(argv)
    for scenario in (s.name for s in shipped() if s.kind == "scenario"):
        model = BorderModel(load(scenario, sets=[f"clock.window={options.window}"]), checks="full")
        model.run()
        print(f"{scenario}: {model.clock.hours} hours, {model.digest()}: nobody lost or made")
