"""A list is split where its separators surely are, never inside an address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiseparts_pipeline.importing.validation.conversion.splitting import split_list

A = "https://img.example/w_600,h_600/a.jpg"
B = "https://img.example/b;v=1,2.png"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (A, [A]), (f"{A}, {B}", [A, B]), (f"{A},{B}", [A, B]), (f"{A};{B}", [A, B]), (f"{A} | {B}", [A, B]),
        (f"{A} {B}", [A, B]), (f"{A}\n{B}", [A, B]), (f"{A},", [A]), (f"{A};", [A]), (f"{B}, {B}", [B, B]),
        (f"{A}|photo.jpg", [A, "photo.jpg"]),
        (f"{A}, photo.jpg", None), (f"photo.jpg, {A}", None), (f"{A}; {B}, photo.jpg", [A, f"{B}, photo.jpg"]),
        ("a,b|c", ["a,b", "c"]), ("A; B;", ["A", "B"]), ("A, B", ["A", "B"]), ("A B", ["A B"]),
    ],
)  # fmt: skip
def test_the_first_usual_separator_that_separates_is_the_separator(text: str, expected: list[str] | None) -> None:
    assert split_list(text) == expected


@pytest.mark.parametrize(
    ("text", "separator", "expected"),
    [
        ("A,B|C", "|", ["A,B", "C"]), ("A,B|C", ",", ["A", "B|C"]), ("A/B", "/", ["A", "B"]),
        ("A\nB", "\n", ["A", "B"]),
        (f"{A},{B}", ",", [A, B]), (f"{A}, photo.jpg", ",", [A, "photo.jpg"]), (A, ",", [A]),
        (f"{A}, {B}", ", ", [A, B]), (f"{B};{A}", ";", [B, A]), (f"{A} {B}", " ", [A, B]),
        (f"{A}##{B}", "##", [A, B]),
    ],
)  # fmt: skip
def test_a_stated_separator_splits_but_where_it_is_part_of_an_address(
    text: str, separator: str, expected: list[str]
) -> None:
    assert split_list(text, separator) == expected


PATHS = st.text("abc019_.-/,;=", min_size=1, max_size=8).filter(lambda path: path[-1] not in ",;")


@given(st.lists(PATHS, min_size=1, max_size=4), st.sampled_from(["|", ";", ",", ", ", "; ", " | "]))
def test_addresses_are_read_back_whatever_separates_them(paths: list[str], separator: str) -> None:
    addresses = [f"https://media.example/{path}" for path in paths]
    assert split_list(separator.join(addresses)) == addresses
    assert split_list(separator.join(addresses), separator.strip()) == addresses
