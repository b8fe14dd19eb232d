"""Seconded officers are missing at home and bring what they know, in the hours they are there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.control.inspection import CLAIM, FORGED, HIDDEN
from sim.model import BorderModel
from sim.movement.batch import Batch
from sim.protection.screening import ScreeningDesks
from sim.randomness import Draws, mix
from sim.scenario.loading import check
from sim.scenario.measures import Measure
from sim.scenario.specs.exchange import ForgedDocument, InterpretedScreening
from sim.scenario.specs.scenario import Scenario
from tests.model_runs import differing, finished, measure, table, under
from tests.screened import screened as found_in
from tests.stories.partners import CHANGES, partners
from tests.stories.small_world import write

FROM, UNTIL = date(2020, 3, 3), date(2020, 3, 10)
BEGIN, END = 48, 216


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """The bridge is crossed with forged documents, three of four of them Avaland's."""
    rates = (
        "hit_rates:\n"
        "  - {id: no, use: forged, method: visual, minutes: 10 min, trained: false, hit: 5 %}\n"
        "  - {id: yes, use: forged, method: visual, minutes: 10 min, trained: true, hit: 90 %}\n"
    )
    forged = partners(
        tmp_path_factory.mktemp("world"),
        ("stream: lorries, use: hidden", "stream: cars, use: forged"), ("hit_rates:\n", rates),
    )  # fmt: skip
    bridge = forged.posts[0].model_copy(
        update={name: replace(forged.posts[0].cue_share, value=1.0)
                for name in ("cue_share", "referral_cued")}
    )  # fmt: skip
    return forged.model_copy(
        update={
            "posts": (bridge,),
            "forged_documents": (
                ForgedDocument.model_validate({"id": "aaa", "country": "AAA", "share": 0.75}),
            ),
            "interpreted_screening": (
                InterpretedScreening.model_validate(
                    {"id": "bbb", "country": "BBB", "access_share": 1.0, "registered_share": 1.0,
                     "identify_share": 0.9, "false_share": 0.0, "referral_share": 1.0}
                ),
            ),
        }
    )  # fmt: skip


@pytest.fixture(scope="module")
def baseline(world: Scenario) -> BorderModel:
    return finished(world)


def exchange(*brings: str, **keys: Any) -> Measure:
    return measure("officer_exchange", FROM, UNTIL, **{
        "at": "post:bridge", "officers": {"AAA": 30}, "taken_from": {"AAA": "reserve:avaland"},
        "brings": list(brings), **keys,
    })  # fmt: skip


def null_of(acting: Measure) -> Measure:
    null = acting.null()
    assert null is not None
    return null


def found(model: BorderModel, days: range) -> tuple[int, int]:
    rows = table(model, "posts")
    rows = rows[(rows["stream"] == "cars") & rows["day"].isin(days)]
    return int(rows["found"].sum()), int(rows["tried"].sum())


# Documents ----------------------------------------------------------------------------------------


def test_documents_of_their_country_are_searched_as_by_trained_officers(world: Scenario) -> None:
    """Of those who show a forged document, 0.75 x 0.9 + 0.25 x 0.05 = 0.69 are found, not 0.05."""
    days = range(3, 9)
    joint = finished(under(world, exchange("home_documents")))
    alone = finished(under(world, null_of(exchange("home_documents"))))
    many, tried = found(joint, days)
    few, tried_alone = found(alone, days)
    assert tried > 40
    assert abs(many / tried - 0.6875) < 4 * (0.25 / tried) ** 0.5
    assert abs(few / tried_alone - 0.05) < 4 * (0.05 / tried_alone) ** 0.5


def test_only_documents_of_their_country_in_their_hours_are_known(world: Scenario) -> None:
    model = BorderModel(under(world, exchange("home_documents", hours="08:00-16:00")))
    while model.now < BEGIN + 24:
        model.step()
    n = 4000
    draws = Draws(7)
    party = mix(np.arange(n, dtype=np.uint64))
    post = np.zeros(n, np.intp)
    guests = model.world.guests

    def known(use: int, hour: int) -> float:
        at = np.full(n, BEGIN + hour)
        mask = guests.know(post, np.full(n, use), at, party, draws)
        return 0.0 if mask is None else float(mask.mean())

    assert known(FORGED, 9) == pytest.approx(0.75, abs=0.03)
    assert known(FORGED, 5) == known(FORGED, 17) == 0.0
    assert known(HIDDEN, 9) == known(CLAIM, 9) == 0.0


def test_a_document_claims_to_be_of_one_country_at_every_attempt_and_post(
    world: Scenario,
) -> None:
    """Guests at two posts know the same parties' documents; shares are those of the rows."""
    gate = world.posts[0].model_copy(update={"id": "gate"})
    legs = [leg.model_copy(update={"id": f"{leg.id}_by_gate", "post": "gate"})
            for leg in world.legs if leg.post == "bridge"]  # fmt: skip
    shares = {"AAA": 0.5, "BBB": 0.2}
    documents = tuple(
        ForgedDocument.model_validate({"id": c.lower(), "country": c, "share": share})
        for c, share in shares.items()
    )
    two = world.model_copy(update={"posts": (*world.posts, gate), "legs": (*world.legs, *legs),
                                   "forged_documents": documents})  # fmt: skip
    sent = exchange("home_documents", at=["post:bridge", "post:gate"], officers={"AAA": 60})
    model = BorderModel(under(two, sent))
    while model.now < BEGIN + 24:
        model.step()
    guests, draws, n = model.world.guests, model.world.draws, 4000
    party, forged = mix(np.arange(n, dtype=np.uint64)), np.full(n, FORGED)
    posts = [s.target for s in model.world.stations if s.target.startswith("post:")]
    assert posts == ["post:bridge", "post:gate"]

    def known(post: int, hour: int) -> Any:
        at = np.full(n, BEGIN + hour)
        return guests.know(np.full(n, post), forged, at, party, draws)

    first = known(0, 9)
    for post, hour in ((0, 10), (1, 9), (1, 20)):
        assert (known(post, hour) == first).all()
    assert first.mean() == pytest.approx(shares["AAA"], abs=4 * (0.25 / n) ** 0.5)
    claimed = guests.claims(party, draws)
    of = np.searchsorted(np.cumsum(list(shares.values())), claimed, side="right")
    assert ((of == 0) == first).all()
    expected = pytest.approx([0.5, 0.2, 0.3], abs=4 * (0.25 / n) ** 0.5)
    assert list(np.bincount(of, minlength=3) / n) == expected


def test_whoever_is_split_off_shows_a_document_of_the_country_of_the_party_it_was_in(
    world: Scenario,
) -> None:
    model = BorderModel(under(world, exchange("home_documents")))
    while model.now < BEGIN + 24:
        model.step()
    guests, crowd, counters = model.world.guests, model.world.crowd, model.world.passage.counters
    assert counters is not None
    know, seen = guests.know, []

    def noted(post: Any, use: Any, hour: Any, party: Any, draws: Any) -> Any:
        seen.extend(party.tolist())
        return know(post, use, hour, party, draws)

    guests.know = noted  # type: ignore[method-assign]
    parents = np.arange(40)
    crowd.persons[parents] = 2
    new = crowd.split(parents, np.array([1, 0, 0]).repeat(40).reshape(3, -1))
    for rows in (parents, new):
        seen.clear()
        leg = np.full(40, next(i for i, x in enumerate(world.legs) if x.use == "forged"))
        hour = np.full(40, 5, np.int32)
        base = model.world.draws.event_base(crowd.key[rows], crowd.moves[rows])
        counters._known(Batch(rows, hour, leg, base))
        assert seen == crowd.key[parents].tolist()


# Languages ----------------------------------------------------------------------------------------


def test_those_stopped_are_screened_with_an_interpreter(world: Scenario) -> None:
    """With an interpreter every wish becomes a claim registered; without, 0.8 x 0.7 of them.

    Everybody wishes to claim, and the guests come on the second day: those in force from the
    start would be known to all, and shunned.
    """
    willing = tuple(
        p.model_copy(update={"wish_share": replace(p.wish_share, value=1.0)})
        for p in world.profiles
    )
    all_wish = world.model_copy(update={"profiles": willing})
    acting = exchange("language", at=["post:bridge", "sector:meadows"], officers={"AAA": 90})
    acting = acting.model_copy(update={"since": date(2020, 3, 2), "until": None})
    joint = finished(under(all_wish, acting))
    alone = finished(under(all_wish, null_of(acting)))

    def claims(model: BorderModel) -> tuple[float, float]:
        rows = table(model, "ledger")
        sums = rows[rows["country"] == "BBB"].groupby("item")["value"].sum()
        return float(sums["claims_registered"]), float(sums["asylum_wishes"])

    registered, wishes = claims(joint)
    assert wishes - 2 <= registered <= wishes, "nobody interprets on the first day"
    assert wishes > 15
    registered, wishes = claims(alone)
    assert abs(registered / wishes - 0.56) < 4 * (0.25 / wishes) ** 0.5 < 0.44


def test_an_interpreter_makes_no_screening_worse(world: Scenario) -> None:
    """Of the two rows the better holds, field by field; nothing changes for those without."""
    poor = InterpretedScreening.model_validate(
        {"id": "bbb", "country": "BBB", "access_share": 0.1, "registered_share": 0.1,
         "identify_share": 0.0, "false_share": 1.0, "referral_share": 0.1}
    )  # fmt: skip
    n, draws = 500, Draws(3)
    stop = {
        "country": np.ones(n, np.intp), "persons": np.full(n, 2), "unaccompanied": np.ones(n, int),
        "vulnerable": np.arange(n) % 2 == 0, "wish": np.ones(n, bool),
        "held": np.full(n, 9.0), "day": 0,
        "base": draws.event_base(np.arange(n, dtype=np.uint64), np.zeros(n, np.uint64)),
    }  # fmt: skip

    def screened(row: InterpretedScreening, mask: Any) -> tuple[int, ...]:
        desks = ScreeningDesks(world.screening, ("AAA", "BBB"), (row,))
        got = found_in(desks, **stop, interpreted=mask)  # type: ignore[arg-type]
        return tuple(
            int(a.sum()) for a in (got.claim_registered, got.identified, got.referred,
                                   got.false_positive)
        )  # fmt: skip

    good = world.interpreted_screening[0]
    plain = screened(good, None)
    assert screened(poor, np.ones(n, bool)) == plain == screened(good, np.zeros(n, bool))
    better = screened(good, np.ones(n, bool))
    assert all(one >= two for one, two in zip(better[:3], plain[:3], strict=True))
    assert better[0] == n
    assert better[3] == 0


# Home desks ---------------------------------------------------------------------------------------


def test_a_guest_with_a_home_desk_answers_for_his_country_while_on_duty(world: Scenario) -> None:
    model = BorderModel(under(world, exchange("home_desk", hours="08:00-16:00")))
    while model.now < BEGIN + 24:
        model.step()
    ((station, country), officers), *others = model.world.guests.answering.items()
    assert not others
    assert model.world.stations[station].target == "post:bridge"
    assert model.world.countries[country] == "AAA"
    there = officers > 0
    assert there[8:16].all()
    assert not there[:8].any()
    assert not there[16:].any()


def test_guests_of_a_country_answer_together_whatever_they_are_sent_under(world: Scenario) -> None:
    rows = tuple(a.model_copy(update={"id": name}) for a in world.agreements for name in "xy")
    world = world.model_copy(update={"agreements": rows})
    sent = [exchange("home_desk", id=name, legal_base=f"agreement:{name}") for name in "xy"]
    seen = []
    for plan in (sent[:1], sent):
        model = BorderModel(under(world, *plan))
        while model.now < BEGIN + 24:
            model.step()
        (officers,) = model.world.guests.answering.values()
        seen.append(int(officers.sum()))
    assert seen[1] == 2 * seen[0] > 0


# Learning by doing --------------------------------------------------------------------------------


def test_a_post_learns_on_days_of_joint_duty_and_forgets(world: Scenario) -> None:
    """K after n days with half-life 2 d is (1 - r^n) / (1 - r), r = 2^-1/2: 1, 1.71, 2.21, ...

    It reaches 2 on the third day of joint duty, and falls below on the first day without.
    """
    acting = exchange(learning={"joint_days": "2 d", "half_life": "2 d"})
    model = BorderModel(under(world, acting))
    r, counted, knows = 2**-0.5, [], []
    while model.now < model.clock.hours:
        model.step()
        if model.now % 24 == 0:
            counted.append(float(model.world.learning.days[0]))
            knows.append(model.world.posts.learned(0))  # type: ignore[union-attr]
    expected = [0.0, 0.0, *((1 - r**n) / (1 - r) for n in range(1, 8))]
    expected += [expected[-1] * r**n for n in range(1, 4)]
    assert counted == pytest.approx(expected)
    assert knows == [k >= 2 for k in expected]
    assert knows == [False] * 4 + [True] * 6 + [False] * 2
    events = table(model, "events")
    assert list(events[events["kind"] == "methods"]["hour"]) == [120.0, 264.0]


def test_learning_selects_the_trained_rows_and_nothing_else(world: Scenario) -> None:
    """Of an exchange without guests' other gifts only the rows differ: as if they were trained."""
    cars = world.posts[0].streams[0]
    quick = cars.model_copy(update={"second_line_trained": replace(cars.second_line, value=4.0)})
    bridge = world.posts[0].model_copy(update={"streams": (quick, world.posts[0].streams[1])})
    faster = world.model_copy(update={"posts": (bridge,)})
    model = BorderModel(faster)
    posts = model.world.posts
    assert posts is not None
    before = posts.second_rate.copy()
    posts.learn(0, True)
    learnt = posts.inspection._hit.copy(), posts.second_rate.copy()
    posts.learn(0, False)
    assert posts.second_rate.tolist() == before.tolist()
    posts.change(0, "trained", True)
    assert posts.inspection._hit.tolist() == learnt[0].tolist()
    assert posts.second_rate.tolist() == learnt[1].tolist()
    assert (learnt[1] > before).all()


# Ablations and nulls ------------------------------------------------------------------------------


def test_with_the_switch_off_an_exchange_does_exactly_nothing(
    world: Scenario, baseline: BorderModel
) -> None:
    off = world.model_copy(
        update={"switches": world.switches.model_copy(update={"exchange": False})}
    )
    whole = exchange("language", "home_documents", "home_desk")
    assert differing(finished(under(off, whole)), baseline) == []


def test_an_exchange_that_brings_nothing_equals_its_null(world: Scenario) -> None:
    plain = exchange()
    one, two = finished(under(world, plain)), finished(under(world, null_of(plain)))
    assert differing(one, two, ignore=("events",)) == []


def test_without_an_agreement_only_the_home_roster_changes(
    world: Scenario, baseline: BorderModel
) -> None:
    alone = world.model_copy(update={"agreements": ()})
    gone = exchange("language", "home_documents", "home_desk", taken_from={"AAA": "sector:fields"})
    model = finished(under(alone, gone))
    assert differing(model, baseline, ignore=("events", "institutions")) == ["outcomes", "sectors"]
    for one, two in zip(*(
        t[t["sector"] == "meadows"].to_numpy().tolist() for t in
        (table(model, "sectors"), table(baseline, "sectors"))
    ), strict=True):  # fmt: skip
        assert one == two


@pytest.mark.parametrize(
    ("keys", "rule"),
    [
        ("brings: [language]", "missing-row"),
        ("brings: [home_documents]", "missing-row"),
        ("brings: [cake]", "unknown-value"),
        ("at: sector:meadows, learning: {joint_days: 10 d, half_life: 60 d}", "wrong-target"),
        ("service: customs", "no-agreement"),
        ("service: army", "no-power"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, keys: str, rule: str) -> None:
    write(tmp_path, *CHANGES)
    at = "" if "at:" in keys else "at: post:bridge, "
    plan = (
        f"plan: p\nfor: small_world\nmeasures:\n  - {{id: a, kind: officer_exchange, {at}"
        f"from: 2020-04-01, officers: {{AAA: 6}}, taken_from: {{AAA: reserve:avaland}}, {keys}}}\n"
    )
    assert rule in {p.rule for p in check(str(write(tmp_path, text=plan, name="p.yaml")))}
