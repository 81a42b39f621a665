"""The names of months in the languages of the senders, long or short, in any case, with or without accents."""

import re
import unicodedata

_ENGLISH = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONG = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November"),
    "December",
)
# English, German, Dutch, Swedish, French, Greek (nominative, genitive and short), Italian, Spanish.
_NAMES = (
    "january jan januar jänner jän januari janvier janv ιανουάριος ιανουαρίου ιαν gennaio gen enero ene",
    "february feb februar feber februari febr février févr fév φεβρουάριος φεβρουαρίου φεβ φεβρ febbraio febrero",
    "march mar märz mär mrz maart mrt mars μάρτιος μαρτίου μάρ μαρτ marzo",
    "april apr avril avr απρίλιος απριλίου απρ aprile abril abr",
    "may mai mei maj μάιος μαΐου μάη μάι maggio mag mayo",
    "june jun juni juin ιούνιος ιουνίου ιούν giugno giu junio",
    "july jul juli juillet juil ιούλιος ιουλίου ιούλ luglio lug julio",
    "august aug augustus augusti août αύγουστος αυγούστου αύγ agosto ago",
    "september sep sept septembre σεπτέμβριος σεπτεμβρίου σεπ σεπτ settembre set sett septiembre setiembre",
    "october oct oktober okt octobre οκτώβριος οκτωβρίου οκτ ottobre ott octubre",
    "november nov novembre νοέμβριος νοεμβρίου νοέ νοεμ noviembre",
    "december dec dezember dez déc décembre δεκέμβριος δεκεμβρίου δεκ dicembre dic diciembre",
)
_WORD = re.compile(r"[^\W\d_]+\.?")


def _plain(word: str) -> str:
    """Without case, accents and the dot of an abbreviation; final sigma like any other."""
    letters = unicodedata.normalize("NFD", word.rstrip(".").casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


_MONTHS = {_plain(name): month for month, names in enumerate(_NAMES) for name in names.split()}


def has_month_name(format_: str) -> bool:
    """Whether a date format has the name of a month in it."""
    return "%b" in format_ or "%B" in format_


def in_english(text: str, format_: str) -> str:
    """The text with its months as the format has them in English; fits the format of `without_dots`."""
    names = _LONG if "%B" in format_ else _ENGLISH

    def name(word: re.Match[str]) -> str:
        month = _MONTHS.get(_plain(unicodedata.normalize("NFC", word[0])))
        return word[0] if month is None else names[month]

    return _WORD.sub(name, unicodedata.normalize("NFC", text))


def without_dots(format_: str) -> str:
    """The format without the dot behind a month, which may be that of an abbreviation."""
    return re.sub(r"(%[bB])\.", r"\1", format_)
