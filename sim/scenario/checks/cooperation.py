"""Is what countries do together agreed on, by agreements in force?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import combinations

from sim.errors import Problem
from sim.scenario.centre_kinds import CentreDesk
from sim.scenario.checks.agreed import agreements_of, first_day_without, on_every_day
from sim.scenario.checks.control import no_own_power
from sim.scenario.checks.subject import Subject
from sim.scenario.cooperation_kinds import OfficerExchange
from sim.scenario.lent_powers import TASKS, lending, of_own_right
from sim.scenario.measure_kinds import Staffing, is_span
from sim.scenario.measures import Measure
from sim.scenario.names import nearest
from sim.scenario.operation_kind import JointOperation
from sim.scenario.spans import Span
from sim.scenario.specs.centres import Desk
from sim.scenario.specs.control import Post
from sim.scenario.tree import Path


def agreements_work(subject: Subject) -> Iterator[Problem]:
    """Ask whether each agreement has distinct parties and ends after it begins."""
    for row in subject.scenario.agreements:
        if len(row.everybody) < 2:
            yield subject.problem(
                "missing-party",
                ("agreements", row.id, "parties"),
                "an agreement needs two countries",
                "Add a party, or `partners`.",
            )
        if len(set(row.everybody)) < len(row.everybody):
            yield subject.problem(
                "duplicate-party",
                ("agreements", row.id, "parties"),
                "a country is named twice",
                "Name each party once.",
            )
        if row.since and row.until and row.since >= row.until:
            yield subject.problem(
                "bad-period",
                ("agreements", row.id, "until"),
                f"the agreement from {row.since} ends before it starts",
                "`until` is the first day no longer in force.",
            )


def agreement_names(subject: Subject) -> Iterator[Problem]:
    """Ask whether no measure of kind agreement takes the id of a listed agreement."""
    for name, measure in subject.measures():
        if measure.kind == "agreement" and measure.id in subject.ids("agreements"):
            yield subject.problem(
                "duplicate-id",
                (name, measure.id),
                f"agreements.{measure.id} has this id",
                "Give the measure another id.",
            )


def visitors_have_powers(subject: Subject) -> Iterator[Problem]:
    """Ask whether officers sent may do the task there: of own right at home, else as lent."""
    s = subject.scenario
    if not (subject.complete("agreements") and subject.complete("powers")):
        return
    if not subject.sound("start", "until"):
        return
    for name, measure in subject.measures():
        told: set[tuple[str, str, str]] = set()
        for posting in measure.postings():
            kind, _, place = posting.target.partition(":")
            station = subject.station(kind, place)
            if station is None or posting.officers <= 0 or posting.as_host:
                continue
            if kind not in TASKS:
                continue
            key = (posting.country, station.country, posting.service)
            if station.country == posting.country:
                if not of_own_right(s.powers, posting.service, TASKS[kind]) and key not in told:
                    told.add(key)
                    yield no_own_power(
                        subject, (name, measure.id, "officers", posting.country),
                        posting.service, TASKS[kind],
                    )  # fmt: skip
                continue
            if isinstance(measure, Staffing):
                continue  # a country's own officers only: `own_officers`
            airport = isinstance(station, Post) and station.kind == "airport"
            lenders = lending(s.powers, posting.service, TASKS[kind], airport)
            named = posting.legal_base
            pair = posting.country, station.country
            gap = first_day_without(subject, lenders, pair, measure.since, measure.until, named)
            if gap is not None and key not in told:
                told.add(key)
                yield _no_power(subject, (name, measure.id), key, TASKS[kind], lenders, named, gap)


def _no_power(
    subject: Subject,
    at: tuple[str, str],
    who: tuple[str, str, str],
    task: str,
    lenders: Sequence[str],
    named: str,
    day: date,
) -> Problem:
    home, host, service = who
    if not lenders:
        return subject.problem(
            "no-power", (*at, "officers", home),
            f"{service} of {home} can have no power for the task `{task}` in {host}",
            "Send another service, or add a row to `powers` that says which agreement lends it.",
        )  # fmt: skip
    key = "legal_base" if named else "officers"
    which = f"agreement {named}" if named else "no agreement in force"
    gives = "does not give" if named else "gives"
    return subject.problem(
        "no-agreement", (*at, key) if named else (*at, key, home),
        f"{which} {gives} {service} of {home} the task `{task}` in {host} on {day}",
        on_every_day(subject, lenders, (home, host)),
    )  # fmt: skip


def conditions(subject: Subject) -> Iterator[Problem]:
    """Ask whether each series that a measure waits for is observed."""
    if not subject.complete("observation_rules"):
        return
    made = {rule.series for rule in subject.scenario.observation_rules}
    for name, measure in subject.measures():
        if measure.when is not None and subject.sound("start", "until"):
            yield from _ever_seen(subject, (name, measure.id, "when", "over"), measure)
        if measure.when is not None and measure.when.series not in made:
            yield subject.problem(
                "unknown-series", (name, measure.id, "when", "series"),
                f"no observation rule makes the series {measure.when.series!r}",
                nearest(measure.when.series, made, "observed series"),
            )  # fmt: skip


def _ever_seen(subject: Subject, path: Path, measure: Measure) -> Iterator[Problem]:
    """Ask whether so many days of the run have passed before the measure may no longer begin."""
    s = subject.scenario
    days = (min(subject.until(measure.until), s.until) - s.start).days
    assert measure.when is not None
    if measure.when.over.value >= days > 0:
        yield subject.problem(
            "outside-run", path,
            f"{measure.when.over.value:g} days are never over: the run begins on {s.start}, and "
            f"the measure may begin within {days} days",
            "Name fewer days, or a longer run.",
        )  # fmt: skip


def situation_centres(subject: Subject) -> Iterator[Problem]:
    """Ask whether each centre opened for a time may be, and whether operations name such a one."""
    s = subject.scenario
    lists = ("centres", "desks", "agreements")
    if not all(subject.complete(name) for name in lists) or not subject.sound("start", "until"):
        return
    centres = {row.id: row for row in s.centres}
    for name, measure in subject.measures():
        if isinstance(measure, CentreDesk) and measure.opened:
            path = (name, measure.id, "opened")
            for target in measure.at:
                row = centres.get(target.partition(":")[2])
                if row is not None and not row.standing:
                    yield from _may_be_opened(subject, path, row.id, measure)
        if not isinstance(measure, JointOperation) or measure.coordination is None:
            continue
        path = (name, measure.id, "coordination")
        kind, _, which = measure.coordination.partition(":")
        centre = centres.get(which) if kind == "centre" else None
        if centre is None:
            yield subject.problem(
                "unknown-centre", path, f"no centre {measure.coordination!r}",
                nearest(which, centres, "centre").replace("`", "`centre:", 1),
            )  # fmt: skip
            continue
        if centre.standing:
            yield subject.problem(
                "wrong-target", path, f"{which} works anyway",
                "Name a centre with `standing: false`, opened for the operation alone.",
            )  # fmt: skip
        yield from _may_be_opened(subject, path, which, measure)


def _may_be_opened(
    subject: Subject, path: tuple[str, str, str], centre: str, measure: Measure
) -> Iterator[Problem]:
    """Ask whether each pair of desks has agreed on a situation centre on every day."""
    desks = sorted({d.country for d in subject.scenario.desks if d.centre == centre})
    for pair in combinations(desks, 2):
        powers = ("situation_centre",)
        gap = first_day_without(subject, powers, pair, measure.since, measure.until)
        if gap is not None:
            yield subject.problem(
                "no-agreement", path,
                f"no agreement in force gives {pair[0]} and {pair[1]} a situation centre on {gap}",
                f"Name one that gives `situation_centre`, or leave a desk out of {centre}.",
            )  # fmt: skip
            return


def information_is_exchanged(subject: Subject) -> Iterator[Problem]:
    """Ask whether a desk at a standing centre that is to work more has whom to answer.

    Its country needs an agreement on the exchange of information with one other of the centre.
    More is officers, an opened centre, and hours or weekdays beyond the desk's own.
    """
    s = subject.scenario
    lists = ("centres", "desks", "agreements")
    if not all(subject.complete(name) for name in lists) or not subject.sound("start", "until"):
        return
    standing = {row.id for row in s.centres if row.type == "centre" and row.standing}
    powers = ("information_exchange",)
    for name, measure in subject.measures():
        if not isinstance(measure, CentreDesk):
            continue
        desks = [
            d for d in s.desks
            if d.centre in standing and {f"desk:{d.id}", f"centre:{d.centre}"} & set(measure.at)
            and _works_more(measure, d)
        ]  # fmt: skip
        for desk in desks:
            others = {d.country for d in s.desks if d.centre == desk.centre} - {desk.country}
            gaps = {
                c: first_day_without(
                    subject, powers, (desk.country, c), measure.since, measure.until
                )
                for c in sorted(others)
            }
            longest = max(gaps, key=lambda c: gaps[c] or date.max, default=None)
            if longest is not None and gaps[longest] is not None:
                yield subject.problem(
                    "no-agreement", (name, measure.id, "at"),
                    f"no agreement in force gives {desk.country} and {longest} the power "
                    f"`information_exchange` on {gaps[longest]}, nor it and another country of "
                    f"{desk.centre} on every day",
                    on_every_day(subject, powers, (desk.country, longest)),
                )  # fmt: skip
                break


def _works_more(measure: CentreDesk, desk: Desk) -> bool:
    """Return whether a measure adds officers, opens the centre, or adds to hours or weekdays."""
    longer = False
    if measure.hours is not None and is_span(measure.hours) and is_span(desk.hours):
        own, new = (Span.parse(h, desk.id).shares() for h in (desk.hours, measure.hours))
        longer = bool((new > own).any())
    more_days = measure.days is not None and not set(measure.days) <= set(desk.days)
    return bool(measure.officers) or bool(measure.opened) or longer or more_days


def legal_bases(subject: Subject) -> Iterator[Problem]:
    """Ask whether each legal base is an agreement of the list or of a measure."""
    known = {agreement.id for agreement in agreements_of(subject)}
    for name, measure in subject.measures():
        base = getattr(measure, "legal_base", None)
        if base is None or not subject.complete("agreements"):
            continue
        kind, _, which = base.partition(":")
        path = (name, measure.id, "legal_base")
        if kind != "agreement":
            yield subject.problem(
                "wrong-target", path, f"a {kind} is no legal base", "Name `agreement:ID`."
            )
        elif which not in known:
            yield subject.problem(
                "unknown-agreement", path, f"no agreement {which!r}",
                nearest(which, known, "agreement"),
            )  # fmt: skip


def brought_has_data(subject: Subject) -> Iterator[Problem]:
    """Ask whether what exchanges bring can act there, and whether there are data on it."""
    s = subject.scenario
    lists = ("interpreted_screening", "forged_documents")
    if not all(subject.complete(name) for name in lists):
        return
    interpreted = {row.country for row in s.interpreted_screening}
    claimed = {row.country for row in s.forged_documents}
    for name, measure in subject.measures():
        if not isinstance(measure, OfficerExchange | JointOperation):
            continue
        at = (name, measure.id, "brings")
        hosts = {st.country for t in measure.at if (st := subject.station(*_parts(t))) is not None}
        if "language" in measure.brings and hosts - interpreted:
            yield subject.problem(
                "missing-row", at,
                f"no row says how {min(hosts - interpreted)} screens with an interpreter",
                "Add the row to `interpreted_screening`.",
            )  # fmt: skip
        if "home_documents" not in measure.brings:
            continue
        if not any(target.startswith("post:") for target in measure.at):
            yield subject.problem(
                "wrong-target", at, "documents are looked at at posts, not in sectors",
                "Leave `home_documents` out, or name a post.",
            )  # fmt: skip
        elif set(measure.officers) - claimed:
            yield subject.problem(
                "missing-row", at,
                f"no row says how many forged documents claim to be of "
                f"{min(set(measure.officers) - claimed)}",
                "Add the row to `forged_documents`.",
            )  # fmt: skip


def document_shares(subject: Subject) -> Iterator[Problem]:
    """Ask whether the shares of forged documents add up to at most 1, one row a country."""
    rows = subject.scenario.forged_documents
    total = sum(row.share.value for row in rows)
    if rows and total > 1 + 1e-9:
        yield subject.problem(
            "shares-sum", ("forged_documents", rows[-1].id), f"the shares add up to {total:g}",
            "Make them add up to 1 at most.",
        )  # fmt: skip
    interpreted = subject.scenario.interpreted_screening
    given = [("forged_documents", row.id, row.country) for row in rows]
    given += [("interpreted_screening", row.id, row.country) for row in interpreted]
    seen: set[tuple[str, str]] = set()
    for name, row_id, country in given:
        if (name, country) in seen:
            yield subject.problem(
                "duplicate-id", (name, row_id, "country"),
                f"there is a row for {country} already", "Keep one row a country.",
            )  # fmt: skip
        seen.add((name, country))


def _parts(target: str) -> tuple[str, str]:
    kind, _, name = target.partition(":")
    return kind, name
