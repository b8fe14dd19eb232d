"""The flow version of a scenario: the same equations in expected persons, some 0.1 s a run.

Persons by funds band and place move in steps of a day; nobody is drawn. Places, legs, costs, the
recursive logit, control, aftermath, screening, dwell, season and awareness are read from the
engine's own ``World``, so the numbers of the pack are written once. It serves searches over
parameters; the parties confirm (SHIFT.md: the two agree once the initial awareness is 1e-3).

What it leaves out, each small beside what it is used for:

- beliefs are those of one profile and alike for guided and alone (nobody is told by chance);
- networks keep opening prices, share capacity by demand, and their scouts find no quiet hour;
- own failures weigh nothing; deaths, victims and children taken into care are not taken out;
- times are exponential where a leg's are fixed; what a unit busy elsewhere misses is not missed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.control.race import race_won_share
from sim.movement.choice import FAILURE_BANDS, FUNDS_BANDS, Offers, RouteChoice, Terms
from sim.movement.leg_table import NOBODY
from sim.movement.season import departures_let_through
from sim.records.months import month_labels, month_of_day
from sim.records.recorder import Recorder
from sim.scenario.specs.scenario import Scenario
from sim.world import DAY, World

F64 = NDArray[np.float64]

#: Funds bands of the flow: nothing left, then the engine's three.
_BROKE, _LOW, _MID, _HIGH = range(4)


@dataclass(frozen=True)
class FlowRun:
    """What a run of the flow version gives.

    Attributes:
        months: Labels, ``2017-01`` and so on.
        entries: First entries as an ``entry`` rule of the country would register them, by month.
        exits: Persons that left by exit border, months x legs.
        passed: Persons who passed each leg by month, months x legs.
        awareness: Of the route, at the end of each month.
        pool: Persons on the way at the end of each month.
        stocks: Persons by place at the end, resting or waiting.
    """

    months: tuple[str, ...]
    observed: dict[str, F64]
    passed: F64
    tried: F64
    awareness: F64
    pool: F64
    stocks: F64


class Flow:
    """Expected persons of one scenario; knobs may be turned between runs.

    Args:
        scenario: Resolved scenario with one route.

    Raises:
        ValueError: The scenario has more or fewer than one route.
    """

    def __init__(self, scenario: Scenario) -> None:
        if len(scenario.routes) != 1:
            raise ValueError("the flow version knows one route")
        self.scenario = scenario
        self.world = World(scenario, 1, Recorder())
        self.days = (scenario.until - scenario.start).days
        self._read_places()
        self._read_control()
        self._read_people()
        self._read_choice()
        self._read_days()

    # Reading -------------------------------------------------------------------------------

    def _read_places(self) -> None:
        w = self.world
        self.tail, self.head = w.graph.tail, w.graph.head
        n = len(w.places)
        self.dwell = np.array([p.dwell.value for p in w.places]) / DAY
        review = w.parameters["stay_review"]
        self.review = np.where(self.dwell > 0, self.dwell, review)
        self.seasonal = np.array([p.kind != "entry" for p in w.places]) & (self.dwell > 0)
        at = [w.country_specs[i] for i in w.place_country]
        self.settle = np.array([c.asylum_share.value for c in at])
        self.home = np.array([c.go_home_share.value for c in at])
        self.onward = np.array([c.onward_share.value for c in at])
        self.asylum_days = np.array([c.asylum_stay.value for c in at]) / DAY
        self.out = np.zeros((len(self.tail), n))
        self.out[np.arange(len(self.tail)), self.tail] = 1.0
        self.into = np.zeros((len(self.head), n))
        self.into[np.arange(len(self.head)), self.head] = 1.0
        self.leg_days = np.maximum(np.ceil(w.legs.duration + w.legs.barrier), 1.0) / DAY

    def _read_control(self) -> None:
        w, legs = self.world, self.world.legs
        self.prior = w.values.prior.copy()
        self.month_of = w.clock.calendar().month
        self.seasons = self._stopped_by_month()
        m = len(legs.specs)
        # Of those stopped: aborted, outside procedure, intercepted; then what becomes of them.
        turned, caught = np.zeros(m), np.zeros(m)
        back, over, claim = np.zeros(m), np.zeros(m), np.zeros(m)
        gave, retry = np.zeros(m), np.full(m, 10.0)
        held_wish = self._wish()
        terms, at_posts = w.sectors.aftermath.at(0), w.post_aftermath.at(0)
        units = w.sectors.coverage.planned_units(0)
        for e in np.flatnonzero(legs.controlled):
            s = legs.sector[e]
            if s >= 0:
                t, k = terms, int(s)
                country = w.scenario.sectors[k].country
                won = 1.0
                if w.sectors.race:
                    won = float(race_won_share(
                        units[k], w.sectors.length[k], w.sectors.speed[k],
                        w.sectors.alert[k], w.sectors.cover[k]).mean())  # fmt: skip
                sight = float(t.sight[k])
                reached = (1.0 - sight) * won / max(sight + (1.0 - sight) * won, 1e-12)
                outside = float(t.outside[k])
                turned[e] = 1.0 - reached * (1.0 - outside)
            else:
                t, k = at_posts, int(w.post_rule[legs.post[e]])
                country = w.scenario.posts[int(legs.post[e])].country
                turned[e] = 0.0
            caught[e] = 1.0 - turned[e]
            row = next(r for r in w.scenario.screening if r.country == country)
            claims = held_wish * row.access_share.value * row.registered_share.value
            there = w.countries[legs.to_country[e]] == country
            claim[e] = claims + (1.0 - claims) * t.asylum[k]
            back[e] = (1.0 - claims) * t.back[k]
            over[e] = (1.0 - claims) * t.released[k]
            gave[e] = float(t.gave_up[k])
            retry[e] = float(t.retry[k]) / DAY
            if not there and claims:
                raise ValueError("a country that stops people on their way out is not modelled")
        if not w.switches.retries:
            gave[:], back[:] = 1.0, 0.0
        self._turned, self._caught, self._back, self._over = turned, caught, back, over
        self._claim, self._gave = claim, gave
        places = len(w.places)
        rate = np.zeros(places)
        np.maximum.at(rate, self.tail, retry)
        self.retry = np.where(rate > 0, rate, 10.0)

    def _stopped_by_month(self) -> F64:
        """Return the true chance of being stopped by month, shape (months, legs).

        Light is that of the month's middle, rosters are those of the first day; the year's mean
        of a sector with a stated share is that share.
        """
        w, legs = self.world, self.world.legs
        sectors = w.sectors
        months = len(month_labels(w.clock))
        found = np.repeat(self.prior[None, :], months, axis=0)
        units = sectors.coverage.planned_units(0)
        terms = sectors.aftermath.at(0)
        watched = np.flatnonzero(legs.sector >= 0)
        stay = (legs.stay + legs.barrier)[watched]
        won = np.ones(units.shape)
        if sectors.race:
            for i in range(len(units)):
                won[i] = race_won_share(
                    units[i], sectors.length[i], sectors.speed[i], sectors.alert[i],
                    sectors.cover[i],
                )  # fmt: skip
        for month in range(months):
            middle = int(np.flatnonzero(self.month_of == month).mean()) // DAY * DAY
            patrol = sectors.patrol_rate(units, sectors.night(middle + np.arange(DAY)))
            rate = patrol + sectors.sensor_rate()
            for leg, hours in zip(watched, stay, strict=True):
                i = int(legs.sector[leg])
                if rate[i].sum() <= 0:
                    continue
                seen = 1.0 - np.exp(-stay_coverage(rate[i], float(hours)))
                sight = terms.sight[i] * patrol[i] / np.maximum(rate[i], 1e-300)
                stopped = rate[i] * (sight + (1.0 - sight) * won[i])
                found[month, leg] = seen.mean() * stopped.sum() / rate[i].sum()
        mean = found[: min(months, 12)].mean(axis=0)
        stated = {i: s.stopped_share for i, s in enumerate(w.scenario.sectors) if s.stopped_share}
        for i, share in stated.items():
            mine = legs.sector == i
            found[:, mine] *= share.value / np.maximum(mean[mine], 1e-9)
        return np.minimum(found, 0.99)

    def _wish(self) -> float:
        share = {p.id: p.wish_share.value for p in self.scenario.profiles}
        crowd = self.world.crowd
        weight = np.bincount(
            crowd.profile[: crowd.size], crowd.persons[: crowd.size], len(self.scenario.profiles)
        )
        wish = np.array([share[p.id] for p in self.scenario.profiles])
        return float((weight * wish).sum() / weight.sum())

    def _read_people(self) -> None:
        w, crowd = self.world, self.world.crowd
        rows = slice(0, crowd.size)
        p = w.parameters
        band = _LOW + (crowd.funds[rows] >= p["low_funds"]).astype(int)
        band = band + (crowd.funds[rows] >= p["high_funds"])
        self.entering = np.zeros((self.days, 4, len(w.places)))
        day = crowd.entered[rows] // DAY
        inside = day < self.days
        np.add.at(
            self.entering,
            (day[inside], band[inside], crowd.entry[rows][inside]),
            crowd.persons[rows][inside].astype(float),
        )
        self._width = np.array([p["low_funds"], p["high_funds"] - p["low_funds"],
                                2.0 * p["high_funds"]])  # fmt: skip

    def _read_choice(self) -> None:
        w = self.world
        nets = w.networks
        self.offers = Offers(nets.leg, w._offered_by(), nets.price, nets.quality)
        self.price = nets.price.copy()
        self.offer_leg, self.offer_network = nets.leg, nets.network
        self.served = [int(leg) for leg in np.unique(nets.leg)]
        self.capacity = np.array([n.capacity.value for n in w.scenario.networks])
        deaths = np.zeros(len(w.legs.specs))
        if w.hazards is not None:
            deaths = w.hazards.rates(0)[0] * (w.legs.duration + w.legs.barrier)
        self.terms = Terms(
            days=w.legs.days(), time_days=w.legs.time_days(), money=w.legs.money, deaths=deaths,
            controlled=w.legs.controlled, available=np.where(w.legs.open, 1.0, 0.0),
            stopped=np.zeros((1, len(w.legs.specs), 2)), exit_value=w.values.exit_values()[:1],
            is_entry=np.array([p.kind == "entry" for p in w.places]),
        )  # fmt: skip
        self.gate = w.legs.gate != NOBODY
        self.success = np.zeros(len(w.legs.specs))
        for name in w.scenario.routes[0].successes:
            self.success[w.graph.leg_index(name)] = 1.0
        self.initial_awareness = w.scenario.routes[0].initial_awareness.value

    def _read_days(self) -> None:
        """Walk the dated measures: who may enter, and beds, by day."""
        w = self.world
        year_day = w.clock.calendar().year_day
        self.year_day = [int(year_day[d * DAY]) for d in range(self.days)]
        self.beds = np.zeros((self.days, len(w.places)))
        for day in range(self.days):
            turn = w.in_force.next_hour
            if turn is not None and turns_today(turn, day):
                w.in_force.turn(day * DAY)
            self.beds[day] = w.reception.capacity
            self.entering[day][:, ~w.arrivals_open] = 0.0

    # Running -------------------------------------------------------------------------------

    def chooser(self, p: Mapping[str, float]) -> RouteChoice:
        """Return the choice for the parameters given."""
        base = replace(self.world.choice.parameters, mu=p["mu"], u_stay=p["u_stay"])
        return RouteChoice(self.world.graph, 1, base, self.offers, self.world.choice.form)

    def shares(self, choice: RouteChoice, aware: float, believed: F64) -> tuple[F64, F64]:
        """Return shares of legs, shape (3, legs), and of staying, shape (3, places)."""
        learning = self.scenario.switches.learning in ("awareness", "both")
        known = np.where(self.gate, aware if learning else 1.0, 1.0)
        stopped = np.repeat(np.clip(believed, 1e-3, 0.999)[None, :, None], 2, axis=2)
        terms = replace(self.terms, available=known * self.terms.available, stopped=stopped)
        choice.solve(terms, self.price)
        going = np.array([choice.leg_shares(b * FAILURE_BANDS) for b in range(FUNDS_BANDS)])
        return going, np.maximum(1.0 - going @ self.out, 0.0)

    def guided(self, choice: RouteChoice) -> F64:
        """Return shares guided on legs with offers, once solved, shape (3, offers)."""
        guided = np.zeros((FUNDS_BANDS, len(self.price)))
        affordable = self.price[None, :] <= np.array(choice.parameters.band_funds)[:, None]
        for leg in self.served:
            for band in range(FUNDS_BANDS):
                found = choice.service_shares(band * FAILURE_BANDS, leg)
                taken = {o: s for o, s in found.items() if o < 0 or affordable[band, o]}
                total = sum(taken.values())
                for offer, share in taken.items():
                    if offer >= 0:
                        guided[band, offer] = share / total
        return guided

    def run(self, knobs: Mapping[str, float]) -> FlowRun:
        """Run with ``mu``, ``u_stay`` (d), ``win``, ``kappa`` and ``sector:ID`` stopped shares.

        What is not given stays as the scenario has it.
        """
        w = self.world
        p = dict(w.parameters)
        p |= {k: v for k, v in knobs.items() if not k.startswith("sector:")}
        p["season_win"] = knobs.get("win", p["season_win"])
        scale = np.ones(len(self.prior))
        for name, share in knobs.items():
            if name.startswith("sector:"):
                mine = w.legs.sector == w.sectors.index[name.removeprefix("sector:")]
                scale[mine] = share / self.prior[mine]
        return _Days(self, p, scale).run()


def stay_coverage(rate: F64, stay: float) -> F64:
    """Return coverage of a stay of ``stay`` hours begun at each hour of a day that repeats."""
    whole = int(stay)
    running = np.concatenate(([0.0], np.cumsum(np.tile(rate, 2 + whole // len(rate)))))
    start = np.arange(len(rate))
    part = (stay - whole) * np.tile(rate, 2 + whole // len(rate))[start + whole]
    return np.asarray(running[start + whole] - running[start] + part)


def turns_today(hour: int, day: int) -> bool:
    """Return whether an hour of a turn has come by the start of a day."""
    return hour <= day * DAY


class _Days:
    """The state of one run, day after day; shapes (4 funds, places) unless stated."""

    def __init__(self, flow: Flow, p: Mapping[str, float], scale: F64) -> None:
        self.f, self.p, self.scale = flow, p, scale
        self.prior = np.clip(flow.prior * scale, 1e-3, 0.999)
        self._open_month(0)
        self.choice = flow.chooser(p)
        self.guided: F64 | None = None
        # Reports as the engine keeps them: stops and passes that fade, heard late.
        self.reports = np.zeros((2, len(scale)))
        self.unheard = np.zeros((round(p["belief_delay"]) + 1, 2, len(scale)))
        self.fade = 2.0 ** (-1.0 / p["belief_half_life"])
        shape = (4, len(flow.world.places))
        self.rest, self.ready, self.poor = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self.asylum, self.asked = np.zeros(shape), np.zeros((FUNDS_BANDS, shape[1]))
        self.moving = np.zeros((FUNDS_BANDS, len(scale)))
        self.aware = flow.initial_awareness
        self.late = np.zeros(round(p["awareness_delay"]) + 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            self.leave = np.where(flow.dwell > 0, -np.expm1(-1.0 / flow.dwell), 1.0)
            self.decide = -np.expm1(-1.0 / flow.retry)
            self.free = np.where(flow.asylum_days > 0, -np.expm1(-1.0 / flow.asylum_days), 0.0)
        self.paid = -np.expm1(-1.0 / p["remittance_wait"])
        self.land = -np.expm1(-1.0 / flow.leg_days)
        self.exit = flow.world.is_exit

    def _open_month(self, month: int) -> None:
        f = self.f
        stopped = np.minimum(f.seasons[month] * self.scale, 0.99)
        self.pass_share = 1.0 - stopped
        caught, turned = stopped * f._caught, stopped * f._turned
        self.over = self.pass_share + caught * f._over
        self.claim = caught * f._claim
        self.again = turned * (1.0 - f._gave) + caught * f._back

    def _solve(self) -> None:
        believed = self.prior
        if self.f.scenario.switches.learning in ("belief", "both"):
            strength, (stops, passes) = self.p["prior_strength"], self.reports
            believed = (self.prior * strength + stops) / (strength + stops + passes)
        self.going, self.staying = self.f.shares(self.choice, self.aware, believed)
        if self.guided is None:
            # Prices stay, and risk is the same alone and guided: once is enough.
            self.guided = self.f.guided(self.choice)

    def _hear(self, landed: F64) -> None:
        self.unheard[:-1] = self.unheard[1:]
        self.unheard[-1] = landed * (1.0 - self.pass_share), landed * self.pass_share
        self.reports *= self.fade
        self.reports += self.unheard[0]

    def run(self) -> FlowRun:
        f = self.f
        legs = len(self.pass_share)
        labels = tuple(month_labels(f.world.clock))
        month = month_of_day(f.world.clock, np.arange(f.days))
        passed, tried = np.zeros((len(labels), legs)), np.zeros((len(labels), legs))
        aware, pool = np.zeros(len(labels)), np.zeros(len(labels))
        rules = [_Rule(f.world, r) for r in f.scenario.observation_rules]
        seen = np.zeros((len(rules), len(labels)))
        for day in range(f.days):
            m = month[day]
            if day == 0 or m != month[day - 1]:
                self._open_month(m)
            if day % 7 == 0:
                self._solve()
            done = self._day(day)
            landed = done.sum(axis=0)
            self._hear(landed)
            tried[m] += landed
            passed[m] += landed * self.pass_share
            aware[m], pool[m] = self.aware, self._pool()
            for i, rule in enumerate(rules):
                seen[i, m] += rule.see(landed, self)
        observed: dict[str, F64] = {}
        for rule, row in zip(rules, seen, strict=True):
            row = row + rule.background
            observed[rule.series] = observed.get(rule.series, np.zeros(len(labels))) + row
        return FlowRun(labels, observed, passed, tried, aware, pool,
                       (self.rest + self.ready + self.poor).sum(axis=0))  # fmt: skip

    def _pool(self) -> float:
        return float(self.rest.sum() + self.ready.sum() + self.poor.sum() + self.moving.sum()
                     + self.asked.sum())  # fmt: skip

    def _day(self, day: int) -> F64:
        f = self.f
        season = 1.0
        if f.scenario.switches.season:
            season = departures_let_through(f.year_day[day], self.p["season_win"])
        season_at = np.where(f.seasonal, season, 1.0)
        self.rest += f.entering[day]
        self._spend(day)
        rested = self.rest * (self.leave * season_at)
        tried = self.ready * self.decide
        got = self.poor * self.paid
        moved_on = self.asylum * self.free
        self.rest -= rested
        self.ready -= tried
        self.poor -= got
        self.asylum -= moved_on
        back = (tried + got + moved_on * f.onward) * (1.0 - season_at)
        self.rest += back
        go = rested + (tried + got + moved_on * f.onward) * season_at
        self.poor[_LOW] += go[_BROKE] * (1.0 - self.p["broke_gave_up_share"])
        free = go[1:] + self.asked
        return self._choose(free)

    def _spend(self, day: int) -> None:
        f = self.f
        here = self.rest.sum(axis=0)
        outside = 1.0 - np.minimum(f.beds[day] / np.maximum(here, 1.0), 1.0)
        step = self.p["living_cost"] / f._width
        # Beds are for those who rest; those who wait to try again spend too.
        for state, share in ((self.rest, outside), (self.ready, np.ones_like(outside))):
            down = state[1:] * (step[:, None] * share)
            state[1:] -= down
            state[:-1] += down

    def _choose(self, free: F64) -> F64:
        f = self.f
        wanted = self.going * free[:, f.tail]
        stays = self.staying * free
        self.asylum[1:] += stays * f.settle
        self.rest[1:] += stays * (1.0 - f.settle - f.home)
        wanted = self._guide(wanted)
        self.moving += wanted
        done = self.moving * self.land
        self.moving -= done
        self._arrive(done)
        return done

    def _guide(self, wanted: F64) -> F64:
        """Take out those for whom a network has no room; they ask again tomorrow."""
        f = self.f
        ask = wanted[:, f.offer_leg] * self.guided
        load = np.bincount(f.offer_network, ask.sum(axis=0), len(f.capacity))
        served = np.minimum(1.0, f.capacity / np.maximum(load, 1e-9))[f.offer_network]
        turned = ask * (1.0 - served)
        less = np.zeros_like(wanted)
        np.add.at(less.T, f.offer_leg, turned.T)
        self.asked = less @ f.out
        self._fees = ask * served
        return wanted - less

    def _arrive(self, done: F64) -> None:
        f = self.f
        over = (done * self.over) @ f.into
        over[:, self.exit] = 0.0
        self.rest[1:] += over
        claim = (done * self.claim) @ f.into
        claim[:, self.exit] = 0.0
        self.asylum[1:] += claim
        self.ready[1:] += (done * self.again) @ f.out
        success = float((done.sum(axis=0) * self.pass_share * f.success).sum())
        self.late[:-1] = self.late[1:]
        self.late[-1] = success
        heard = self.late[0]
        learning = f.scenario.switches.learning in ("awareness", "both")
        if learning:
            gain = -np.expm1(-self.p["kappa"] * heard / max(self._pool(), 1.0))
            self.aware += (1.0 - self.aware) * gain


class _Rule:
    """An observation rule on flows: first entries or stops, with an exponential delay."""

    def __init__(self, world: World, spec: object) -> None:
        legs = world.legs
        rule = spec  # an ObservationRule
        country = world.countries.index(rule.country)  # type: ignore[attr-defined]
        self.series = rule.series  # type: ignore[attr-defined]
        self.where = rule.where  # type: ignore[attr-defined]
        self.probability = rule.probability.value  # type: ignore[attr-defined]
        self.background = rule.background.value  # type: ignore[attr-defined]
        days = rule.delay.value  # type: ignore[attr-defined]
        self.rate = -np.expm1(-1.0 / days) if days > 0 else 1.0
        self.legs = (legs.to_country == country) & (legs.border != NOBODY)
        self.waiting = 0.0

    def see(self, landed: F64, days: _Days) -> float:
        """Return persons registered today of what landed on each leg."""
        if self.where == "entry":
            events = float((landed * (days.over + days.claim))[self.legs].sum())
        else:
            caught = landed * (1.0 - days.pass_share) * days.f._caught
            events = float(caught[self.legs].sum())
        self.waiting += events * self.probability
        seen = self.waiting * self.rate
        self.waiting -= seen
        return seen
