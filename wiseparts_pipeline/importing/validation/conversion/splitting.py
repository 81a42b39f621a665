"""Splits a text into the items of a list, never inside an address such as https://media.example/w_600,h_600/1.jpg."""

import re

_SEPARATORS = ("|", ";", ",")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
# What an address may have in it, so that it does not end there.
_IN_ADDRESSES = re.compile(r"[!-~]+")
_ELSEWHERE = ("|", "<", ">", '"', "\\", "^", "`", "{", "}")


def split_list(text: str, separator: str = "") -> list[str] | None:
    """The trimmed items that are not empty; None where it is not sure how the text is to be split.

    Without a separator, the first of `|`, `;` and `,` that separates anything.
    """
    if separator:
        return _filled(_pieces(text, separator))
    for usual in _SEPARATORS:
        pieces = _pieces(text, usual)
        if len(pieces) > 1:
            break
    else:
        # A blank ends an address.
        pieces = re.split(rf"\s+(?={_ADDRESS.pattern})", text) if _ADDRESS.match(text) else [text]
        usual = " "
    items = _filled(pieces)
    addresses = [bool(_ADDRESS.match(item)) for item in items]
    # `https://media.example/front, left.jpg` may be one item or two.
    return items if usual == "|" or all(addresses) or not any(addresses) else None


def _pieces(text: str, separator: str) -> list[str]:
    """The text split at the separator, but where that is part of an address: neither blank nor address follows it."""
    pieces = text.split(separator)
    if separator in _ELSEWHERE or not _IN_ADDRESSES.fullmatch(separator):
        return pieces
    whole = pieces[:1]
    for position, piece in enumerate(pieces[1:], start=2):
        ends = piece == "" and position == len(pieces)
        if _ADDRESS.match(whole[-1].lstrip()) and not (ends or piece[:1].isspace() or _ADDRESS.match(piece)):
            whole[-1] += separator + piece
        else:
            whole.append(piece)
    return whole


def _filled(pieces: list[str]) -> list[str]:
    return [item for item in map(str.strip, pieces) if item]
