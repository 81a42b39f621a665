"""What is written as HTML, which takes a browser much less time than as many components of Dash."""

from dash import html
from markupsafe import Markup, escape


def tag(name: str, *content: str, **attributes: str) -> Markup:
    """An element; content and attributes are escaped unless they are markup already, and those that are empty left out.

    An attribute's `_` stands for `-`; `class_` is the class.
    """
    given = "".join(
        f' {attribute.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for attribute, value in attributes.items()
        if value
    )
    return Markup(f"<{name}{given}>{''.join(map(escape, content))}</{name}>")


def pick(sets: str, key: str) -> dict[str, str]:
    """The attributes of a button that gives the control `sets` this value when it is clicked."""
    return {"data-sets": sets, "data-key": key}


def markup(content: Markup, css: str) -> html.Div:
    """A place of this class into which `assets/markup.js` puts the content as soon as it is on the page."""
    return html.Div(className=css, **{"data-markup": str(content)})
