"""Are travellers, arrivals and stocks well formed?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from sim.errors import Problem
from sim.scenario.checks.subject import Subject
from sim.scenario.tree import BY_USER

MAX_PROFILES = 10
MAX_PARTY = 30


def number_of_profiles(subject: Subject) -> Iterator[Problem]:
    """Ask whether there are at most ten profiles."""
    if (count := len(subject.ids("profiles"))) > MAX_PROFILES:
        yield subject.problem(
            "too-many-profiles",
            ("profiles",),
            f"there are {count} profiles",
            f"Keep at most {MAX_PROFILES}.",
        )


def party_sizes(subject: Subject) -> Iterator[Problem]:
    """Ask whether parties have 1 to 30 persons and their weights make sense."""
    for profile in subject.scenario.profiles:
        at = ("profiles", profile.id, "party_sizes")
        for size in profile.party_sizes:
            if not 1 <= size <= MAX_PARTY:
                yield subject.problem(
                    "party-size",
                    (*at, str(size)),
                    f"a party has 1 to {MAX_PARTY} persons",
                    "Change the size.",
                )
        if not _weights(profile.party_sizes.values()):
            yield subject.problem(
                "bad-weights", at, "weights are at least 0 and not all 0", "Mend the weights."
            )
        unfit = profile.family_share.value > 0 and max(profile.party_sizes) < 2
        if unfit:
            yield subject.problem(
                "party-size",
                at,
                "families have two persons or more",
                "Add a larger size, or set family_share to 0.",
            )


def mix_shares(subject: Subject) -> Iterator[Problem]:
    """Ask whether the shares of each mix make sense."""
    for mix in subject.scenario.mixes:
        if not _weights(mix.shares.values()):
            yield subject.problem(
                "bad-weights",
                ("mixes", mix.id, "shares"),
                "weights are at least 0 and not all 0",
                "Mend the weights.",
            )


def _weights(values: Iterable[float]) -> bool:
    numbers = list(values)
    return all(math.isfinite(n) and n >= 0 for n in numbers) and sum(numbers) > 0


def arrival_periods(subject: Subject) -> Iterator[Problem]:
    """Ask whether each arrival has a period, and one within the run it was written for.

    A row of a pack may lie outside a shorter run; a row of the document that sets the run, or one
    added on the command line, may not.
    """
    s = subject.scenario
    for row in s.arrivals:
        at = ("arrivals", row.id)
        if row.since >= row.until:
            yield subject.problem(
                "bad-period",
                (*at, "until"),
                f"the period from {row.since} ends before it starts",
                "`until` is the first day after.",
            )
            continue
        if not subject.sound("start", "until"):
            continue
        early, late = row.until <= s.start, row.since >= s.until
        edge = "start" if early else "until"
        if (early or late) and subject.document(*at) in (subject.document(edge), BY_USER):
            yield subject.problem(
                "outside-run",
                (*at, "until" if early else "from"),
                f"the run is from {s.start} until {s.until}",
                "Remove the row, or lengthen the run.",
            )


def arrivals_and_stocks_on_the_way(subject: Subject) -> Iterator[Problem]:
    """Ask whether people start somewhere other than at an exit."""
    s = subject.scenario
    for name in ("arrivals", "stocks"):
        for row in getattr(s, name):
            place = subject.places.get(row.place)
            if place is not None and place.kind == "exit":
                yield subject.problem(
                    "start-at-exit",
                    (name, row.id, "place"),
                    "nobody starts at an exit",
                    "Name another place.",
                )


def upstream_only(subject: Subject) -> Iterator[Problem]:
    """Ask whether arrivals come from series that are not targets of the same run."""
    s = subject.scenario
    targets = {row.series for row in s.targets} | {rule.series for rule in s.observation_rules}
    for row in s.arrivals:
        if row.series in targets:
            yield subject.problem(
                "upstream-only",
                ("arrivals", row.id, "series"),
                "this series is what the run is held against",
                "Take arrivals from an upstream series.",
            )


def shares_of_those_who_stay(subject: Subject) -> Iterator[Problem]:
    """Ask whether those who apply for asylum and those who go home are not more than everybody."""
    for country in subject.scenario.countries:
        asylum, home = country.asylum_share, country.go_home_share
        most = (asylum.high or asylum.value) + (home.high or home.value)
        if most > 1 + 1e-9:
            yield subject.problem(
                "shares-sum",
                ("countries", country.id),
                f"asylum_share and go_home_share may add up to {most:g}",
                "Keep their sum, with their ranges, at or below 1.",
            )
