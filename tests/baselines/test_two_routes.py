"""The totals of the tutorial stay what they were, until somebody means to change them."""

from __future__ import annotations

import csv

import pytest

from tests.baselines.refresh import FROZEN, totals


def test_totals_of_two_routes_are_those_frozen() -> None:
    with FROZEN.open(newline="", encoding="utf-8") as file:
        frozen = {
            (row["outcome"], row["subject"]): float(row["value"]) if row["value"] else None
            for row in csv.DictReader(file)
        }
    found = totals()
    assert found.keys() == frozen.keys()
    changed = {
        key: (frozen[key], value)
        for key, value in found.items()
        if (value is None) != (frozen[key] is None)
        or (value is not None and value != pytest.approx(frozen[key], rel=1e-6, abs=1e-9))
    }
    # Parties are whole: other last bits in the values of route choice move nobody.
    assert not changed
