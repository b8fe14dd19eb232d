"""Accepted sets of the fit written into a pack: what is written, what stays, what is refused."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

from sim.scenario.finding import shipped_folder
from sim.scenario.loading import check, load
from tests.studies import fit
from tests.studies.fit import KNOBS, Record, chosen_of, main, read_sets, standing, values_of, write

Sets = list[tuple[float, dict[str, float]]]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """Return a copy of the pack; the scenario beside it stands on the copy."""
    shutil.copytree(shipped_folder() / "western_balkans", tmp_path / "western_balkans")
    text = (shipped_folder() / "adriatic_shift" / "adriatic_shift.yaml").read_text()
    copied = text.replace("extends: western_balkans", "extends: western_balkans/western_balkans")
    (tmp_path / "copy.yaml").write_text(copied)
    return tmp_path / "western_balkans"


def made(count: int = 24) -> Sets:
    """Return made accepted sets away from where the pack stands, best first."""
    moves = np.random.default_rng(5).normal(0, 0.03, (count, len(KNOBS)))
    points = np.clip(standing() + 0.05 * np.array([1, -1, 1, -1, 1, -1]) + moves, 0, 1)
    return [(0.2 + 0.005 * i, values_of(point)) for i, point in enumerate(points)]


def test_the_pack_stands_at_the_chosen_set_and_loads(pack: Path) -> None:
    accepted = made()
    before = {p.name: p.read_text() for p in pack.glob("*.*")}
    write(accepted, accepted[3][1], 8, pack)
    assert check(str(pack / "western_balkans.yaml")) == ()
    scenario = load(str(pack.parent / "copy.yaml"))
    assert len(scenario.fitted_sets) == 24
    stands = {f"parameters.{name}": q for name, q in scenario.parameters.items()}
    stands |= {f"sectors.{s.id}.stopped_share": s.stopped_share
               for s in scenario.sectors if s.stopped_share is not None}  # fmt: skip
    for name, value in scenario.fitted_sets[3].values().items():
        found = [row.values()[name] for row in scenario.fitted_sets]
        q = stands[name]
        # The same text in both files: what the pack stands at is one of the sets to the last digit.
        assert (q.value, q.low, q.high) == (value, min(found), max(found)), name
    assert scenario.fitted_sets[0].misfit == pytest.approx(0.2)
    changed = {name for name, text in before.items() if (pack / name).read_text() != text}
    assert changed == {"fitted_sets.csv", "sectors.csv", "western_balkans.yaml"}
    for name, lines in (("western_balkans.yaml", 4 * 3), ("sectors.csv", 3)):
        pairs = zip(before[name].splitlines(), (pack / name).read_text().splitlines(), strict=True)
        assert sum(a != b for a, b in pairs) == lines, name


def test_nothing_is_written_where_a_number_has_no_place(pack: Path) -> None:
    document = pack / "western_balkans.yaml"
    document.write_text(document.read_text().replace("  kappa:\n", "  kappa_of_old:\n"))
    before = {p.name: p.read_bytes() for p in pack.glob("*.*")}
    with pytest.raises(SystemExit, match=r"parameters\.kappa: 0 lines"):
        write(made(), made()[0][1], 8, pack)
    assert before == {p.name: p.read_bytes() for p in pack.glob("*.*")}


def test_sets_of_a_record_are_those_of_its_last_search(tmp_path: Path) -> None:
    file = tmp_path / "tried.csv"
    record = Record(file)
    for block in (made(3), made(5)):
        record.add("flow", block[0][1], 1.0, 0.5)
        for ard, values in block[::-1]:
            record.add("accepted", values, float("nan"), ard)
    found = read_sets(file)
    assert [round(ard, 3) for ard, _ in found] == [round(ard, 3) for ard, _ in made(5)]
    for (_, values), (_, kept) in zip(made(5), found, strict=True):
        assert kept == pytest.approx(values, rel=1e-4)
    names = [k.name for k in KNOBS]
    assert file.read_text().splitlines()[0].split(",") == ["stage", *names, "loss", "ard", "seeds"]


def test_sets_of_a_file_are_applied_by_the_command(
    pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    accepted = made()
    file = tmp_path / "sets.csv"
    with file.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*(k.name for k in KNOBS), "ard"])
        writer.writerows([[f"{v[k.name]:.6g}" for k in KNOBS] + [ard] for ard, v in accepted])
    asked = " ".join(f"{k.name}={accepted[7][1][k.name]:.5g}" for k in KNOBS)
    main(["--apply", str(file), "--values", asked, "--pack", str(pack)])
    assert "24 sets, stands at mu=" in capsys.readouterr().out
    scenario = load(str(pack.parent / "copy.yaml"))
    assert scenario.parameter("mu") == pytest.approx(accepted[7][1]["mu"], rel=1e-4)
    tovarnik = next(s for s in scenario.sectors if s.id == "tovarnik")
    assert tovarnik.stopped_share is not None
    assert tovarnik.stopped_share.value == pytest.approx(
        accepted[7][1]["stopped_srb_hrv"], rel=1e-3
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("stage,mu\nflow,2\n", "no accepted set"),
        ("mu,ard\n2,0.3\n", "u_stay"),
        (
            "mu,u_stay,win,kappa,stopped_srb_hrv,stopped_grc_alb,ard\n2,-38,x,20,0.7,0.3,0.3\n",
            "'x'",
        ),
    ],
)
def test_a_file_without_sets_is_refused(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "sets.csv"
    file.write_text(text)
    with pytest.raises(SystemExit, match=words):
        read_sets(file)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mu", "NAME=NUMBER"),
        ("mu=2", "name each of"),
        ("mu=2 u_stay=-1 win=1 kappa=1 stopped_srb_hrv=1 stopped_grc_alb=1", "none of the sets"),
    ],
)
def test_values_that_are_no_set_are_refused(text: str, words: str) -> None:
    with pytest.raises(SystemExit, match=words):
        chosen_of(text, made(3))
    assert chosen_of("", made(3)) == made(3)[0][1]


def test_the_search_writes_into_the_pack_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped pack is the folder written unless another is named."""
    assert shipped_folder() / "western_balkans" == fit.PACK
    seen: list[object] = []
    monkeypatch.setattr(fit, "search", seen.append)
    main(["--write", "--pack", "elsewhere"])
    assert str(getattr(seen[0], "pack", "")) == "elsewhere"
