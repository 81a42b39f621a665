"""Changes inputs as text: libFuzzer's own changes of bytes seldom leave what was tried as a row, a tag or a number."""

from collections.abc import Callable, Sequence
from random import Random

from tests.fuzzing.given import CHOICES
from tests.fuzzing.target import tokens

_MOST_TIMES = 64
_LONGEST_PIECE = 200
# Of every format.
_TOKENS: tuple[bytes, ...] = (
    *tokens(
        "\n", "\r\n", "\r", "\t", " ", ",", ";", "|", '"', "'", '""', "\\", "\0", "\x1a", "\ufeff", "\u00a0", "\u200b",
        "\u2028", "\x85", "\x1c", "é", "e\u0301", "Ω", "€", "漢", "😀", "İ", "ß", "٣", "０", "-", "+", "0", "1", "9",
        "00", "1e999", "-0", "NaN", "99999999999999999999", "1,5", "1.5", "2025-01-31", "NULL", "=1+1", "#", "_row",
        "\U0010feff", "\U0010ffff", "\U0010fe03\U0010fe04\U0010fe03", "\U0010fe02", "\U0010fe0a", "\U0010fe1f",
    ),
    *(b"\xff", b"\x80", b"\xc3", b"\xe2\x80", b"\xed\xa0\x80", b"\xff\xfe"),
)  # fmt: skip

Mutate = Callable[[bytes, int], bytes]


def mutated(data: bytes, longest: int, seed: int, of_target: Sequence[bytes], mutate: Mutate) -> bytes:
    """The input with a few changes. `of_target`: its tokens; `mutate`: libFuzzer's own changes."""
    random = Random(seed)
    head, content = bytearray(data[:CHOICES].ljust(CHOICES, b"\0")), data[CHOICES:]
    if random.random() < 0.3:
        head[random.randrange(CHOICES)] = random.randrange(256)
        if random.random() < 0.5:
            return bytes(head) + content
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        content = _changed(content, random, of_target, mutate, longest - CHOICES)
    return (bytes(head) + content)[:longest]


def _changed(content: bytes, random: Random, of_target: Sequence[bytes], mutate: Mutate, longest: int) -> bytes:
    start, end = _piece(content, random)
    match random.randrange(8):
        case 0 | 1:
            token = random.choice(of_target if of_target and random.random() < 0.6 else _TOKENS)
            return content[:start] + token + content[start:]
        case 2:
            token = random.choice(of_target if of_target and random.random() < 0.6 else _TOKENS)
            return content[:start] + token + content[end:]
        case 3:
            return content[:start] + content[end:]
        case 4:
            return content[:end] + content[start:end] * random.choice((1, 1, 2, _MOST_TIMES)) + content[end:]
        case 5:
            lines = content.split(b"\n")
            one, other = random.randrange(len(lines)), random.randrange(len(lines))
            lines[one], lines[other] = lines[other], lines[one]
            return b"\n".join(lines)
        case 6:
            at = random.randrange(len(content) + 1)
            return content[:at] + content[start:end] + content[at:]
    return mutate(content, longest) if content else b"a"


def _piece(content: bytes, random: Random) -> tuple[int, int]:
    """A random part of the content: any bytes, a line, or a cell."""
    start = random.randrange(len(content) + 1)
    kind = random.randrange(3)
    if kind == 0:
        return start, min(len(content), start + random.randrange(min(_LONGEST_PIECE, len(content) + 1)))
    ends = (b"\n",) if kind == 1 else (b"\n", b",", b";", b"|", b"\t", b" ", b"<", b">")
    before = max(content.rfind(each, 0, start) for each in ends) + 1
    behind = min((at for each in ends if (at := content.find(each, start)) >= 0), default=len(content))
    return before, behind
