"""What in the rule of a column does not fit the entity, or the format of the file."""

from collections.abc import Collection, Iterator

from wiseparts_pipeline.config.columns import ColumnRule, is_duration
from wiseparts_pipeline.config.expression import Expression, ExpressionError
from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.entities.schema import Entity, Type

_NUMBERS = (Type.INT, Type.MONEY, Type.NUMBER)


def column_problems(
    column: str, rule: ColumnRule, entity: Entity, file: FileFormat, derived: Collection[str]
) -> Iterator[str]:
    """What does not fit, each with the attribute that it is about. `derived`: columns calculated from others."""
    type_ = entity[column].type
    if rule.format and type_ is Type.INT:
        if not all(map(is_duration, rule.format)):
            yield f"format: {column} is int; a duration is made of %H, %M and %S, like %H:%M:%S"
    elif rule.format and type_ not in (Type.DATE, Type.TIMESTAMP):
        yield f"format: {column} is {type_}; only a date or timestamp, or an int as a duration, has a format"
    if rule.from_head and rule.from_head.line > file.skip_lines:
        yield (
            f"from_head.line: line {rule.from_head.line} is not above the header; file.skip_lines is {file.skip_lines}"
        )
    if rule.from_sheet is not None and file.format != "xlsx":
        yield f"from_sheet: goes with format: xlsx, not with format: {file.format}"
    if rule.separator is not None and type_ is not Type.TEXT_LIST:
        yield f"separator: {column} is {type_}; only a text list is split"
    if rule.sequence_within is not None:
        whole = [c.name for c in entity.columns if c.type in (Type.TEXT, Type.INT, Type.DATE)]
        if rule.sequence_within not in (read := [name for name in whole if name not in derived]):
            yield (
                f"sequence_within: {rule.sequence_within!r} is not a text, int or date column of {entity.name};"
                f" allowed: {', '.join(read)}"
            )
        if type_ is not Type.INT:
            yield f"sequence_within: {column} is {type_}, a sequence needs an int"
    if rule.expression is not None:
        yield from (f"expression: {problem}" for problem in _expression_problems(rule.expression, entity, derived))
        if type_ not in (Type.MONEY, Type.NUMBER):
            yield f"expression: {column} is {type_}, not a number"


def _expression_problems(text: str, entity: Entity, derived: Collection[str]) -> Iterator[str]:
    """Other names are those of the file's columns, which are not known yet."""
    try:
        names = Expression(text).names
    except ExpressionError as error:
        yield str(error)
        return
    numeric = [column.name for column in entity.columns if column.type in _NUMBERS]
    for name in names:
        if name in entity.column_names and name not in numeric:
            yield (
                f"{name!r} is not a number column of {entity.name}; allowed: {', '.join(numeric)}. Write [{name}] for a"
                " column of the file with this name"
            )
        if name in derived:
            yield f"{name} is itself an expression or a sequence"
