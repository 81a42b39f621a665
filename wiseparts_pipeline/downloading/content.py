"""What a file is, by how it begins: neither its name nor what the server calls it counts."""

from dataclasses import dataclass

# As much as tells what a file is.
FIRST_BYTES = 16


@dataclass(frozen=True)
class Content:
    """A kind of file: what it is for, its media type, and the end of its name."""

    kind: str
    media_type: str
    ending: str


_JPEG = Content("image", "image/jpeg", "jpg")
_PNG = Content("image", "image/png", "png")
_GIF = Content("image", "image/gif", "gif")
_WEBP = Content("image", "image/webp", "webp")
_PDF = Content("datasheet", "application/pdf", "pdf")


def content_of(first: bytes) -> Content | None:
    """What begins with these FIRST_BYTES; None for what is not downloaded, such as pages, or SVG with scripts."""
    if first.startswith(b"\xff\xd8\xff"):
        return _JPEG
    if first.startswith(b"\x89PNG\r\n\x1a\n"):
        return _PNG
    if first.startswith((b"GIF87a", b"GIF89a")):
        return _GIF
    if first[:4] == b"RIFF" and first[8:12] == b"WEBP":
        return _WEBP
    if first.startswith(b"%PDF-"):
        return _PDF
    return None
