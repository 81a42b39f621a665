"""Names of columns: any number of them, in any characters."""

from tests.fuzzing.given import Given, given
from tests.fuzzing.reading import LONGEST_MESSAGE, check_reading
from tests.fuzzing.target import Target, check, check_texts, in_time, tokens
from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.importing.faults import RefusedFile
from wiseparts_pipeline.importing.reading.formats.header import column_names, is_unnamed


def _run(data: bytes) -> None:
    content = Given(data)
    times = content.one_of((1, 1, 1, 50, 3_000))
    header = content.text.replace("\0", "").split("\n") * times
    if times > 1 and content.one_of((True, False)):
        header = [f"{name}{number}" for number, name in enumerate(header)]
    with in_time(sum(map(len, header))):
        try:
            names = column_names(header, "utf-8")
        except RefusedFile as refused:
            check_texts([str(refused)])
            check(len(str(refused)) < LONGEST_MESSAGE, "messages can be read", refused)
            return
    check(len(set(names)) == len(names) == len(header), "each column has a name of its own", header, names)
    check_texts(names)
    check(names == column_names(names, "utf-8"), "names stay", names)
    for cell, name in zip(header, names, strict=True):
        check(name.strip() == name != "", "names are trimmed", name)
        check(is_unnamed(name) or cell.strip() != "", "names are those of the file", cell, name)
    row = ",".join('"' + cell.replace('"', '""') + '"' for cell in header)
    check_reading(f"{row}\n{row}\n".encode(), "f.csv", FileFormat())


TARGET = Target(
    _run,
    seeds=(given("id\nname\n\nÉtat"), given("a b\na\u00a0b\n_unnamed_2\n"), given("x", 4), given("'=a\n_escaped", 0)),
    tokens=tokens(
        "_unnamed_1", "_escaped", "_row", "_line", "_errors", "'=", "'", "\n\n", "e\u0301", "\u00a0", "\u00ad"
    ),
)
