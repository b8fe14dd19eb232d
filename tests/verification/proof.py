"""One way to state a proof: statistic, expectation, standard error, tolerance; all recorded."""

from __future__ import annotations

import csv
import math
from pathlib import Path

PROOFS = Path(__file__).with_name("proofs.csv")


def prove(
    proof: str,
    statistic: float,
    expected: float,
    standard_error: float,
    tolerance_in_se: float = 3.0,
    absolute: float | None = None,
) -> None:
    """Assert |statistic - expected| within the standard error's tolerance or an absolute one.

    ``absolute`` is for identities (standard_error 0) and stated percentages; a sampled statistic
    must come with its standard error, taken from independent replications.
    """
    assert math.isfinite(statistic), f"proof {proof}: statistic {statistic} is not finite"
    assert standard_error >= 0
    tolerance = tolerance_in_se * standard_error if absolute is None else absolute
    assert tolerance > 0, f"proof {proof}: no tolerance"
    distance = abs(statistic - expected)
    assert distance <= tolerance, (
        f"proof {proof}: {statistic:.6g} is {distance:.3g} from {expected:.6g}; "
        f"standard error {standard_error:.3g}, tolerance {tolerance:.3g}"
    )


def rows() -> list[dict[str, str]]:
    """Return the table of proofs."""
    with PROOFS.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
