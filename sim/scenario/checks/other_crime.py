"""Can the flows of other crime meet anybody who may find them?"""

from __future__ import annotations

from collections.abc import Iterator

from sim.errors import Problem
from sim.scenario.checks.subject import Subject
from sim.scenario.names import nearest
from sim.scenario.specs.other_crime import ContrabandFlow

#: Longest stay inside a sector's zone whose search effort is kept, h.
_LONGEST_STAY = 48.0


def flows_work(subject: Subject) -> Iterator[Problem]:
    """Ask whether each flow has one place, and something there that can find it."""
    for flow in subject.scenario.other_crime:
        if (flow.post is None) == (flow.sector is None):
            yield subject.problem(
                "one-place",
                ("other_crime", flow.id),
                "a flow leads through a post or past it in a sector, one of the two",
                "Give `post` and `stream`, or `sector` and `stay`.",
            )
        elif flow.post is not None:
            yield from _at_post(subject, flow)
        elif not 0 < flow.stay.value <= _LONGEST_STAY:
            yield subject.problem(
                "out-of-range",
                ("other_crime", flow.id, "stay"),
                f"a flow in a sector stays {flow.stay.value:g} h in its zone",
                f"Use more than 0 and at most {_LONGEST_STAY:g} h.",
            )


def _at_post(subject: Subject, flow: ContrabandFlow) -> Iterator[Problem]:
    post = subject.posts.get(str(flow.post))
    if post is None:
        return
    streams = [row.id for row in post.streams]
    if flow.stream not in streams:
        yield subject.problem(
            "unknown-stream",
            ("other_crime", flow.id, "stream"),
            f"{post.id} has no stream {flow.stream!r}",
            nearest(str(flow.stream), streams),
        )
    s = subject.scenario
    hits = {(h.use, h.method) for h in s.hit_rates}
    if subject.complete("hit_rates") and not any((flow.goods, m) in hits for m in post.methods):
        yield subject.problem(
            "missing-hit-rate",
            ("other_crime", flow.id, "goods"),
            f"no method of {post.id} has a hit rate for {flow.goods!r}",
            "Add the row to `hit_rates`, or a method to the post.",
        )
    may = {
        power.service for power in s.powers if power.task == "open_load" and power.lent_by is None
    }
    if subject.complete("powers") and not may & set(post.officers):
        yield subject.problem(
            "no-power",
            ("other_crime", flow.id, "post"),
            f"no service at {post.id} has the power for the task `open_load`",
            "Post a service there that has it, or add the power to `powers`.",
        )
