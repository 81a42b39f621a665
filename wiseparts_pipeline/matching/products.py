"""Pairs of products, by their EAN, then by manufacturer and the manufacturer's number, and last by name."""

from collections.abc import Iterator
from typing import LiteralString

from rapidfuzz import fuzz

from wiseparts_pipeline.matching.kinds import Kind
from wiseparts_pipeline.matching.normalising import (
    company_key,
    company_words,
    gtin,
    part_number,
    part_number_groups,
    words,
)
from wiseparts_pipeline.matching.workspace import collect_statistics, fill
from wiseparts_pipeline.warehouse import Connection

# A word in more names of a manufacturer's products than that tells nothing.
_COMMON_WORD = 100
# How many of their names are compared with each of ours.
_CANDIDATES = 8
# Of 100, below which two names are not proposed.
SCORE_OF_PRODUCTS = 82
_ROWS_AT_A_TIME = 20_000

_THEIRS = f"""
    insert into ops.matching_theirs
    select puid, product.name, makers.maker, makers.maker_word, {gtin("ean")},
        {part_number("manufacturer_sku")}, {part_number_groups("manufacturer_sku")}
    from raw.supplier_products as product
    left join ops.matching_makers as makers
        on side = 'theirs' and makers.id = coalesce(manufacturer_id, manufacturer_name)
    where product._deleted_at is null
"""  # noqa: S608 (expressions of this package)
# Where ours has no number of the manufacturer, our own may be it.
_OURS = f"""
    insert into ops.matching_ours
    select product_id, product.name, makers.maker, makers.maker_word, {gtin("barcode")},
        {part_number("coalesce(manufacturer_sku, sku)")}, {part_number_groups("coalesce(manufacturer_sku, sku)")},
        manufacturer_sku is null
    from raw.products as product
    left join ops.matching_makers as makers on side = 'ours' and makers.id = product.brand
    where product._deleted_at is null and product_id is not null
"""  # noqa: S608
_BRANDS = "select distinct brand from raw.products where brand is not null and _deleted_at is null"
# A product may come before its manufacturer, or without the key of one.
_MANUFACTURERS = """
    select distinct on (id) id, name, short_name from (
        select manufacturer_id as id, name, short_name, 1 as place from raw.manufacturers where _deleted_at is null
        union
        select coalesce(manufacturer_id, manufacturer_name), manufacturer_name, null, 2 from raw.supplier_products
        where _deleted_at is null
    ) as named
    where id is not null
    order by id, place, name
"""
_BY_EAN: LiteralString = """
    insert into ops.matching_found
    select theirs.id, ours.id, 'ean', 100,
        case
            when theirs.maker <> ours.maker and theirs.maker_word <> ours.maker_word then 'manufacturer_differs'
            when theirs.maker = ours.maker and theirs.part_number <> ours.part_number and not ours.is_own_number
                then 'manufacturer_sku_differs'
        end
    from ops.matching_theirs as theirs join ops.matching_ours as ours using (gtin)
"""
# A number of less than four characters may be a typing error of many another.
_BY_NUMBER: LiteralString = """
    insert into ops.matching_found
    select theirs.id, ours.id, 'manufacturer_sku', case when ours.is_own_number then 90 else 100 end,
        case
            when theirs.gtin <> ours.gtin then 'ean_differs'
            when ours.is_own_number then 'our_number'
            when length(ours.part_number) < 4 then 'short_number'
            when theirs.part_groups <> ours.part_groups
                and theirs.part_groups like '%-%' and ours.part_groups like '%-%' then 'number_parted_differently'
        end
    from ops.matching_theirs as theirs join ops.matching_ours as ours using (maker, part_number)
    where not exists (
        select from ops.matching_found as found where found.theirs = theirs.id and found.ours = ours.id
    )
"""
# Those whose names are worth a comparison: nothing says what they are, and they share words that few products have.
_TO_COMPARE: LiteralString = """
    with theirs as (
        select row_number() over () as number, id, name, coalesce(maker, '') as maker, gtin, part_number
        from ops.matching_theirs as theirs
        where name is not null and not exists (select from ops.matching_found as found where found.theirs = theirs.id)
    ),
    ours as (
        -- An EAN of another manufacturer's product is most likely wrong.
        select row_number() over () as number, id, name, coalesce(maker, '') as maker, part_number, is_own_number,
            case when id not in (select ours from ops.matching_found) then gtin end as gtin
        from ops.matching_ours as ours
        where name is not null and not exists (
            select from ops.matching_found as found
            where found.ours = ours.id and found.doubt is distinct from 'manufacturer_differs'
        )
    ),
    their_words as (
        select distinct number, maker, word from theirs, regexp_split_to_table(lower(name), '[^[:alnum:]]+') as word
        where word <> ''
    ),
    telling as (
        select maker, word, array_agg(number) as numbers, 1.0 / count(*) as weight
        from their_words group by maker, word having count(*) <= %(common)s
    ),
    our_words as (
        select distinct number, maker, word from ours, regexp_split_to_table(lower(name), '[^[:alnum:]]+') as word
    ),
    candidates as (
        select our_words.number as ours, candidate as theirs, sum(weight) as weight
        from our_words join telling using (maker, word), unnest(numbers) as candidate
        group by our_words.number, candidate
    ),
    best as (
        select ours, theirs, row_number() over (partition by ours order by weight desc, theirs) as place from candidates
    )
    select theirs.id, ours.id, theirs.name, ours.name
    from best join theirs on theirs.number = best.theirs join ours on ours.number = best.ours
    where
        place <= %(candidates)s
        and (theirs.gtin = ours.gtin) is not false
        and (ours.is_own_number or theirs.part_number = ours.part_number) is not false
"""


def find_products(connection: Connection) -> None:
    """Fills `matching_found`."""
    fill(connection, "matching_makers", list(_makers(connection)))
    connection.execute("analyze ops.matching_makers")
    connection.execute(_THEIRS.encode())
    connection.execute(_OURS.encode())
    collect_statistics(connection)
    connection.execute(_BY_EAN)
    connection.execute("analyze ops.matching_found")
    connection.execute(_BY_NUMBER)
    connection.execute("analyze ops.matching_found")
    fill(connection, "matching_found", [(*pair, "name", score, "name_only") for pair, score in _by_name(connection)])


def _makers(connection: Connection) -> Iterator[tuple[str, str, str, str]]:
    """Of their manufacturers and our brands, what is equal if they are the same: by name, unless people know better."""
    brands = [brand for (brand,) in connection.execute(_BRANDS) if company_key(brand)]
    ours = {company_key(brand) for brand in brands}
    for brand in brands:
        yield "ours", brand, company_key(brand), company_words(brand)[0]
    decided = connection.execute(
        "select theirs, ours, status from ops.matches where kind = %s and status <> 'proposed'", [Kind.MANUFACTURER]
    ).fetchall()
    same = {theirs: brand for theirs, brand, status in decided if status == "confirmed"}
    others = {(theirs, company_key(brand)) for theirs, brand, status in decided if status == "rejected"}
    for id_, *names in connection.execute(_MANUFACTURERS):
        named = [same[id_]] if id_ in same else [name for name in names if name and company_key(name)]
        if named:
            name = next((name for name in named if company_key(name) in ours), named[0])
            # What is not the same in spite of its name is like nothing.
            apart = f" {id_}" if (id_, company_key(name)) in others else ""
            yield "theirs", id_, company_key(name) + apart, company_words(name)[0] + apart


def _by_name(connection: Connection) -> list[tuple[tuple[str, str], float]]:
    """The pairs of which each is the one that is most like the other, and what of 100 they are alike."""
    best_of_theirs: dict[str, tuple[float, str]] = {}
    best_of_ours: dict[str, tuple[float, str]] = {}
    with connection.cursor("names") as cursor:
        cursor.itersize = _ROWS_AT_A_TIME
        cursor.execute(_TO_COMPARE, {"common": _COMMON_WORD, "candidates": _CANDIDATES})
        for theirs, ours, their_name, our_name in cursor:
            score = _likeness(their_name, our_name)
            if score >= SCORE_OF_PRODUCTS:
                best_of_theirs[theirs] = max(best_of_theirs.get(theirs, (0, "")), (score, ours))
                best_of_ours[ours] = max(best_of_ours.get(ours, (0, "")), (score, theirs))
    return [
        ((theirs, ours), round(score, 2))
        for theirs, (score, ours) in best_of_theirs.items()
        if best_of_ours[ours][1] == theirs
    ]


def _likeness(theirs: str, ours: str) -> float:
    """What of 100 two names are alike, whatever the order of their words; 0 where a number in them differs."""
    their_words, our_words = words(theirs), words(ours)
    their_numbers = {word for word in their_words if not word.isalpha()}
    our_numbers = {word for word in our_words if not word.isalpha()}
    if not (their_numbers <= our_numbers or our_numbers <= their_numbers):
        return 0
    return fuzz.token_sort_ratio(" ".join(their_words), " ".join(our_words), score_cutoff=SCORE_OF_PRODUCTS)
