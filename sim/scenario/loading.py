"""From names to a scenario: documents found, laid over one another, validated and checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

import sim.scenario.centre_kinds  # its kinds register themselves
import sim.scenario.cooperation_kinds  # its kinds register themselves
import sim.scenario.investigation_kinds
import sim.scenario.measure_kinds
import sim.scenario.readmission_kinds  # noqa: F401  (kinds of measures register themselves)
from sim.errors import InputError, ModelError, Problem
from sim.scenario.checks import QUESTIONS, Subject, rights
from sim.scenario.documents import (
    Document,
    DocumentKind,
    chain,
    read_document,
)
from sim.scenario.finding import Found, find, find_beside, read_text, shipped_files
from sim.scenario.measures import kinds
from sim.scenario.merging import BACK, double_ways, lay_over, set_value
from sim.scenario.quantities import Quantity
from sim.scenario.shapes import shape_of
from sim.scenario.specs.scenario import Scenario
from sim.scenario.tables import read_table
from sim.scenario.tree import BY_USER, Mark, Rows, Tree, copied
from sim.scenario.validation import resolve
from sim.scenario.yaml_text import read_yaml

#: Rows without source that are named one by one; more of them are one problem of their file.
MAX_ROWS_WITHOUT_SOURCE = 5


class Shipped(NamedTuple):
    """A document that comes with the package."""

    name: str
    kind: str
    summary: str


def load(
    reference: str | Path,
    plans: Sequence[str | Path] = (),
    sets: Sequence[str] = (),
    arrivals: str | Path | None = None,
) -> Scenario:
    """Return a resolved scenario.

    Args:
        reference: A file, with or without ``.yaml``, or the name of a shipped scenario.
        plans: Plans laid over it in this order; ``A+B`` names two.
        sets: Settings ``KEY=VALUE`` laid over everything, e.g. ``switches.race=off``.
        arrivals: A table of arrivals whose rows are added to the scenario's.

    Raises:
        InputError: With every problem found.
    """
    found = find(str(reference))
    if isinstance(found, Problem):
        raise InputError([found])
    assembly = _Assembly(found)
    for plan in _find_plans(plans):
        assembly.lay_plan(plan)
    if arrivals is not None:
        assembly.add_arrivals(str(arrivals))
    return assembly.scenario(sets)


def look(reference: str | Path) -> Scenario:
    """Return what a region or scenario states, whatever it lacks to run.

    Raises:
        InputError: It cannot be found or read.
    """
    found = find(str(reference))
    document = found if isinstance(found, Problem) else read_document(found)
    if not isinstance(document, Document):
        raise InputError([document] if isinstance(document, Problem) else document)
    assert isinstance(found, Found)
    assembly = _Assembly(found, kind=document.kind)
    problems = assembly.finish(())
    if problems:
        raise InputError(problems)
    return assembly.resolved.scenario


def check(reference: str | Path) -> tuple[Problem, ...]:
    """Return every problem of a scenario, region or plan, in file and line order.

    A plan with ``for: SCENARIO`` is checked laid over that scenario; without, on its own.
    """
    found = find(str(reference))
    if isinstance(found, Problem):
        return (found,)
    document = read_document(found)
    if not isinstance(document, Document):
        return InputError(document).problems
    base: Found | Problem | None = None
    if document.target is not None:
        base = find_beside(document.target[0], found, document.target[1], "for")
    if isinstance(base, Found):
        assembly = _Assembly(base)
        assembly.lay_plan(found)
    else:
        assembly = _Assembly(found, kind=document.kind)
        if isinstance(base, Problem):
            assembly.problems.append(base)
    return InputError(assembly.finish(())).problems


def _find_plans(names: Sequence[str | Path]) -> Iterator[Found | Problem]:
    for name in map(str, names):
        found = find(name, plan=True)
        if isinstance(found, Problem) and "+" in name:
            yield from (find(part.strip(), plan=True) for part in name.split("+"))
        else:
            yield found


class _Assembly:
    """Documents laid over one another until they make a scenario.

    Attributes:
        kind: What is assembled: a scenario to run, or a region or plan looked at alone.
        problems: Problems so far.
        readable: Whether every document could be read; else values are not looked at.
    """

    def __init__(self, found: Found, kind: DocumentKind = "scenario") -> None:
        self.kind = kind
        self.tree = Tree()
        documents, self.problems = chain(found)
        self.readable = not self.problems
        if documents and documents[-1].found == found and documents[-1].kind != kind:
            self.problems.append(_not_runnable(documents[-1]))
            self.readable = False
        for document in documents:
            self.lay(document)
        before = {name: copied(self.tree.values.get(name, Rows())) for name in rights.LISTS}
        self.before = Tree(before, dict(self.tree.marks))
        self.plans: list[str] = []

    def lay(self, document: Document) -> None:
        """Lay one document over what is there."""
        self.problems += document.problems
        alone = self.kind == "plan"
        self.problems += [p for p in lay_over(self.tree, document) if not alone]

    def lay_plan(self, found: Found | Problem) -> None:
        """Lay a plan and its parents over the scenario."""
        if isinstance(found, Problem):
            self.problems.append(found)
            self.readable = False
            return
        documents, problems = chain(found)
        self.problems += problems
        self.readable &= not problems
        if documents and documents[-1].kind != "plan":
            top = documents[-1]
            self.problems.append(
                Problem(
                    "wrong-kind",
                    f"this is a {top.kind}, not a plan",
                    "Name a plan.",
                    top.found.name,
                    1,
                    top.kind,
                    top.id,
                )
            )
            return
        if self.plans:
            self.problems += _same_measures(self.tree, documents)
        for document in documents:
            self.lay(document)
        self.plans += [document.id for document in documents[-1:]]
        self.tree.values["plan"] = "+".join(self.plans)

    def add_arrivals(self, name: str) -> None:
        """Add the rows of a table of arrivals that the user names; each needs its own source."""
        text = read_text(Found(Path(name), name))
        if isinstance(text, Problem):
            self.problems.append(text)
            return
        shape = shape_of(Scenario).fields["arrivals"]
        table, problems = read_table(text, "arrivals", shape, Mark(name, 1, "", None, BY_USER))
        self.problems += problems
        rows = self.tree.values.setdefault("arrivals", Rows())
        for row_id, row in table.values["arrivals"].items():
            if row_id in rows:
                other = self.tree.mark(("arrivals", row_id))
                self.problems.append(
                    table.problem(
                        "duplicate-id",
                        ("arrivals", row_id),
                        f"{other.file}:{other.line} has an arrival of this id",
                        "Give the row its own id: rows are added, none is replaced.",
                    )
                )
                continue
            rows[row_id] = row
            self.tree.marks[("arrivals", row_id)] = table.marks[("arrivals", row_id)]

    def scenario(self, sets: Sequence[str]) -> Scenario:
        """Return the scenario with settings applied.

        Raises:
            InputError: With every problem found.
        """
        problems = self.finish(sets)
        if problems:
            raise InputError(problems)
        return self.resolved.scenario

    def finish(self, sets: Sequence[str]) -> list[Problem]:
        """Apply settings, validate, ask every question; return the problems."""
        settings = [problem for text in sets if (problem := set_value(self.tree, text))]
        self.problems += settings
        if self.readable:
            self.problems += double_ways(self.tree)
            self.resolved = resolve(self.tree, runnable=self.kind == "scenario")
            found = self.resolved.problems
            if self.kind == "plan":
                found = [p for p in found if not _of_overlay(p, self.tree)]
            self.problems += found
            self.ask(changed=bool(self.plans or sets))
        return list(dict.fromkeys(_sources_by_file(_once_a_leg(self.problems))))

    def ask(self, *, changed: bool) -> None:
        """Ask every question that this kind of document can answer."""
        subject = Subject(self.resolved)
        for question in QUESTIONS[self.kind]:
            self.problems += question(subject)
        if changed:
            before = resolve(self.before, runnable=False).scenario
            for compared in rights.QUESTIONS:
                self.problems += compared(subject, before)


def _not_runnable(document: Document) -> Problem:
    remedy = {
        "region": f"Write a scenario that says `extends: {document.id}`.",
        "plan": "Name a scenario, and give the plan with --plan.",
    }.get(document.kind, "Name a scenario.")
    return Problem(
        "wrong-kind",
        f"a {document.kind} does not run by itself",
        remedy,
        document.found.name,
        1,
        document.kind,
        document.id,
    )


def _same_measures(tree: Tree, documents: Sequence[Document]) -> Iterator[Problem]:
    """Yield the measures that a plan states anew under an id another plan has taken."""
    taken = tree.values.get("measures") or {}
    for document in documents:
        for row_id, row in (document.tree.values.get("measures") or {}).items():
            if row_id in taken and isinstance(row, dict) and "kind" in row:
                other = tree.mark(("measures", row_id))
                yield document.tree.problem(
                    "duplicate-id",
                    ("measures", row_id),
                    f"{other.file}:{other.line} has a measure of this id",
                    "Give one of the two another id.",
                )


def _once_a_leg(problems: Sequence[Problem]) -> list[Problem]:
    """Return the problems without those that a way back only repeats of its leg."""
    written = {(p.file, p.line, p.rule, *p.key.split(".")[:2]) for p in problems}

    def repeats(problem: Problem) -> bool:
        name, _, rest = problem.key.partition(".")
        leg = rest.partition(".")[0]
        if name != "legs" or not leg.endswith(BACK):
            return False
        return (problem.file, problem.line, problem.rule, name, leg.removesuffix(BACK)) in written

    return [problem for problem in problems if not repeats(problem)]


def _sources_by_file(problems: Sequence[Problem]) -> Iterator[Problem]:
    """Yield the problems, many rows of one file without source as one problem of that file."""
    lacking = Counter(p.file for p in problems if p.rule == "missing-source")
    told: set[str] = set()
    for problem in problems:
        rows = lacking[problem.file]
        if problem.rule != "missing-source" or rows <= MAX_ROWS_WITHOUT_SOURCE:
            yield problem
        elif problem.file not in told:
            told.add(problem.file)
            message = f"{rows} rows of this file have numbers without source or status"
            yield replace(problem, message=message)


def _of_overlay(problem: Problem, tree: Tree) -> bool:
    """Return whether a problem is only that a plan looked at alone leaves keys to its scenario."""
    if problem.rule != "missing-key":
        return False
    name, _, rest = problem.key.partition(".")
    row = (tree.values.get(name) or {}).get(rest.partition(".")[0])
    return name != "measures" or not (isinstance(row, dict) and "kind" in row)


def shipped() -> tuple[Shipped, ...]:
    """Return the scenarios, regions and plans that come with the package, by name."""
    listed = []
    for name, path in shipped_files().items():
        node, _ = read_yaml(path.read_text(encoding="utf-8"), name)
        header = node.value if node is not None else {}
        kind = next((k for k in ("scenario", "region", "plan") if k in header), "")
        summary = header["summary"].value if "summary" in header else ""
        listed.append(Shipped(name.removeprefix("plans/"), kind, str(summary)))
    return tuple(listed)


def shipped_runs_of(name: str) -> tuple[str, ...]:
    """Return the shipped scenarios that are, or directly extend, a document of this name."""
    runs = []
    for id_, path in shipped_files().items():
        document = read_document(Found(path, id_))
        if isinstance(document, Document) and document.kind == "scenario":
            parent = document.extends[0] if document.extends is not None else ""
            runs += [document.id] if name in (document.id, parent) else []
    return tuple(runs)


def from_text(text: Mapping[str, Any]) -> Scenario:
    """Return the scenario of a resolved text, as ``Scenario.as_text`` wrote it into a manifest.

    Raises:
        ModelError: Another version wrote it, and this one refuses what it holds.
    """
    values = with_quantities(text)
    try:
        for name in ("history", "measures"):
            values[name] = tuple(kinds()[row["kind"]].model_validate(row) for row in values[name])
        return Scenario.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise ModelError(
            f"the scenario was recorded by another version; this one refuses "
            f"{'.'.join(map(str, first['loc']))} ({first['msg']}): run it again"
        ) from None


def with_quantities(value: Any) -> Any:
    """Return plain data as written by pydantic, its quantities made again."""
    if isinstance(value, Mapping):
        if value.keys() == Quantity.__dataclass_fields__.keys():
            return Quantity(**value)
        return {key: with_quantities(inner) for key, inner in value.items()}
    return [with_quantities(inner) for inner in value] if isinstance(value, list) else value
