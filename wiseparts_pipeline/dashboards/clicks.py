"""What the browser does by itself, with the functions of `assets/pages.js`."""

from dash import MATCH, ClientsideFunction, Input, Output, clientside_callback

from wiseparts_pipeline.dashboards.service import BUILD


def define() -> None:
    """Load the page again if there is a newer build than it shows; once an application."""
    # A callback without an output is not called for what appears on the page.
    build = {"type": BUILD, "sets": MATCH}
    clientside_callback(ClientsideFunction("figures", "opened"), Output(build, "clear_data"), Input(build, "data"))
