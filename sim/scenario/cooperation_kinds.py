"""Kinds of measure by which countries work together.

Each yields postings and changes like the engine's own kinds. ``cooperation_keys`` of a kind name
what makes it cooperation; ``null`` is the same measure without them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from sim.scenario.measure_kinds import wrong
from sim.scenario.measures import Change, Measure, register
from sim.scenario.specs.agreements import PowerName


@dataclass(frozen=True, slots=True)
class Terms:
    """What an agreement says, as the value of the quantity ``in_force`` of ``agreement:ID``.

    Attributes:
        parties: Country codes.
        powers: What they may do at each other's side.
        meeting: The meeting that brings it into force.
    """

    parties: tuple[str, ...]
    powers: tuple[str, ...]
    meeting: str = ""

    def __str__(self) -> str:
        """Return the terms as the table of events tells them."""
        powers = ", ".join(power.replace("_", " ") for power in self.powers)
        meeting = f" ({self.meeting})" if self.meeting else ""
        return f"{', '.join(self.parties)}: {powers}{meeting}"


@register
class AgreementMeasure(Measure):
    """An agreement that comes into force: it gives powers, and moves nobody by itself.

    ``at``: the parties, as countries. Its name as a legal base is ``agreement:`` and the
    measure's id. ``meeting``: the meeting that brings it into force.
    """

    kind: Literal["agreement"] = "agreement"
    powers: tuple[PowerName, ...] = Field(min_length=1)
    meeting: str = ""

    targets: ClassVar[tuple[str, ...]] = ("country",)
    cooperation_keys: ClassVar[tuple[str, ...]] = ("powers", "meeting")
    example: ClassVar[str] = """\
id: avaland_belmark_patrols
kind: agreement
at: [country:AAA, country:BBB]
from: 2020-04-01
powers: [joint_patrol, cross_border_response]
meeting: Ministers of the interior, at the bridge
"""

    @model_validator(mode="after")
    def _two_parties(self) -> Self:
        if len(set(self.at)) < 2:
            raise wrong(
                "missing-party", "an agreement needs two countries",
                "Write `at: [country:AAA, country:BBB]`.",
            )  # fmt: skip
        return self

    @property
    def parties(self) -> tuple[str, ...]:
        """The countries that agree."""
        return tuple(target.partition(":")[2] for target in self.at)

    def changes(self) -> tuple[Change, ...]:
        """Return the coming into force."""
        terms = Terms(self.parties, self.powers, self.meeting)
        return (self._change(f"agreement:{self.id}", "in_force", terms),)

    def null(self) -> Measure | None:
        """Return None: an agreement is cooperation through and through."""
        return None
