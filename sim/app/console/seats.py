"""Who may sit where: join codes by role, and the browsers that hold a seat.

Both are kept beside the journal, hashed: a restart knows every browser again, and whoever reads
the file learns no code. A code is forty random bits, tries are few.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from sim.app.console.guard import Bucket, Buckets
from sim.errors import CrossborderError
from sim.exercises.session import Seat

FILE = "seats.json"

#: Letters of a code: none that is mistaken for another on paper.
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
_LENGTH = 8
#: Cost of a hash: some 10 ms, which a guesser pays each time.
_COST = {"n": 1 << 12, "r": 8, "p": 1}
#: Wrong codes from one address at once, and one more each so many seconds; then from all.
_TRIES, _PAUSE = 5.0, 12.0
_TRIES_OF_ALL, _PAUSE_OF_ALL = 60.0, 1.0


class JoinRefusedError(CrossborderError):
    """A code is wrong, or there were too many wrong ones."""


@dataclass
class Seats:
    """Codes and seats of one session.

    Attributes:
        folder: Folder of the session.
        codes: Salt and hash of each role's code, hexadecimal.
        seats: Role and number by the hash of the browser's token.
    """

    folder: Path
    codes: dict[str, tuple[str, str]] = field(default_factory=dict)
    seats: dict[str, Seat] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._checking = Lock()
        self._by_address = Buckets(1 / _PAUSE, _TRIES)
        self._all = Bucket(1 / _PAUSE_OF_ALL, _TRIES_OF_ALL)

    @classmethod
    def open(cls, folder: Path) -> Seats:
        """Return what the folder holds; nothing for a new session."""
        try:
            data = json.loads((folder / FILE).read_text(encoding="utf-8"))
            seats = {key: Seat(str(role), int(number)) for key, (role, number) in
                     data["seats"].items()}  # fmt: skip
            return cls(folder, {r: (str(s), str(h)) for r, (s, h) in data["codes"].items()}, seats)
        except FileNotFoundError:
            return cls(folder)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CrossborderError(
                f"{folder / FILE} cannot be read ({error}): remove it, and serve the session again "
                "for new codes; everybody joins anew"
            ) from None

    def new_codes(self, roles: Iterable[str]) -> dict[str, str]:
        """Make a code for each role, keep their hashes, and return them: they are told once."""
        made = {role: _code() for role in roles}
        for role, code in made.items():
            salt = os.urandom(16)
            self.codes[role] = (salt.hex(), _hashed(code, salt))
        self._write()
        return made

    def check(self, role: str, code: str, address: str) -> None:
        """Check a code (JoinRefusedError); a role that does not exist takes as long as one does."""
        with self._checking:  # many at once would all pass before the first has counted
            self._check(role, code, address)

    def _check(self, role: str, code: str, address: str) -> None:
        if not self._by_address.peek(address) or not self._all.peek():
            raise JoinRefusedError("too many wrong codes; wait a minute and try again")
        salt, expected = self.codes.get(role, ("00" * 16, ""))
        given = _hashed(_plain(code), bytes.fromhex(salt))
        if not hmac.compare_digest(given, expected):
            self._by_address.take(address)
            self._all.take()
            raise JoinRefusedError("this is not the code of that role; look at your sheet")

    def give(self, seat: Seat) -> str:
        """Give a seat to a browser and return its token; who held it before holds it no more."""
        token = os.urandom(32).hex()
        self.seats = {key: held for key, held in self.seats.items() if held != seat}
        self.seats[_token_hash(token)] = seat
        self._write()
        return token

    def take_back(self, seat: Seat) -> None:
        """Let no browser hold a seat any more."""
        self.seats = {key: held for key, held in self.seats.items() if held != seat}
        self._write()

    def of(self, token: str | None) -> Seat | None:
        """Return the seat of a browser's token."""
        return None if not token else self.seats.get(_token_hash(token))

    def _write(self) -> None:
        data: Mapping[str, Any] = {
            "codes": {role: list(pair) for role, pair in self.codes.items()},
            "seats": {key: [seat.role, seat.number] for key, seat in self.seats.items()},
        }
        partial = self.folder / f".{FILE}.partial"
        with partial.open("w", encoding="utf-8") as stream:
            json.dump(data, stream, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        partial.chmod(0o600)
        partial.rename(self.folder / FILE)


def _code() -> str:
    """Return a random code such as ``K7QM-2XPA``."""
    letters = ""
    while len(letters) < _LENGTH:
        byte = os.urandom(1)[0]
        if byte < 256 - 256 % len(_LETTERS):  # every letter is equally likely
            letters += _LETTERS[byte % len(_LETTERS)]
    return f"{letters[:4]}-{letters[4:]}"


def _plain(code: str) -> str:
    """Return a code as it was told, however it was typed."""
    letters = "".join(c for c in code.upper()[:64] if c in _LETTERS)
    return f"{letters[:4]}-{letters[4:]}"


def _hashed(code: str, salt: bytes) -> str:
    return hashlib.scrypt(code.encode(), salt=salt, dklen=32, **_COST).hex()


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
