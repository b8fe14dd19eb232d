"""The journal of a session: append-only, each entry hashed with the one before.

An entry is one line of JSON. It is on the disk before it is acknowledged. It names role and seat,
never a person; free text stands in a file of its own, and the entry holds only its salted hash, so
that text can be purged and the chain still verifies.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from sim.errors import CrossborderError
from sim.records.manifest import canonical

JOURNAL, TEXTS = "journal.jsonl", "texts.jsonl"
_FIRST = "0" * 64
_KEYS = frozenset({"n", "kind", "hour", "role", "seat", "body", "text", "wall", "before", "hash"})


class JournalError(CrossborderError):
    """A journal cannot be read or was changed; names the entry."""

    exit_code = 2


class TornEntryWarning(UserWarning):
    """The last entry was cut off while it was written; it had not been acknowledged."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry.

    Attributes:
        n: Number, from 1.
        kind: What it is.
        hour: Simulation hour at which it acts.
        role: Role that acts; empty for the session itself.
        seat: Seat of the role, from 1; 0 for none.
        body: What is said, plain data without free text.
        text: Salted hash of the free text, None without one.
        wall: UTC time at which it was written; no part of what a session is.
        hash: SHA-256 of all this and of the hash before.
    """

    n: int
    kind: str
    hour: int
    role: str
    seat: int
    body: Mapping[str, Any]
    text: str | None
    wall: str
    hash: str


class Journal:
    """An open journal; one process at a time.

    Attributes:
        entries: All entries, in order.
    """

    def __init__(self, folder: Path) -> None:
        """Open or begin the journal in a folder, drop a torn last entry, verify the chain.

        Raises:
            JournalError: Another process has it open, or an entry was changed.
        """
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        # Unbuffered: what could not be written must not follow with the next entry.
        self._file: IO[bytes] = (folder / JOURNAL).open("ab", buffering=0)
        self._texts: IO[bytes] = (folder / TEXTS).open("ab", buffering=0)
        try:
            _lock(self._file, folder)
            self.entries, whole = _read(folder / JOURNAL)
            self._mend(whole)
            self._words = _read_texts(folder / TEXTS, self.entries)
            _sync_folder(folder)
        except BaseException:
            self._close_files()
            raise

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()

    def close(self) -> None:
        """Close the files and let other processes open them."""
        self._close_files()

    def _close_files(self) -> None:
        self._file.close()
        self._texts.close()

    def _mend(self, whole: int) -> None:
        """Cut off what stands behind the last whole entry."""
        if whole < (self.folder / JOURNAL).stat().st_size:
            os.truncate(self.folder / JOURNAL, whole)
            self._sync(self._file)
        texts = (self.folder / TEXTS).read_bytes()
        if texts and not texts.endswith(b"\n"):
            os.truncate(self.folder / TEXTS, texts.rfind(b"\n") + 1)
            self._sync(self._texts)

    @property
    def last_hash(self) -> str:
        """Hash of the last entry."""
        return self.entries[-1].hash if self.entries else _FIRST

    def append(
        self,
        kind: str,
        hour: int,
        role: str = "",
        seat: int = 0,
        body: Mapping[str, Any] | None = None,
        text: str | None = None,
    ) -> Entry:
        """Write an entry and return it once it is on the disk.

        Raises:
            JournalError: The disk does not take it; the journal is as it was before.
        """
        n = len(self.entries) + 1
        digest = None
        if text is not None:
            salt = os.urandom(16).hex()
            digest = _salted(salt, text)
            self._write(self._texts, {"n": n, "salt": salt, "text": text})
        facts = {
            "n": n, "kind": kind, "hour": hour, "role": role, "seat": seat,
            "body": json.loads(canonical(dict(body or {}))), "text": digest,
            "wall": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "before": self.last_hash,
        }  # fmt: skip
        entry = _entry(facts | {"hash": _hash(facts)})
        self._write(self._file, facts | {"hash": entry.hash})
        self.entries.append(entry)
        if text is not None:
            self._words[n] = text
        return entry

    def text(self, n: int) -> str:
        """Return the free text of an entry; empty where it has none, or it was purged."""
        return self._words.get(n, "")

    def _write(self, file: IO[bytes], data: Mapping[str, Any]) -> None:
        """Write a line to the disk, or take back what of it was written."""
        line = canonical(data).encode() + b"\n"
        whole = os.fstat(file.fileno()).st_size
        try:
            written = 0
            while written < len(line):
                written += file.write(line[written:])
            self._sync(file)
        except OSError as error:
            os.ftruncate(file.fileno(), whole)
            raise JournalError(
                f"{self.folder}: the disk does not take an entry ({error.strerror}): nothing was "
                "recorded. Make room, and try again."
            ) from None

    def _sync(self, file: IO[bytes]) -> None:
        os.fsync(file.fileno())


def read_entries(folder: Path) -> list[Entry]:
    """Return the whole entries of a journal, verified; nothing is changed on the disk.

    Raises:
        JournalError: There is no journal, or an entry was changed.
    """
    return _read(folder / JOURNAL)[0]


def read_words(folder: Path, entries: Sequence[Entry]) -> dict[int, str]:
    """Return the free text of entries by their number; nothing once it was purged.

    Raises:
        JournalError: A text was changed.
    """
    path = folder / TEXTS
    return _read_texts(path, entries) if path.exists() else {}


def purge(folder: Path) -> int:
    """Remove all free text of a session for good and return how many texts there were.

    The journal stays as it is and still verifies.

    Raises:
        JournalError: The session is open in another process, or its journal was changed.
    """
    with Journal(folder) as journal:
        count = len(journal._words)
        path = folder / TEXTS
        with path.open("r+b") as file:
            # Overwritten first: the blocks of a file cut to nothing may stay readable.
            file.write(b"\0" * path.stat().st_size)
            file.flush()
            os.fsync(file.fileno())
            file.truncate(0)
            os.fsync(file.fileno())
    return count


def _read(path: Path) -> tuple[list[Entry], int]:
    """Return the entries of a journal and the length of what is whole, bytes."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise JournalError(f"{path} cannot be read: {error.strerror}") from None
    entries: list[Entry] = []
    before, whole = _FIRST, 0
    for line, ended in _lines(data):
        n = len(entries) + 1
        if not ended and _torn(line):
            warnings.warn(
                f"{path}: entry {n} was cut off while it was written and is dropped; it had not "
                "been acknowledged",
                TornEntryWarning,
                stacklevel=4,
            )
            break
        entry = _verified(line, n, before, path)
        if not ended:
            raise JournalError(f"{path}: entry {n} has lost its end of line: the file was changed")
        entries.append(entry)
        before, whole = entry.hash, whole + len(line) + 1
    return entries, whole


def _lines(data: bytes) -> Iterator[tuple[bytes, bool]]:
    begin = 0
    while begin < len(data):
        end = data.find(b"\n", begin)
        if end < 0:
            yield data[begin:], False
            return
        yield data[begin:end], True
        begin = end + 1


def _torn(line: bytes) -> bool:
    """Return whether a last line is the beginning of an entry: its JSON object never ends."""
    try:
        json.JSONDecoder().raw_decode(line.decode("utf-8", errors="replace"))
    except json.JSONDecodeError:
        return True
    return False


def _verified(line: bytes, n: int, before: str, path: Path) -> Entry:
    wrong = JournalError(
        f"{path}: entry {n} was changed after it was written (its hash does not fit): the session "
        "cannot be trusted from there on. Take the file from a backup."
    )
    try:
        facts = json.loads(line.decode("utf-8"))
    except ValueError:
        raise wrong from None
    if not isinstance(facts, dict) or set(facts) != _KEYS:
        raise wrong
    given = facts.pop("hash")
    as_written = canonical(facts | {"hash": given}).encode()
    if given != _hash(facts) or facts["before"] != before or facts["n"] != n or as_written != line:
        raise wrong
    return _entry(facts | {"hash": given})


def _entry(facts: Mapping[str, Any]) -> Entry:
    return Entry(**{k: v for k, v in facts.items() if k != "before"})


def _hash(facts: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(facts).encode()).hexdigest()


def _salted(salt: str, text: str) -> str:
    return hashlib.sha256(f"{salt}\0{text}".encode()).hexdigest()


def _read_texts(path: Path, entries: Sequence[Entry]) -> dict[int, str]:
    """Return texts by entry.

    What belongs to an entry that was never written is left out; so is what was purged.

    Raises:
        JournalError: A text is there and is not the one its entry vouches for.
    """
    vouched = {e.n: e.text for e in entries if e.text is not None}
    texts: dict[int, str] = {}
    wrong: set[int] = set()
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            row = json.loads(line)
            n, salt, text = int(row["n"]), str(row["salt"]), str(row["text"])
        except (ValueError, KeyError, TypeError):
            raise JournalError(f"{path}: line {number} was changed after it was written") from None
        if n in vouched:
            fits = _salted(salt, text) == vouched[n]
            if fits:
                texts[n] = text
            else:
                wrong.add(n)
    changed = sorted(wrong - set(texts))
    if changed:
        raise JournalError(f"{path}: the text of entry {changed[0]} was changed after it was "
                           "written")  # fmt: skip
    return texts


def _sync_folder(folder: Path) -> None:
    """Let the folder itself name its files on the disk; where a folder cannot, it does so alone."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _lock(file: IO[bytes], folder: Path) -> None:
    if sys.platform == "win32":  # an open file is locked there anyway
        return
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise JournalError(f"{folder} is open in another process: stop it first") from None
