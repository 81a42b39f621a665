"""Telephone numbers that are not in use, and the ways in which people and telephone systems write them."""

# Digits of a Greek number with its area code; used here for other countries as well.
_NATIONAL_DIGITS = 10
SPELLINGS = 5

_HOME = "+30"


def number(dialling: str, subscriber: int) -> str:
    """A number like `+30 2310 012345`: subscriber numbers never begin with 0, so it is not in use."""
    digits = _NATIONAL_DIGITS - len(dialling.split(" ")[1])
    return f"{dialling} {subscriber % 10 ** (digits - 1):0{digits}}"


def spelled(international: str, spelling: int) -> str:
    """The same number in one of SPELLINGS ways; numbers of other countries always keep their country code."""
    country, *rest = international.split(" ")
    national = country == _HOME
    return (
        international,
        country + "".join(rest),
        country.replace("+", "00") + "".join(rest),
        "".join(rest) if national else country + "".join(rest),
        "-".join(rest if national else [country.replace("+", "00"), *rest]),
    )[spelling]
