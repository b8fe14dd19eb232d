"""The dictionary of outcomes is complete, and every harm has a margin with a reason."""

from __future__ import annotations

import dataclasses
import re

import pytest

from sim.records.dictionary import LEDGER_ITEMS, OUTCOMES, LedgerItem, Outcome, guards

DIRECTED = [o for o in OUTCOMES.values() if o.better != "neither"]
PROTECTION = [o for o in OUTCOMES.values() if o.group == "protection"]


def test_there_are_outcomes_of_every_group() -> None:
    groups = {o.group for o in OUTCOMES.values()}
    assert groups == {"enforcement", "protection", "flow", "network", "service", "cost"}
    assert len(OUTCOMES) >= 25


@pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=lambda o: o.name)
def test_every_outcome_says_what_it_is(outcome: Outcome) -> None:
    assert OUTCOMES[outcome.name] is outcome
    assert re.fullmatch(r"[a-z_]+", outcome.name)
    assert outcome.unit
    assert outcome.better in ("more", "less", "neither")
    assert outcome.definition.endswith(".")
    assert len(outcome.definition) > 20
    assert re.fullmatch(r"\d+a?", outcome.section)
    assert all(re.fullmatch(r"[a-z]+", s) for s in outcome.subjects)


@pytest.mark.parametrize("outcome", PROTECTION, ids=lambda o: o.name)
def test_every_protection_outcome_has_a_margin_or_says_why_not(outcome: Outcome) -> None:
    assert outcome.margin_reason.endswith(".")
    assert (outcome.margin is None) == (outcome.better == "neither")
    if outcome.margin is not None:
        assert 0 < outcome.margin <= 0.10


def test_only_protection_outcomes_guard_verdicts() -> None:
    assert {o.name for o in guards()} == {o.name for o in PROTECTION if o.better != "neither"}
    assert {"deaths", "returned_outside_procedure", "asylum_access_share",
            "victims_identified_share", "children_referred_share",
            "nights_without_place"} <= {o.name for o in guards()}  # fmt: skip


def test_a_return_outside_procedure_is_a_harm_and_never_a_success() -> None:
    for outcome in OUTCOMES.values():
        if "outside" in outcome.name:
            assert (outcome.group, outcome.better) == ("protection", "less")
    assert all("outside" not in o.definition for o in OUTCOMES.values() if o.better == "more")


@pytest.mark.parametrize("item", LEDGER_ITEMS.values(), ids=lambda i: i.name)
def test_every_ledger_item_says_what_it_is(item: LedgerItem) -> None:
    assert LEDGER_ITEMS[item.name] is item
    assert item.unit
    assert len(item.definition) > 15


def test_nothing_in_it_can_be_changed() -> None:
    with pytest.raises(TypeError):
        OUTCOMES["deaths"] = OUTCOMES["injuries"]  # type: ignore[index]
    with pytest.raises(dataclasses.FrozenInstanceError):
        OUTCOMES["deaths"].margin = 1.0  # type: ignore[misc]
