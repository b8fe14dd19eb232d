"""Way points of legs: read, turned round for the way back, refused where they are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.errors import InputError
from tests.stories.small_world import TEXT, small_world

LEG = next(line for line in TEXT.splitlines() if "id: meadow_path" in line)


def changed(keys: str) -> tuple[str, str]:
    return LEG, LEG.replace("{id: meadow_path,", f"{{id: meadow_path, {keys},")


def test_the_way_back_has_them_turned_round(tmp_path: Path) -> None:
    world = small_world(tmp_path, changed("both_ways: true, via: [10.1 45, 10.2 45.5]"))
    legs = {leg.id: leg for leg in world.legs}
    assert legs["meadow_path"].via == ("10.1 45", "10.2 45.5")
    assert legs["meadow_path_back"].via == ("10.2 45.5", "10.1 45")


@pytest.mark.parametrize("point", ["10.1", "10.1 95", "190 45", "here there", "10.1,45.0"])
def test_what_is_no_way_point_is_refused(tmp_path: Path, point: str) -> None:
    with pytest.raises(InputError) as error:
        small_world(tmp_path, changed(f'via: ["{point}"]'))
    (problem,) = error.value.problems
    assert (problem.rule, problem.key) == ("bad-way-point", "legs.meadow_path.via")
    assert "17.76 43.66" in problem.remedy
