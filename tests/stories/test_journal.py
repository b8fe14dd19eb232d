"""The journal: nothing acknowledged is lost, nothing is changed unseen, words can be removed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from sim.exercises.journal import (
    JOURNAL,
    TEXTS,
    Journal,
    JournalError,
    TornEntryWarning,
    purge,
    read_entries,
)
from sim.exercises.session import Seat, Session, SessionError
from tests.stories.small_exercise import small_exercise

SECRET = "Ask Anna Novak at the bridge"


def written(folder: Path, count: int = 4) -> list[str]:
    """Write a journal of some entries, one of them with free text; return the hashes."""
    with Journal(folder) as journal:
        for n in range(1, count + 1):
            journal.append("message", n, "police", 1, {"to": ["centre"], "n": n},
                           SECRET if n == 2 else None)  # fmt: skip
        return [e.hash for e in journal.entries]


def test_entries_come_back_as_they_were_written(tmp_path: Path) -> None:
    hashes = written(tmp_path)
    with Journal(tmp_path) as journal:
        assert [e.hash for e in journal.entries] == hashes
        assert [e.n for e in journal.entries] == [1, 2, 3, 4]
        assert journal.text(2) == SECRET
        assert journal.text(1) == ""
        assert journal.append("hour", 5).n == 5
    assert len(read_entries(tmp_path)) == 5


def test_free_text_stands_in_the_side_file_only(tmp_path: Path) -> None:
    written(tmp_path)
    assert "Novak" not in (tmp_path / JOURNAL).read_text()
    assert "Novak" in (tmp_path / TEXTS).read_text()


def test_purge_removes_the_words_and_the_chain_still_verifies(tmp_path: Path) -> None:
    hashes = written(tmp_path)
    assert purge(tmp_path) == 1
    assert (tmp_path / TEXTS).read_bytes() == b""
    with Journal(tmp_path) as journal:
        assert [e.hash for e in journal.entries] == hashes
        assert journal.text(2) == ""
    assert purge(tmp_path) == 0


def test_the_same_text_has_another_hash_each_time(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        for _ in range(2):
            journal.append("message", 1, "police", 1, {}, SECRET)
        one, two = (e.text for e in journal.entries)
    assert one != two


def test_every_flipped_byte_is_refused_with_its_entry_named(tmp_path: Path) -> None:
    """One bit of every byte of a short journal, every bit of some."""
    written(tmp_path, 3)
    path = tmp_path / JOURNAL
    whole = path.read_bytes()
    ends = [i for i, byte in enumerate(whole) if byte == ord("\n")]
    for at in range(len(whole)):
        for bit in (at % 8,) if at % 31 else range(8):
            changed = bytearray(whole)
            changed[at] ^= 1 << bit
            path.write_bytes(bytes(changed))
            entry = 1 + sum(end < at for end in ends)
            with pytest.raises(JournalError, match=f"entry {entry} "):
                read_entries(tmp_path)


@settings(max_examples=20, deadline=None)
@given(cut=st.integers(1, 10_000))
def test_a_torn_last_entry_is_dropped_with_a_warning(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("torn")
    hashes = written(folder, 3)
    path = folder / JOURNAL
    whole = path.read_bytes()
    last = whole.rindex(b"\n", 0, len(whole) - 1) + 1
    # At least one byte of the entry is there, and its closing bracket is not.
    path.write_bytes(whole[: last + 1 + cut % (len(whole) - last - 3)])
    with pytest.warns(TornEntryWarning, match="entry 3 was cut off"):
        journal = Journal(folder)
    with journal:
        assert [e.hash for e in journal.entries] == hashes[:2]
        journal.append("hour", 9)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [e.kind for e in read_entries(folder)] == ["message", "message", "hour"]


def test_a_torn_text_belongs_to_no_entry(tmp_path: Path) -> None:
    written(tmp_path, 2)
    with (tmp_path / TEXTS).open("ab") as file:
        file.write(b'{"n":3,"salt":"00","te')
    with Journal(tmp_path) as journal:
        journal.append("message", 3, "police", 1, {}, "after")
    with Journal(tmp_path) as journal:
        assert [journal.text(n) for n in (2, 3)] == [SECRET, "after"]


def test_a_changed_text_is_refused_with_its_entry_named(tmp_path: Path) -> None:
    written(tmp_path)
    path = tmp_path / TEXTS
    path.write_text(path.read_text().replace("Novak", "Nowak"))
    with pytest.raises(JournalError, match="text of entry 2"):
        Journal(tmp_path)


def test_entries_cannot_be_moved_or_left_out(tmp_path: Path) -> None:
    written(tmp_path)
    path = tmp_path / JOURNAL
    lines = path.read_bytes().splitlines(keepends=True)
    for order in ([0, 2, 1, 3], [0, 2, 3], [1, 2, 3], [0, 1, 1, 2, 3]):
        path.write_bytes(b"".join(lines[i] for i in order))
        with pytest.raises(JournalError, match="was changed"):
            read_entries(tmp_path)


def test_what_the_disk_does_not_take_leaves_the_journal_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes = written(tmp_path)
    with Journal(tmp_path) as journal:
        sync, calls = os.fsync, iter([None, OSError(28, "No space left on device")])

        def full(handle: int) -> None:
            error = next(calls, None)
            if error is not None:
                raise error
            sync(handle)

        monkeypatch.setattr(os, "fsync", full)
        # The text is on the disk, its entry is not.
        with pytest.raises(JournalError, match="nothing was recorded"):
            journal.append("message", 5, "police", 1, {}, "lost")
        assert (len(journal.entries), journal.text(5)) == (4, "")
        assert journal.append("message", 5, "police", 1, {}, "kept").n == 5
    with Journal(tmp_path) as journal:
        assert [e.hash for e in journal.entries][:4] == hashes
        assert [journal.text(n) for n in (2, 5)] == [SECRET, "kept"]


def test_a_journal_is_open_once(tmp_path: Path) -> None:
    with Journal(tmp_path):
        with pytest.raises(JournalError, match="open in another process"):
            Journal(tmp_path)
        with pytest.raises(JournalError, match="open in another process"):
            purge(tmp_path)
    Journal(tmp_path).close()


# Sessions ---------------------------------------------------------------------------------------


def played(folder: Path) -> tuple[Path, str]:
    """Play half of the small exercise; return the session's folder and its digest."""
    place = folder / "session"
    with Session.begin(small_exercise(folder), place) as session:
        session.join("bbb_police")
        session.join("facilitator")
        police, lead = Seat("bbb_police"), Seat("facilitator")
        session.advance(session.hour + 2)
        session.decide(police, {"kind": "staffing", "at": "sector:meadows", "summary": SECRET,
                                "officers": {"BBB": 4}})  # fmt: skip
        session.send(police, ["aaa_police"], SECRET)
        session.put_inject(
            lead,
            {
                "id": "late",
                "time": "2020-03-10 12:00",
                "text": SECRET,
                "from": "Anna Novak",
                "expected_action": "| thank Anna Novak",
            },
        )
        session.set_pace(lead, running=True, speed=2)
        session.advance(session.hour + 5)
        return place, session.digest()


def message(session: Session) -> str:
    return next(e.text for e in session.feed("aaa_police") if e.kind == "message")


def test_a_session_opened_again_is_exactly_what_it_was(tmp_path: Path) -> None:
    place, digest = played(tmp_path)
    with Session.resume(place) as session:
        assert session.digest() == digest
        assert message(session) == SECRET
        assert session.pace.speed == 2
        session.advance(session.exercise.end)
        after = session.digest()
    assert after != digest
    with Session.resume(place) as session:
        assert session.digest() == after


def test_a_purged_session_plays_to_the_same_state_without_the_words(tmp_path: Path) -> None:
    place, digest = played(tmp_path)
    assert purge(place) == 3
    kept = b"".join(p.read_bytes() for p in place.iterdir() if p.is_file())
    assert b"Novak" not in kept
    with Session.resume(place) as session:
        assert session.digest() == digest
        assert message(session) == ""


def test_the_exercise_of_a_session_cannot_be_changed(tmp_path: Path) -> None:
    place, _ = played(tmp_path)
    path = place / "exercise.json"
    path.write_text(path.read_text().replace("A boat too many", "A boat too few"))
    with pytest.raises(SessionError, match="not the exercise that was begun"):
        Session.resume(place)
    with pytest.raises(SessionError, match="holds no session"):
        Session.resume(tmp_path / "nothing")


_VICTIM = """
import json, sys
from pathlib import Path
from sim.exercises.loading import load_exercise
from sim.exercises.session import Seat, Session

session = Session.begin(load_exercise(sys.argv[1]), sys.argv[2])
session.join("bbb_police")
n = 0
while True:
    n += 1
    receipt = session.decide(Seat("bbb_police"), {
        "kind": "staffing", "at": "sector:meadows", "officers": {"BBB": 1}})
    print(json.dumps([receipt.entry, receipt.id, session.digest()]), flush=True)
    if n % 3 == 0 and not session.over and session.hour + 1 < session.exercise.end:
        session.advance(session.hour + 1)
"""


def test_after_sigkill_no_acknowledged_order_is_lost(tmp_path: Path) -> None:
    from tests.stories.small_exercise import write

    file, place = write(tmp_path), tmp_path / "session"
    victim = subprocess.Popen(
        [sys.executable, "-c", _VICTIM, str(file), str(place)], stdout=subprocess.PIPE, text=True
    )
    assert victim.stdout is not None
    acknowledged = [json.loads(victim.stdout.readline()) for _ in range(11)]
    time.sleep(0.02)
    os.kill(victim.pid, signal.SIGKILL)
    rest, _ = victim.communicate()
    acknowledged += [json.loads(line) for line in rest.splitlines() if line.endswith("]")]
    assert victim.returncode == -signal.SIGKILL
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TornEntryWarning)
        with Session.resume(place) as session:
            entries = {e.n: e for e in session.journal.entries}
            for number, name, _ in acknowledged:
                assert entries[number].body["measure"]["id"] == name
            digest = session.digest()
            in_force = {h.measure.id for h in session.model.world.in_force.measures}
            assert {name for _, name, _ in acknowledged} <= in_force
            session.advance(session.hour + 1)
    with Session.resume(place) as session:
        assert session.journal.entries[-1].kind == "hour"
    last = acknowledged[-1]
    if len(entries) == last[0]:
        assert digest == last[2]
