"""Do recorded ablations name switches there are, and figures that can be?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from sim.errors import Problem
from sim.scenario.checks.subject import Subject
from sim.scenario.names import nearest
from sim.scenario.specs.ablations import UNITS, Ablation
from sim.scenario.specs.scenario import Switches


def ablations_known(subject: Subject) -> Iterator[Problem]:
    """Ask whether each ablation changes a switch to a setting it has, in order and its unit."""
    for row in subject.scenario.ablations:
        yield from _switch(subject, row)
        low, high = (row.mean if b is None else b for b in (row.low, row.high))
        if not low <= row.mean <= high:
            yield subject.problem(
                "bad-quantity",
                ("ablations", row.id, "mean"),
                f"low {row.low} <= mean {row.mean} <= high {row.high} does not hold",
                "Order the three numbers.",
            )
        if row.unit != UNITS[row.quantity]:
            yield subject.problem(
                "wrong-unit",
                ("ablations", row.id, "unit"),
                f"{row.quantity} is in {UNITS[row.quantity]!r}",
                f"Use {UNITS[row.quantity]}.",
            )


def _switch(subject: Subject, row: Ablation) -> Iterator[Problem]:
    if not row.switch and not row.setting:
        return
    field = Switches.model_fields.get(row.switch)
    if field is None:
        yield subject.problem(
            "unknown-switch",
            ("ablations", row.id, "switch"),
            f"no switch {row.switch!r}",
            nearest(row.switch, Switches.model_fields),
        )
        return
    settings = get_args(field.annotation) or ("on", "off")
    if row.setting not in settings:
        yield subject.problem(
            "unknown-value",
            ("ablations", row.id, "setting"),
            f"the switch {row.switch} has no setting {row.setting!r}",
            nearest(row.setting, settings),
        )
