"""What a live exercise refuses, and what its sockets keep: asked over bare connections."""

from __future__ import annotations

import asyncio
import http.client
import json
import stat
import threading
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from sim.app.console.guard import MOST_BODY, MOST_MESSAGE
from sim.app.console.orders import order_forms
from sim.app.console.room import Client, Room
from sim.app.console.seats import FILE, JoinRefusedError, Seats
from sim.exercises.journal import JournalError, read_entries
from sim.exercises.loading import load_exercise
from sim.exercises.session import Seat, Session
from tests.browser.driving import PATIENCE, Server, serving
from tests.browser.playing import Wire, codes
from tests.browser.test_exercise import LINES
from tests.stories import small_exercise

REINFORCE = {"kind": "staffing", "at": "sector:meadows", "officers": {"BBB": 5}}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("live")
    small_exercise.write(folder)
    return folder


@pytest.fixture(scope="module")
def server(place: Path) -> Iterator[Server]:
    arguments = ("exercise", "serve", "small_exercise.yaml", "--port", "0", "--out", "session")
    with serving(place, *arguments, lines=LINES) as started:
        yield started


def seated(server: Server, role: str) -> Wire:
    wire = Wire(server)
    status, answer = wire.join(role, codes(server)[role])
    assert status == 200, answer
    return wire


@pytest.fixture
def duty(server: Server) -> Iterator[Wire]:
    wire = seated(server, "bbb_police")
    wire.open()
    wire.until("view")
    yield wire
    wire.close()


def test_codes_are_hashed_at_rest_and_for_the_owner_alone(server: Server, place: Path) -> None:
    file = place / "session" / FILE
    text = file.read_text()
    told = codes(server)
    assert sorted(told) == sorted(json.loads(text)["codes"])
    for code in told.values():
        assert code not in text
        assert code.replace("-", "") not in text
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_cookie_is_kept_from_scripts_and_other_sites(server: Server, place: Path) -> None:
    wire = seated(server, "observer")
    words = wire.set_cookie.lower()
    assert "httponly" in words
    assert "samesite=strict" in words
    token = wire.cookie.split("=")[1]
    assert len(token) == 64
    assert token not in (place / "session" / FILE).read_text()


def test_guessing_codes_ends_soon(tmp_path: Path) -> None:
    seats = Seats(tmp_path)
    told = seats.new_codes(["duty"])
    for _ in range(5):
        with pytest.raises(JoinRefusedError, match="not the code"):
            seats.check("duty", "AAAA-AAAA", "192.0.2.7")
    with pytest.raises(JoinRefusedError, match="too many"):
        seats.check("duty", told["duty"], "192.0.2.7")
    seats.check("duty", told["duty"].lower().replace("-", " "), "192.0.2.8")
    with pytest.raises(JoinRefusedError, match="not the code"):
        seats.check("nobody", told["duty"], "192.0.2.9")


def test_guesses_at_once_are_not_more_than_guesses_in_turn(tmp_path: Path) -> None:
    seats = Seats(tmp_path)
    seats.new_codes(["duty"])
    said: list[str] = []

    def guess() -> None:
        try:
            seats.check("duty", "AAAA-AAAA", "192.0.2.7")
        except JoinRefusedError as error:
            said.append(str(error))

    threads = [threading.Thread(target=guess) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 30
    assert sum("not the code" in why for why in said) <= 6


def test_a_browser_whose_seat_was_given_away_is_not_heard() -> None:
    """Even one that does not read what ends its line cannot act for the seat any more."""
    room = Room(None)  # type: ignore[arg-type]
    client = Client(Seat("duty"), 0)
    room.clients.add(client)
    room.expel(Seat("duty"))
    assert not room.connected(Seat("duty"))
    asyncio.run(room.ask(client, {"ask": "1", "do": "send", "to": ["all"], "text": "x"}))
    assert client.waiting.get_nowait() is None
    assert client.waiting.empty()


def test_a_jump_asked_for_twice_is_done_once(place: Path, tmp_path: Path) -> None:
    with Session.begin(load_exercise(place / "small_exercise.yaml"), tmp_path / "jump") as session:
        session.join("facilitator")
        room, client = Room(session), Client(Seat("facilitator"), 0)
        begin = session.hour
        for _ in range(2):
            room._jump(client, {"hours": 5, "from": begin})
            assert session.hour == begin + 5
        room._jump(client, {"hours": 1, "from": begin + 5})
        assert session.hour == begin + 6


def test_a_clock_that_cannot_go_on_says_so_and_goes_on_when_asked_again(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play(room: Room, client: Client) -> list[str]:
        said: list[str] = []
        room.clients.add(client)
        room.start()
        while not said or said[-1] != "event":
            message = json.loads(await asyncio.wait_for(client.waiting.get(), PATIENCE) or "{}")
            if message["type"] in ("stopped", "event"):
                said.append(message["type"])
            if message["type"] == "stopped":
                assert "nothing was recorded" in message["why"]
                monkeypatch.undo()
                await room.ask(client, {"ask": "1", "do": "pace", "running": True, "speed": 1000})
        for task in room._tasks:
            task.cancel()
        await asyncio.gather(*room._tasks, return_exceptions=True)
        return said

    with Session.begin(load_exercise(place / "small_exercise.yaml"), tmp_path / "full") as session:
        lead = Seat("facilitator")
        session.join("facilitator")
        session.set_pace(lead, running=True, speed=1000)

        def full(*_: object) -> None:
            raise JournalError("the disk is full: nothing was recorded")

        monkeypatch.setattr(Session, "advance", full)
        room = Room(session)
        said = asyncio.run(play(room, Client(lead, len(session.feed("facilitator")))))
        assert said[0] == "stopped"
        room._thread.shutdown()


def test_a_clock_that_fails_says_so(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play(room: Room, client: Client) -> str:
        room.clients.add(client)
        room.start()
        while True:
            message = json.loads(await asyncio.wait_for(client.waiting.get(), PATIENCE) or "{}")
            if message["type"] == "stopped":
                for task in room._tasks:
                    task.cancel()
                await asyncio.gather(*room._tasks, return_exceptions=True)
                return str(message["why"])

    with Session.begin(load_exercise(place / "small_exercise.yaml"), tmp_path / "bad") as session:
        session.join("facilitator")
        session.set_pace(Seat("facilitator"), running=True, speed=1000)

        def broken(*_: object) -> None:
            raise IndexError("out of bounds")

        monkeypatch.setattr(Session, "advance", broken)
        room = Room(session)
        why = asyncio.run(play(room, Client(Seat("facilitator"), 0)))
        assert "fault of the program (IndexError: out of bounds)" in why
        room._thread.shutdown()


def test_a_seat_given_to_another_browser_is_lost_to_the_first(tmp_path: Path) -> None:
    seats = Seats(tmp_path)
    one = seats.give(Seat("duty"))
    assert Seats.open(tmp_path).of(one) == Seat("duty")
    other = seats.give(Seat("duty"))
    assert seats.of(one) is None
    assert Seats.open(tmp_path).of(other) == Seat("duty")
    assert one not in (tmp_path / FILE).read_text()


def test_without_a_seat_nothing_is_shown(server: Server) -> None:
    wire = Wire(server, cookie="crossborder_seat=" + "0" * 64)
    for path in ("/api/exercise/world", "/api/exercise/review", "/api/library"):
        assert wire.get(path)[0] == 403, path
    for path in ("/api/exercise/leave", "/api/exercise/free"):
        assert wire.post(path, {"role": "facilitator", "seat": 1})[0] == 403, path
    wire.open()
    with pytest.raises(ConnectionClosed):
        wire.read()
    assert wire.join("bbb_police", "WRNG-C0DE")[0] == 403


def test_a_role_cannot_act_for_another(duty: Wire) -> None:
    for what, details in {
        "fire": {"inject": "visit"}, "hold": {"inject": "visit"}, "pace": {"running": True},
        "jump": {"hours": 5},
        "put": {"row": {"id": "own", "time": "2020-03-10 09:00", "text": "x"}},
        "rate": {"task": "reinforce", "rating": "performed"}, "note": {"text": "mine"},
        "look": {"role": "aaa_police"},
    }.items():  # fmt: skip
        answer = duty.ask(what, **details)
        assert answer["type"] == "refused", what
    foreign = {"kind": "reception_places", "at": "place:harbour", "reception_places": 500}
    answer = duty.ask("decide", measure=foreign)
    assert (answer["type"], "does not decide on place:harbour" in answer["why"]) == (
        "refused",
        True,
    )
    # The role comes from the cookie; what a message says of it is not read.
    answer = duty.ask("decide", measure=foreign, role="aaa_police", seat=1)
    assert answer["type"] == "refused"
    assert duty.post("/api/exercise/free", {"role": "observer", "seat": 1})[0] == 403


def test_a_view_holds_no_truth_for_a_player(duty: Wire) -> None:
    _, facts = duty.get("/api/exercise/world")
    assert facts["world"]["legs"] == facts["world"]["networks"] == []
    duty.close()
    view = duty.open().until("view")
    assert set(view) == {"type", "n", "view"}
    assert "truth" not in view["view"]
    assert "staff" not in view["view"]
    assert duty.get("/api/library")[0] == 403
    assert duty.get("/api/exercise/review")[0] == 403  # not over yet


def test_an_order_in_the_past_is_refused(duty: Wire) -> None:
    answer = duty.ask("decide", measure=REINFORCE, begin="2020-03-10 05:00")
    assert answer["type"] == "refused"
    assert "has passed" in answer["why"]
    assert duty.ask("decide", measure=REINFORCE, begin="yesterday")["type"] == "refused"


def test_an_order_asked_for_twice_is_done_once(duty: Wire, place: Path) -> None:
    before = [e.kind for e in read_entries(place / "session")].count("decision")
    one = duty.ask("decide", measure=REINFORCE, ask="twice")
    two = duty.ask("decide", measure=REINFORCE, ask="twice")
    assert one["type"] == two["type"] == "done"
    assert one["entry"] == two["entry"]
    since = duty.last
    duty.ask("send", to=["observer"], text="once", since=since)
    duty.ask("send", to=["observer"], text="once", since=since)
    after = [e.kind for e in read_entries(place / "session")]
    assert after.count("decision") == before + 1
    assert [e["text"] for e in duty.events].count("once") == 1


@pytest.mark.parametrize("message", [
    "nonsense", "[]", '{"do": "decide"}', '{"do": "decide", "ask": "1", "measure": 7}',
    '{"do": "__init__", "ask": "1"}', '{"ask": "1", "do": "send", "to": 5, "text": "x"}',
    '{"ask": "1", "do": "decide", "measure": {"kind": "staffing", "at": "../../etc"}}',
    "[" * 20_000,
])  # fmt: skip
def test_what_cannot_be_read_is_refused_and_the_line_stays(duty: Wire, message: str) -> None:
    assert duty.socket is not None
    duty.socket.send(message)
    assert duty.until("refused")["why"]
    assert duty.ask("look", role="")["type"] == "refused"


def test_an_oversized_message_ends_the_socket_and_nothing_else(duty: Wire) -> None:
    assert duty.socket is not None
    duty.socket.send("x" * (MOST_MESSAGE + 1))
    with pytest.raises(ConnectionClosed):
        duty.until("never")
    duty.close()
    assert duty.open().until("hello")["role"] == "bbb_police"


@pytest.mark.parametrize("after", ["-1", "\u00b2", "9" * 5000, "x", "99999999"])
def test_a_socket_that_asks_for_nonsense_is_told_all_or_nothing(server: Server, after: str) -> None:
    wire = seated(server, "observer")
    wire.last = urllib.parse.quote(after)  # type: ignore[assignment]
    assert wire.open().until("hello")["role"] == "observer"
    wire.close()


def test_a_body_of_no_stated_length_is_bounded(server: Server) -> None:
    host = server.address.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=10)
    headers = {"Origin": server.address, "Transfer-Encoding": "chunked"}
    parts = [b"x" * 1024] * (2 * MOST_BODY // 1024)
    connection.request("POST", "/api/exercise/leave", iter(parts), headers, encode_chunked=True)
    assert connection.getresponse().status == 403
    connection.close()
    wire = seated(server, "facilitator")
    connection = http.client.HTTPConnection(host, timeout=10)
    connection.request("POST", "/api/exercise/free", iter(parts), headers | {"Cookie": wire.cookie},
                       encode_chunked=True)  # fmt: skip
    assert connection.getresponse().status == 400  # nothing of it was read
    connection.close()


def test_a_socket_that_talks_too_fast_is_told_to_wait(duty: Wire) -> None:
    assert duty.socket is not None
    for number in range(90):
        duty.socket.send(json.dumps({"ask": f"f{number}", "do": "look", "role": ""}))
    answers = [duty.until("refused")["why"] for _ in range(90)]
    assert any("too many messages" in why for why in answers)
    time.sleep(1.0)
    assert "too many" not in duty.ask("look", role="")["why"]


@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
def test_a_forged_origin_opens_no_socket_and_takes_no_seat(server: Server, origin: str) -> None:
    wire = seated(server, "observer")
    with pytest.raises(InvalidStatus) as caught:
        wire.open(origin)
    assert caught.value.response.status_code == 403
    body = {"role": "observer", "code": codes(server)["observer"]}
    assert wire.post("/api/exercise/join", body, Origin=origin)[0] == 403


def test_a_path_in_a_name_reaches_nothing(server: Server, place: Path) -> None:
    wire = seated(server, "observer")
    before = sorted(p.name for p in place.rglob("*"))
    # One name: the next wrong codes would have to wait.
    assert wire.join("../../evil", "AAAA-AAAA")[0] == 403
    lead = seated(server, "facilitator").open()
    for name in ("../../evil", "/etc/passwd", "a\x00b"):
        row = {"id": name, "time": "2020-03-10 09:00", "to": ["all"], "text": "x"}
        assert lead.ask("put", row=row)["type"] == "refused"
        assert lead.ask("fire", inject=name)["type"] == "refused"
        assert lead.ask("look", role=name)["type"] == "refused"
    lead.close()
    assert sorted(p.name for p in place.rglob("*")) == before


def test_forms_name_only_what_a_role_may_order(tmp_path: Path) -> None:
    exercise = small_exercise.small_exercise(tmp_path)
    role = next(r for r in exercise.text.roles if r.id == "aaa_police")
    forms = {form["kind"]: form for form in order_forms(exercise.scenario, role)}
    assert [t["value"] for t in forms["reception_places"]["targets"]] == [
        "place:harbour", "place:market", "place:riverside",
    ]  # fmt: skip
    assert "opening_hours" not in forms  # no post of Avaland
    (field,) = forms["reception_places"]["fields"]
    assert (field["type"], field["unit"], field["needed"]) == ("quantity", "persons", True)


def test_thirty_sockets_lose_nothing_and_keep_order(server: Server) -> None:
    """Ten seconds, each line broken on purpose twice: no gap, no repeat, an answer within 1 s."""
    lead = seated(server, "facilitator").open()
    told = codes(server)
    wires = []
    for number in range(28):
        wire = Wire(server)
        assert wire.join("observer", told["observer"])[0] == 200, number
        wires.append(wire.open())
    end = time.monotonic() + 8.0
    failures: list[str] = []

    def listen(wire: Wire, number: int) -> None:
        try:
            breaks = [end - 6 + number / 10, end - 3 + number / 10]
            while not wire.events or wire.events[-1]["text"] != "the last":
                assert time.monotonic() < end + PATIENCE, "the last message never came"
                try:
                    wire.read(0.3)
                except TimeoutError:
                    continue
                if breaks and time.monotonic() > breaks[0]:
                    breaks.pop(0)
                    wire.close()
                    wire.open()  # asks for what comes after the last number it has
            wire.close()
        except (AssertionError, ConnectionClosed, OSError) as error:
            failures.append(f"{number}: {type(error).__name__} {error}")

    threads = [
        threading.Thread(target=listen, args=pair) for pair in zip(wires, range(28), strict=True)
    ]
    for thread in threads:
        thread.start()
    waits = []
    while time.monotonic() < end:
        begun = time.monotonic()
        assert lead.ask("send", to=["observer"], text=f"message {len(waits)}")["type"] == "done"
        waits.append(time.monotonic() - begun)
        time.sleep(0.15)
    lead.ask("send", to=["observer"], text="the last")
    for thread in threads:
        thread.join()
    lead.close()
    assert failures == []
    sent = [*(f"message {n}" for n in range(len(waits))), "the last"]
    for wire in wires:
        assert [e["text"] for e in wire.events if e["kind"] == "message"][-len(sent) :] == sent
    assert max(waits) < 1.0
