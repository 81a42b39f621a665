"""Telephone numbers that nobody has, and the ways people and telephone systems write them."""

# Of a Greek number, its area code included; others have them too, here.
_NATIONAL_DIGITS = 10
SPELLINGS = 5

_HOME = "+30"


def number(dialling: str, subscriber: int) -> str:
    """The number `+30 2310 012345` of `+30 2310`: a subscriber's number never begins with 0, so it is nobody's."""
    digits = _NATIONAL_DIGITS - len(dialling.split(" ")[1])
    return f"{dialling} {subscriber % 10 ** (digits - 1):0{digits}}"


def spelled(international: str, spelling: int) -> str:
    """The same number in one of SPELLINGS ways; those of another country keep its code in all of them."""
    country, *rest = international.split(" ")
    national = country == _HOME
    return (
        international,
        country + "".join(rest),
        country.replace("+", "00") + "".join(rest),
        "".join(rest) if national else country + "".join(rest),
        "-".join(rest if national else [country.replace("+", "00"), *rest]),
    )[spelling]
