"""What makes a function a kind of figure."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import pandas as pd
from dash import no_update
from vizro.models.types import capture

from wiseparts_pipeline.dashboards.service import shown_in


def kind(draw: Callable[..., Any]) -> Callable[..., Any]:
    """A function that draws a data frame of `service.load`, its first argument `data_frame`, for `vm.Figure`.

    It is not called, and what is on the screen stays, while that is of an earlier build than the data.
    """

    @wraps(draw)
    def drawn(data_frame: pd.DataFrame, **settings: Any) -> Any:
        return no_update if shown_in(data_frame).is_outdated else draw(data_frame, **settings)

    captured: Callable[..., Any] = capture("figure")(drawn)
    return captured
