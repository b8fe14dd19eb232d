"""The application: pages, results, and the exercise that is being played, if there is one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sim.app.console.answers import KEEP, json_answer, refused
from sim.app.console.comparing import paired_outcomes
from sim.app.console.guard import Addresses, Guard
from sim.app.console.library import Library, shipped_exercises, shipped_scenarios
from sim.app.console.recorded import Recorded
from sim.app.console.reviews import Sessions
from sim.app.console.static_files import read_all
from sim.errors import CrossborderError

#: Pages by address; each is one file of the folder ``static``.
PAGES = {
    "/": "library.html", "/replay": "replay.html", "/compare": "compare.html",
    "/exercise": "exercise.html", "/review": "review.html",
}  # fmt: skip

#: Says whether a request may see recorded runs; None lets it, a sentence refuses it.
MaySee = Callable[[Request], str | None]


def build_app(
    library: Library, addresses: Addresses, more: Sequence[BaseRoute] = (),
    may_see: MaySee = lambda _: None, sessions: Sessions | None = None,
) -> Starlette:  # fmt: skip
    """Return the application.

    Args:
        library: Runs that may be opened.
        addresses: Names under which the console may be called.
        more: Further routes, such as an exercise's.
        may_see: Who may see recorded runs.
        sessions: Sessions listed in the library.
    """
    routes = [*_static_routes(), *_run_routes(library, may_see, sessions), *more]
    layers = [
        Middleware(Guard, addresses=addresses, methods=("GET", "HEAD", "POST")),
        Middleware(GZipMiddleware, minimum_size=2048, compresslevel=5),
    ]
    return Starlette(routes=routes, middleware=layers, exception_handlers={404: _nothing})


def _nothing(request: Request, error: Exception) -> Response:
    return refused("there is no such run or page here", 404)


def _static_routes() -> list[BaseRoute]:
    files = read_all()

    def page(request: Request) -> Response:
        return files[PAGES[request.url.path]].answer(request)

    def static(request: Request) -> Response:
        file = files.get(request.path_params["name"])
        return refused("there is no such file", 404) if file is None else file.answer(request)

    return [*(Route(path, page) for path in PAGES), Route("/static/{name:path}", static)]


def _run_routes(library: Library, may_see: MaySee, sessions: Sessions | None) -> list[BaseRoute]:
    def listing(request: Request) -> Response:
        return json_answer({
            "runs": [entry.facts() for entry in library.entries()],
            "scenarios": shipped_scenarios(), "exercises": shipped_exercises(),
            "sessions": [] if sessions is None else sessions.rows(),
        })  # fmt: skip

    def world(request: Request) -> Response:
        return json_answer(_run(request, "run").facts(), headers=KEEP)

    def outlines(request: Request) -> Response:
        return json_answer(_run(request, "run").outlines(), headers=KEEP)

    def block(request: Request) -> Response:
        layer = _run(request, "run").layers.get(request.path_params["layer"])
        try:
            body = layer.block(request.path_params["number"]) if layer is not None else None
        except IndexError:
            body = None
        if body is None:
            return refused("there is no such block", 404)
        headers = {**KEEP, "Content-Encoding": "gzip"}
        return Response(body, headers=headers, media_type="application/octet-stream")

    def compared(request: Request) -> Response:
        one, other = _run(request, "one"), _run(request, "other")
        return json_answer(paired_outcomes(one.run, other.run), headers=KEEP)

    def _run(request: Request, key: str) -> Recorded:
        found = library.recorded(request.path_params[key])
        if found is None:
            raise CrossborderError("there is no such run here (any more); go back to the library")
        return found

    def guarded(answer: Callable[[Request], Response]) -> Callable[[Request], Response]:
        def handler(request: Request) -> Response:
            why = may_see(request)
            if why is not None:
                return refused(why, 403)
            try:
                return answer(request)
            except CrossborderError as error:
                return refused(str(error), 404)

        return handler

    return [
        Route("/api/library", guarded(listing)),
        Route("/api/runs/{run}", guarded(world)),
        Route("/api/runs/{run}/outlines", guarded(outlines)),
        Route("/api/runs/{run}/layers/{layer}/{number:int}", guarded(block)),
        Route("/api/compare/{one}/{other}", guarded(compared)),
    ]
