"""Event-keyed draws (MODEL 2): uniform, uncorrelated, and a function of their key alone."""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import sim
from sim.clock import Clock
from sim.kernels.splitting import split_key
from sim.movement.arrivals import lay_out
from sim.randomness import Draws, arrival_keys, mix, mix_int, salt, salts, text_key
from sim.scenario.specs.people import Arrival, Mix, Profile, Stock
from tests.verification.proof import prove

F64 = NDArray[np.float64]
U64 = NDArray[np.uint64]
N = 2**18
BINS = 256
#: Chi-square is judged within 4 of its standard deviations, sqrt(2 (BINS - 1)), both ways: under
#: 0.02 % of fair generators fail a case (upper tail: quantile 0.9998 of chi-square with 255 df).
CHI_SQUARE_IN_SE = 4.0


def parties(count: int = N) -> NDArray[np.uint64]:
    return arrival_keys("sea arrivals", count)


def zeros(count: int = N) -> NDArray[np.uint32]:
    return np.zeros(count, np.uint32)


def by_id() -> F64:
    draws = Draws(1)
    return draws.uniform(draws.event_base(parties(), zeros()), salt("encounter", 3))


def by_attempt() -> F64:
    draws = Draws(1)
    one = np.full(N, parties(1)[0])
    return draws.uniform(draws.event_base(one, np.arange(N, dtype=np.uint32)), salt("encounter", 3))


def by_leg() -> F64:
    draws = Draws(1)
    base = draws.event_base(parties(1024), zeros(1024))
    return draws.uniform(base[:, None], salts("choice leg", N // 1024)).ravel()


def by_seed() -> F64:
    key, event = parties(64), zeros(64)
    number = salt("encounter", 3)
    return np.concatenate(
        [(d := Draws(seed)).uniform(d.event_base(key, event), number) for seed in range(N // 64)]
    )


def by_plain_integer_key() -> F64:
    draws = Draws(1)
    return draws.uniform(draws.event_base(np.arange(N, dtype=np.uint64), zeros()), salt("x"))


def by_institution() -> F64:
    draws = Draws(1)
    return draws.keyed("officer", np.arange(N // 512), np.arange(512)[:, None]).ravel()


def by_scalar() -> F64:
    draws = Draws(1)
    return np.array([draws.scalar("request", i) for i in range(BINS * 64)])


SAMPLES = (by_id, by_attempt, by_leg, by_seed, by_plain_integer_key, by_institution, by_scalar)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda f: f.__name__)
def test_draws_are_uniform(sample: Callable[[], F64]) -> None:
    u = sample()
    assert u.min() >= 0.0
    assert u.max() < 1.0
    counts = np.bincount((u * BINS).astype(np.intp), minlength=BINS)
    expected = len(u) / BINS
    chi_square = float(((counts - expected) ** 2 / expected).sum())
    prove("2.1", chi_square, BINS - 1, math.sqrt(2 * (BINS - 1)), CHI_SQUARE_IN_SE)


def test_low_bits_are_uniform_too() -> None:
    draws = Draws(1)
    low = draws.bits(draws.event_base(parties(), zeros()), salt("encounter", 3)) & np.uint64(0xFF)
    counts = np.bincount(low.astype(np.intp), minlength=BINS)
    chi_square = float(((counts - N / BINS) ** 2 / (N / BINS)).sum())
    prove("2.1", chi_square, BINS - 1, math.sqrt(2 * (BINS - 1)), CHI_SQUARE_IN_SE)


def split_keys(parents: U64, number: int) -> U64:
    """Return the keys of the rows split from parties as their ``number``-th."""
    split = np.uint64(text_key("split"))
    return np.array([split_key(parent, number, split) for parent in parents], np.uint64)


def neighbours() -> dict[str, tuple[F64, F64]]:
    """Return pairs of samples whose keys differ by one step in one field only."""
    draws, key, event = Draws(1), parties(N + 1), zeros(N + 1)
    base = draws.event_base(key, event)
    leg, next_leg = salt("encounter", 3), salt("encounter", 4)
    u = draws.uniform(base, leg)
    here = base[:N]
    raw = draws.uniform(draws.event_base(np.arange(N + 1, dtype=np.uint64), event), leg)
    other = Draws(2)
    children = [split_keys(key, i) for i in (0, 1)]
    u_children = [draws.uniform(draws.event_base(child, event), leg) for child in children]
    clones = [salt("choice service", 3, offer) for offer in (-1, 0)]
    return {
        "ids": (u[:-1], u[1:]),
        "integer ids": (raw[:-1], raw[1:]),
        "legs": (u[:N], draws.uniform(here, next_leg)),
        "attempts": (u, draws.uniform(draws.event_base(key, event + np.uint32(1)), leg)),
        "streams": (u[:N], draws.uniform(here, salt("post", 3))),
        "services": (draws.uniform(here, clones[0]), draws.uniform(here, clones[1])),
        "seeds": (u, other.uniform(other.event_base(key, event), leg)),
        "series": (u, draws.uniform(draws.event_base(arrival_keys("land", N + 1), event), leg)),
        "parent and split": (u, u_children[0]),
        "splits of one parent": (u_children[0], u_children[1]),
    }


def test_neighbouring_keys_are_uncorrelated() -> None:
    for x, y in neighbours().values():
        prove("2.2", float(np.corrcoef(x, y)[0, 1]), 0.0, 1 / math.sqrt(len(x)), 4.0)


def test_neighbouring_keys_are_uncorrelated_in_the_tails() -> None:
    # Rare events are what matters at a border: both draws below 1/64, against independence.
    for x, y in neighbours().values():
        p = 1 / 64**2
        both = float(((x < 1 / 64) & (y < 1 / 64)).mean())
        prove("2.3", both, p, math.sqrt(p * (1 - p) / len(x)), 4.0)


def test_a_draw_is_a_function_of_its_key_alone() -> None:
    draws = Draws(7)
    key, number = parties(5000), salt("encounter", 3)
    event = (np.arange(5000) % 11).astype(np.uint32)
    u = draws.uniform(draws.event_base(key, event), number)
    order = np.argsort(draws.uniform(draws.event_base(key, event), salt("shuffle")))
    permuted = draws.uniform(draws.event_base(key[order], event[order]), number)
    chunks = [
        Draws(7).uniform(draws.event_base(key[i : i + 613], event[i : i + 613]), number)
        for i in range(0, 5000, 613)
    ]
    differing = np.count_nonzero(permuted != u[order]) + np.count_nonzero(
        np.concatenate(chunks) != u
    )
    prove("2.4", float(differing), 0.0, 0.0, absolute=0.5)


def test_a_salt_depends_on_every_field_and_its_place() -> None:
    fields: list[tuple[int | str, ...]] = [
        (), (0,), (1,), ("0",), ("1",), (0, 0), (0, 1), (1, 0), ("a", "b"), ("ab",), (-1,),
    ]  # fmt: skip
    values = [salt(stream, *f) for stream in ("post", "posts") for f in fields]
    assert len(set(values)) == len(values)
    assert salts("post", 2).tolist() == [salt("post", 0), salt("post", 1)]


def test_the_mixer_is_splitmix64() -> None:
    # Reference outputs of SplitMix64 for seed 1234567 (Vigna's splitmix64.c).
    golden, seed = 0x9E3779B97F4A7C15, 1234567
    reference = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert [mix_int(seed + golden * (i + 1)) for i in range(3)] == reference
    states = np.array([(seed + golden * (i + 1)) % 2**64 for i in range(3)], dtype=np.uint64)
    assert mix(states).tolist() == reference


def test_names_hash_alike_on_every_machine() -> None:
    # FNV-1a of the empty text is its offset basis; mixed by SplitMix64's finaliser.
    assert text_key("") == 0xF52A15E9A9B5E89B
    assert text_key("a") != text_key("b")


def test_scalar_draws_of_institutions_differ_by_seed_and_field() -> None:
    names: tuple[int | str, ...] = (0, 1, "x")
    values = {
        Draws(seed).scalar(stream, field)
        for seed, stream, field in itertools.product((1, 2), ("network", "officer"), names)
    }
    assert len(values) == 12


PROFILE = Profile.model_validate(
    {
        "id": "groups", "party_sizes": {1: 2, 3: 1, 5: 1}, "minors_share": 0.3,
        "family_share": 0.4, "unaccompanied_share": 0.2, "funds": 900, "funds_spread": 0.5,
        "wish_share": 0.5, "vulnerable_share": 0.1,
    }
)  # fmt: skip
MIX = Mix.model_validate({"id": "all", "shares": {"groups": 1.0}})
CLOCK = Clock(date(2020, 1, 1), date(2020, 3, 1), "Europe/Belgrade")


def arrival(name: str, series: str, persons: int) -> Arrival:
    return Arrival.model_validate(
        {"id": name, "series": series, "place": "gate", "from": date(2020, 1, 1),
         "until": date(2020, 3, 1), "persons": persons, "mix": "all"}
    )  # fmt: skip


def made_up(arrivals: list[Arrival], stocks: list[Stock]) -> dict[int, tuple[float, ...]]:
    crowd = lay_out([PROFILE], [MIX], arrivals, stocks, {"gate": 0}, CLOCK, Draws(5))
    names = ("persons", "minors", "unaccompanied", "family", "vulnerable", "wish", "funds", "due")
    columns = [getattr(crowd, name)[: crowd.planned].astype(float) for name in names]
    rows = np.stack(columns, axis=1)
    return dict(zip(crowd.key[: crowd.planned].tolist(), map(tuple, rows.tolist()), strict=True))


def test_parties_of_a_series_are_the_same_whatever_else_arrives() -> None:
    sea, land = arrival("jan", "sea", 900), arrival("jan", "land", 700)
    stock = Stock.model_validate({"id": "camp", "place": "gate", "persons": 300, "mix": "all"})
    alone = made_up([sea], [])
    together = made_up([land, sea, arrival("feb", "sea", 50)], [stock])
    differing = sum(together.get(key) != row for key, row in alone.items())
    prove("2.5", float(differing), 0.0, 0.0, absolute=0.5)
    assert sum(row[0] for row in alone.values()) == 900
    assert sum(row[0] for row in together.values()) == 900 + 700 + 50 + 300


def test_more_persons_in_a_series_leave_the_first_parties_as_they_were() -> None:
    few, many = made_up([arrival("jan", "sea", 500)], []), made_up([arrival("jan", "sea", 800)], [])
    # The last party of the smaller series is cut to size; every other one is the same.
    assert sum(many.get(key) != row for key, row in few.items()) <= 1


def test_split_keys_are_distinct_through_generations() -> None:
    generation = parties(2000)
    keys = [generation]
    for _ in range(2):
        generation = np.concatenate([split_keys(generation, i) for i in range(6)])
        keys.append(generation)
    every = np.concatenate(keys)
    prove("2.6", float(len(every) - len(np.unique(every))), 0.0, 0.0, absolute=0.5)


FORBIDDEN_MODULES = {"random", "secrets", "uuid"}
#: Secrets, not draws: the salt of free text, join codes and session cookies. No world sees them.
SECRETS = {("journal.py", "urandom"), ("seats.py", "urandom")}


def draws_elsewhere(path: Path) -> list[str]:
    """Return the places in a source file that could draw from anywhere but ``Draws``."""
    found = []
    tree = ast.parse(path.read_text(encoding="utf-8"))
    # Mesa's spaces ask for a generator to keep; handing it over draws nothing.
    handed_over = {
        id(k.value) for k in ast.walk(tree) if isinstance(k, ast.keyword) and k.arg == "random"
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            origin = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
            names = [origin, *(alias.name for alias in node.names)]
            if any(n.split(".")[0] in FORBIDDEN_MODULES or n == "numpy.random" for n in names):
                found.append(f"{path}:{node.lineno} imports {names}")
        if (
            isinstance(node, ast.Attribute)
            and node.attr in ("random", "rng", "urandom")
            and id(node) not in handed_over
            and (path.name, node.attr) not in SECRETS
        ):
            found.append(f"{path}:{node.lineno} uses .{node.attr}")
    return found


def test_nothing_in_the_engine_draws_from_anywhere_else(tmp_path: Path) -> None:
    root = Path(next(iter(sim.__path__)))
    files = sorted(root.rglob("*.py"))
    assert len(files) > 20
    assert [place for file in files for place in draws_elsewhere(file)] == []
    guilty = tmp_path / "guilty.py"
    guilty.write_text("import numpy as np\nimport random\nx = np.random.default_rng(1)\n")
    assert len(draws_elsewhere(guilty)) == 2
