"""A minimal scenario for tests: six places, one post, one sector, one network; nothing is real."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sim.scenario.loading import load
from sim.scenario.specs.scenario import Scenario

#: The whole scenario in one file, no parent; line 1 is the header.
TEXT = """\
scenario: small_world
summary: Two countries, one border, a path past a sector and a road past a post
synthetic: true
start: 2020-03-01
until: 2020-05-01
zone: UTC
provenance: {source: "assumed: made up for tests", status: assumed}
checks: full
parameters:
  mu: 1.5 d
  theta: 0.5 d
  u_stay: -20 d
  km_per_day: 100 km
  leg_fixed_cost: 1 d
  border_cost: 2 d
  hours_weight: 0
  money_weight: 1 d
  hazard_weight: 0 d
  odds_cap: 30
  lost_time: 12 h
  failure_weight: 0 d
  low_funds: EUR 300
  high_funds: EUR 1500
  turned_away_wait: 1 d
  prior_strength: 20 persons
  belief_half_life: 60 d
  belief_delay: 14 d
  belief_mixing: 30 %
  kappa: 3
  awareness_delay: 14 d
  season_win: 0
  stay_review: 5 d
  living_cost: 5 EUR/d
  remittance: EUR 400
  remittance_wait: 20 d
  broke_gave_up_share: 10 %
  exp3_exploration: 10 %
  price_adjustment: 30 %
  loss_memory: 30 d
  party_speed: {value: 3 km/h, low: 2 km/h, high: 4 km/h}
  scout_horizon: 6 h
countries:
  - {id: AAA, name: Avaland, zone: UTC, asylum_share: 10 %, go_home_share: 5 %, onward_share: 30 %, asylum_stay: 30 d}
  - {id: BBB, name: Belmark, zone: UTC, asylum_share: 10 %, go_home_share: 5 %, onward_share: 30 %, asylum_stay: 30 d}
places:
  - {id: harbour, country: AAA, kind: entry, lat: 44.0, lon: 20.0, dwell: 24 h, reception_places: 100}
  - {id: market, country: AAA, kind: hub, lat: 44.5, lon: 20.0, dwell: 48 h}
  - {id: riverside, country: AAA, kind: crossing, lat: 44.9, lon: 20.0}
  - {id: meadow, country: BBB, kind: crossing, lat: 45.1, lon: 20.0}
  - {id: town, country: BBB, kind: transit, lat: 45.3, lon: 20.2, dwell: 12 h}
  - {id: capital, country: BBB, kind: exit, lat: 45.8, lon: 20.4, exit_value: 0}
legs:
  - {id: harbour_road, from: harbour, to: market, mode: bus, distance: 60 km, duration: 2 h, cost: EUR 10, hazard: road, both_ways: true}
  - {id: market_road, from: market, to: riverside, mode: bus, distance: 50 km, duration: 2 h, cost: EUR 10, hazard: road, both_ways: true}
  - {id: meadow_path, from: riverside, to: meadow, mode: foot, distance: 20 km, duration: 8 h, border: AAA-BBB, sector: meadows, stay: 3 h, hazard: walk}
  - {id: bridge_lorry, from: riverside, to: town, mode: lorry, distance: 40 km, duration: 5 h, border: AAA-BBB, post: bridge, stream: lorries, use: hidden, route: bridge_route, hazard: road}
  - {id: meadow_road, from: meadow, to: town, mode: car, distance: 30 km, duration: 1 h, cost: EUR 20, hazard: road}
  - {id: capital_road, from: town, to: capital, mode: bus, distance: 80 km, duration: 3 h, cost: EUR 15, hazard: road}
routes:
  - {id: bridge_route, initial_awareness: 0.2, successes: [bridge_lorry]}
screenlines:
  - {id: leaving_avaland, inside: [AAA], labels: {AAA-BBB: border}}
profiles:
  - {id: adults, party_sizes: {1: 2, 2: 1}, minors_share: 5 %, family_share: 0 %, unaccompanied_share: 5 %, funds: EUR 900, funds_spread: 0.6, wish_share: 30 %, vulnerable_share: 4 %}
  - {id: families, party_sizes: {3: 1, 4: 1}, minors_share: 50 %, family_share: 100 %, unaccompanied_share: 0 %, funds: EUR 1400, funds_spread: 0.6, wish_share: 60 %, vulnerable_share: 3 %}
mixes:
  - {id: boats, shares: {adults: 3, families: 1}}
arrivals:
  - {id: landings_march, series: landings, place: harbour, from: 2020-03-01, until: 2020-04-01, persons: {value: 300, low: 250, high: 350}, mix: boats}
  - {id: landings_april, series: landings, place: harbour, from: 2020-04-01, until: 2020-05-01, persons: 200, mix: boats}
stocks:
  - {id: market_camp, place: market, persons: 100, mix: boats, failures: 20 %}
shift_patterns:
  - {id: round_the_clock, shifts: ["06:00-14:00", "14:00-22:00", "22:00-06:00"], weights: [1, 1, 1], presence: 80 %, weekly_hours: 40 h}
sectors:
  - {id: meadows, border: AAA-BBB, country: BBB, lat: 45.0, lon: 20.0, length: 30 km, width: 5 km, terrain: plain, officers: {border_police: 60}, shift: round_the_clock, duty_share: 80 %, speed: 10 km/h, equipment: {thermal_camera: 1}, alert: 15 min, cover: 1.5 h, busy: 2 h, busy_per_person: 15 min}
detection_widths:
  - {id: plain_day, terrain: plain, light: day, width: 0.8 km}
  - {id: plain_night, terrain: plain, light: night, width: 0.2 km}
  - {id: plain_day_camera, terrain: plain, light: day, equipment: thermal_camera, width: 0.9 km}
  - {id: plain_night_camera, terrain: plain, light: night, equipment: thermal_camera, width: 0.7 km}
aftermath:
  - {id: aaa_bbb, border: AAA-BBB, country: BBB, sight_share: 30 %, outside_share: {value: 5 %, low: 0 %, high: 15 %}, held: 12 h, back_share: 60 %, released_share: 15 %, gave_up_share: 6 %, asylum_share: 19 %, retry: 10 d}
demand_patterns:
  - {id: flat, hours: [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1], weekdays: [1,1,1,1,1,1,1], months: [1,1,1,1,1,1,1,1,1,1,1,1]}
posts:
  - id: bridge
    border: AAA-BBB
    country: BBB
    lat: 45.0
    lon: 20.1
    kind: road
    officers: {border_police: 40, customs: 8}
    shift: round_the_clock
    booth_share: 70 %
    cue_share: 30 %
    referral_cued: 40 %
    referral_plain: 3 %
    methods: [visual, dogs]
    streams:
      - {id: cars, demand: 1200 units/d, pattern: flat, lanes: 3, first_line: 1 min, second_line_share: 3 %, second_line: 10 min, persons_per_unit: 2}
      - {id: lorries, demand: 200 units/d, pattern: flat, lanes: 2, first_line: 4 min, second_line_share: 8 %, second_line: 25 min, persons_per_unit: 1}
hit_rates:
  - {id: hidden_visual, use: hidden, method: visual, minutes: 25 min, trained: false, hit: 20 %}
  - {id: hidden_dogs, use: hidden, method: dogs, minutes: 25 min, trained: false, hit: 60 %}
hazards:
  - {id: road, mode: bus, winter_factor: 1, deaths: 0.2, injuries: 2}
  - {id: walk, mode: foot, winter_factor: 2, deaths: 5, injuries: 50}
screening:
  - {id: bbb, country: BBB, access_share: 80 %, registered_share: 70 %, identify_share: 15 %, false_share: 2 %, interview: 45 min, interviews_per_day: 20, referral_share: 70 %, reflection: 30 d}
networks:
  - {id: ferrymen, services: [{leg: meadow_path, price: EUR 400, cost: EUR 100}, {leg: bridge_lorry, price: EUR 900, cost: EUR 200}], capacity: 20 persons/d, crews: 4, scouts: 30 %, quality: 10 %, facilitators: 10, loss_per_person: EUR 300, recovery: 30 d, margin: 20 %, cash: EUR 20000}
observation_rules:
  - {id: bbb_stops, series: bbb_registered, country: BBB, where: stop, probability: 90 %, delay: 2 d}
targets:
  - {id: bbb_2020_03, series: bbb_registered, period: "2020-03", persons: 40}
powers:
  - {id: police_patrol, service: border_police, task: patrol}
  - {id: army_patrol, service: army, task: patrol}
  - {id: police_post, service: border_police, task: post}
  - {id: customs_post, service: customs, task: post}
  - {id: airport_post, service: airport_police, task: post}
"""  # noqa: E501

#: A small plan for it.
PLAN = """\
plan: meadow_nights
for: small_world.yaml
summary: Ten officers from the bridge walk the meadows at night in April
measures:
  - id: nights
    kind: staffing
    at: sector:AAA-BBB/meadows
    from: 2020-04-01
    until: 2020-04-20
    officers: {BBB: 10}
    taken_from: {BBB: post:bridge}
    hours: "18:00-06:00"
"""


def write(folder: Path, *changes: tuple[str, str], text: str = TEXT, name: str = "") -> Path:
    """Write the scenario (or another text) into ``folder``, parts of it replaced; return its path.

    Each change is (old, new); the old text must stand there exactly once, so that a test that
    breaks the scenario cannot silently leave it whole.
    """
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    path = folder / (name or "small_world.yaml")
    path.write_text(text, encoding="utf-8")
    return path


def small_world(
    folder: Path,
    *changes: tuple[str, str],
    plans: Sequence[str] = (),
    sets: Sequence[str] = (),
) -> Scenario:
    """Return the scenario, parts of its text replaced, plans and settings laid over it."""
    return load(str(write(folder, *changes)), plans, sets)
