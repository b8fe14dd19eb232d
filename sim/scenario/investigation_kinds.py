"""The kind of measure that puts investigators and partners on a case (MODEL 12)."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import model_validator

from sim.scenario.measure_kinds import Setting, named_base, wrong
from sim.scenario.measures import Change, Measure, Target, register
from sim.scenario.specs.base import CountryCode, Officers


@register
class InvestigationMeasure(Setting):
    """More investigators on a case, a joint team, or a central office that shares evidence.

    ``investigators``: how many work on the case while the measure lasts. ``joint_team``:
    countries whose evidence the case may use, each under an agreement with the power
    ``joint_investigation``; ``legal_base`` names the one that counts. ``central_office``:
    evidence of every country comes through Europol or a joint operational office.
    """

    kind: Literal["investigation"] = "investigation"
    investigators: Officers | None = None
    joint_team: tuple[CountryCode, ...] = ()
    central_office: bool | None = None
    legal_base: Target | None = None

    quantities: ClassVar[tuple[str, ...]] = ("investigators", "joint_team", "central_office")
    targets: ClassVar[tuple[str, ...]] = ("investigation",)
    cooperation_keys: ClassVar[tuple[str, ...]] = ("joint_team", "central_office", "legal_base")
    switch: ClassVar[str] = "investigations"
    example: ClassVar[str] = """\
id: team_on_the_ferrymen
kind: investigation
at: investigation:ferrymen_bbb
from: 2020-04-01
investigators: 12
joint_team: [AAA]
legal_base: agreement:aaa_bbb_team
"""
    example_rows: ClassVar[str] = """\
provenance: {source: "assumed: made up for the example", status: assumed}
agreements:
  - {id: aaa_bbb_team, parties: [AAA, BBB], powers: [joint_investigation]}
investigations:
  - {id: ferrymen_bbb, network: ferrymen, country: BBB, investigators: 4, half: 8,
     fastest: 10 d, memory: 60 d, threshold: 20, interception: 1, debriefing: 2,
     debriefed_share: 10 %, answer: 3, financial: 2, inquiries: 1, taken: 3}
"""

    @model_validator(mode="after")
    def _base_of_a_team(self) -> Self:
        if self.legal_base is not None and not self.joint_team:
            raise wrong(
                "missing-key", "a legal base without a joint team does nothing",
                "Give `joint_team`, or leave `legal_base` out.",
            )  # fmt: skip
        return self

    def changes(self) -> tuple[Change, ...]:
        """Return the changes of the case, and the agreement its joint team rests on."""
        based = (
            self._change(target, "legal_base", named_base(self.legal_base)) for target in self.at
        )
        return (*super().changes(), *(based if self.joint_team else ()))

    def null(self) -> Measure | None:
        """Return the same investigators without partners; None where there are no more of them."""
        if self.investigators is None:
            return None
        return self.model_copy(
            update={"joint_team": (), "central_office": None, "legal_base": None}
        )
