"""What a system sent over HTTP, as values: JSON with numbers as they are written, and what a page of error says."""

import codecs
import json
import re
from typing import Any, NoReturn

from wiseparts_pipeline.connections.errors import UnexpectedAnswer

# Where systems write what was wrong.
_MESSAGES = ("detail", "message", "error_description", "title", "error", "errors", "non_field_errors")
_LONGEST_MESSAGE = 200
_HALF_OF_A_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")


def as_json(place: str, body: bytes, content_type: str) -> Any:
    """The answer, with every number as text. Raises UnexpectedAnswer; `place` is the beginning of its message."""
    if _is_html(body, content_type):
        raise UnexpectedAnswer(
            f"{place}: answered with an HTML page instead of JSON; correct the `url` of the connection or the path, and"
            " see whether the page asks to log in"
        )
    if not body.strip():
        raise UnexpectedAnswer(f"{place}: the answer is empty instead of JSON")
    charset = _charset(body, content_type)
    try:
        text = body.decode(charset)
        value = json.loads(text, parse_float=str, parse_int=str, parse_constant=_no_number)
        if _HALF_OF_A_CHARACTER.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except (UnicodeError, LookupError):
        raise UnexpectedAnswer(f"{place}: the answer is not text in {charset}, as it should be") from None
    except ValueError as error:
        raise UnexpectedAnswer(f"{place}: the answer is not JSON: {error}") from None
    except RecursionError:
        raise UnexpectedAnswer(f"{place}: the answer is not usable: its values are nested too deeply") from None
    return value


def told(body: bytes, content_type: str) -> str:
    """What the system says in an answer with an error status, in one short line; empty if nothing can be quoted."""
    if _is_html(body, content_type):
        return "with an HTML page"
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    text = " ".join(_message(value, 3).split())
    return f"saying: {text[:_LONGEST_MESSAGE]}" if text else ""


def _message(value: object, depth: int) -> str:
    """The first text at the usual places."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value:
        return _message(value[0], depth)
    if isinstance(value, dict) and depth:
        return next((found for name in _MESSAGES if (found := _message(value.get(name), depth - 1))), "")
    return ""


def _is_html(body: bytes, content_type: str) -> bool:
    return "html" in content_type.lower() or body[:200].lstrip().lower().startswith((b"<!doctype html", b"<html"))


def _charset(body: bytes, content_type: str) -> str:
    """As the header says if that is one, otherwise as the rules of JSON say."""
    if named := re.search(r"charset=[\"']?([\w.:-]+)", content_type, re.IGNORECASE):
        try:
            name = codecs.lookup(named[1]).name
        except LookupError:
            pass
        else:
            # A mark of the byte order is no part of the text.
            return "utf-8-sig" if name == "utf-8" else name
    return json.detect_encoding(body)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")
