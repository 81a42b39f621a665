"""Where the rows of a file are in a tree, and which cannot be where they say, by the pure rules of hierarchies."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wiseparts_pipeline.importing.faults import RowCode
from wiseparts_pipeline.importing.loading.hierarchy.paths import Record, format_path, moved_paths, parse_path
from wiseparts_pipeline.importing.loading.hierarchy.tree import Resolved, Row, resolve

MANY = settings(max_examples=60, deadline=None)


def resolved(
    rows: Sequence[Row],
    stored: Mapping[str, Record] | None = None,
    *,
    gives_parent: bool = True,
    gives_name: bool = True,
) -> Resolved:
    return resolve(rows, stored or {}, gives_parent=gives_parent, gives_name=gives_name)


def rows_by_path(*paths: tuple[str, str]) -> list[Row]:
    return [Row(number, key, None, path, None) for number, (key, path) in enumerate(paths, 1)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("A", ("A",)),
        ("A > B > C", ("A", "B", "C")),
        ("  A>B  >C ", ("A", "B", "C")),
        ("Brakes, drums & discs > Pads (ceramic)", ("Brakes, drums & discs", "Pads (ceramic)")),
        ('"Bolts > M8" > "A > B"', ("Bolts > M8", "A > B")),
        ('"Bolts"', ("Bolts",)),
        ('"5"" discs" > x', ('5" discs', "x")),
        ('5" discs > 6" discs', ('5" discs', '6" discs')),
        ('"Quoted" and more > x', ('"Quoted" and more', "x")),
        ('"never closed > x', ('"never closed', "x")),
        ("A -> B", ("A -", "B")),
        ("A » B", ("A » B",)),
        ("Φρένα > Τακάκια", ("Φρένα", "Τακάκια")),
    ],
)
def test_a_path_is_names_with_greater_than_between_them(text: str, names: tuple[str, ...]) -> None:
    assert parse_path(text) == names


@pytest.mark.parametrize("text", ["", "  ", ">", "A >", "> A", "A >> B", "A > > B", '""', 'A > "" > B', '"  "'])
def test_a_path_with_a_level_without_a_name_is_invalid(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_path(text)


names = st.text(st.sampled_from(">\"' ,&;AΦ1\\"), min_size=1, max_size=6)


@given(st.lists(names.map(str.strip).filter(bool), min_size=1, max_size=5))
@example(['"', '""', '">"', "> >", '"a" b'])
def test_what_is_written_as_a_path_is_read_back(given_names: list[str]) -> None:
    assert parse_path(format_path(given_names)) == tuple(given_names)


@given(st.text(st.sampled_from('>" Aa'), max_size=12))
def test_a_path_that_is_read_and_written_means_the_same(text: str) -> None:
    try:
        path = parse_path(text)
    except ValueError:
        return
    assert parse_path(format_path(path)) == path


@dataclass(frozen=True)
class Node:
    """A node of a forest where it ought to be."""

    key: str
    name: str
    parent: str | None
    path: tuple[str, ...]

    @property
    def record(self) -> Record:
        return Record(self.parent, format_path(self.path), self.name)


@st.composite
def forests(draw: st.DrawFn) -> list[Node]:
    """Nodes whose parents come before them; siblings have different names, others may share one."""
    nodes: list[Node] = []
    for number in range(draw(st.integers(1, 14))):
        above = draw(st.sampled_from([None, *nodes]))
        name = draw(names.map(str.strip).filter(bool))
        taken = {node.name for node in nodes if node.parent == (above and above.key)}
        name = name if name not in taken else f"{name}{number}"
        nodes.append(Node(f"k{number}", name, above.key if above else None, (*(above.path if above else ()), name)))
    return nodes


FORMS: dict[str, Callable[[int, Node], Row]] = {
    "parent": lambda number, node: Row(number, node.key, node.parent, None, node.name),
    "path": lambda number, node: Row(number, node.key, None, format_path(node.path), None),
    "both": lambda number, node: Row(number, node.key, node.parent, format_path(node.path), node.name),
}
forms = st.sampled_from(sorted(FORMS))


def shuffled(nodes: Sequence[Node], form: str, random: Random) -> list[Row]:
    rows = [FORMS[form](number, node) for number, node in enumerate(nodes, 1)]
    random.shuffle(rows)
    return rows


def in_form(rows: Sequence[Row], stored: Mapping[str, Record], form: str) -> Resolved:
    return resolved(rows, stored, gives_parent=form != "path", gives_name=form != "path")


@MANY
@given(forests(), forms, st.randoms(use_true_random=False), st.data())
def test_rows_in_any_order_get_the_parent_that_they_state_by_key_or_path(
    nodes: list[Node], form: str, random: Random, data: st.DataObject
) -> None:
    """Some are stored already, each with its ancestors."""
    count = data.draw(st.integers(0, len(nodes)), "stored")
    stored = {node.key: node.record for node in nodes[:count]}
    again = data.draw(st.integers(0, count), "stored and not sent again")
    rows = shuffled(nodes, form, random)
    sent = [row for row in rows if row.number > again]
    found = in_form(sent, stored, form)
    by_number = dict(enumerate(nodes, 1))
    assert found.faults == {}
    assert found.parents == {row.number: by_number[row.number].parent for row in sent}
    assert found.names == {row.number: by_number[row.number].name for row in sent}


def below(nodes: Sequence[Node], keys: set[str]) -> set[str]:
    """The keys and all below them."""
    reached = set(keys)
    for node in nodes:
        if node.parent in reached:
            reached.add(node.key)
    return reached


@MANY
@given(forests(), forms, st.randoms(use_true_random=False), st.data())
def test_a_missing_parent_rejects_the_rows_concerned_and_everything_below_them_and_no_others(
    nodes: list[Node], form: str, random: Random, data: st.DataObject
) -> None:
    lacking = data.draw(st.sets(st.sampled_from([node.key for node in nodes])), "rows that the file lacks")
    rows = [row for row in shuffled(nodes, form, random) if row.key not in lacking]
    found = in_form(rows, {}, form)
    expected = below(nodes, lacking) - lacking
    assert {row.key for row in rows if row.number in found.faults} == expected
    assert {fault.code for fault in found.faults.values()} <= {RowCode.MISSING_PARENT}


@MANY
@given(forests(), st.sampled_from(["parent", "both"]), st.randoms(use_true_random=False), st.data())
def test_a_cycle_rejects_the_rows_concerned_and_everything_below_them_and_no_others(
    nodes: list[Node], form: str, random: Random, data: st.DataObject
) -> None:
    top = data.draw(st.sampled_from(nodes), "is its own ancestor")
    under = data.draw(st.sampled_from([node for node in nodes if node.key in below(nodes, {top.key})]), "at")
    bent = [replace(node, parent=under.key) if node is top else node for node in nodes]
    rows = shuffled(bent, form, random)
    found = in_form(rows, {}, form)
    assert {row.key for row in rows if row.number in found.faults} == below(nodes, {top.key})
    if form == "parent":
        assert {fault.code for fault in found.faults.values()} == {RowCode.CYCLE}


@MANY
@given(forests(), st.randoms(use_true_random=False), st.data())
def test_a_path_that_contradicts_the_parents_rejects_the_row_and_everything_below_it_and_no_others(
    nodes: list[Node], random: Random, data: st.DataObject
) -> None:
    wrong = data.draw(st.sampled_from(nodes), "contradicts")
    rows = shuffled(nodes, "both", random)
    path = format_path(("Nowhere at all", wrong.name))
    rows = [replace(row, path=path) if row.key == wrong.key else row for row in rows]
    found = resolved(rows)
    assert {row.key for row in rows if row.number in found.faults} == below(nodes, {wrong.key})
    code = RowCode.PATH_CONFLICT if wrong.parent else RowCode.MISSING_PARENT
    (number,) = (row.number for row in rows if row.key == wrong.key)
    assert found.faults[number].code is code


@MANY
@given(forests(), st.randoms(use_true_random=False), st.data())
def test_two_rows_of_one_path_are_rejected_with_everything_below_them(
    nodes: list[Node], random: Random, data: st.DataObject
) -> None:
    twice = data.draw(st.sampled_from(nodes), "is there twice")
    rows = shuffled([*nodes, replace(twice, key="again")], "path", random)
    found = resolved(rows, gives_parent=False, gives_name=False)
    assert {row.key for row in rows if row.number in found.faults} == {*below(nodes, {twice.key}), "again"}
    assert {fault.code for fault in found.faults.values()} == {RowCode.PATH_CONFLICT}


@MANY
@given(forests(), st.data())
def test_the_paths_below_a_moved_record_change_with_it(nodes: list[Node], data: st.DataObject) -> None:
    moved = data.draw(st.sampled_from(nodes), "moved")
    elsewhere = [node for node in nodes if node.key not in below(nodes, {moved.key})]
    above = data.draw(st.sampled_from([None, *elsewhere]), "to")
    by_key = {node.key: node for node in nodes}

    def path_of(node: Node) -> tuple[str, ...]:
        parent = (above and above.key) if node is moved else node.parent
        return (*(path_of(by_key[parent]) if parent else ()), node.name)

    now = {node.key: path_of(node) for node in nodes}
    stored = {node.key: node.record for node in nodes}
    stored[moved.key] = Record(above.key if above else None, format_path(now[moved.key]), moved.name)
    changed = moved_paths(stored)
    assert {key: changed.get(key, record.path) for key, record in stored.items()} == {
        key: format_path(path) for key, path in now.items()
    }
    assert set(changed) <= below(nodes, {moved.key})


def test_records_without_a_path_do_not_get_one() -> None:
    stored = {"a": Record(None, "A", "A"), "b": Record("a", None, "B"), "c": Record("b", "Old > B > C", "C")}
    assert moved_paths(stored) == {"c": "A > B > C"}


@pytest.mark.parametrize("form", ["parent", "path"])
def test_a_chain_may_be_a_thousand_deep(form: str) -> None:
    depth = 1000
    nodes = [
        Node(f"k{n}", f"n{n}", f"k{n - 1}" if n else None, tuple(f"n{m}" for m in range(n + 1))) for n in range(depth)
    ]
    rows = [FORMS[form](number, node) for number, node in enumerate(nodes, 1)][::-1]
    found = in_form(rows, {}, form)
    assert found.faults == {}
    assert found.parents == {number: node.parent for number, node in enumerate(nodes, 1)}
    broken = in_form(rows[:-1], {}, form)
    assert len(broken.faults) == depth - 1


def test_the_message_about_a_long_cycle_is_short() -> None:
    rows = [Row(n, f"k{n}", f"k{(n + 1) % 2000}", None, "n") for n in range(2000)]
    found = resolved(rows)
    assert len(found.faults) == 2000
    assert max(len(fault.message) for fault in found.faults.values()) < 500


def test_a_record_may_not_be_its_own_ancestor() -> None:
    found = resolved([Row(1, "a", "a", None, "A"), Row(2, "b", "a", None, "B"), Row(3, "c", None, None, "C")])
    assert {number: fault.code for number, fault in found.faults.items()} == {1: RowCode.CYCLE, 2: RowCode.CYCLE}


def test_a_cycle_may_lead_through_stored_records() -> None:
    stored = {"a": Record(None, None, "A"), "b": Record("a", None, "B"), "c": Record("b", None, "C")}
    found = resolved([Row(1, "a", "c", None, "A"), Row(2, "d", "b", None, "D"), Row(3, "e", None, None, "E")], stored)
    assert set(found.faults) == {1}
    assert "c" in found.faults[1].message


def test_messages_say_what_is_wrong_and_what_to_do() -> None:
    found = resolved(
        rows_by_path(("q", "Q > Z"), ("r", "Q > Z > R"), ("s", "S >")), gives_parent=False, gives_name=False
    )
    assert {number: fault.message for number, fault in found.faults.items()} == {
        1: "There is no record with the path 'Q', neither in the file nor stored. Send it, then this row again.",
        2: "Its parent, q in row 1, is rejected. Correct it, then send both.",
        3: "path: 'S >' has a level without a name. Write it like Car parts > Brakes > Brake pads.",
    }


def test_an_empty_parent_cell_means_a_root_and_without_a_parent_column_the_stored_parent_stays() -> None:
    stored = {"a": Record(None, None, "A"), "b": Record("a", None, "B")}
    row = Row(1, "b", None, None, "B")
    assert resolved([row], stored).parents == {1: None}
    assert resolved([row], stored, gives_parent=False).parents == {1: "a"}


def test_a_path_gives_the_name_where_the_file_does_not() -> None:
    stored = {"a": Record(None, "A", "A"), "b": Record("a", "A > B", "Bee")}
    rows = rows_by_path(("a", "A2"), ("b", "A2 > B2"), ("c", "A2 > C"))
    found = resolved(rows, stored, gives_parent=False, gives_name=False)
    # A stored name that is not the last of the path was chosen deliberately.
    assert found.names == {1: "A2", 2: "Bee", 3: "C"}
