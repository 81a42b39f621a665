"""Names and numbers in the form in which they are compared: in Python those of few, in SQL those of all products."""

import re
import unicodedata

# Of companies, as they stand at the end of their names.
_LEGAL_FORMS = frozenset(
    (
        *("ab", "ag", "aps", "as", "bv", "co", "company", "corp", "corporation", "cv", "ev", "gmbh", "inc"),
        *("incorporated", "kg", "kgaa", "limited", "llc", "ltd", "mbh", "nv", "ohg", "oy", "oyj", "plc", "sa", "sarl"),
        *("sas", "se", "spa", "srl", "ae", "αβεε", "αε", "εε", "επε", "ικε", "οε"),
    )
)
_WORDS = re.compile(r"[^\W_]+")


def words(name: str) -> list[str]:
    """The words of a name in lower case, without accents and points."""
    plain = unicodedata.normalize("NFKD", name.replace(".", "")).casefold()
    return _WORDS.findall("".join(each for each in plain if not unicodedata.combining(each)))


def company_words(name: str) -> list[str]:
    """The words of a company's name without its legal form; of nothing but legal forms, all of them."""
    found = words(name)
    end = len(found)
    while end and found[end - 1] in _LEGAL_FORMS:
        end -= 1
    return found[:end] or found


def company_key(name: str) -> str:
    """Equal for names that differ in case, accents, punctuation or legal form only; empty if nothing is left."""
    return "".join(company_words(name))


def gtin(column: str) -> str:
    """The EAN, UPC or GTIN in a column as 14 digits; null if its check digit is wrong or shops make such numbers.

    An SQL expression. A shop numbers what has no number with the prefixes 02, 04 and 2 of 13 digits, and 0 and 2 of 8.
    """
    digits = f"lpad(regexp_replace({column}, '[ -]', '', 'g'), 14, '0')"
    total = " + ".join(f"{1 + 2 * (place % 2)} * substr({digits}, {place}, 1)::int" for place in range(1, 15))
    return (
        f"case when regexp_replace({column}, '[ -]', '', 'g') ~ '^([0-9]{{8}}|[0-9]{{12,14}})$' then"
        f" case when mod({total}, 10) = 0"
        f" and {digits} !~ '^0(02|04|2|000000|000002)' then {digits} end end"
    )


def part_number(column: str) -> str:
    """A manufacturer's number in capitals and without anything but letters and digits; null if nothing is left.

    An SQL expression.
    """
    return f"nullif(regexp_replace(upper({column}), '[^[:alnum:]]', '', 'g'), '')"


def part_number_groups(column: str) -> str:
    """The same number with a stroke wherever it is parted: 12-3 and 1-23 are not the same. An SQL expression."""
    return f"trim('-' from regexp_replace(upper({column}), '[^[:alnum:]]+', '-', 'g'))"
