"""What the browser does by itself, with the functions of `assets/charts.js`."""

from dash import ALL, MATCH, ClientsideFunction, Input, Output, State, clientside_callback

_CHART, _DRAWING = {"type": "chart", "chart": MATCH}, {"type": "drawing", "chart": MATCH}


def define() -> None:
    """Draw charts in the colours of the theme, and give controls the values that are clicked; once an application."""
    clientside_callback(
        ClientsideFunction("figures", "drawn"),
        Output(_CHART, "figure"),
        Input(_DRAWING, "data"),
        Input("theme-selector", "data"),
        State("vizro_themes", "data"),
    )
    clientside_callback(
        ClientsideFunction("figures", "chosen"),
        Output(_CHART, "clickData"),
        Input(_CHART, "clickData"),
        State(_DRAWING, "data"),
        prevent_initial_call=True,
    )
    clientside_callback(
        ClientsideFunction("figures", "stepped"),
        Input({"type": "step", "sets": ALL, "key": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
