"""Can posts, sectors, shifts, networks and what follows a stop work as written?"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from sim.errors import Problem
from sim.scenario.checks.subject import Subject
from sim.scenario.lent_powers import TASKS, of_own_right
from sim.scenario.measure_kinds import is_span
from sim.scenario.specs.control import Aftermath
from sim.scenario.tree import Path

_SHARES = ("back_share", "released_share", "gave_up_share", "asylum_share")


def spans(subject: Subject) -> Iterator[Problem]:
    """Ask whether hours are spans such as 06:00-14:00."""
    s = subject.scenario
    written: list[tuple[Path, str]] = [
        (("posts", post.id, "hours"), post.hours) for post in s.posts
    ]
    written += [(("desks", desk.id, "hours"), desk.hours) for desk in s.desks]
    for pattern in s.shift_patterns:
        at = ("shift_patterns", pattern.id, "shifts")
        written += [((*at, str(n)), span) for n, span in enumerate(pattern.shifts, 1)]
    for name, measure in subject.measures():
        hours = getattr(measure, "hours", None)
        if hours is not None:
            written.append(((name, measure.id, "hours"), hours))
    for path, span in written:
        if not is_span(span):
            yield subject.problem(
                "bad-span",
                path,
                "this is no span of civil time",
                "Write e.g. `18:00-06:00`, or `00:00-24:00` for always.",
            )
        elif _is_duty(subject, path) and (span[3:5], span[9:]) != ("00", "00"):
            yield subject.problem(
                "bad-span",
                path,
                "officers come and go on the hour",
                "Write whole hours, e.g. `18:00-06:00`.",
            )


def _is_duty(subject: Subject, path: Path) -> bool:
    """Return whether a span says when officers serve (opening hours may begin at any minute)."""
    if path[0] in ("shift_patterns", "desks"):
        return True
    return any(
        name == path[0] and measure.id == path[1] and hasattr(measure, "officers")
        for name, measure in subject.measures()
    )


def shift_weights(subject: Subject) -> Iterator[Problem]:
    """Ask whether each shift of a pattern has its weight."""
    for pattern in subject.scenario.shift_patterns:
        at = ("shift_patterns", pattern.id, "weights")
        if len(pattern.weights) != len(pattern.shifts):
            yield subject.problem(
                "wrong-length",
                at,
                f"{len(pattern.weights)} weights for {len(pattern.shifts)} shifts",
                "Give one weight a shift.",
            )
        elif not _weights(pattern.weights):
            yield subject.problem(
                "bad-weights", at, "weights are at least 0 and not all 0", "Mend the weights."
            )
        for key in ("presence", "weekly_hours"):
            if getattr(pattern, key).value <= 0:
                yield subject.problem(
                    "out-of-range",
                    (at[0], at[1], key),
                    f"{key} is 0",
                    "Nobody would ever be on duty; use more than 0.",
                )


def demand_weights(subject: Subject) -> Iterator[Problem]:
    """Ask whether demand over the day, the week and the year makes sense."""
    for pattern in subject.scenario.demand_patterns:
        for key in ("hours", "weekdays", "months"):
            if not _weights(getattr(pattern, key)):
                yield subject.problem(
                    "bad-weights",
                    ("demand_patterns", pattern.id, key),
                    "weights are at least 0 and not all 0",
                    "Mend the weights.",
                )


def _weights(numbers: Sequence[float]) -> bool:
    return all(math.isfinite(n) and n >= 0 for n in numbers) and sum(numbers) > 0


def sectors_work(subject: Subject) -> Iterator[Problem]:
    """Ask whether each sector has an area, officers or a share to solve them from, and widths."""
    s = subject.scenario
    widths = {(w.terrain, w.light, w.equipment) for w in s.detection_widths}
    whole = subject.complete("detection_widths")
    for sector in s.sectors:
        at = ("sectors", sector.id)
        for key in ("length", "width", "speed", "patrol_size", "cover"):
            if getattr(sector, key).value <= 0:
                yield subject.problem("out-of-range", (*at, key), f"{key} is 0", "Use more than 0.")
        if not sector.officers and sector.stopped_share is None:
            yield subject.problem(
                "no-officers",
                (*at, "officers"),
                "nobody patrols the sector, and no stopped_share says how many would",
                "Give officers by service, or a `stopped_share`.",
            )
        if not whole:
            continue
        for kind in ("", *sector.equipment):
            for light in ("day", "night"):
                if (sector.terrain, light, kind) not in widths:
                    with_ = f" with {kind}" if kind else ""
                    yield subject.problem(
                        "missing-width",
                        (*at, "terrain"),
                        f"no detection width for {sector.terrain} by {light}{with_}",
                        "Add the row to `detection_widths`.",
                    )


def posts_work(subject: Subject) -> Iterator[Problem]:
    """Ask whether each post has streams that can move, and methods that can find."""
    s = subject.scenario
    for post in s.posts:
        for stream in post.streams:
            at = ("posts", post.id, "streams", stream.id)
            for key in ("lanes", "first_line", "batch"):
                if getattr(stream, key).value <= 0:
                    yield subject.problem(
                        "out-of-range", (*at, key), f"{key} is 0", "Use more than 0."
                    )
    hits = {(h.use, h.method) for h in s.hit_rates}
    if not subject.complete("hit_rates"):
        return
    for leg in s.legs:
        found = subject.posts.get(leg.post or "")
        if found and leg.use and not any((leg.use, m) in hits for m in found.methods):
            yield subject.problem(
                "missing-hit-rate",
                ("legs", leg.id, "use"),
                f"no method of {found.id} has a hit rate for {leg.use!r}",
                "Add the row to `hit_rates`, or a method to the post.",
            )


def aftermath_shares(subject: Subject) -> Iterator[Problem]:
    """Ask whether what follows a stop adds up to everybody."""
    for row in subject.scenario.aftermath:
        total = sum(getattr(row, key).value for key in _SHARES)
        if abs(total - 1) > 1e-6:
            yield subject.problem(
                "shares-sum",
                ("aftermath", row.id),
                f"back, released, gave up and asylum add up to {total:g}",
                "Make them add up to 1.",
            )
        if row.since and row.until and row.since >= row.until:
            yield subject.problem(
                "bad-period",
                ("aftermath", row.id, "until"),
                f"the period from {row.since} ends before it starts",
                "`until` is the first day after.",
            )


def aftermath_covers(subject: Subject) -> Iterator[Problem]:
    """Ask whether each controlled border and side has exactly one aftermath row on every day."""
    s = subject.scenario
    if not subject.complete("aftermath"):
        return
    rows: dict[tuple[str, str], list[Aftermath]] = defaultdict(list)
    for row in s.aftermath:
        rows[row.border, row.country].append(row)
    for (border, country), own in rows.items():
        own.sort(key=lambda r: r.since or date.min)
        for one, two in pairwise(own):
            if (one.until or date.max) > (two.since or date.min):
                yield subject.problem(
                    "overlapping-aftermath",
                    ("aftermath", two.id),
                    f"{one.id} covers the same days at {border} for {country}",
                    "End one where the other starts.",
                )
    if not subject.sound("start", "until"):
        return
    told: set[tuple[str, str]] = set()
    for name, controls in (("sectors", s.sectors), ("posts", s.posts)):
        for control in controls:
            if control.border is None or (control.border, control.country) in told:
                continue
            told.add((control.border, control.country))
            gap = _gap(rows[control.border, control.country], s.start, s.until)
            if gap is not None:
                yield subject.problem(
                    "missing-aftermath",
                    (name, control.id),
                    "no row says what follows a stop at "
                    f"{control.border} by {control.country} on {gap}",
                    "Add the row to `aftermath`.",
                )


def _gap(rows: Sequence[Aftermath], start: date, until: date) -> date | None:
    day = start
    for row in rows:
        if (row.since or date.min) <= day < (row.until or date.max):
            day = row.until or date.max
    return day if day < until else None


def screening_rows(subject: Subject) -> Iterator[Problem]:
    """Ask whether each country that controls a border says how it screens, once."""
    s = subject.scenario
    if not subject.complete("screening"):
        return
    known: dict[str, str] = {}
    for row in s.screening:
        if row.country in known:
            yield subject.problem(
                "duplicate-id",
                ("screening", row.id, "country"),
                f"{known[row.country]} is a row for {row.country} already",
                "Keep one row a country.",
            )
        known.setdefault(row.country, row.id)
    told: set[str] = set()
    for name, controls in (("sectors", s.sectors), ("posts", s.posts)):
        for control in controls:
            if control.country not in known and control.country not in told:
                told.add(control.country)
                yield subject.problem(
                    "missing-screening",
                    (name, control.id, "country"),
                    f"no row says how {control.country} screens",
                    "Add the row to `screening`.",
                )


def officers_have_powers(subject: Subject) -> Iterator[Problem]:
    """Ask whether each service posted somewhere may do the task of the place."""
    s = subject.scenario
    for name, rows, task in (
        ("sectors", s.sectors, TASKS["sector"]), ("posts", s.posts, TASKS["post"]),
    ):  # fmt: skip
        for row in rows:
            for service in row.officers:
                if not of_own_right(s.powers, service, task):
                    yield no_own_power(subject, (name, row.id, "officers", service), service, task)


def no_own_power(subject: Subject, path: Path, service: str, task: str) -> Problem:
    """Return the problem that a service may not do a task in its own country."""
    return subject.problem(
        "no-power", path, f"{service} has no power for the task `{task}`",
        "Post another service, or add the power to `powers`.",
    )  # fmt: skip


def networks_work(subject: Subject) -> Iterator[Problem]:
    """Ask whether each network has capacity, a crew, and one service a leg."""
    for network in subject.scenario.networks:
        at = ("networks", network.id)
        for key in ("capacity", "recovery"):
            if getattr(network, key).value <= 0:
                yield subject.problem("out-of-range", (*at, key), f"{key} is 0", "Use more than 0.")
        legs = [service.leg for service in network.services]
        if again := {leg for leg in legs if legs.count(leg) > 1}:
            yield subject.problem(
                "duplicate-id",
                (*at, "services"),
                f"{min(again)} is offered twice",
                "Give one price a leg, or a network of its own to the second.",
            )
        crews = network.crews
        if crews.value < 1 or any(n is not None and n % 1 for n in (crews.value, crews.low)):
            yield subject.problem(
                "out-of-range", (*at, "crews"), "crews come whole, one at least", "Use 1, 2, 3, ..."
            )
        elif crews.low != crews.high:
            yield subject.problem(
                "out-of-range",
                (*at, "crews"),
                "crews come whole; a draw would break them",
                "Give one number, without a range.",
            )
