"""Regular expressions of importers and the texts that they are searched in, both hostile."""

import re
import warnings
from unittest.mock import patch

from tests.fuzzing.given import Given, given
from tests.fuzzing.target import Target, check, check_texts, in_time, tokens
from wiseparts_pipeline.config.attributes import groups_of
from wiseparts_pipeline.importing.faults import RefusedFile
from wiseparts_pipeline.importing.reading import patterns
from wiseparts_pipeline.importing.reading.patterns import Pattern

# Seconds: whatever takes longer is given up, as it would be after a longer time.
_PATIENCE = 0.05
# Python searches these in no time, whatever the pattern.
_SHORT = 12
_LONGEST_TEXT = 20_000


def _run(data: bytes) -> None:
    content = Given(data)
    text, *searched = [line.replace("\0", "") for line in content.lines(8)]
    try:
        groups = groups_of(text)
    except ValueError as error:
        check_texts([str(error)])
        return
    times = content.one_of((1, 1, 1, 50, 1000))
    size = sum(map(len, searched)) * times
    with in_time(size), patch.object(patterns, "_GRACE", _PATIENCE):
        pattern = Pattern(text)
        check(pattern.groups == groups, "a pattern has the groups that were checked", text, pattern.groups, groups)
        for each in searched:
            _search(pattern, (each * times)[:_LONGEST_TEXT])


def _search(pattern: Pattern, text: str) -> None:
    try:
        found, whole = pattern.search(text), pattern.fullmatch(text)
    except RefusedFile as refused:
        check_texts([str(refused)])
        return
    if len(text) > _SHORT or len(pattern.text) > 60:
        return
    if not text and "\\B" in pattern.text:
        # Python matches it in an empty text since 3.14.
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected, expected_whole = re.search(pattern.text, text), re.fullmatch(pattern.text, text)
    for ours, theirs in ((found, expected), (whole, expected_whole)):
        ours_found = ours and (ours.span(), ours.groups())
        theirs_found = theirs and (theirs.span(), theirs.groups())
        check(
            ours_found == theirs_found, "patterns mean what Python says", pattern.text, text, ours_found, theirs_found
        )


TARGET = Target(
    _run,
    seeds=(
        given("^([A-Z]+)-(\\d+)$\nAB-12\nab"),
        given("((?:a|aa)+)$\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", 0),
        given("(?i)(?<=x)(é|É|ß)\\b\nxÉ\nxSS"),
        given("(?P<n>a{2,3}?)(?P=n)*(?!b)\naaaaa"),
        given("([^\\s,]*)\\s*,?\na,b", 3),
    ),
    tokens=tokens(
        "(", ")", "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?i)", "(?s)", "(?x)", "(?P<a>", "(?P=a)", "(?(1)", "[", "]",
        "[^",
        "{2}", "{,3}", "{1,2}", "*", "+", "?", "*?", "*+", "|", ".", "^", "$", "\\A", "\\Z", "\\b", "\\B", "\\d",
        "\\w", "\\s", "\\S",
        "\\1", "\\n", "\\x41", "\\u00e9", "\\N{DIGIT ONE}", "(?>", "[[:alpha:]]", "[a-z&&b]", "[a--b]", "\\p{L}",
        "(?#", "\\0",
        "(a+)+$\naaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "\n", "aaaaaaaa", "ſ", "K", "İ", "ı",
    ),
    longest=600,
)  # fmt: skip
