"""A small world with a partner: Avaland has officers, and a sector of its own across the line."""

from __future__ import annotations

from pathlib import Path

from sim.scenario.specs.scenario import Scenario
from tests.stories.small_world import TEXT, small_world

_MEADOWS = next(line for line in TEXT.splitlines() if "{id: meadows," in line)
_AFTER = next(line for line in TEXT.splitlines() if "{id: aaa_bbb," in line)
_SCREEN = next(line for line in TEXT.splitlines() if "{id: bbb, country: BBB, access" in line)
_ACROSS = _MEADOWS.replace("id: meadows", "id: fields").replace("country: BBB", "country: AAA")
_AFTER_ACROSS = _AFTER.replace("aaa_bbb", "aaa_side").replace("BBB, sight", "AAA, sight")

#: What is laid over the small world's text.
CHANGES = (
    (_MEADOWS, f"{_MEADOWS}\n{_ACROSS}"),
    (_AFTER, f"{_AFTER}\n{_AFTER_ACROSS}"),
    (_SCREEN, f"{_SCREEN}\n" + _SCREEN.replace("id: bbb, country: BBB", "id: aaa, country: AAA")),
    ("powers:\n", """\
reserves:
  - {id: avaland, country: AAA, officers: {border_police: 200, customs: 30, airport_police: 20}}
  - {id: belmark, country: BBB, officers: {border_police: 200}}
agreements:
  - id: convention
    parties: [AAA, BBB]
    powers: [joint_patrol, cross_border_response, information_exchange, officer_exchange]
powers:
  - {id: guest_patrol, service: border_police, task: patrol, lent_by: joint_patrol}
  - {id: guest_post, service: border_police, task: post, lent_by: officer_exchange}
  - {id: guest_customs, service: customs, task: post, lent_by: customs_cooperation}
  - {id: guest_airport, service: airport_police, task: post, lent_by: airport_exchange}
  - {id: response, service: border_police, task: respond, lent_by: cross_border_response}
"""),
)  # fmt: skip


def partners(folder: Path, *changes: tuple[str, str], until: str = "2020-03-13") -> Scenario:
    """Return the small world with a partner, parts of the text replaced."""
    return small_world(folder, *CHANGES, *changes, sets=(f"until={until}",))
