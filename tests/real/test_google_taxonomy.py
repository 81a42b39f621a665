"""Google's product taxonomy, as categories that are given only by their paths."""

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.dbt.building import Dbt
from tests.real.harness import DATA, Harness

DATA_SET = "google_taxonomy"
FILE = "taxonomy-with-ids.en-US.txt"

FACTS = {
    "categories at the top": "count(*) from raw.categories where parent_category_id is null",
    "categories at the seventh level, the lowest": "count(*) from raw.categories where path like '%>%>%>%>%>%>%'",
    "names with a comma": "count(*) from raw.categories where name like '%,%'",
    "names with an &": "count(*) from raw.categories where name like '%&%'",
}

Category = tuple[str, str | None, str, str]


@pytest.fixture(scope="module")
def taxonomy(harness: Harness) -> Harness:
    """The taxonomy imported once."""
    harness.drop("Taxonomy", [DATA / DATA_SET / FILE])
    harness.import_all()
    return harness


def lines() -> list[str]:
    comment, *lines = (DATA / DATA_SET / FILE).read_text(encoding="utf-8").splitlines()
    assert comment.startswith("#")
    return lines


def categories() -> set[Category]:
    """Key, parent key, name and path of each category, derived only from the text of the paths."""
    keys = {path: key for key, path in (line.split(" - ", 1) for line in lines())}
    return {
        (key, keys[path.rpartition(" > ")[0]] if " > " in path else None, path.split(" > ")[-1], path)
        for path, key in keys.items()
    }


def stored(harness: Harness) -> set[Category]:
    return set(harness.query("select category_id, parent_category_id, name, path from raw.categories"))


def test_every_category_is_loaded(taxonomy: Harness) -> None:
    taxonomy.assert_accounted_for({FILE: 5595})
    assert taxonomy.rejected() == []


def test_each_category_has_the_parent_in_its_path(taxonomy: Harness) -> None:
    assert stored(taxonomy) == categories()


def test_the_levels_equal_the_file(taxonomy: Harness) -> None:
    levels = taxonomy.query(
        """
        with recursive walk as (
            select category_id, 1 as level from raw.categories where parent_category_id is null
            union all
            select below.category_id, level + 1
            from walk join raw.categories as below on below.parent_category_id = walk.category_id
        )
        select level, count(*) from walk group by level
        """
    )
    assert dict(levels) == Counter(line.count(" > ") + 1 for line in lines())
    assert max(dict(levels)) == 7


def test_the_taxonomy_as_brand_families_has_its_paths_levels_and_ancestors(taxonomy: Harness, dbt_target: Path) -> None:
    with taxonomy.warehouse.connect() as connection:
        connection.execute(
            """
            insert into raw.brand_families (family_id, name, parent_family_id, _source, _file_id, _row_number)
            select category_id, name, parent_category_id, _source, _file_id, _row_number from raw.categories
            """
        )
    Dbt(taxonomy.warehouse, dbt_target).build("--select", "+dim_brand_families")

    families = taxonomy.query(
        """
        select family_key, path, level, level_1_family_name, level_2_family_name, level_7_family_name, is_leaf
        from marts.dim_brand_families where not is_unknown
        """
    )
    paths = {key: path for key, _, _, path in categories()}
    above = {path.rpartition(" > ")[0] for path in paths.values()}
    expected = set()
    for key, path in paths.items():
        names = path.split(" > ")
        by_level = [*names, *[names[-1]] * 6]
        expected.add((key, path, len(names), by_level[0], by_level[1], by_level[6], path not in above))
    assert set(families) == expected
    assert taxonomy.query("select count(*) from marts.bridge_brand_families") == [
        (sum(path.count(" > ") + 1 for path in paths.values()) + 1,)
    ]


def test_commas_and_ampersands_are_part_of_a_name(taxonomy: Harness) -> None:
    names = taxonomy.query("select name from raw.categories where category_id in ('2', '5710')")
    assert {name for (name,) in names} == {category[2] for category in categories() if category[0] in ("2", "5710")}
    assert any("," in name and "&" in name for _, _, name, _ in stored(taxonomy))


def test_the_page_shows_the_outcome_of_the_rows(taxonomy: Harness) -> None:
    taxonomy.assert_page_shows(FACTS)


@pytest.mark.parametrize("order", [lambda rows: rows.reverse(), random.Random(7).shuffle], ids=["reversed", "shuffled"])
def test_rows_in_another_order_give_the_same_categories(
    taxonomy: Harness, tmp_path: Path, order: Callable[[list[str]], None]
) -> None:
    rows = lines()
    order(rows)
    file = tmp_path / "taxonomy-with-ids.other.txt"
    file.write_text("\n".join(["# other", *rows]), encoding="utf-8")
    with taxonomy.warehouse.connect() as connection:
        connection.execute("truncate raw.categories")

    taxonomy.drop("Taxonomy", [file])
    taxonomy.run("categories")

    assert stored(taxonomy) == categories()


def test_rows_in_another_order_change_nothing_that_is_stored(taxonomy: Harness, tmp_path: Path) -> None:
    file = tmp_path / "taxonomy-with-ids.again.txt"
    file.write_text("\n".join(["# again", *reversed(lines())]), encoding="utf-8")

    taxonomy.drop("Taxonomy", [file])
    (done,) = taxonomy.run("categories").files

    assert (done.file.rows_unchanged, done.file.rows_created, done.file.rows_updated) == (5595, 0, 0)
