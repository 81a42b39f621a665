"""What is encoded for COPY is what PostgreSQL reads."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wiseparts_pipeline.importing.loading.copying import CopyWriter, encode
from wiseparts_pipeline.warehouse import Warehouse

TYPES = {
    "number bigint": pa.int64(),
    "amount numeric(20,6)": pa.decimal128(20, 6),
    "day date": pa.date32(),
    "moment timestamptz": pa.timestamp("us", tz="UTC"),
    "is_so boolean": pa.bool_(),
    "name text": pa.string(),
}
# The null character and surrogates are in no text of a database.
TEXT = st.text(
    st.sampled_from("\\\n\r\t\",'Nn.|α€ ") | st.characters(exclude_categories=["Cs"], exclude_characters="\0")
)
ROW = st.tuples(
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.decimals(-(10**14) + 1, 10**14 - 1, places=6) | st.decimals(-(10**6), 10**6, places=2),
    st.none() | st.dates(date(1, 1, 1), date(9999, 12, 31)),
    st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),
    st.none() | st.booleans(),
    st.none() | TEXT,
)


def table(rows: list[tuple[object, ...]]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [[]] * len(TYPES)
    return pa.table(
        {name: pa.array(values, type_) for (name, type_), values in zip(TYPES.items(), columns, strict=True)}
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.lists(ROW, max_size=5), min_size=1, max_size=3), text_first=st.booleans())
def test_postgresql_reads_the_values_that_were_encoded(
    pieces: list[list[tuple[object, ...]]], text_first: bool, shared_warehouse: Warehouse
) -> None:
    names = list(reversed(TYPES) if text_first else TYPES)
    with shared_warehouse.connect() as connection:
        connection.execute(f"create temporary table encoded ({', '.join(TYPES)})")
        columns = ", ".join(name.split()[0] for name in names)
        with connection.cursor() as cursor, cursor.copy(f"copy encoded ({columns}) from stdin") as copy:
            for rows in pieces:
                CopyWriter(copy).write(encode(table(rows).select(names)))
        found = connection.execute("select * from encoded").fetchall()
        connection.rollback()
    assert found == [row for rows in pieces for row in rows]


def test_amounts_with_more_than_two_decimals_keep_them() -> None:
    amounts = pa.table({"amount": pa.array([Decimal("1.5"), Decimal("0.000001"), None], pa.decimal128(20, 6))})
    assert encode(amounts).to_pybytes() == b"1.500000\n0.000001\n\\N\n"
    assert encode(amounts.slice(0, 1)).to_pybytes() == b"1.50\n"
