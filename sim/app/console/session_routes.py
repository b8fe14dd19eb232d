"""Addresses of sessions that were played: their reviews, in the console without an exercise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sim.app.console.answers import json_answer, refused
from sim.app.console.exercise_routes import written_page
from sim.app.console.reviews import Sessions, write
from sim.errors import CrossborderError


def session_routes(sessions: Sessions) -> list[BaseRoute]:
    """Return the routes of the sessions under a folder."""

    def facts(request: Request) -> Response:
        return json_answer(sessions.facts(request.path_params["session"]))

    def written(request: Request) -> Response:
        write(sessions.of(request.path_params["session"]))
        return json_answer({})

    def page(request: Request) -> Response:
        return written_page(sessions.of(request.path_params["session"]))

    return [
        Route("/api/sessions/{session}/review", _told(facts)),
        Route("/api/sessions/{session}/review", _told(written), methods=["POST"]),
        Route("/api/sessions/{session}/review.html", _told(page)),
    ]


def _told(answer: Callable[[Request], Response]) -> Callable[[Request], Any]:
    def handler(request: Request) -> Response:
        try:
            return answer(request)
        except CrossborderError as error:
            return refused(str(error), 404)

    return handler
