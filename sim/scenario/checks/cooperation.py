"""Is what countries do together agreed on, by agreements in force?"""

from __future__ import annotations

from collections.abc import Iterator

from sim.errors import Problem
from sim.scenario.checks.subject import Subject


def agreements_work(subject: Subject) -> Iterator[Problem]:
    """Ask whether each agreement has distinct parties and ends after it begins."""
    for row in subject.scenario.agreements:
        if len(set(row.parties)) < len(row.parties):
            yield subject.problem(
                "duplicate-party",
                ("agreements", row.id, "parties"),
                "a country is named twice",
                "Name each party once.",
            )
        if row.since and row.until and row.since >= row.until:
            yield subject.problem(
                "bad-period",
                ("agreements", row.id, "until"),
                f"the agreement from {row.since} ends before it starts",
                "`until` is the first day no longer in force.",
            )


def agreement_names(subject: Subject) -> Iterator[Problem]:
    """Ask whether no measure of kind agreement takes the id of a listed agreement."""
    for name, measure in subject.measures():
        if measure.kind == "agreement" and measure.id in subject.ids("agreements"):
            yield subject.problem(
                "duplicate-id",
                (name, measure.id),
                f"agreements.{measure.id} has this id",
                "Give the measure another id.",
            )
