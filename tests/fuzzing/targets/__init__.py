"""What is fuzzed, by name; one module for each part of the program."""

from tests.fuzzing.target import Target
from tests.fuzzing.targets import (
    archives,
    conversions,
    expressions,
    file_names,
    headers,
    imports,
    patterns,
    text_files,
    validation,
    workbooks,
    xml_files,
)

TARGETS: dict[str, Target] = {
    "delimited": text_files.DELIMITED,
    "fixed": text_files.FIXED,
    "json_lines": text_files.JSON_LINES,
    "xml": xml_files.TARGET,
    "workbooks": workbooks.TARGET,
    "headers": headers.TARGET,
    "archives": archives.TARGET,
    "conversions": conversions.TARGET,
    "expressions": expressions.TARGET,
    "patterns": patterns.TARGET,
    "file_names": file_names.TARGET,
    "validation": validation.TARGET,
    "imports": imports.TARGET,
}
