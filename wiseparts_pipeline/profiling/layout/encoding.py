"""Finds the encoding of a text by what it would say in each.

A byte order mark or valid UTF-8 is proof. Of the single-byte encodings any gives *some* text; the one is taken whose
words look like words: letters of one script, none with a symbol inside, in the case that words have. Statistics of a
library take over for what lies outside these, such as the encodings of Asia.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterable
from functools import cache

import charset_normalizer

from wiseparts_pipeline.profiling.finding import Confidence, Found

_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# Where two give the same text, or one as good, the one before is the more common.
_CANDIDATES = (
    "cp1252", "cp1253", "cp850", "iso-8859-15", "iso-8859-7", "cp1250", "iso-8859-2", "cp437", "cp737", "cp1251",
)  # fmt: skip
_SAMPLE = 200_000
_MOST_WORDS = 3000
# Of so many letters beyond ASCII chance does not make words.
_MANY = 12

_WORD = re.compile(r"[^\x00-\x7f]+(?:[^\W\d_]|[^\x00-\x7f])*|[^\W\d_]+[^\x00-\x7f](?:[^\W\d_]|[^\x00-\x7f])*")
_USUAL = frozenset(
    "äöüßåæøéèêëàâçîïôûùœñíóúáãõìòÿ" "ÄÖÜÅÆØÉÈÊËÀÂÇÎÏÔÛÙŒÑÍÓÚÁÃÕ"
    "αοιετσνηυρκπμςλδωγθχφβξζψάέήίόύώϊϋΐΰ" "ΑΟΙΕΤΣΝΗΥΡΚΠΜΛΔΩΓΘΧΦΒΞΖΨΆΈΉΊΌΎΏ"
)  # fmt: skip
_LESS_USUAL = frozenset("łśćžščřěůőűąęńżźťďňľşţăđŁŚĆŽŠČŘĚŮŐŰĄĘŃŻŹŤĎŇĽŞŢĂĐоеаинтсрвлкмдпуяОЕАИНТСРВЛКМДПУЯ")
# These stand beside letters and digits in honest text.
_BESIDE_WORDS = frozenset("€£°®™²³½¼¾«»“”‘’„–—…·§ªº©±µ\xa0")


def find_encoding(data: bytes, *, complete: bool = True) -> Found[str]:
    """The encoding of a file's bytes, as `file.encoding` is to name it."""
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return Found(encoding, Confidence.SURE, "it begins with a byte order mark")
    if wide := _without_mark(data):
        return Found(wide, Confidence.LIKELY, "every second byte is zero")
    if data.isascii():
        seen = "the file has" if complete else "what was read has"
        return Found("utf-8", Confidence.SURE if complete else Confidence.LIKELY, f"{seen} only ASCII characters")
    if _is_utf8(data):
        return Found("utf-8", Confidence.SURE, "all of it is valid UTF-8")
    return _single_byte(_words(data))


def is_misread_utf8(text: str) -> bool:
    """Whether UTF-8 was once read as Latin-1 and written again, as `SÃ¡nchez` shows."""
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
        # Cut off within a character.
        return error.end == len(data) and "unexpected end" in error.reason and not data[: error.start].isascii()
    return True


def _words(data: bytes) -> bytes:
    """The words with a byte beyond ASCII, each once: a name that fills half of a file is no more evidence."""
    found = dict.fromkeys(re.findall(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*", data))
    return b" ".join(list(found)[:_MOST_WORDS])[:_SAMPLE]


def _single_byte(words: bytes) -> Found[str]:
    texts = {encoding: text for encoding in _CANDIDATES if (text := _decoded(words, encoding)) is not None}
    scores = {encoding: _score(text) for encoding, text in texts.items()}
    ranked = sorted(scores, key=lambda encoding: -scores[encoding])
    if not ranked or scores[ranked[0]] < 0:
        return _by_statistics(words, ranked)
    best = ranked[0]
    letters = sum(byte > 0x7F for byte in words)
    rivals = [encoding for encoding in ranked[1:] if texts[encoding] != texts[best]]
    margin = scores[best] - scores[rivals[0]] if rivals else 1.0
    example = ", ".join(sorted(_WORD.findall(texts[best]), key=len, reverse=True)[:2])
    if margin < 0.05 and rivals:
        return Found(best, Confidence.GUESS, f"it would say {example}; {rivals[0]} is as good")
    sure = letters >= _MANY and margin > 0.3
    return Found(best, Confidence.SURE if sure else Confidence.LIKELY, f"it then says {example}")


def _by_statistics(words: bytes, ranked: list[str]) -> Found[str]:
    match = charset_normalizer.from_bytes(words).best()
    if match is not None:
        return Found(match.encoding, Confidence.GUESS, "by the statistics of its bytes")
    return Found(ranked[0] if ranked else "cp1252", Confidence.GUESS, "in no encoding it is sound text")


def _decoded(words: bytes, encoding: str) -> str | None:
    try:
        text = words.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if re.search("[\x80-\x9f]", text) else text


def _score(text: str) -> float:
    """From about 1, all are words, to less than 0, hardly any is."""
    words = _WORD.findall(text)
    points = [point for word in words for point in _points(word)]
    return sum(points) / len(points) if points else 0.0


def _points(word: str) -> Iterable[float]:
    """A point for each character beyond ASCII."""
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
