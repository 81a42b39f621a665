"""What the browser does by itself, with the functions of `assets/charts.js`."""

from dash import ALL, MATCH, ClientsideFunction, Input, Output, State, clientside_callback

from wiseparts_pipeline.dashboards.service import BUILD

_PICKS = {"type": "pick", "sets": ALL, "key": ALL, "of": ALL}


def define() -> None:
    """Draw charts in the colours of the theme, and give controls the values that are clicked; once an application."""
    clientside_callback(
        ClientsideFunction("figures", "drawn"),
        Output({"type": "chart", "chart": MATCH}, "figure"),
        Input({"type": "drawing", "chart": MATCH}, "data"),
        Input("theme-selector", "data"),
        State("vizro_themes", "data"),
    )
    clientside_callback(ClientsideFunction("figures", "picked"), Input(_PICKS, "n_clicks"), prevent_initial_call=True)
    # A callback without an output is not called for what appears on the page.
    build = {"type": BUILD, "sets": MATCH}
    clientside_callback(ClientsideFunction("figures", "opened"), Output(build, "clear_data"), Input(build, "data"))
