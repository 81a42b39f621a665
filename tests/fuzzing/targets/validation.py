"""A file's rows as an importer's settings shape and check them: each is good or rejected, with its reasons."""

import json

from tests.fuzzing.given import Given, given
from tests.fuzzing.importers import EXAMPLES
from tests.fuzzing.reading import written
from tests.fuzzing.target import Target, check, check_texts, in_time, tokens
from wiseparts_pipeline.importing.faults import RefusedFile
from wiseparts_pipeline.importing.reading.shapes import open_shaped_rows
from wiseparts_pipeline.importing.validation.validator import Validator

_NAMES = ("2025-01-31.csv", "Q1.2025-01-31.csv", "2025-01-31.csv.errors.csv")
_LONGEST_MESSAGE = 20_000


def _run(data: bytes) -> None:
    content = Given(data)
    importer = content.one_of(EXAMPLES).importer()
    name = content.one_of(_NAMES)
    corrects = content.one_of((False, True))
    path = written(content.content)
    with in_time(len(content.content)):
        try:
            rows = open_shaped_rows(path, name, importer)
            validator = Validator(importer, rows.columns, corrects=corrects and "_row" in rows.columns)
            numbers: set[int] = set()
            for batch in rows.batches():
                validated = validator.validate(batch)
                good = validated.literals["_row_number"].to_pylist()
                bad = {fault.row_number for fault in validated.faults}
                check(validated.typed.num_rows == len(good), "rows have values", validated.typed.num_rows, len(good))
                check(
                    len(bad) == validated.rows_rejected, "each rejected row has a fault", bad, validated.rows_rejected
                )
                check(not bad & set(good), "a row is good or rejected", bad, good)
                check(
                    len(good) + len(bad) == validated.rows_read, "every row is counted", validated.rows_read, good, bad
                )
                check(len(set(good)) == len(good) and not numbers & (bad | set(good)), "numbers are unique", good, bad)
                numbers |= bad | set(good)
                validated.typed.validate(full=True)
                for fault in validated.faults:
                    check_texts(
                        [fault.message, fault.value or "", fault.key or "", json.dumps(fault.raw, ensure_ascii=False)]
                    )
                    check(len(fault.message) < _LONGEST_MESSAGE, "messages can be read", fault.message)
        except RefusedFile as refused:
            check_texts([str(refused)])


TARGET = Target(
    _run,
    seeds=tuple(
        seed
        for number, example in enumerate(EXAMPLES)
        for seed in (given(example.content, number), given(example.content + example.content, number, 1))
    ),
    tokens=tokens(
        ",", ";", "\n", "C1", "C001", "S1", "B1", "I1", "31.01.2025", "2025-01-31", "1.000,50", "-1", "credit_note",
        "EUR",
        "€5", "active", "answered", "lost", "_row", "_line", "_errors", "_escaped", "_surplus", "not_a_date: x",
        "A > B",
        " > ", "#N/A", "1E+12", '{"sku": 1}', '"lines": [', "]}", "\n{", "<p id='1'>", "</p>", "<sku>", "Stock A",
        "Due B",
        '"', '""', "NULL", "'=1", "0:01:05",
    ),
)  # fmt: skip
