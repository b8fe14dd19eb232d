"""A made-up exercise on the small world: a day and a half, two roles, seven injects."""

from __future__ import annotations

from pathlib import Path

from sim.exercises.loading import Exercise, load_exercise
from tests.stories import small_world

TEXT = """\
exercise: small_exercise
title: A boat too many
summary: A landing, a broken booth, a storm
scenario: small_world.yaml
at: 2020-03-10 06:00
seed: 7
provenance: {source: "assumed: made up for tests", status: assumed}
roles:
  - {id: bbb_police, name: Duty officer of Belmark, country: BBB, service: border_police, owns: ["country:BBB"], seats: 2}
  - {id: aaa_police, name: Duty officer of Avaland, country: AAA, service: border_police, owns: ["country:AAA"], knows: ["series:bbb_registered"]}
objectives:
  - {id: hold, text: Keep the meadows watched}
critical_tasks:
  - {id: reinforce, objective: hold, text: Send officers to the meadows within three hours}
time_plan:
  - {id: day, from: 2020-03-10 06:00, until: 2020-03-10 18:00, takes: 12 min}
  - {id: night, from: 2020-03-10 18:00, until: 2020-03-11 00:00, takes: 0 min}
  - {id: morning, from: 2020-03-11 00:00, until: 2020-03-11 18:00, takes: 9 min}
timeline:
  - {id: landing, time: 2020-03-10 07:00, to: [bbb_police], from: Coast guard, text: Boats have landed., inject_type: event, effect: {kind: surge, place: riverside, persons: 60, over: 4 h, mix: boats}, expected_action: "staffing sector:meadows 10 by bbb_police | before noon", objective: hold, critical_task: reinforce, weight: 2, window: 3 h}
  - {id: reminder, time: 2020-03-10 11:00, to: [bbb_police], from: Ministry, means: phone, text: Why is nobody at the meadows?, inject_type: contingency, condition: not landing}
  - {id: praise, time: 2020-03-10 11:00, to: [bbb_police], from: Ministry, text: Well done., condition: done landing}
  - {id: booth, time: 2020-03-10 09:00, to: [bbb_police], from: Bridge, text: A booth is broken., inject_type: disturbance, effect: lane_closed post=bridge stream=lorries lanes=1 lasts=6h}
  - {id: rumour, time: 2020-03-10 10:00, to: [bbb_police, aaa_police], from: A newspaper, means: press, text: Hundreds at the riverside., effect: {kind: false_report, about: "place:riverside", claims: 300}}
  - {id: storm, time: 2020-03-10 20:00, to: [all], from: Weather service, text: Storm over the meadows., effect: {kind: weather, legs: [meadow_path], sectors: [meadows], duration_factor: 2, alert_factor: 3, lasts: 8 h}}
  - {id: visit, time: 2020-03-11 09:00, to: [bbb_police], text: A delegation arrives., status: on_call}
reference_plan:
  - {id: meadows_now, time: 2020-03-10 08:00, role: bbb_police, until: 2020-03-11 08:00, measure: {kind: staffing, at: "sector:meadows", officers: {BBB: 12}, taken_from: {BBB: "post:bridge"}}, because: The landing is near the meadows}
  - {id: more_beds, time: 2020-03-10 12:00, role: aaa_police, measure: {kind: reception_places, at: "place:harbour", reception_places: 160}}
notes: |
  Nothing here is real.
"""  # noqa: E501


def write(folder: Path, *changes: tuple[str, str]) -> Path:
    """Write the exercise and its world into a folder, parts of it replaced; return its path."""
    small_world.write(folder)
    return small_world.write(folder, *changes, text=TEXT, name="small_exercise.yaml")


def small_exercise(folder: Path, *changes: tuple[str, str]) -> Exercise:
    """Return the exercise, parts of its text replaced."""
    return load_exercise(write(folder, *changes))
