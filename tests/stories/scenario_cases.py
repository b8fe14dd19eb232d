"""How the inputs of ``scenario_mistakes.csv`` become files, and what is then checked.

An input is one of: ``OLD => NEW``, a change to the small world's text; a whole plan, laid over
the small world; ``set KEY=VALUE``; ``table NAME`` and CSV text, read into that list of the small
world; ``file`` and a whole text; or ``recipe NAME`` for files too large or too odd for a table.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from sim.errors import InputError, Problem
from sim.scenario.loading import check, load
from tests.stories.small_world import TEXT, write

TABLE = Path(__file__).with_name("scenario_mistakes.csv")


def cases() -> list[dict[str, str]]:
    """Return the rows of the table."""
    with TABLE.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def problems_of(text: str, folder: Path) -> tuple[Problem, ...]:
    """Return the problems of one input, written into ``folder``, which is the working folder."""
    if text.startswith("recipe "):
        return RECIPES[text.removeprefix("recipe ")](folder)
    if text.startswith("set "):
        write(folder)
        return _loaded("small_world.yaml", sets=(text.removeprefix("set "),))
    if text.startswith("table "):
        name, _, rows = text.removeprefix("table ").partition("\n")
        write(folder, (f"{name}:\n", f"tables: {{{name}: {name}.csv}}\nold_{name}:\n"))
        kept = _without_list((folder / "small_world.yaml").read_text(), f"old_{name}")
        write(folder, text=kept)
        (folder / f"{name}.csv").write_text(rows + "\n", encoding="utf-8")
        return check("small_world.yaml")
    if text.startswith("file\n"):
        write(folder, text=text.removeprefix("file\n"), name="broken.yaml")
        return check("broken.yaml")
    if " => " in text:
        old, _, new = text.partition(" => ")
        return check(str(write(folder, (old, new)).relative_to(folder)))
    write(folder)
    write(folder, text=text, name="plan.yaml")
    return _loaded("small_world.yaml", plans=("plan.yaml",))


def _loaded(
    reference: str, plans: tuple[str, ...] = (), sets: tuple[str, ...] = ()
) -> tuple[Problem, ...]:
    try:
        load(reference, plans, sets)
    except InputError as error:
        return error.problems
    return ()


def _without_list(text: str, name: str) -> str:
    """Return a text without one top-level key and the lines below it."""
    kept, inside = [], False
    for line in text.splitlines(keepends=True):
        if not line.startswith((" ", "-")):
            inside = line.startswith(f"{name}:")
        if not inside:
            kept.append(line)
    return "".join(kept)


def _sparse(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)


def _huge_scenario(folder: Path) -> tuple[Problem, ...]:
    _sparse(folder / "huge.yaml", 100_000_000)
    return check("huge.yaml")


def _huge_plan(folder: Path) -> tuple[Problem, ...]:
    write(folder)
    _sparse(folder / "huge.yaml", 100_000_000)
    return _loaded("small_world.yaml", plans=("huge.yaml",))


def _huge_parent(folder: Path) -> tuple[Problem, ...]:
    write(folder, ("zone: UTC\nprov", "zone: UTC\nextends: huge.yaml\nprov"))
    _sparse(folder / "huge.yaml", 100_000_000)
    return check("small_world.yaml")


def _huge_table(folder: Path) -> tuple[Problem, ...]:
    write(folder, ("checks: full", "tables: {targets: huge.csv}"))
    _sparse(folder / "huge.csv", 100_000_000)
    return check("small_world.yaml")


def _one_byte_too_many(folder: Path) -> tuple[Problem, ...]:
    (folder / "long.yaml").write_text(TEXT + "#" * (2_000_001 - len(TEXT)), encoding="utf-8")
    return check("long.yaml")


def _laughs(folder: Path) -> tuple[Problem, ...]:
    lines = ["region: laughs", "l0: &l0 [a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 10)]
    (folder / "laughs.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return check("laughs.yaml")


def _few_but_huge(folder: Path) -> tuple[Problem, ...]:
    lines = ["region: laughs", f"a: &a [{', '.join(['x'] * 2000)}]"]
    lines += ["b: &b [*a, *a, *a, *a, *a, *a, *a]", "c: &c [*b, *b, *b, *b, *b, *b, *b]"]
    lines += ["d: [*c, *c]"]
    (folder / "laughs.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return check("laughs.yaml")


def _too_many_aliases(folder: Path) -> tuple[Problem, ...]:
    lines = ["region: many", "name: &a x", *[f"k{n}: *a" for n in range(30)]]
    (folder / "many.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return check("many.yaml")


def _cycle(folder: Path) -> tuple[Problem, ...]:
    write(folder, ("zone: UTC\nprov", "zone: UTC\nextends: other.yaml\nprov"))
    write(folder, text="scenario: other\nextends: small_world.yaml\n", name="other.yaml")
    return check("small_world.yaml")


def _long_cycle(folder: Path) -> tuple[Problem, ...]:
    for one, two in (("a", "b"), ("b", "c"), ("c", "a")):
        write(folder, text=f"region: {one}\nextends: {two}\n", name=f"{one}.yaml")
    return check("a")


def _own_parent(folder: Path) -> tuple[Problem, ...]:
    write(folder, text="region: me\nextends: me.yaml\n", name="me.yaml")
    return check("me.yaml")


def _plan_cycle(folder: Path) -> tuple[Problem, ...]:
    write(folder)
    write(folder, text="plan: one\nextends: two\n", name="one.yaml")
    write(folder, text="plan: two\nextends: one\n", name="two.yaml")
    return _loaded("small_world.yaml", plans=("one.yaml",))


def _cycle_by_link(folder: Path) -> tuple[Problem, ...]:
    write(folder, text="region: me\nextends: alias.yaml\n", name="me.yaml")
    (folder / "alias.yaml").symlink_to("me.yaml")
    return check("me.yaml")


def _link_outside(folder: Path) -> tuple[Problem, ...]:
    inner = folder / "inner"
    inner.mkdir()
    (folder / "secret.csv").write_text("id,source,status\n", encoding="utf-8")
    (inner / "targets.csv").symlink_to("../secret.csv")
    write(inner, ("checks: full", "tables: {targets: targets.csv}"))
    return check("inner/small_world.yaml")


def _latin1(folder: Path) -> tuple[Problem, ...]:
    (folder / "latin.yaml").write_bytes("region: latin\nsummary: Bo\u017eaj\n".encode("cp1250"))
    return check("latin.yaml")


def _region_run(folder: Path) -> tuple[Problem, ...]:
    write(folder, text="region: bare\n", name="bare.yaml")
    return _loaded("bare.yaml")


def _plan_run(folder: Path) -> tuple[Problem, ...]:
    write(folder, text="plan: bare\n", name="bare.yaml")
    return _loaded("bare.yaml")


def _scenario_as_plan(folder: Path) -> tuple[Problem, ...]:
    write(folder)
    return _loaded("small_world.yaml", plans=("small_world.yaml",))


def _region_extends_scenario(folder: Path) -> tuple[Problem, ...]:
    write(folder)
    write(folder, text="region: upside_down\nextends: small_world\n", name="region.yaml")
    return check("region.yaml")


def _no_such_scenario(folder: Path) -> tuple[Problem, ...]:
    return check("two_rutes")


RECIPES: dict[str, Callable[[Path], tuple[Problem, ...]]] = {
    "scenario of 100 MB": _huge_scenario,
    "plan of 100 MB": _huge_plan,
    "parent of 100 MB": _huge_parent,
    "table of 100 MB": _huge_table,
    "one byte above the limit": _one_byte_too_many,
    "aliases of aliases": _laughs,
    "few aliases, many values": _few_but_huge,
    "thirty aliases": _too_many_aliases,
    "cycle of two scenarios": _cycle,
    "cycle of three regions": _long_cycle,
    "its own parent": _own_parent,
    "cycle of plans": _plan_cycle,
    "its own parent by a link": _cycle_by_link,
    "link that leads outside": _link_outside,
    "text in another encoding": _latin1,
    "region given to run": _region_run,
    "plan given to run": _plan_run,
    "scenario given as plan": _scenario_as_plan,
    "region that extends a scenario": _region_extends_scenario,
    "name that nothing has": _no_such_scenario,
}
