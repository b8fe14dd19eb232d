"""The region's tracks of readmission say the same of a stop as the rows they stand in for."""

from __future__ import annotations

import pytest

from sim.scenario.loading import load
from sim.scenario.specs.readmission import Readmission
from sim.scenario.specs.scenario import Scenario


@pytest.fixture(scope="module")
def region() -> Scenario:
    return load("adriatic_shift")


def aftermath(region: Scenario, track: Readmission) -> tuple[float, float]:
    border = "-".join(sorted((track.requesting, track.requested)))
    (row,) = (r for r in region.aftermath if (r.border, r.country) == (border, track.requesting))
    return row.back_share.value, row.asylum_share.value


def test_as_many_go_back_and_as_many_claim_as_without_the_track(region: Scenario) -> None:
    """Request x consent = back / (1 - asylum), and claims = asylum, of aftermath.csv.

    Silence and lapses move the first by little; whoever changes one file changes the other.
    """
    assert len(region.readmission) == 18
    for track in region.readmission:
        back, asylum = aftermath(region, track)
        assert track.claim_share.value == pytest.approx(asylum), track.id
        share = track.request_share.value * track.accept_share.value
        assert share == pytest.approx(back / (1 - asylum), abs=0.002), track.id


def test_every_track_has_its_agreement_and_a_standard_track_behind_the_near_one(
    region: Scenario,
) -> None:
    agreed = {frozenset(a.parties) for a in region.agreements if "readmission" in a.powers}
    pairs: dict[tuple[str, str], set[str]] = {}
    for track in region.readmission:
        assert frozenset((track.requesting, track.requested)) in agreed
        pairs.setdefault((track.requesting, track.requested), set()).add(track.track)
    assert all(tracks == {"accelerated", "standard"} for tracks in pairs.values())
    # Returned outside procedure in these years: no track may dress that up.
    assert ("HUN", "SRB") not in pairs


def test_every_network_has_a_case(region: Scenario) -> None:
    assert {c.network for c in region.investigations} == {n.id for n in region.networks}
