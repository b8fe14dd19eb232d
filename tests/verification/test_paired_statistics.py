"""The statistics of a comparison against closed forms, published values and simulated truth."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from analysis.paired import (
    MOST_RUNS,
    Sample,
    displacement_quotient,
    paired,
    ratio_of_means,
    runs_needed,
)
from analysis.student import Z, holm, t_cdf, t_quantile, two_sided, wilson
from sim.randomness import Draws

#: Student's t at 97.5 % (Abramowitz & Stegun, table 26.10; NIST handbook 1.3.6.7.2).
T_975 = {1: 12.7062, 2: 4.3027, 3: 3.1824, 4: 2.7764, 9: 2.2622, 19: 2.0930, 29: 2.0452,
         60: 2.0003, 120: 1.9799, 1000: 1.9623}  # fmt: skip
#: Score intervals without continuity correction (Newcombe 1998, table I).
NEWCOMBE = {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605), (0, 20): (0.0, 0.1611),
            (1, 29): (0.0061, 0.1718)}  # fmt: skip


def normals(name: str, *shape: int) -> np.ndarray:
    """Return keyed standard normal numbers, the same every time."""
    draws = Draws(4)
    flat = draws.keyed(name, np.arange(math.prod(shape)))
    invert = np.vectorize(NormalDist().inv_cdf)
    return np.asarray(invert(np.clip(flat, 1e-12, 1 - 1e-12))).reshape(shape)


@pytest.mark.parametrize(("df", "value"), T_975.items())
def test_quantiles_of_student_are_those_of_the_tables(df: int, value: float) -> None:
    assert t_quantile(0.975, df) == pytest.approx(value, abs=6e-5)
    assert t_quantile(0.025, df) == pytest.approx(-value, abs=6e-5)


@pytest.mark.parametrize("t", [-3.0, -0.4, 0.0, 0.7, 2.5, 12.0])
def test_student_has_its_closed_forms(t: float) -> None:
    assert t_cdf(t, 1) == pytest.approx(0.5 + math.atan(t) / math.pi, abs=1e-13)
    assert t_cdf(t, 2) == pytest.approx(0.5 + t / (2 * math.sqrt(2 + t * t)), abs=1e-13)
    three = 0.5 + (math.atan(t / math.sqrt(3)) + t * math.sqrt(3) / (3 + t * t)) / math.pi
    assert t_cdf(t, 3) == pytest.approx(three, abs=1e-13)
    assert two_sided(t, 5) == pytest.approx(2 * t_cdf(-abs(t), 5), abs=1e-13)


@pytest.mark.parametrize("df", [199, 200, 201, 5000])
def test_the_series_of_large_degrees_agrees_with_the_integral(df: int) -> None:
    assert t_cdf(t_quantile(0.975, df), df) == pytest.approx(0.975, abs=1e-11)
    assert t_quantile(0.975, 1e9) == pytest.approx(Z, abs=1e-8)


@pytest.mark.parametrize(("counts", "bounds"), NEWCOMBE.items())
def test_wilson_is_newcombes(counts: tuple[int, int], bounds: tuple[float, float]) -> None:
    assert wilson(*counts) == pytest.approx(bounds, abs=6e-5)


def test_wilson_at_the_ends_and_of_nothing() -> None:
    assert wilson(0, 0) is None
    low, high = wilson(20, 20) or (0, 0)
    assert (round(low, 4), high) == (0.8389, 1.0)


def test_holm_goes_step_by_step_and_never_falls() -> None:
    assert holm([0.01, 0.02, 0.03, 0.005]) == pytest.approx([0.03, 0.04, 0.04, 0.02])
    assert holm([0.6, 0.7]) == [1.0, 1.0]
    assert holm([0.04]) == [0.04]
    assert holm([]) == []


def test_intervals_of_a_hand_worked_table() -> None:
    # Draws (10, 14), (20, 16), (12, 18): means 12, 18, 15; s = 3; differences 4, 4, 6.
    sample = Sample.of({0: 10, 1: 14, 2: 20, 3: 16, 4: 12, 5: 18})
    half = 4.302653 * 3 / math.sqrt(3)
    assert sample.total_bounds() == pytest.approx((15 - half, 15 + half), abs=1e-5)
    chance = math.sqrt((16 + 16 + 36) / 6)
    half = 3.182446 * chance / math.sqrt(6)
    assert sample.chance_bounds() == pytest.approx((15 - half, 15 + half), abs=1e-5)
    assert sample.p() == pytest.approx(two_sided(15 / math.sqrt(3), 2))


def test_a_coincidence_of_few_counts_makes_no_certainty() -> None:
    # Both draws have the mean 2, and yet chance moves single runs by 1.
    sample = Sample.of({0: 1, 1: 3, 2: 2, 3: 2})
    assert sample.spread == pytest.approx(math.sqrt((4 + 0) / 4) / math.sqrt(2))
    low, high = sample.total_bounds() or (0, 0)
    assert low < 0 < high


def test_two_replicates_are_one_draw_and_have_no_second_interval() -> None:
    result = paired({0: 5.0, 1: 7.0}, {0: 8.0, 1: 9.0}, "more")
    assert result.total is None
    assert result.chance is not None
    assert result.sample is not None
    assert result.sample.p() is None
    assert "one draw" in result.note


def test_differences_that_do_not_vary_are_said_not_to() -> None:
    same = dict.fromkeys(range(4), 3.0)
    more = paired(same, dict.fromkeys(range(4), 4.0), "more")
    assert (more.total, more.ratio) == ((1.0, 1.0), None)
    assert more.note == "the same difference in every replicate"
    none = paired(same, same, "more")
    assert (none.total, none.equal, none.better) == ((0.0, 0.0), 4, 0)
    assert none.note == "no difference in any replicate"


def test_what_is_not_recorded_is_never_zero() -> None:
    nan = math.nan
    result = paired({0: 1.0, 1: nan, 2: 2.0, 3: 4.0}, {0: 2.0, 1: 9.0, 2: nan, 3: 6.0}, "more")
    assert (result.pairs, result.difference) == (2, 1.5)
    assert "recorded in 2 of 4" in result.note
    assert paired({0: nan, 1: nan}, {0: 1.0, 1: 2.0}, "more").sample is None


@pytest.mark.parametrize("between", [0.0, 1.0, 4.0])
def test_intervals_cover_the_truth_as_often_as_they_say(between: float) -> None:
    """D = 2 + a(draw) + e: the second interval covers 2, the first the mean of these draws."""
    studies, draws = 2000, 4
    a = between * normals(f"a {between}", studies, draws)
    e = normals(f"e {between}", studies, draws, 2)
    held = np.zeros(2)
    for i in range(studies):
        values = 2 + a[i][:, None] + e[i]
        sample = Sample.of(dict(enumerate(values.ravel().tolist())))
        total, chance = sample.total_bounds(), sample.chance_bounds()
        assert total is not None
        assert chance is not None
        assert total[0] <= chance[0] <= chance[1] <= total[1]
        held += (total[0] <= 2 <= total[1], chance[0] <= 2 + a[i].mean() <= chance[1])
    error = math.sqrt(0.95 * 0.05 / studies)
    assert abs(held[1] / studies - 0.95) < 3 * error
    # Not narrower than chance alone: it covers more where assumptions move nothing.
    assert held[0] / studies > 0.95 - 3 * error
    if between == 4.0:
        assert held[0] / studies < 0.95 + 3 * error


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_the_variance_ratio_is_one_over_one_less_the_correlation(correlation: float) -> None:
    runs = 4000
    shared, own = normals("shared", runs), normals(f"own {correlation}", runs)
    other = correlation * shared + math.sqrt(1 - correlation**2) * own
    result = paired(dict(enumerate(shared.tolist())), dict(enumerate((other + 1).tolist())), "more")
    truth = 1 / (1 - correlation)
    assert result.ratio is not None
    assert result.ratio_chance is not None
    # log of a ratio of variances: standard error sqrt(2 / n) for each of its two parts.
    assert abs(math.log(result.ratio / truth)) < 3 * math.sqrt(4 / runs)
    assert abs(math.log(result.ratio_chance / truth)) < 3 * math.sqrt(8 / runs)


def test_draws_that_move_both_sides_alike_are_in_the_first_ratio_only() -> None:
    moved = np.repeat(10 * normals("moved", 500), 2)
    one, two = moved + normals("one", 1000), moved + normals("two", 1000)
    result = paired(dict(enumerate(one.tolist())), dict(enumerate(two.tolist())), "more")
    assert result.ratio is not None
    assert result.ratio_chance is not None
    assert result.ratio > 50
    assert abs(math.log(result.ratio_chance)) < 3 * math.sqrt(8 / 500)


def test_runs_needed_are_the_first_that_do() -> None:
    # t(6) / sqrt(7) = 0.925 < 1 < t(5) / sqrt(6) = 1.049.
    assert runs_needed(1.0, 1.0) == 14
    assert runs_needed(1.0, 0.0) == 4
    assert runs_needed(0.0, 1.0) is None
    assert runs_needed(1.0, None) is None
    assert runs_needed(1e-9, 1.0) is None
    for distance in (0.03, 0.2, 0.7):
        draws = (runs_needed(distance, 1.0) or 0) // 2
        assert 2 * draws < MOST_RUNS
        assert t_quantile(0.975, draws - 1) / math.sqrt(draws) < distance
        assert t_quantile(0.975, draws - 2) / math.sqrt(draws - 1) >= distance


def test_a_ratio_is_not_defined_where_what_it_divides_by_may_be_zero() -> None:
    over = {0: 1.0, 1: 2.0, 2: 3.0, 3: 2.0}
    assert ratio_of_means(over, {0: 1.0, 1: -1.0, 2: 2.0, 3: -2.0}).value is None
    assert ratio_of_means({0: 1.0, 1: 2.0}, {0: 1.0, 1: 2.0}).value is None


def test_fieller_of_a_sure_divisor_is_the_interval_divided() -> None:
    over = {0: 10, 1: 14, 2: 20, 3: 16, 4: 12, 5: 18}
    ratio = ratio_of_means(over, dict.fromkeys(range(6), 5.0))
    low, high = Sample.of(over).total_bounds() or (0, 0)
    assert ratio.value == pytest.approx(3.0)
    assert ratio.bounds == pytest.approx((low / 5, high / 5))


def test_fieller_covers_the_ratio_as_often_as_it_says() -> None:
    studies, draws = 1500, 6
    x = 6 + normals("x", studies, draws, 2)
    y = 3 + 0.5 * (x - 6) + 0.5 * normals("y", studies, draws, 2)
    held = 0
    for i in range(studies):
        sides = [dict(enumerate(v[i].ravel().tolist())) for v in (x, y)]
        bounds = ratio_of_means(*sides).bounds
        assert bounds is not None
        held += bounds[0] <= 2 <= bounds[1]
    assert held / studies > 0.95 - 3 * math.sqrt(0.95 * 0.05 / studies)


def test_the_displacement_quotient_of_bowers_and_johnson() -> None:
    assert displacement_quotient((100, 60), (80, 96), (200, 200)) == pytest.approx(-0.40)
    assert displacement_quotient((100, 60), (80, 64), (200, 200)) == pytest.approx(0.40)
    assert displacement_quotient((100, 100), (80, 96), (200, 200)) is None
    assert displacement_quotient((100, 60), (80, 96), (200, 0)) is None
