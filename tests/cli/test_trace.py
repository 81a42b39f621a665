"""`wiseparts trace`."""

import json

import pytest

from tests.installation import Installation


@pytest.fixture
def traced(installation: Installation) -> Installation:
    """Two customers, one of them changed by a second file and one rejected by it, and an invoice of two lines."""
    installation.put("Customers/first.csv", "customer_id,name,credit_limit", "C00001,Alpha,10", "C00002,Beta,20")
    installation.put(
        "Sales/sales.csv",
        "invoice_id,line_no,invoice_date,quantity,unit_price,net_amount,currency",
        "INV-1,1,2026-03-01,1,2.00,2.00,EUR",
        "INV-1,2,2026-03-01,1,3.00,3.00,EUR",
        "INV-1,3,2026-03-01,many,3.00,3.00,EUR",
    )
    installation.run("import")
    installation.put("Customers/second.csv", "customer_id,name,credit_limit", "C00003,Gamma,much", "C00002,Beta,25")
    installation.run("import")
    return installation


def test_names_the_file_and_row_that_created_and_last_changed_a_record(traced: Installation) -> None:
    done = traced.run("trace", "customers", "C00002", "--json")

    (record,) = json.loads(done.out)["records"]
    assert done.status == 0
    assert (record["created"]["file"], record["created"]["row_number"]) == ("first.csv", 2)
    assert (record["changed"]["file"], record["changed"]["row_number"]) == ("second.csv", 2)
    assert (record["name"], record["credit_limit"], record["deleted_at"]) == ("Beta", "25.000000", None)


def test_prints_where_a_record_comes_from_and_which_marts_do_not_have_it(traced: Installation) -> None:
    lines = [line.split() for line in traced.run("trace", "customers", "C00002").out.splitlines()]

    assert any(line[:2] == ["created", "by"] and "first.csv" in line for line in lines)
    assert any(line[:3] == ["last", "changed", "by"] and "second.csv" in line for line in lines)
    assert ["dim_customers", "not", "built", "yet"] in lines


def test_values_are_shown_as_a_file_would_have_them(installation: Installation) -> None:
    installation.importer("products")
    installation.put(
        "Products/products.csv",
        "product_id,sku,name,list_price,collection_ids,attributes",
        'P1,BP-1,Pad,12.50,WINTER|BRAKES,"{""axle"": ""front""}"',
    )
    installation.run("import")

    lines = [" ".join(line.split()) for line in installation.run("trace", "products", "BP-1").out.splitlines()]

    assert "list_price 12.5" in lines
    assert 'collection_ids ["WINTER", "BRAKES"]' in lines
    assert 'attributes {"axle": "front"}' in lines


def test_part_of_a_key_lists_its_records_and_their_rejected_rows(traced: Installation) -> None:
    done = traced.run("trace", "sales", "INV-1", "--json")

    answer = json.loads(done.out)
    assert [record["line_no"] for record in answer["records"]] == [1, 2]
    assert [(row["key"], row["code"], row["file"]) for row in answer["rejected_rows"]] == [
        ("INV-1/3", "not_a_number", "sales.csv")
    ]


def test_a_record_that_is_only_rejected_is_shown_with_the_reason(traced: Installation) -> None:
    done = traced.run("trace", "customers", "C00003")

    assert done.status == 3
    assert "not_a_number" in done.out
    assert "second.csv" in done.out


def test_an_unknown_key_is_reported_with_similar_ones(traced: Installation) -> None:
    done = traced.run("trace", "customers", "c2")

    assert (done.status, done.out) == (1, "")
    assert "Nothing is known of customers c2" in done.err
    assert "Similar: C00002" in done.err


def test_too_many_parts_of_a_key(traced: Installation) -> None:
    done = traced.run("trace", "customers", "C00002", "1")

    assert done.status == 2
    assert "the key of customers has 1: customer_id" in done.err


def test_an_unknown_entity(installation: Installation) -> None:
    done = installation.run("trace", "custommers", "C00002")

    assert done.status == 2
    assert "'custommers' is unknown; there are: sales_reps, customers" in done.err
