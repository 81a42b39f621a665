"""The encoding of a file is the one in which it reads best."""

import pytest

from wiseparts_pipeline.profiling.finding import Confidence
from wiseparts_pipeline.profiling.layout.encoding import find_encoding, is_misread_utf8

TEXTS = {
    "Greek": "ΚΩΔΙΚΟΣ;ΠΕΡΙΓΡΑΦΗ;ΤΙΜΗ\n001;Τακάκια φρένων;12,50\n002;Άξονας τροχού;3,20\n003;Έμβολο;7\n",
    "Greek capitals": "ΚΩΔΙΚΟΣ;ΠΕΡΙΓΡΑΦΗ1;ΤΙΜΗ1\n001;ABC;12,50\n",
    "German": "Nr;Straße;Größe\n1;Müllerweg;Übergröße\n2;Gäßchen;Köln\n",
    "one German word": "Nr;Name\n1;Müller\n",
    "Swedish": "Kundnr;Företag;Ort\n1;Åkerö Måleri;Göteborg\n2;Bröderna;Växjö\n",
    "French": "Référence;Échéance;N° facture\n1;été;reçu à Noël\n",
    "Dutch": "Naam;Plaats\nCoördinatie;België\nreünie;Curaçao\n",
    "Spanish": "Año;Señor\n1;Muñoz\n",
    "Polish": "Nazwa;Ilość\n1;Łódź\n2;Wrocław źdźbło\n",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *((text, encoding) for text in ("Greek", "Greek capitals") for encoding in ("cp1253", "iso-8859-7", "cp737")),
        *(
            (text, encoding)
            for text in ("German", "one German word", "Swedish", "French", "Dutch", "Spanish")
            for encoding in ("cp1252", "iso-8859-1", "iso-8859-15", "cp850")
        ),
        *(("Polish", encoding) for encoding in ("cp1250", "iso-8859-2")),
        *((text, encoding) for text in TEXTS for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le")),
    ],
)
def test_the_encoding_that_a_file_was_written_in_is_found(text: str, encoding: str) -> None:
    data = TEXTS[text].encode(encoding)

    assert data.decode(find_encoding(data).value).removeprefix("\ufeff") == TEXTS[text]


def test_the_euro_sign_distinguishes_latin_9_and_windows_from_latin_1() -> None:
    text = "Straße;5 €\nGröße;7 €\n"

    assert find_encoding(text.encode("iso-8859-15")).value == "iso-8859-15"
    assert find_encoding(text.encode("cp1252")).value == "cp1252"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_proof(encoding: str) -> None:
    assert find_encoding("a;b\n".encode(encoding)).confidence is Confidence.SURE


def test_ascii_with_an_unread_rest_is_not_proof() -> None:
    assert find_encoding(b"a;b\n", complete=True).confidence is Confidence.SURE
    assert find_encoding(b"a;b\n", complete=False).confidence is Confidence.LIKELY


def test_utf_8_cut_off_within_a_character_is_utf_8() -> None:
    assert find_encoding("Größe Müller".encode()[:-5], complete=False).value == "utf-8"


def test_an_equally_good_encoding_is_mentioned() -> None:
    found = find_encoding("Ποσό;Ημερομηνία\n".encode("cp1253"))

    assert found.value == "cp1253"
    assert "it then reads as Ημερομηνία" in found.why


def test_utf_8_that_was_read_as_latin_1_is_recognised() -> None:
    assert is_misread_utf8("SÃ¡nchez")
    assert not is_misread_utf8("Sánchez Åsa")
