"""Names of files and the patterns that choose them."""

from tests.fuzzing.given import Given, given
from tests.fuzzing.target import Target, check, check_texts, in_time, tokens
from wiseparts_pipeline.config import file_names
from wiseparts_pipeline.config.file_names import FileNamePattern, FileNames

_FORMATS = ("%Y-%m-%d", "%d_%m_%Y", "%Y%m%d", "%y%j", "%d%b%Y", "%Y%m%d%H%M%S", "%%%Y", "%B %d, %Y", "")
_IMPORTERS = ("sales", "", "a.errors", "csv", "x.csv")


def _run(data: bytes) -> None:
    content = Given(data)
    format_, importer, several = content.one_of(_FORMATS), content.one_of(_IMPORTERS), content.one_of((False, True))
    pattern, *names = content.lines(8)
    if not format_:
        format_, *names = names or [""]
    names = [name.replace("\0", "").encode()[: file_names.LONGEST_NAME].decode(errors="ignore") for name in names]
    with in_time(len(content.content)):
        try:
            read: FileNamePattern = (
                FileNames([pattern, *names[:1]], format_, importer)
                if several
                else FileNamePattern(pattern, format_, importer)
            )
        except ValueError as error:
            check_texts([str(error)])
            return
        for name in names:
            _check_name(read, name, importer)


def _check_name(pattern: FileNamePattern, name: str, importer: str) -> None:
    matches = pattern.matches(name)
    wildcards, when = pattern.wildcards(name), pattern.file_date(name)
    pattern.moment(name)
    pattern.date_text(name)
    check(
        not (matches and "{date}" in pattern.pattern and when is None) or isinstance(pattern, FileNames), "dated", name
    )
    check_texts(wildcards)
    if matches and name and not file_names.is_error_file(name):
        error_file = file_names.error_file_name(name, importer) if importer else name + file_names.ERROR_FILE
        check(file_names.is_error_file(error_file), "error files are known", error_file)
        original = file_names.original_name(error_file, importer)
        check(original == name, "an error file belongs to its file", name, error_file, original)
    check(file_names.in_parts(name) == file_names.in_parts(name), "names can be sorted", name)


TARGET = Target(
    _run,
    seeds=(
        given("sales_{date}.csv\nsales_2025-01-31.csv\nsales_2025-02-31.csv\nsales_2025-01-31.csv.gz"),
        given("*_[0-9]*{date}*.csv\na_1 31_01_2025x.csv", 1),
        given("a*b*c*.csv\nabcabcabcabc.csv\nabc.csv.sales.errors.csv"),
        given("Ä?.{date}\nA\u0308x.5May2025", 4),
        given("x{date}\n%Y:%d\nx2025:1", 8),
    ),
    tokens=tokens(
        "*", "**", "?", "[", "]", "[!a]", "[]", "[^", "{date}", "{", "}", ".csv", ".gz", ".zip", ".errors.csv",
        ".sales.errors.csv", "2025-01-31", "31_01_2025", "%Y", "%m", "%d", "%j", "%%", "%", "\n", ".", ".part", "~",
        "\\", "[a-z]",
        "a*" * 12, "a" * 60, "１", "٣",
    ),
    longest=1_000,
)  # fmt: skip
