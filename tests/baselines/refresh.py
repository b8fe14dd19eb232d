"""Freeze the totals of `two_routes`: ``python -m tests.baselines.refresh``.

Run it on purpose only, read what changed (``git diff``), and flag it in CHANGELOG as [results].
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from sim.model import BorderModel
from sim.scenario.loading import load

FROZEN = Path(__file__).with_name("two_routes.csv")


def totals() -> dict[tuple[str, str], float | None]:
    """Return every outcome over the whole run by (outcome, subject); None = not recorded."""
    rows = BorderModel(load("two_routes"), 1).run().columns("outcomes")
    whole = rows["month"] == "all"
    return {
        (outcome, subject): None if np.isnan(value) else float(value)
        for outcome, subject, value in zip(
            rows["outcome"][whole], rows["subject"][whole], rows["value"][whole], strict=True
        )
    }


def main() -> None:
    """Write the table."""
    with FROZEN.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["outcome", "subject", "value"])
        for (outcome, subject), value in sorted(totals().items()):
            writer.writerow([outcome, subject, "" if value is None else f"{value:.9g}"])


if __name__ == "__main__":
    main()
