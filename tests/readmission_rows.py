"""Made-up tracks of readmission between Belmark (BBB), which asks, and Avaland (AAA)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sim.scenario.specs.agreements import Agreement
from sim.scenario.specs.readmission import Holiday, Readmission
from sim.scenario.specs.scenario import Scenario

#: Everybody asked for is taken back, at once, whoever is stopped.
SURE: dict[str, Any] = {
    "requesting": "BBB", "requested": "AAA", "track": "standard", "clock": "hours",
    "request_within": "48 h", "answer_within": "48 h", "transfer_within": "10 d",
    "silence": "consent", "prepare": "2 h", "answer": "4 h", "office": "00:00-24:00",
    "office_days": "all", "transfers": "500 persons/d", "request_share": 1, "accept_share": 1,
    "accept_with_evidence": 1, "claim_share": 0, "claim_delay": "6 h", "place": "market",
}  # fmt: skip
#: Shares as they might be; some claim, some are refused, few handovers a day.
LIKELY: dict[str, Any] = SURE | {
    "request_share": 0.9, "accept_share": 0.7, "accept_with_evidence": 0.9, "claim_share": 0.2,
    "spread": 0.8, "transfers": "20 persons/d", "answer": "20 h", "office": "08:00-16:00",
    "extension": "24 h", "extension_share": 0.3,
}  # fmt: skip
NEAR: dict[str, Any] = {"track": "accelerated", "near_hours": "2 h", "near_distance": "4 km"}


def track(name: str = "bbb_aaa", **keys: Any) -> Readmission:
    """Return a track as ``SURE``, but for the keys given."""
    return Readmission.model_validate({"id": name, **SURE, **keys})


def holiday(day: date, country: str = "AAA") -> Holiday:
    """Return a public holiday."""
    return Holiday(id=f"{country.lower()}_{day:%m%d}", country=country, day=day)


def with_readmission(
    scenario: Scenario,
    tracks: Sequence[Readmission] = (),
    holidays: Sequence[Holiday] = (),
    agreed: bool = True,
) -> Scenario:
    """Return the scenario with tracks (two likely ones if none is given) and an agreement."""
    tracks = tracks or (track(**LIKELY), track("bbb_aaa_near", **LIKELY | NEAR))
    agreement = Agreement(id="readmission", parties=("AAA", "BBB"), powers=("readmission",))
    return scenario.model_copy(
        update={
            "readmission": tuple(tracks),
            "holidays": tuple(holidays),
            "agreements": (*scenario.agreements, *((agreement,) if agreed else ())),
        }
    )
