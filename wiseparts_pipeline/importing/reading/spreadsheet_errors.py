"""What spreadsheets put in the place of a value: errors of formulas, and numbers that lost their last digits.

Both come as text, too: in CSV files that a spreadsheet has saved, and in error files that are sent back.
"""

import re

import pyarrow as pa
import pyarrow.compute as pc

# Of a formula whose value the workbook does not have.
NOT_CALCULATED = "#NOT_CALCULATED!"
# What a workbook calls an error that is not known here.
UNKNOWN_ERROR = "#UNKNOWN!"
# Workbooks have the first line; the others are what Excel and LibreOffice show and save as CSV.
ERRORS = frozenset(
    f"""
    #NULL! #DIV/0! #VALUE! #REF! #NAME? #NUM! #N/A #GETTING_DATA #SPILL! #CALC! #FIELD! #BLOCKED! #CONNECT! #BUSY!
    #EXTERNAL! #PYTHON! #TIMEOUT! {UNKNOWN_ERROR} {NOT_CALCULATED}
    #WERT! #BEZUG! #ZAHL! #NV #ÜBERLAUF! #KALK! #FELD!
    #DEEL/0! #WAARDE! #VERW! #NAAM? #GETAL! #N/B #LEEG!
    #DIVISION/0! #VÄRDEFEL! #REFERENS! #NAMN? #OGILTIGT! #SAKNAS! #SKÄRNING!
    #VALEUR! #NOM? #NOMBRE! #NUL!
    #ΔΙΑΙΡ/0! #ΤΙΜΗ! #ΑΝΑΦ! #ΟΝΟΜΑ? #ΑΡΙΘ! #Δ/Υ #ΚΕΝΟ!
    """.split()
)
_ERRORS = pa.array(sorted(ERRORS), pa.string())
# A column that is too narrow is saved as it looks.
_TOO_NARROW = r"^#{3,}$"
# As a spreadsheet shows numbers of many digits.
_SHORTENED = r"^-?\d([.,]\d+)?E\+\d{2,3}$"


def is_error(cell: str) -> bool:
    """Whether a cell's trimmed text is an error."""
    return cell.startswith("#") and (cell in ERRORS or re.match(_TOO_NARROW, cell) is not None)


def are_errors(cells: pa.Array) -> pa.Array | None:
    """Which cells (trimmed text or null) are an error; None where there is none."""
    if not pc.any(pc.starts_with(cells, "#")).as_py():
        return None
    errors = pc.or_(
        pc.is_in(cells, value_set=_ERRORS), pc.fill_null(pc.match_substring_regex(cells, _TOO_NARROW), False)
    )
    return errors if pc.any(errors).as_py() else None


def are_shortened(cells: pa.Array) -> pa.Array | None:
    """Which texts are numbers whose last digits a spreadsheet has not kept; None where none is."""
    if not pc.any(pc.match_substring(cells, "E+")).as_py():
        return None
    shortened = pc.fill_null(pc.match_substring_regex(cells, _SHORTENED), False)
    return shortened if pc.any(shortened).as_py() else None
