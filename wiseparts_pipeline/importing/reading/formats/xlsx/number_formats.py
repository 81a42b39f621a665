"""What the number format of a cell says about its number: a day, a percentage, a code with leading zeros."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """How a number is meant; of all other formats only the looks differ."""

    PLAIN = "plain"
    PERCENT = "percent"
    CODE = "code"
    DATE = "date"
    TIME = "time"
    DURATION = "duration"


@dataclass(frozen=True)
class NumberFormat:
    """`code`: of a CODE, the parts of the text it makes, each digit position as `None`."""

    kind: Kind
    code: tuple[str | None, ...] = ()

    def digits_in_code(self, digits: str) -> str:
        """Digits in the positions of the code, from the right; the first position takes those that are left over."""
        wanted = self.code.count(None)
        padded = digits.zfill(wanted)
        first, rest = padded[: len(padded) - wanted + 1], iter(padded[len(padded) - wanted + 1 :])
        text, is_first = "", True
        for part in self.code:
            text += part if part is not None else first if is_first else next(rest)
            is_first = is_first and part is not None
        return text


PLAIN = NumberFormat(Kind.PLAIN)
# The formats that a workbook does not write out, as ECMA-376 numbers them; 27 to 36 and 50 to 58 are East Asian dates.
_BUILT_IN = (
    {9: "0%", 10: "0.00%", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss"}
    | {22: "m/d/yy h:mm", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0"}
    | dict.fromkeys((14, 15, 16, 17, *range(27, 32), 36, *range(50, 59)), "yyyy/m/d")
    | dict.fromkeys(range(32, 36), "h:mm:ss")
)
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
# Colours, conditions, currencies and locales.
_BRACKETED = re.compile(r"\[[^\[\]]*\]")
# Quoted and escaped text, and what `_` and `*` leave space for or repeat.
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|_.|\*.')
_CODE_PART = re.compile(r'"([^"]*)"|\\(.)|(0)|([-/ ():])')
_AM_PM = re.compile(r"AM/PM|A/P", re.IGNORECASE)


def number_format(number: int, code: str | None) -> NumberFormat:
    """The format with a number, whose code is given where the workbook defines it."""
    section = _first_section(_BUILT_IN.get(number, "General") if code is None else code)
    if _ELAPSED.search(section):
        return NumberFormat(Kind.DURATION)
    section = _BRACKETED.sub("", section)
    symbols = _LITERAL.sub("", section)
    if "%" in symbols:
        return NumberFormat(Kind.PERCENT)
    if parts := _parts_of_code(section):
        return NumberFormat(Kind.CODE, parts)
    lower = _AM_PM.sub("h", symbols).lower()
    if "general" in lower or re.search(r"[0#?]", re.sub(r"s[.,]0+", "s", lower)) or lower.strip() == "@":
        return PLAIN
    if re.search(r"[dy]|mmm", lower) or re.fullmatch(r"\W*m+\W*", lower):
        return NumberFormat(Kind.DATE)
    return NumberFormat(Kind.TIME) if re.search(r"[hs]", lower) else PLAIN


def _first_section(code: str) -> str:
    """That of positive numbers."""
    at = 0
    while at < len(code) and code[at] != ";":
        literal = _LITERAL.match(code, at)
        at = literal.end() if literal else at + 1
    return code[:at]


def _parts_of_code(section: str) -> tuple[str | None, ...]:
    """Digit positions and the text between them, where several zeros and nothing else stand for the digits."""
    parts: Sequence[re.Match[str]] = list(_CODE_PART.finditer(section))
    if "".join(part[0] for part in parts) != section or sum(part[3] is not None for part in parts) < 2:
        return ()
    return tuple(None if part[3] else part[1] or part[2] or part[4] or "" for part in parts)
