"""The kind of measure that changes tracks of readmission (MODEL 11)."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.scenario.measure_kinds import Setting
from sim.scenario.measures import Measure, register
from sim.scenario.specs.base import Hours, Kilometres, PersonsPerDay, PositiveHours


@register
class ReadmissionMeasure(Setting):
    """Faster answers, other limits or more handovers on tracks of readmission.

    ``at``: tracks, as ``readmission:ID``. What has begun keeps the limits it began with. The
    shares of answers that consent are nobody's to set: evidence and time move them.
    """

    kind: Literal["readmission"] = "readmission"
    near_hours: Hours | None = None
    near_distance: Kilometres | None = None
    request_within: PositiveHours | None = None
    answer_within: PositiveHours | None = None
    transfer_within: PositiveHours | None = None
    prepare: Hours | None = None
    answer: Hours | None = None
    office: str | None = None
    every_day: bool | None = None
    transfers: PersonsPerDay | None = None

    quantities: ClassVar[tuple[str, ...]] = (
        "near_hours", "near_distance", "request_within", "answer_within", "transfer_within",
        "prepare", "answer", "office", "every_day", "transfers",
    )  # fmt: skip
    targets: ClassVar[tuple[str, ...]] = ("readmission",)
    cooperation_keys: ClassVar[tuple[str, ...]] = quantities
    switch: ClassVar[str] = "readmission"
    example: ClassVar[str] = """\
id: answers_by_night
kind: readmission
at: readmission:bbb_aaa_near
from: 2020-04-01
answer: 1 h
office: "00:00-24:00"
every_day: true
transfers: 40 persons/d
"""
    example_rows: ClassVar[str] = """\
provenance: {source: "assumed: made up for the example", status: assumed}
agreements:
  - {id: aaa_bbb_readmission, parties: [AAA, BBB], powers: [readmission]}
readmission:
  - {id: bbb_aaa_near, requesting: BBB, requested: AAA, track: accelerated, near_hours: 48 h,
     near_distance: 30 km, clock: working_days, request_within: 2 d, answer_within: 2 d,
     transfer_within: 30 d, silence: consent, prepare: 12 h, answer: 8 h, transfers: 10 persons/d,
     request_share: 70 %, accept_share: 80 %, accept_with_evidence: 90 %, claim_share: 10 %,
     claim_delay: 6 h, place: mill}
"""

    def null(self) -> Measure | None:
        """Return None: it is cooperation through and through."""
        return None
