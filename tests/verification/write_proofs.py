"""Write the figures of the table of proofs anew: ``python -m tests.verification.write_proofs``.

Runs every proof of the table and enters, for each, the statistic that came nearest to its
tolerance. Ids, sections, claims and tests are written by hand, and read before they are kept.
"""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.verification import proof

COLUMNS = ("id", "section", "claim", "test", "statistic", "standard_error", "tolerance")


@dataclass(frozen=True)
class Figures:
    """What one call of ``prove`` was given."""

    test: str
    statistic: float
    expected: float
    standard_error: float
    tolerance: float

    @property
    def strain(self) -> float:
        """Distance from the expectation as a share of the tolerance."""
        return abs(self.statistic - self.expected) / self.tolerance


def figures_of(tests: list[str]) -> dict[str, list[Figures]]:
    """Run tests and return what they proved by id.

    Raises:
        SystemExit: A test failed.
    """
    made: dict[str, list[Figures]] = {}
    prove = proof.prove

    def noted(
        id_: str,
        statistic: float,
        expected: float,
        standard_error: float,
        tolerance_in_se: float = 3.0,
        absolute: float | None = None,
    ) -> None:
        prove(id_, statistic, expected, standard_error, tolerance_in_se, absolute)
        tolerance = tolerance_in_se * standard_error if absolute is None else absolute
        test = os.environ["PYTEST_CURRENT_TEST"].rpartition(" ")[0].partition("[")[0]
        made.setdefault(id_, []).append(
            Figures(test, float(statistic), float(expected), float(standard_error), tolerance)
        )

    proof.prove = noted
    failed = pytest.main(["-q", "-p", "no:xdist", *tests])
    if failed:
        sys.exit(int(failed))
    return made


def key(row: dict[str, str]) -> tuple[int, str, int]:
    """Return what rows are sorted by: section 5 comes before 5a, proof 6.2 before 6.10."""
    section, _, number = row["id"].partition(".")
    return int(section.rstrip("abc")), section, int(number)


def rewritten(rows: list[dict[str, str]]) -> Iterator[dict[str, str]]:
    """Yield the rows with the figures of a run of their tests."""
    made = figures_of(sorted({row["test"] for row in rows}))
    for row in rows:
        worst = max((f for f in made[row["id"]] if f.test == row["test"]), key=lambda f: f.strain)
        yield row | {
            "statistic": f"{worst.statistic:.6g}",
            "standard_error": f"{worst.standard_error:.3g}",
            "tolerance": f"{worst.tolerance:.3g}",
        }


def main() -> None:
    """Rewrite the table in place."""
    rows = sorted(rewritten(proof.rows()), key=key)
    with proof.PROOFS.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
