"""The small world with a cooperation centre on the border: every row is invented."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sim.scenario.loading import load
from sim.scenario.specs.scenario import Scenario
from tests.stories.small_world import TEXT, write

CENTRES = """\
centres:
  - {id: mill, name: Joint centre at the mill, countries: [AAA, BBB], lat: 45.0, lon: 20.0}
  - {id: point_aaa, type: contact_point, countries: [AAA], lat: 44.0, lon: 20.0, transit: 6 h}
  - {id: point_bbb, type: contact_point, countries: [BBB], lat: 45.8, lon: 20.4, transit: 6 h}
desks:
  - {id: mill_aaa, centre: mill, country: AAA, officers: {border_police: 6}, shift: office, hours: "08:00-16:00", days: [mon, tue, wed, thu, fri], on_holidays: false, languages: [av], systems: [register]}
  - {id: mill_bbb, centre: mill, country: BBB, officers: {border_police: 6}, shift: office, hours: "08:00-16:00", days: [mon, tue, wed, thu, fri], on_holidays: false, languages: [av, be], systems: [register]}
  - {id: point_aaa_desk, centre: point_aaa, country: AAA, officers: {criminal_police: 12}, shift: round_the_clock, languages: [av], systems: [register]}
  - {id: point_bbb_desk, centre: point_bbb, country: BBB, officers: {criminal_police: 12}, shift: round_the_clock, languages: [be], systems: [register]}
request_kinds:
  - {id: identity, kind: identity, asked: 100 %, urgent: 50 %, own: 20 min, partner: 60 min, spread: 0.8, translation: 30 min, system: register, back_office: 12 h, hit: 70 %, lifetime: 0 d}
  - {id: document, kind: document, asked: 100 %, urgent: 0 %, own: 15 min, partner: 45 min, spread: 0.5, translation: 15 min, system: papers, back_office: 12 h, hit: 60 %, lifetime: 30 d}
  - {id: vehicle, kind: vehicle, asked: 100 %, urgent: 0 %, own: 15 min, partner: 30 min, spread: 0.5, translation: 15 min, system: register, back_office: 12 h, hit: 60 %, lifetime: 30 d}
  - {id: intelligence, kind: smuggling_intelligence, asked: 100 %, urgent: 0 %, own: 30 min, partner: 2 h, spread: 0.8, translation: 30 min, system: register, back_office: 24 h, hit: 50 %, lifetime: 60 d}
answer_clocks:
  - {id: everybody, urgent: 8 h, normal: 7 d}
  - {id: intelligence_slow, kinds: [smuggling_intelligence], urgent: 14 d, normal: 14 d}
"""  # noqa: E501

#: Office hours for the centre, beside the pattern of the small world.
OFFICE = (
    "shift_patterns:\n",
    'shift_patterns:\n  - {id: office, shifts: ["08:00-16:00"], weights: [1], presence: 80 %, '
    "weekly_hours: 40 h}\n",
)


def centre_text(*changes: tuple[str, str]) -> str:
    """Return the small world with the centre, parts of the text replaced."""
    text = TEXT.replace(*OFFICE) + CENTRES
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    return text


def centre_world(
    folder: Path,
    *changes: tuple[str, str],
    plans: Sequence[str] = (),
    sets: Sequence[str] = (),
) -> Scenario:
    """Return the small world with the centre, parts of the text replaced."""
    return load(str(write(folder, text=centre_text(*changes))), plans, sets)
