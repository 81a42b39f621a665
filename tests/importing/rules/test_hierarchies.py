"""Hierarchies: brand families and categories in the tables, over several files."""

import pytest

from tests.importing.drop import counts
from tests.importing.rules.imports import Imports

FAMILIES = "family_id,name,parent_family_id"
CATEGORIES = "category_id,path"


def tree(imports: Imports, entity: str) -> list[tuple[str, str | None, str | None, str | None]]:
    key = "family_id" if entity == "brand_families" else "category_id"
    return imports.stored(entity, key, f"parent_{key}", "path", "name")


@pytest.mark.parametrize("entity", ["brand_families", "categories"])
def test_given_by_parent_in_any_order(imports: Imports, entity: str) -> None:
    key = "family_id" if entity == "brand_families" else "category_id"
    found = imports(entity, 1, f"{key},name,parent_{key}", "c,C,b", "b,B,a", "a,A,")
    assert counts(found) == {"read": 3, "created": 3}
    assert tree(imports, entity) == [("a", None, None, "A"), ("b", "a", None, "B"), ("c", "b", None, "C")]


@pytest.mark.parametrize("entity", ["brand_families", "categories"])
def test_given_by_path_in_any_order(imports: Imports, entity: str) -> None:
    key = "family_id" if entity == "brand_families" else "category_id"
    found = imports(entity, 1, f"{key},path", "c,A > B > C", "b,A>B", "a,A")
    assert counts(found) == {"read": 3, "created": 3}
    assert [row[:2] for row in tree(imports, entity)] == [("a", None), ("b", "a"), ("c", "b")]
    assert [row[3] for row in tree(imports, entity)] == ["A", "B", "C"]


def test_a_category_needs_a_path_or_a_name(imports: Imports) -> None:
    found = imports("categories", 1, "category_id,path,name,parent_category_id", "a,,A,", "b,,,a", "c,C,,", "d,A > D,,")
    assert counts(found) == {"read": 4, "created": 3, "rejected": 1}
    assert imports.entries("key", "column_name", "code") == [("b", "name", "missing_required")]
    assert tree(imports, "categories")[2] == ("d", "a", "A > D", "D")


def test_given_by_both(imports: Imports) -> None:
    found = imports(
        "categories", 1, "category_id,path,name,parent_category_id", "b,A > B,Bee,a", "a,A,Ay,", "c,A > B > C,,b"
    )
    assert counts(found) == {"read": 3, "created": 3}
    assert [row[:2] + row[3:] for row in tree(imports, "categories")] == [
        ("a", None, "Ay"),
        ("b", "a", "Bee"),
        ("c", "b", "C"),
    ]


def test_the_parent_may_be_in_the_file_or_already_loaded(imports: Imports) -> None:
    imports("categories", 1, CATEGORIES, "a,A", "b,A > B")
    found = imports("categories", 2, CATEGORIES, "d,A > B > C > D", "c,A > B > C")
    assert counts(found) == {"read": 2, "created": 2}
    imports("brand_families", 1, FAMILIES, "a,A,")
    assert counts(imports("brand_families", 2, FAMILIES, "c,C,b", "b,B,a")) == {"read": 2, "created": 2}


def test_a_path_finds_parents_that_were_given_by_their_keys(imports: Imports) -> None:
    imports("brand_families", 1, FAMILIES, "a,A,", "b,B,a")
    found = imports("brand_families", 2, "family_id,path", "c,A > B > C")
    assert counts(found) == {"read": 1, "created": 1}
    assert tree(imports, "brand_families")[2][:2] == ("c", "b")


def test_missing_parents_cycles_and_conflicts_reject_the_rows_concerned_and_no_others(imports: Imports) -> None:
    found = imports(
        "brand_families",
        1,
        "family_id,name,parent_family_id,path",
        "ok,OK,,",
        "ok2,OK2,ok,",
        "m1,M1,nowhere,",
        "m2,M2,m1,",
        "y1,Y1,y2,",
        "y2,Y2,y1,",
        "y3,Y3,y2,",
        "p1,P1,,Same",
        "p2,P2,,Same",
        "p3,P3,p2,",
        "x1,X1,ok,Other > X1",
    )
    assert counts(found) == {"read": 11, "created": 2, "rejected": 9}
    assert imports.entries("row_number", "key", "column_name", "code") == [
        (3, "m1", "parent_family_id", "missing_parent"),
        (4, "m2", "parent_family_id", "missing_parent"),
        (5, "y1", "parent_family_id", "cycle"),
        (6, "y2", "parent_family_id", "cycle"),
        (7, "y3", "parent_family_id", "cycle"),
        (8, "p1", "path", "path_conflict"),
        (9, "p2", "path", "path_conflict"),
        (10, "p3", "path", "path_conflict"),
        (11, "x1", "path", "path_conflict"),
    ]


def test_a_parent_that_is_rejected_for_something_else_is_missing(imports: Imports) -> None:
    header = f"{FAMILIES},sort_order"
    found = imports("brand_families", 1, header, "a,A,,x", "b,B,a,1", "c,C,,1", "d,D,c,1", "d,D2,c,1", "e,E,d,1")
    assert counts(found) == {"read": 6, "created": 1, "rejected": 5}
    assert sorted(imports.entries("row_number", "code")) == [
        (1, "not_a_number"),
        (2, "missing_parent"),
        (4, "duplicate_in_file"),
        (5, "duplicate_in_file"),
        (6, "missing_parent"),
    ]


def test_rejected_rows_are_loaded_once_the_parent_has_arrived(imports: Imports) -> None:
    imports("categories", 1, CATEGORIES, "b,A > B", "c,A > B > C")
    assert imports.counts() == [{"read": 2, "rejected": 2}]
    found = imports("categories", 2, CATEGORIES, "a,A", "b,A > B", "c,A > B > C")
    assert counts(found) == {"read": 3, "created": 3}
    assert imports.entries("status") == [("resolved",)] * 2


def test_a_deleted_record_is_not_a_parent(imports: Imports) -> None:
    imports("brand_families", 1, FAMILIES, "a,A,")
    imports.drop.execute("update raw.brand_families set _deleted_at = now()")
    assert counts(imports("brand_families", 2, FAMILIES, "b,B,a")) == {"read": 1, "rejected": 1}
    assert counts(imports("brand_families", 3, FAMILIES, "b,B,a", "a,A,")) == {"read": 2, "created": 1, "updated": 1}


def test_a_cycle_over_two_files_is_found(imports: Imports) -> None:
    imports("brand_families", 1, FAMILIES, "a,A,", "b,B,a", "c,C,b")
    found = imports("brand_families", 2, FAMILIES, "a,A,c", "d,D,b")
    assert counts(found) == {"read": 2, "created": 1, "rejected": 1}
    assert imports.entries("key", "code") == [("a", "cycle")]


def test_a_subtree_moves_by_path(imports: Imports) -> None:
    imports("categories", 1, CATEGORIES, "a,A", "b,A > B", "c,A > B > C", "x,X")
    found = imports("categories", 2, CATEGORIES, "b,X > B")
    assert counts(found) == {"read": 1, "updated": 1}
    assert tree(imports, "categories") == [
        ("a", None, "A", "A"),
        ("b", "x", "X > B", "B"),
        ("c", "b", "X > B > C", "C"),
        ("x", None, "X", "X"),
    ]
    assert counts(imports("categories", 3, CATEGORIES, "c,X > B > C", "b,X > B")) == {"read": 2, "unchanged": 2}


def test_a_subtree_moves_by_parent(imports: Imports) -> None:
    header = "family_id,name,parent_family_id,path"
    imports("brand_families", 1, header, "a,A,,A", "b,B,a,A > B", "c,C,b,A > B > C", "x,X,,X")
    found = imports("brand_families", 2, FAMILIES, "b,B,x")
    assert counts(found) == {"read": 1, "updated": 1}
    assert [row[:3] for row in tree(imports, "brand_families")] == [
        ("a", None, "A"),
        ("b", "x", "X > B"),
        ("c", "b", "X > B > C"),
        ("x", None, "X"),
    ]


def test_a_subtree_becomes_a_separate_tree(imports: Imports) -> None:
    imports("brand_families", 1, FAMILIES, "a,A,", "b,B,a", "c,C,b")
    imports("brand_families", 2, FAMILIES, "b,B,")
    assert [row[:2] for row in tree(imports, "brand_families")] == [("a", None), ("b", None), ("c", "b")]
    imports("categories", 1, CATEGORIES, "a,A", "b,A > B", "c,A > B > C")
    imports("categories", 2, CATEGORIES, "b,B")
    assert [row[:3] for row in tree(imports, "categories")] == [("a", None, "A"), ("b", None, "B"), ("c", "b", "B > C")]


def test_a_parent_and_its_child_change_places(imports: Imports) -> None:
    imports("brand_families", 1, FAMILIES, "a,A,", "b,B,a", "c,C,b")
    found = imports("brand_families", 2, FAMILIES, "a,A,b", "b,B,")
    assert counts(found) == {"read": 2, "updated": 2}
    assert [row[:2] for row in tree(imports, "brand_families")] == [("a", "b"), ("b", None), ("c", "b")]


def test_renaming_a_node_changes_the_paths_below_it(imports: Imports) -> None:
    imports("categories", 1, CATEGORIES, "a,A", "b,A > B", "c,A > B > C")
    imports("categories", 2, CATEGORIES, "a,Alpha")
    assert [row[2:] for row in tree(imports, "categories")] == [
        ("Alpha", "Alpha"),
        ("Alpha > B", "B"),
        ("Alpha > B > C", "C"),
    ]
    assert counts(imports("categories", 3, CATEGORIES, "d,Alpha > B > D")) == {"read": 1, "created": 1}


def test_a_key_changed_by_system_id_is_cascaded_to_the_records_below(imports: Imports) -> None:
    imports("brand_families", 1, FAMILIES, "a,A,", "b,B,a", "c,C,b")
    top = imports.system_ids("brand_families")["a"]
    imports("brand_families", 2, "system_id,family_id", f"{top},a2")
    assert [row[:2] for row in tree(imports, "brand_families")] == [("a2", None), ("b", "a2"), ("c", "b")]
    assert counts(imports("brand_families", 3, FAMILIES, "b,B,a2", "d,D,a2")) == {
        "read": 2,
        "created": 1,
        "unchanged": 1,
    }


@pytest.mark.parametrize(
    "name", ["Brakes, drums & discs", "Bolts > M8", '5" discs', '"Best" choice', "a>b>c", "Ω & > , \" '"]
)
def test_names_may_have_commas_ampersands_and_greater_than_signs_in_quotes(imports: Imports, name: str) -> None:
    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    def level(text: str) -> str:
        return cell(text) if ">" in text or text.startswith('"') else text

    paths = [level(name), f"{level(name)} > {level(name)}", f"{level(name)} > {level(name)} > End"]
    rows = [f"k{number},{cell(path)}" for number, path in enumerate(paths)]
    found = imports("categories", 1, CATEGORIES, *reversed(rows))
    assert counts(found) == {"read": 3, "created": 3}
    stored = tree(imports, "categories")
    assert [row[:2] for row in stored] == [("k0", None), ("k1", "k0"), ("k2", "k1")]
    assert [row[3] for row in stored] == [name, name, "End"]
    assert counts(imports("categories", 2, CATEGORIES, *rows)) == {"read": 3, "unchanged": 3}


@pytest.mark.parametrize("path", [">", "A >", "A > > B", '"" > A'])
def test_a_path_with_a_level_without_a_name_is_in_bad_format(imports: Imports, path: str) -> None:
    quoted = path.replace('"', '""')
    found = imports("categories", 1, CATEGORIES, "a,A", f'x,"{quoted}"')
    assert counts(found) == {"read": 2, "created": 1, "rejected": 1}
    assert imports.entries("column_name", "code", "value") == [("path", "bad_format", path)]


def test_a_chain_may_be_a_thousand_deep(imports: Imports) -> None:
    rows = [f"f{n},N{n},{f'f{n - 1}' if n else ''}" for n in range(1000)]
    assert counts(imports("brand_families", 1, FAMILIES, *reversed(rows))) == {"read": 1000, "created": 1000}
    found = imports("brand_families", 2, FAMILIES, "f1,N1,", *rows[2:])
    assert counts(found) == {"read": 999, "updated": 1, "unchanged": 998}


def test_a_whole_chain_without_its_root_is_rejected(imports: Imports) -> None:
    rows = [f"f{n},N{n},f{n - 1}" for n in range(1, 1000)]
    found = imports("brand_families", 1, FAMILIES, *rows, "z,Z,", force=True)
    assert counts(found) == {"read": 1000, "created": 1, "rejected": 999}


def test_an_update_of_other_columns_moves_nothing(imports: Imports) -> None:
    imports("brand_families", 1, FAMILIES, "a,A,", "b,B,a")
    found = imports("brand_families", 2, "family_id,sort_order", "b,1")
    assert counts(found) == {"read": 1, "updated": 1}
    assert tree(imports, "brand_families")[1][:2] == ("b", "a")


def test_the_last_name_of_a_path_does_not_replace_a_name_that_was_given(imports: Imports) -> None:
    imports("categories", 1, "category_id,path,name", "a,A,Alpha", "b,A > B,")
    imports("categories", 2, CATEGORIES, "a,A", "b,A > B")
    assert [row[3] for row in tree(imports, "categories")] == ["Alpha", "B"]


def test_a_snapshot_of_a_hierarchy_deletes_what_it_lacks(imports: Imports) -> None:
    rows = [f"k{n},A{n}" for n in range(5)]
    imports("categories", 1, CATEGORIES, *rows, "below,A0 > B", mode="snapshot")
    found = imports("categories", 2, CATEGORIES, *rows, mode="snapshot")
    assert (found.file.rows_deleted, len(tree(imports, "categories"))) == (1, 5)


def test_append_adds_new_nodes_and_leaves_the_others_where_they_are(imports: Imports) -> None:
    imports("brand_families", 1, FAMILIES, "a,A,", "b,B,a")
    found = imports("brand_families", 2, FAMILIES, "a,A,b", "b,B,", "c,C,b", mode="append")
    assert counts(found) == {"read": 3, "created": 1, "unchanged": 2}
    assert [row[:2] for row in tree(imports, "brand_families")] == [("a", None), ("b", "a"), ("c", "b")]


@pytest.mark.parametrize("duplicates", ["first", "last"])
def test_of_two_rows_of_a_key_only_the_one_that_is_loaded_is_in_the_tree(imports: Imports, duplicates: str) -> None:
    found = imports("brand_families", 1, FAMILIES, "a,A,", "b,B,a", "b,B2,nowhere", "c,C,b", duplicates=duplicates)
    if duplicates == "first":
        assert counts(found) == {"read": 4, "created": 3, "superseded": 1}
    else:
        assert counts(found) == {"read": 4, "created": 1, "superseded": 1, "rejected": 2}
