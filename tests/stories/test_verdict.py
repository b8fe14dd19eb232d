"""Twelve made comparison tables, each with the sentence a planner must read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from analysis.paired import paired
from analysis.student import adjusted
from analysis.verdict import RULE, Judged, Verdict, judge
from sim.records.dictionary import OUTCOMES

#: Values by replicate, without and with the plan.
Table = tuple[Sequence[float], Sequence[float]]

FLAT = (10.0, 10.0, 10.0, 10.0)
#: Deaths and returns that no run changes: the sentence that stands in every verdict.
CALM = (
    "Deaths 10 without and 10 with the plan, 0 persons (0 to 0); returned outside procedure 10 "
    "without and 10 with the plan, 0 persons (0 to 0)."
)
MINUS = "\N{MINUS SIGN}"
#: More interceptions in every run; draws 40 and 44: s = 2.83, 42 +- 12.71 s / sqrt(2).
MORE: Table = ((100.0, 100.0, 100.0, 100.0), (140.0, 140.0, 144.0, 144.0))
GAIN = "interceptions +42 persons (+16.6 to +67.4)"
#: Draws 11 and 1, s = 7.07: t(7) s / sqrt(8) = 5.91 < 6 < t(6) s / sqrt(7) = 6.54, so 16 runs.
LESS_SURE: Table = ((100.0, 100.0, 100.0, 100.0), (110.0, 112.0, 101.0, 101.0))
SAME: Table = (FLAT, FLAT)


def row(outcome: str, table: Table) -> Judged:
    before, after = (dict(enumerate(side)) for side in table)
    return Judged(OUTCOMES[outcome], paired(before, after, OUTCOMES[outcome].better))


def verdict(primaries: dict[str, Table], guards: dict[str, Table] | None = None) -> Verdict:
    calm = {"deaths": SAME, "returned_outside_procedure": SAME}
    rows = [row(name, table) for name, table in primaries.items()]
    raw = [r.result.sample.p() if r.result.sample else None for r in rows]
    rows = [replace(r, p_holm=p) for r, p in zip(rows, adjusted(raw), strict=True)]
    return judge(rows, [row(n, t) for n, t in {**calm, **(guards or {})}.items()])


def shifted(*by: float, base: float = 10.0) -> Table:
    return (base,) * len(by), tuple(base + change for change in by)


def test_1_better() -> None:
    found = verdict({"interceptions": MORE})
    assert found.sentence == (
        f"Better: improved is {GAIN}; harm beyond its margin is excluded for all 2 protection "
        f"outcomes recorded. {CALM}"
    )
    assert (found.word, found.improved, found.open) == ("better", ("interceptions",), ())


def test_2_better_though_a_guard_worsens_within_its_margin() -> None:
    found = verdict({"interceptions": MORE}, {"injuries": shifted(0.2, 0.2, 0.2, 0.2)})
    assert found.sentence == (
        f"Better: improved is {GAIN}; harm beyond its margin is excluded for all 3 protection "
        f"outcomes recorded, though worse within it is injuries. {CALM}"
    )


def test_3_trade_off() -> None:
    found = verdict({"interceptions": MORE}, {"nights_without_place": shifted(5, 5, 5.2, 5.2)})
    assert found.sentence == (
        f"Trade-off: improved is {GAIN}, and worse is nights without place +5.1 person-nights "
        f"(+3.8 to +6.4). {CALM}"
    )
    assert found.worsened == ("nights without place",)


def test_4_trade_off_with_deaths_named_twice() -> None:
    found = verdict({"interceptions": MORE}, {"deaths": shifted(2, 2, 2.1, 2.1)})
    assert found.sentence == (
        f"Trade-off: improved is {GAIN}, and worse is deaths +2.0 persons (+1.4 to +2.7). Deaths "
        "10 without and 12.1 with the plan, +2.0 persons (+1.4 to +2.7); returned outside "
        "procedure 10 without and 10 with the plan, 0 persons (0 to 0)."
    )


def test_5_trade_off_with_another_guard_open() -> None:
    found = verdict(
        {"interceptions": MORE},
        {"nights_without_place": shifted(5, 5, 5.2, 5.2), "injuries": shifted(1, -1, 0, -1)},
    )
    assert found.word == "trade-off"
    assert found.sentence == (
        f"Trade-off: improved is {GAIN}, and worse is nights without place +5.1 person-nights "
        "(+3.8 to +6.4); harm beyond the margin is not excluded for injuries (14 pairs of runs "
        f"needed). {CALM}"
    )


def test_6_not_shown_because_no_primary_is_told_from_zero() -> None:
    found = verdict({"interceptions": LESS_SURE})
    assert found.sentence == (
        "Not shown: no primary outcome is told from no improvement: interceptions (16 pairs of "
        f"runs needed). {CALM}"
    )
    assert found.open == ("interceptions (16 pairs of runs needed)",)


def test_7_not_shown_because_a_harm_is_not_excluded() -> None:
    found = verdict({"interceptions": MORE}, {"injuries": shifted(1, -1, 0, -1)})
    assert found.sentence == (
        f"Not shown: improved is {GAIN}, but harm beyond the margin is not excluded for injuries "
        f"(14 pairs of runs needed). {CALM}"
    )


def test_8_not_shown_where_more_runs_would_not_help() -> None:
    found = verdict({"interceptions": MORE}, {"injuries": shifted(3, 3, 1, 1)})
    assert found.sentence == (
        f"Not shown: improved is {GAIN}, but beyond the margin at the present mean, whatever the "
        f"number of runs: injuries. {CALM}"
    )


def test_9_not_shown_on_the_worse_side() -> None:
    found = verdict({"interceptions": (MORE[1], MORE[0])})
    assert found.sentence == (
        "Not shown: no primary outcome is told from no improvement: interceptions (the present "
        f"mean is no improvement: more runs would not show it). {CALM}"
    )


def test_10_two_runs_show_nothing() -> None:
    found = verdict({"interceptions": ((100, 100), (140, 144))}, {"deaths": shifted(0, 0)})
    assert found.sentence == (
        "Not shown: no primary outcome is told from no improvement: interceptions (4 pairs of "
        "runs or more needed for an interval); harm is not excluded, 4 pairs of runs or more "
        "needed for an interval, for deaths. Deaths 10 without and 10 with the plan, "
        "0 persons (not defined); returned outside procedure 10 without and 10 with the plan, "
        "0 persons (0 to 0)."
    )


def test_primaries_that_need_the_same_are_named_together() -> None:
    worse = shifted(-1.0, -1.0, -1.0, -1.0)
    found = verdict({"interceptions": worse, "arrests": worse, "requests_in_time_share": LESS_SURE})
    assert found.sentence.startswith(
        "Not shown: no primary outcome is told from no improvement: interceptions and arrests (the "
        "present mean is no improvement: more runs would not show it); requests in time share (16 "
        "pairs of runs needed). Deaths"
    )
    assert len(found.open) == 3


def test_11_several_primaries_and_holm() -> None:
    sure: Table = ((100, 100, 100, 100), (40, 40, 40.2, 40.2))
    found = verdict({"interceptions": MORE, "not_seen": sure})
    assert found.sentence == (
        f"Better: improved is {GAIN} and not seen {MINUS}59.9 persons ({MINUS}61.2 to "
        f"{MINUS}58.6) (holds after Holm's adjustment for 2 primary outcomes); harm beyond "
        f"its margin is excluded for all 2 protection outcomes recorded. {CALM}"
    )
    found = verdict({"interceptions": ((100.0,) * 4, (140.0, 140.0, 146.0, 146.0)), "lost": SAME})
    assert found.improved == ("interceptions",)
    assert "does not hold for interceptions after Holm's adjustment" in found.sentence


def test_12_what_is_not_recorded_is_named_and_not_judged() -> None:
    nothing = (math.nan,) * 4
    found = verdict(
        {"interceptions": MORE},
        {"deaths": (nothing, nothing), "victims_identified_share": (nothing, nothing)},
    )
    assert found.sentence == (
        f"Better: improved is {GAIN}; harm beyond its margin is excluded for the one protection "
        "outcome recorded. Deaths not recorded; returned outside procedure 10 without and 10 with "
        "the plan, 0 persons (0 to 0). Not recorded on either side and not judged: victims "
        "identified share."
    )


def test_a_harm_that_one_side_alone_records_is_not_excluded() -> None:
    """A plan that brings readmission counts what the baseline has nowhere to count."""
    nothing = (math.nan,) * 4
    found = verdict({"interceptions": MORE}, {"injuries": (nothing, (3.0, 4.0, 3.0, 4.0))})
    assert found.word == "not shown"
    assert "not excluded for injuries (recorded on one side only)" in found.sentence
    assert found.open == ("injuries (recorded on one side only)",)


def test_a_share_is_judged_in_its_own_unit() -> None:
    drop: Table = ((0.5,) * 4, (0.49, 0.49, 0.489, 0.489))
    kept = row("asylum_access_share", drop)
    assert kept.margin == 0.02
    assert kept.harmless
    assert kept.worsens
    assert not row("asylum_access_share", ((0.5,) * 4, (0.47, 0.47, 0.469, 0.469))).harmless


def test_a_primary_outcome_that_is_not_recorded_counts_in_the_adjustment() -> None:
    """It was named before the runs: p 0.03 of one is 0.06 of two, whatever the other records."""
    once: Table = ((100.0,) * 4, (140.0, 140.0, 144.0, 144.0))
    p = row("interceptions", once).result.sample.p()  # type: ignore[union-attr]
    assert p is not None
    assert 0.025 < p < 0.05
    nothing = ((math.nan,) * 4,) * 2
    found = verdict({"interceptions": once, "arrests": nothing})
    assert "(does not hold for interceptions after Holm's adjustment for 2 primary" in (
        found.sentence
    )
    assert adjusted([p, None]) == [2 * p, None]


def test_a_gain_that_is_small_is_not_printed_as_nothing() -> None:
    small: Table = ((0.5,) * 4, (0.50012, 0.50012, 0.500121, 0.500121))
    found = verdict({"requests_in_time_share": small})
    assert found.word == "better"
    assert "improved is requests in time share +0.012 points (+0.011 to +0.013)" in found.sentence
    assert row("lost", SAME).change() == "0 persons (0 to 0)"


def test_the_margin_of_a_share_is_printed_in_points() -> None:
    shares: Table = ((0.5,) * 4, (0.49,) * 4)
    assert row("asylum_access_share", shares).margin_words() == "2.0 points"
    assert row("nights_without_place", SAME).margin_words() == "0.5"
    assert row("interceptions", SAME).margin_words() == ""


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (((100.0,) * 2, (140.0, 144.0)), "4 or more"),
        (LESS_SURE, "16"),
        (((100.0,) * 4, (101.0, 101.0, 99.0, 99.0)), "never"),
        (((math.nan,) * 4,) * 2, "not recorded"),
    ],
)
def test_the_pairs_needed_of_two_runs_are_not_never(table: Table, words: str) -> None:
    assert row("interceptions", table).pairs_needed() == words


@pytest.mark.parametrize("word", ["Better", "Trade-off", "Not shown", "Deaths and returns"])
def test_the_rule_is_printed_in_full(word: str) -> None:
    assert word in RULE
