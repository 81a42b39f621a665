"""Finds the encoding of a text by comparing how it reads in each.

A byte order mark or valid UTF-8 is proof. Every single-byte encoding gives *some* text; the one is chosen whose words
look like words: letters of one script, no symbols inside, upper and lower case as in words. For other encodings, such
as those of Asia, the statistics of a library decide.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterable
from functools import cache

import charset_normalizer

from wiseparts_pipeline.profiling.finding import Confidence, Finding

_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# The most common first: of two that read equally well, the first is chosen.
_CANDIDATES = (
    "cp1252", "cp1253", "cp850", "iso-8859-15", "iso-8859-7", "cp1250", "iso-8859-2", "cp437", "cp737", "cp1251",
)  # fmt: skip
_SAMPLE = 200_000
_MOST_WORDS = 3000
# With so many non-ASCII letters, words are no coincidence.
_MANY = 12

_WORD = re.compile(r"[^\x00-\x7f]+(?:[^\W\d_]|[^\x00-\x7f])*|[^\W\d_]+[^\x00-\x7f](?:[^\W\d_]|[^\x00-\x7f])*")
_USUAL = frozenset(
    "äöüßåæøéèêëàâçîïôûùœñíóúáãõìòÿ" "ÄÖÜÅÆØÉÈÊËÀÂÇÎÏÔÛÙŒÑÍÓÚÁÃÕ"
    "αοιετσνηυρκπμςλδωγθχφβξζψάέήίόύώϊϋΐΰ" "ΑΟΙΕΤΣΝΗΥΡΚΠΜΛΔΩΓΘΧΦΒΞΖΨΆΈΉΊΌΎΏ"
)  # fmt: skip
_LESS_USUAL = frozenset("łśćžščřěůőűąęńżźťďňľşţăđŁŚĆŽŠČŘĚŮŐŰĄĘŃŻŹŤĎŇĽŞŢĂĐоеаинтсрвлкмдпуяОЕАИНТСРВЛКМДПУЯ")
# These occur next to letters and digits in ordinary text.
_BESIDE_WORDS = frozenset("€£°®™²³½¼¾«»“”‘’„–—…·§ªº©±µ\xa0")


def find_encoding(data: bytes, *, complete: bool = True) -> Finding[str]:
    """The encoding of a file's bytes, as in `file.encoding`."""
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return Finding(encoding, Confidence.SURE, "it begins with a byte order mark")
    if wide := _without_mark(data):
        return Finding(wide, Confidence.LIKELY, "every second byte is zero")
    if data.isascii():
        subject = "the file has" if complete else "what was read has"
        return Finding("utf-8", Confidence.SURE if complete else Confidence.LIKELY, f"{subject} only ASCII characters")
    if _is_utf8(data):
        return Finding("utf-8", Confidence.SURE, "all of it is valid UTF-8")
    return _single_byte(_words(data))


def is_misread_utf8(text: str) -> bool:
    """Whether UTF-8 was read as Latin-1 and written again, as in `SÃ¡nchez`."""
    return bool(re.search("[ÃÂÎÏ][\x80-\xbf]", text))


def _without_mark(data: bytes) -> str | None:
    sample = data[:2000]
    if len(sample) < 4 or sample.count(0) < len(sample) / 30:
        return None
    return "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        # The last character is cut off.
        return error.end == len(data) and "unexpected end" in error.reason and not data[: error.start].isascii()
    return True


def _words(data: bytes) -> bytes:
    """The words with non-ASCII bytes, each only once: repetition of a name is no further evidence."""
    found = dict.fromkeys(re.findall(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*", data))
    return b" ".join(list(found)[:_MOST_WORDS])[:_SAMPLE]


def _single_byte(words: bytes) -> Finding[str]:
    texts = {encoding: text for encoding in _CANDIDATES if (text := _decoded(words, encoding)) is not None}
    scores = {encoding: _score(text) for encoding, text in texts.items()}
    ranked = sorted(scores, key=lambda encoding: -scores[encoding])
    if not ranked or scores[ranked[0]] < 0:
        return _by_statistics(words, ranked)
    best = ranked[0]
    letters = sum(byte > 0x7F for byte in words)
    others = [encoding for encoding in ranked[1:] if texts[encoding] != texts[best]]
    margin = scores[best] - scores[others[0]] if others else 1.0
    example = ", ".join(sorted(_WORD.findall(texts[best]), key=len, reverse=True)[:2])
    if margin < 0.05 and others:
        return Finding(best, Confidence.GUESS, f"it reads as {example}; {others[0]} reads equally well")
    sure = letters >= _MANY and margin > 0.3
    return Finding(best, Confidence.SURE if sure else Confidence.LIKELY, f"it then reads as {example}")


def _by_statistics(words: bytes, ranked: list[str]) -> Finding[str]:
    match = charset_normalizer.from_bytes(words).best()
    if match is not None:
        return Finding(match.encoding, Confidence.GUESS, "by byte statistics")
    return Finding(ranked[0] if ranked else "cp1252", Confidence.GUESS, "it is not proper text in any encoding")


def _decoded(words: bytes, encoding: str) -> str | None:
    try:
        text = words.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if re.search("[\x80-\x9f]", text) else text


def _score(text: str) -> float:
    """From about 1, if all are words, to below 0, if hardly any are."""
    words = _WORD.findall(text)
    points = [point for word in words for point in _points(word)]
    return sum(points) / len(points) if points else 0.0


def _points(word: str) -> Iterable[float]:
    """The points of each non-ASCII character."""
    scripts = {_script(character) for character in word if character.isalpha()}
    for position, character in enumerate(word):
        if character.isascii():
            continue
        before = word[position - 1] if position else ""
        after = word[position + 1 : position + 2]
        if not character.isalpha():
            if character in _BESIDE_WORDS:
                inside = before.isalpha() and after.isalpha()
                closes_nothing = character == "’" and not before and after.isalpha()
                yield -1.0 if closes_nothing or (inside and character not in "’‘·–\xa0") else 0.3
            else:
                yield -1.0 if before.isalpha() or after.isalpha() else -0.3
        elif (
            len(scripts) > 1 or (character.isupper() and before.islower()) or (character.islower() and after.isupper())
        ):
            yield -1.0
        elif _script(character) == "LATIN" and _is_accented(before) and _is_accented(after):
            yield -0.7
        else:
            yield 1.0 if character in _USUAL else 0.6 if character in _LESS_USUAL else 0.1


def _is_accented(character: str) -> bool:
    return bool(character) and not character.isascii() and character.isalpha()


@cache
def _script(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]
