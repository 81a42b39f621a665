"""Values of typed formats as text that conversion reads back as the same values."""

from wiseparts_pipeline.config.file_format import FileFormat


def as_text_of_bool(value: bool, file: FileFormat) -> str:
    """`true` or `false` where the settings have that word, else the first that they have for the value."""
    words = file.true_values if value else file.false_values
    plain = str(value).lower()
    return words[0] if words and plain not in {word.lower() for word in words} else plain
