"""Can the measures be carried out, together, by officers who exist?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from sim.errors import Problem
from sim.scenario.checks.references import SINGULAR
from sim.scenario.checks.subject import Subject
from sim.scenario.cooperation_kinds import COUNTED
from sim.scenario.measure_kinds import Staffing
from sim.scenario.measures import Change, Measure, Posting
from sim.scenario.names import nearest
from sim.scenario.specs.control import Sector

#: Lists in which the targets of a type stand.
TARGET_LISTS = {name.replace("-", "_"): key for key, name in SINGULAR.items()}


def periods(subject: Subject) -> Iterator[Problem]:
    """Ask whether each measure has a period, and a plan's measure one within the run."""
    s = subject.scenario
    for name, measure in subject.measures():
        at = (name, measure.id)
        if measure.until is not None and measure.since >= measure.until:
            yield subject.problem(
                "bad-period",
                (*at, "until"),
                f"the period from {measure.since} ends before it starts",
                "`until` is the first day after.",
            )
        elif name == "measures" and subject.sound("start", "until"):
            early = measure.until is not None and measure.until <= s.start
            if early or measure.since >= s.until:
                yield subject.problem(
                    "outside-run",
                    (*at, "until" if early else "from"),
                    f"the run is from {s.start} until {s.until}",
                    "Move the measure into the run.",
                )


def ids_in_both_lists(subject: Subject) -> Iterator[Problem]:
    """Ask whether no measure of a plan takes the id of one under ``history``."""
    for name in sorted(subject.ids("history") & subject.ids("measures")):
        yield subject.problem(
            "duplicate-id",
            ("measures", name),
            f"history.{name} has this id",
            "Give the measure another id, or remove the entry of history.",
        )


def targets(subject: Subject) -> Iterator[Problem]:
    """Ask whether each target exists and is one that the kind can act on."""
    for name, measure in subject.measures():
        at = (name, measure.id, "at")
        written = subject.written(*at)
        texts = written if isinstance(written, list) else [written]
        for number, target in enumerate(measure.at):
            path = (*at, str(number + 1)) if isinstance(written, list) else at
            kind = target.partition(":")[0]
            if target in measure.at[:number]:
                message = "the measure names this target twice"
                yield subject.problem("duplicate-id", path, message, "Remove one of the two.")
            if kind not in measure.targets:
                yield subject.problem(
                    "wrong-target",
                    path,
                    f"{measure.kind} cannot act on a {kind}",
                    f"Name a {' or a '.join(measure.targets)}.",
                )
                continue
            yield from _exists(subject, path, target)
            yield from _prefix(subject, path, target, str(texts[number]))


def _exists(subject: Subject, path: tuple[str, ...], target: str) -> Iterator[Problem]:
    kind, _, name = target.partition(":")
    if kind == "border":
        known = frozenset(leg.border for leg in subject.scenario.legs if leg.border)
    elif kind in TARGET_LISTS:
        known = subject.ids(TARGET_LISTS[kind])
    else:
        return
    if name not in known and (known or subject.sound("start")):
        close = nearest(name, known, kind)
        yield subject.problem(
            f"unknown-{kind}", path, f"no {kind} {name!r}", close.replace("`", f"`{kind}:", 1)
        )


def _prefix(
    subject: Subject, path: tuple[str, ...], target: str, written: str
) -> Iterator[Problem]:
    border, slash, _ = written.partition(":")[2].partition("/")
    kind, _, name = target.partition(":")
    rows = subject.sectors if kind == "sector" else subject.posts if kind == "post" else {}
    row = rows.get(name)
    if slash and row is not None and row.border != border:
        yield subject.problem(
            "border-mismatch",
            path,
            f"{name} lies at {row.border}",
            f"Write `{kind}:{row.border}/{name}`.",
        )


def overlapping(subject: Subject) -> Iterator[Problem]:
    """Ask whether two measures set the same quantity of a target at the same time."""
    seen: dict[tuple[str, str], list[tuple[str, Change]]] = defaultdict(list)
    for name, measure in subject.measures():
        for change in measure.changes():
            if change.quantity.partition(".")[0] in COUNTED:
                continue  # it holds while any measure says so
            key = (change.target, change.quantity)
            for other_name, other in seen[key]:
                if _overlap(change, other) and (other_name, other.measure) != (name, measure.id):
                    yield subject.problem(
                        "overlapping-measures",
                        (name, measure.id),
                        f"{other_name}.{other.measure} and {name}.{measure.id} both set "
                        f"{change.quantity} of {change.target} from "
                        f"{max(change.since, other.since)}",
                        f"End one before the other starts, or `remove: [{other_name}."
                        f"{other.measure}]`.",
                    )
                    break
            seen[key].append((name, change))


def _overlap(one: Change, two: Change) -> bool:
    return one.since < (two.until or date.max) and two.since < (one.until or date.max)


def lanes_exist(subject: Subject) -> Iterator[Problem]:
    """Ask whether lanes are set for streams that the post has."""
    for name, measure in subject.measures():
        for change in measure.changes():
            kind, _, target = change.target.partition(":")
            head, _, stream = change.quantity.partition(".")
            post = subject.posts.get(target) if kind == "post" else None
            if post is None or head != "lanes":
                continue
            streams = [row.id for row in post.streams]
            if stream not in streams:
                yield subject.problem(
                    "unknown-stream",
                    (name, measure.id, "lanes", stream),
                    f"{target} has no stream {stream!r}",
                    nearest(stream, streams),
                )


def screened_countries(subject: Subject) -> Iterator[Problem]:
    """Ask whether screening is changed where a row says how it is without the measure."""
    if not subject.complete("screening"):
        return
    known = {row.country for row in subject.scenario.screening}
    for name, measure in subject.measures():
        for target in dict.fromkeys(
            c.target for c in measure.changes() if c.quantity.startswith("screening.")
        ):
            country = target.partition(":")[2]
            if country not in known and country in subject.ids("countries"):
                yield subject.problem(
                    "missing-screening",
                    (name, measure.id, "at"),
                    f"no row says how {country} screens without the measure",
                    "Add the row to `screening`.",
                )


def equipment_has_widths(subject: Subject) -> Iterator[Problem]:
    """Ask whether equipment given to a sector has a detection width for its terrain."""
    if not subject.complete("detection_widths"):
        return
    widths = {(w.terrain, w.light, str(w.equipment)) for w in subject.scenario.detection_widths}
    for name, measure in subject.measures():
        for change in measure.changes():
            head, _, equipment = change.quantity.partition(".")
            equipment = equipment.partition(".")[0]
            sector = subject.sectors.get(change.target.partition(":")[2])
            if head not in ("equipment", "extra") or sector is None:
                continue
            for light in ("day", "night"):
                if (sector.terrain, light, equipment) not in widths:
                    yield subject.problem(
                        "missing-width",
                        (name, measure.id, "equipment", equipment),
                        f"no detection width for {sector.terrain} by {light} with {equipment}",
                        "Add the row to `detection_widths`.",
                    )


def givers(subject: Subject) -> Iterator[Problem]:
    """Ask whether officers are taken from a post or sector of their own country."""
    for name, measure in subject.measures():
        for country, giver in getattr(measure, "taken_from", {}).items():
            path = (name, measure.id, "taken_from", country)
            kind, _, target = giver.partition(":")
            if kind not in ("post", "sector", "reserve"):
                yield subject.problem(
                    "wrong-target",
                    path,
                    f"officers cannot be taken from a {kind}",
                    "Name a post, a sector or a reserve.",
                )
                continue
            target = target.rpartition("/")[2]
            yield from _exists(subject, path, f"{kind}:{target}")
            row = subject.station(kind, target)
            if row is not None and row.country != country:
                yield subject.problem(
                    "wrong-country",
                    path,
                    f"{target} is run by {row.country}",
                    f"Name a post or sector of {country}.",
                )


def own_officers(subject: Subject) -> Iterator[Problem]:
    """Ask whether staffing posts officers of the country that runs the post or sector."""
    for name, measure in subject.measures():
        if not isinstance(measure, Staffing) or measure.as_host:
            continue
        for target in measure.at:
            kind, _, place = target.partition(":")
            if kind == "desk":
                yield subject.problem(
                    "wrong-target",
                    (name, measure.id, "at"),
                    "a desk is staffed by another kind of measure",
                    "Use `centre_desk`, or `officer_exchange` for officers taken from home.",
                )
            row = subject.station(kind, place)
            for country in measure.officers:
                if row is not None and row.country != country:
                    yield subject.problem(
                        "wrong-country",
                        (name, measure.id, "officers", country),
                        f"{place} is run by {row.country}",
                        "Officers of another country come by `officer_exchange`, `joint_patrol` "
                        "or `joint_operation`.",
                    )


def enough_officers(subject: Subject) -> Iterator[Problem]:
    """Ask whether no post or sector is asked for more officers than it has on its books."""
    postings: dict[tuple[str, str, str], list[tuple[str, Measure, Posting]]] = defaultdict(list)
    for name, measure in subject.measures():
        for posting in measure.postings():
            key = (posting.target, posting.country, posting.service)
            postings[key].append((name, measure, posting))
    for (target, country, service), asked in postings.items():
        books = _books(subject, target, country, service)
        takers = [entry for entry in asked if entry[2].officers < 0]
        if books is None or not takers:
            continue
        for name, measure, posting in takers:
            day = posting.since
            taken = -sum(p.officers for _, _, p in takers if _holds(p, day))
            if taken > books + 1e-9:
                others = sorted({m.id for _, m, p in takers if _holds(p, day)} - {measure.id})
                with_ = f" together with {', '.join(others)}" if others else ""
                yield subject.problem(
                    "not-enough-officers",
                    (name, measure.id, "taken_from", country),
                    f"{target} has {books:g} {service} on its books and is asked for "
                    f"{taken:g}{with_}",
                    f"Ask for at most {books:g}, or take them elsewhere.",
                )


def _books(subject: Subject, target: str, country: str, service: str) -> float | None:
    kind, _, name = target.partition(":")
    row = subject.station(kind, name)
    if row is None or row.country != country:
        return None
    if isinstance(row, Sector) and not row.officers and row.stopped_share is not None:
        return None  # solved from the share; the engine knows how many
    officers = {str(key): value for key, value in row.officers.items()}
    return officers[service].value if service in officers else 0.0


def _holds(posting: Posting, day: date) -> bool:
    return posting.since <= day and (posting.until is None or day < posting.until)
