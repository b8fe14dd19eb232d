"""What the console refuses, asked for without a browser's manners."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import socket
from pathlib import Path

import pytest

from sim.app.console import command
from sim.app.console.guard import HEADERS, MOST_BODY, Addresses, Bucket, Buckets
from sim.app.console.serving import addresses_of, meaning_of
from sim.app.console.static_files import read_all
from sim.errors import InputError
from tests.browser.driving import Server

ROOT = Path(__file__).parents[2]


def asked(
    console: Server, path: str, method: str = "GET", body: bytes = b"", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Ask with exactly these headers; Host is the console's own unless given."""
    host = console.address.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=10)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    connection.putheader("Host", headers.pop("host", host))
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    if body:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body or None)
    answer = connection.getresponse()
    found = answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    connection.close()
    return found


def test_every_answer_forbids_foreign_and_inline_code(console: Server) -> None:
    for path in ("/", "/static/replay.js", "/api/library", "/nowhere"):
        _, headers, _ = asked(console, path)
        for name, value in HEADERS.items():
            assert headers[name.lower()] == value
        policy = headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "http" not in policy


def test_pages_hold_no_inline_code_and_name_no_other_host() -> None:
    for name, file in read_all().items():
        if not name.endswith(".html"):
            continue
        text = file.body.decode()
        assert "<style" not in text
        assert " style=" not in text
        assert " on" not in "".join(part.split(">")[0] for part in text.split("<")[1:])
        for part in text.split("<script")[1:]:
            assert part.split(">", 1)[1].startswith("</script>"), name
        assert "//" not in text.replace("<!doctype", ""), name


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:1", "localhost.evil.example", ""])
def test_another_name_for_the_console_is_refused(console: Server, host: str) -> None:
    assert asked(console, "/api/library", host=host)[0] in (400, 421)


@pytest.mark.parametrize("origin", [None, "http://evil.example", "null", "https://127.0.0.1"])
def test_a_forged_origin_changes_nothing(console: Server, origin: str | None) -> None:
    headers = {} if origin is None else {"Origin": origin}
    assert asked(console, "/api/library", "POST", b"{}", **headers)[0] == 403


def test_other_methods_are_refused(console: Server) -> None:
    for method in ("PUT", "DELETE", "OPTIONS", "TRACE"):
        assert asked(console, "/api/library", method, Origin=console.address)[0] == 405


def test_a_request_that_is_too_long_is_refused(console: Server) -> None:
    headers = {"Origin": console.address, "Content-Type": "application/json"}
    body = b"x" * (MOST_BODY + 1)
    assert asked(console, "/api/library", "POST", body, **headers)[0] == 413


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py", "/static/..%2fserver.py", "/static/%2e%2e/guard.py",
        "/static//etc/passwd", "/api/runs/..%2F..%2Fetc", "/api/runs/%00",
        "/api/runs/baseline", "/api/compare/../..", "/static/vendor",
    ],
)  # fmt: skip
def test_a_path_in_a_name_reaches_nothing(console: Server, path: str) -> None:
    status, _, body = asked(console, path)
    assert status == 404
    assert b"root:" not in body
    assert b"import" not in body


def test_only_this_computer_is_listened_to(console: Server) -> None:
    assert console.address.startswith("http://127.0.0.1:")
    assert "Only this computer" in console.said[1]
    assert "not encrypted" in meaning_of("0.0.0.0")
    assert "not encrypted" in meaning_of("192.0.2.7")


def test_names_of_a_console_that_lets_others_in() -> None:
    everywhere = addresses_of("0.0.0.0", 80)
    assert everywhere.called("192.0.2.7")
    assert everywhere.called(socket.gethostname())
    assert not everywhere.called("evil.example")
    local = addresses_of("127.0.0.1", 8765)
    assert local.called("localhost:8765")
    assert not local.called("192.0.2.7:8765")
    six = Addresses(8765, frozenset({"::1"}))
    assert six.called("[::1]:8765")
    assert not six.same_origin("[::1]:8765", None)


def test_rates_are_bounded_by_address() -> None:
    bucket = Bucket(rate=0.0, most=2.0)
    assert [bucket.take() for _ in range(3)] == [True, True, False]
    buckets = Buckets(rate=0.0, most=1.0)
    assert [buckets.take(key) for key in ("a", "a", "b")] == [True, False, True]


def test_without_the_extra_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(command, "NEEDED", ("starlette", "not_there_at_all"))
    with pytest.raises(InputError, match=r"pip install 'crossborder\[console\]'"):
        command.check_installed()


@pytest.mark.parametrize("folder", ["sim/app/console/static/vendor", "tests/browser/vendor"])
def test_what_is_vendored_is_unchanged_and_licensed(folder: str) -> None:
    place = ROOT / folder
    sums = dict(
        reversed(line.split()) for line in (place / "SHA256SUMS").read_text().splitlines()
    )  # fmt: skip
    assert any(name.endswith(".LICENSE") for name in sums)
    found = {p.name for p in place.iterdir()} - {"SHA256SUMS", "README.md"}
    assert found == set(sums)
    for name, expected in sums.items():
        assert hashlib.sha256((place / name).read_bytes()).hexdigest() == expected


def test_answers_are_compressed_for_those_who_can_read_it(console: Server) -> None:
    plain = asked(console, "/api/library")
    assert "content-encoding" not in plain[1]
    packed = asked(console, "/api/library", Accept_Encoding="gzip")
    assert packed[1]["content-encoding"] == "gzip"
    assert gzip.decompress(packed[2]) == plain[2]
