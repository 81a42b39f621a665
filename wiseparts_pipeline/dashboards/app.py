"""The server of the dashboards, for gunicorn: `wiseparts_pipeline.dashboards.app:server`."""

import logging
from pathlib import Path
from typing import Any

import vizro.models as vm
from dash.development.base_component import ComponentRegistry
from flask import Flask, Response, abort, redirect, request, url_for
from vizro import Vizro

from wiseparts_pipeline.dashboards import access, clicks, marts, security, service
from wiseparts_pipeline.dashboards.builds import Results
from wiseparts_pipeline.dashboards.layout import state_of
from wiseparts_pipeline.dashboards.navigation import PageList
from wiseparts_pipeline.dashboards.pages import pages
from wiseparts_pipeline.dashboards.questions import questions_page

ASSETS = Path(__file__).parent / "assets"
# How often a request is answered anew because a build ended meanwhile.
ATTEMPTS = 3
# Of a request.
MOST_BYTES = 1_000_000
CALLBACKS = "/_dash-update-component"


def create(given: service.Service | None = None) -> Flask:
    """The application; `given` replaces the warehouse and the state folder that the environment names."""
    Vizro._reset()
    answering = given or service.Service(Results(marts.Marts()), access.Access.configured())
    server = Flask(__name__)
    server.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    server.extensions[service.EXTENSION] = answering
    # Vizro imports it, and our tables do without: its script would be run by every page.
    ComponentRegistry.registry.discard("dash_ag_grid")
    app = Vizro(server=server, assets_folder=str(ASSETS), serve_locally=True, update_title=None)
    clicks.define()
    all_pages = pages()
    navigation = vm.Navigation(nav_selector=PageList())
    first = all_pages[0].path.strip("/")
    app.build(vm.Dashboard(title="WiseParts", theme="vizro_light", pages=all_pages, navigation=navigation))
    answering.access.protect(server)
    security.protect(server, app.dash)
    _read_again(server)
    _add_routes(server)
    # Vizro has its first page at `/`.
    server.add_url_rule(f"/{first}", view_func=lambda: redirect(f"/?{request.query_string.decode()}"), endpoint="first")
    with server.test_request_context("/"):
        # Dash serves a file only after this process has named it in a page, and another process may have named it.
        app.dash.index()
    return server


def _read_again(server: Flask) -> None:
    """Answers a request of a page anew if a build ended while it read, so that nothing is shown of two builds."""
    rule = next(each for each in server.url_map.iter_rules() if each.rule == CALLBACKS)
    answer = server.view_functions[rule.endpoint]

    def answer_of_one_build(*args: Any, **kwargs: Any) -> Any:
        for _ in range(ATTEMPTS):
            service.begin()
            answered = answer(*args, **kwargs)
            if not service.has_changed():
                break
        return answered

    server.view_functions[rule.endpoint] = answer_of_one_build


def _add_routes(server: Flask) -> None:
    @server.after_request
    def note(response: Response) -> Response:
        service.service().note()
        return response

    @server.get("/export/<page>/<figure>.csv")
    def export(page: str, figure: str) -> Response:
        name = f"{page}/{figure}"
        try:
            followed = marts.query(name).followed
        except KeyError:
            abort(404)
        given = state_of(request.args.to_dict(flat=False))
        state = {control: value for control, value in given.items() if control in followed}
        answering = service.service()
        shown = answering.shown(name, state, limited=False)
        if shown.result is None:
            status = 503 if answering.access.may_see(page) else 403
            abort(Response(shown.problem, status, mimetype="text/plain"))
        headers = {"Content-Disposition": f'attachment; filename="{page}_{figure}.csv"'}
        # Excel takes a file without this mark for one in its own encoding.
        return Response("\ufeff" + shown.result.csv(), mimetype="text/csv", headers=headers)

    @server.get("/questions")
    def questions() -> str:
        return questions_page(url_for("_dash_assets.static", filename="style.css"))

    @server.get(access.HEALTH)
    def health() -> Response:
        return Response("ok", mimetype="text/plain")


def __getattr__(name: str) -> Flask:
    """`server`, made when gunicorn asks for it."""
    if name == "server":
        # Vizro has configured it already.
        logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", force=True)
        logging.getLogger(service.LOG.name).setLevel(logging.INFO)
        return create()
    raise AttributeError(name)
