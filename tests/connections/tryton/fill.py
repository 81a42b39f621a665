# mypy: ignore-errors
"""Fills an empty Tryton database with a small distributor: run by the Python that Tryton is installed in.

    python fill.py trytond.conf DATABASE

The days are counted back from today, as Tryton itself says what is due today.
"""

import sys
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from proteus import Model, Wizard, config

TODAY = date.today()


def get(name: str) -> Any:
    return Model.get(name)


def one(model: str, *domain: object) -> Any:
    return get(model).find(list(domain), limit=1)[0]


def new(model: str, **values: object) -> Any:
    record = get(model)(**values)
    record.save()
    return record


def currency(code: str, rate: str) -> Any:
    found = get("currency.currency").find([("code", "=", code)])
    made = found[0] if found else new("currency.currency", name=code, code=code, numeric_code="0", symbol=code)
    made.rates.new(date=date(TODAY.year - 1, 1, 1), rate=Decimal(rate))
    made.save()
    return made


def company(name: str, money: Any) -> Any:
    return new("company.company", party=new("party.party", name=name), currency=money)


def use(of: Any) -> None:
    """From now on, everything is of this company."""
    # Otherwise the user seems to be of the company that was used last.
    config.get_config()._context = {}
    user = get("res.user")(config.get_config().user)
    if of.id not in [each.id for each in user.companies]:
        user.companies.append(get("company.company")(of.id))
    user.company = of
    user.save()
    config.get_config()._context = get("res.user").get_preferences(True, {})


def accounts(of: Any) -> dict[str, Any]:
    """A chart of accounts and the years of the documents."""
    chart = Wizard("account.create_chart")
    chart.execute("account")
    chart.form.account_template = one("account.account.template", ("parent", "=", None))
    chart.form.company = of
    chart.execute("create_account")
    kinds = {}
    for kind in ("receivable", "payable", "revenue", "expense", "cash"):
        domain: list[object] = [("company", "=", of.id), ("closed", "!=", True)]
        if kind in ("receivable", "payable"):
            domain.append(("party_required", "=", True))
        if kind == "cash":
            domain += [("name", "ilike", "%cash%"), ("type", "!=", None)]
        else:
            domain.append((f"type.{kind}", "=", True))
        kinds[kind] = one("account.account", *domain)
    chart.form.account_receivable, chart.form.account_payable = kinds["receivable"], kinds["payable"]
    chart.execute("create_properties")
    for year in (TODAY.year - 1, TODAY.year, TODAY.year + 1):
        fiscal_year(of, year)
    return kinds


def fiscal_year(of: Any, year: int) -> None:
    def sequence(name: str, kind: str, prefix: str) -> Any:
        return new(
            "ir.sequence.strict",
            name=name,
            sequence_type=one("ir.sequence.type", ("name", "=", kind)),
            company=of,
            prefix=prefix,
            padding=4,
        )

    made = get("account.fiscalyear")(
        name=str(year), start_date=date(year, 1, 1), end_date=date(year, 12, 31), company=of
    )
    made.move_sequence = sequence("moves", "Account Move", f"M{year}-")
    numbers = made.invoice_sequences[0] if made.invoice_sequences else made.invoice_sequences.new()
    numbers.in_invoice_sequence = numbers.out_invoice_sequence = sequence("invoices", "Invoice", f"I{year}-")
    numbers.in_credit_note_sequence = numbers.out_credit_note_sequence = sequence("credits", "Invoice", f"CN{year}-")
    made.save()
    made.click("create_period")


def product(code: str, price: str, category: Any, unit: Any, sale_unit: Any | None = None, **values: object) -> Any:
    made = get("product.template")(
        name=f"Part {code}",
        default_uom=unit,
        type=values.pop("type", "goods"),
        list_price=Decimal(price),
        salable=True,
        sale_uom=sale_unit or unit,
        account_category=category,
        **values,
    )
    made.products[0].suffix_code = code
    made.products[0].cost_price = Decimal("20")
    made.save()
    return made.products[0]


def customer(code: str, name: str, term: Any, **values: object) -> Any:
    made = get("party.party")(name=name, code=code, customer_payment_term=term, **values)
    first = made.addresses[0] if made.addresses else made.addresses.new()
    first.street, first.postal_code, first.city = "Λεωφόρος Κηφισίας 100\nΚτίριο Β", "11526", "Αθήνα"
    first.country, first.invoice = one("country.country", ("code", "=", "GR")), True
    made.addresses.new(
        party_name=f"{name} Warehouse",
        street="Dock 1",
        city="Piraeus",
        country=first.country,
        delivery=True,
        attn="Maria",
    )
    made.contact_mechanisms.new(type="email", value=f"{code.lower()}@example.org")
    made.contact_mechanisms.new(type="email", value=f"second.{code.lower()}@example.org")
    made.contact_mechanisms.new(type="phone", value="+302101234567")
    made.contact_mechanisms.new(type="mobile", value="+306901234567")
    made.save()
    return made


def click(record: Any, *buttons: str) -> None:
    for button in buttons:
        record.click(button)


def sale(party: Any, lines: Sequence[tuple[Any, float]], *buttons: str, **values: object) -> Any:
    made = get("sale.sale")(party=party, warehouse=one("stock.location", ("code", "=", "WH")), **values)
    for each, quantity in lines:
        line = made.lines.new()
        line.product = each
        line.quantity = quantity
        if line.unit_price is None:
            line.unit_price = Decimal("1")
    made.save()
    click(made, *buttons)
    made.reload()
    return made


def invoice(party: Any, days_ago: int, lines: Sequence[tuple[Any, float, str]], account: Any, money: Any = None) -> Any:
    made = get("account.invoice")(type="out", party=party, invoice_date=TODAY - timedelta(days=days_ago))
    if money:
        made.currency = money
    for what, quantity, price in lines:
        line = made.lines.new()
        if isinstance(what, str):
            line.description, line.account = what, account
        else:
            line.product = what
        line.quantity, line.unit_price = quantity, Decimal(price)
    made.save()
    made.click("post")
    return made


def pay(what: Any, amount: str, method: Any) -> None:
    paying = Wizard("account.invoice.pay", [what])
    paying.form.amount = Decimal(amount)
    paying.form.payment_method = method
    paying.form.date = TODAY
    paying.execute("choice")
    if paying.form_state == "ask":
        paying.form.type = "partial"
        paying.execute("pay")


def main(settings: str, database: str) -> None:
    config.set_trytond(database, config_file=settings).skip_warning = True
    euro, dollar = currency("EUR", "1"), currency("USD", "1.25")
    new("country.country", name="Greece", code="GR") if not get("country.country").find([("code", "=", "GR")]) else None
    ours = company("Parts Distributor", euro)
    use(ours)
    kinds = accounts(ours)
    category = new(
        "product.category",
        name="Accounting",
        accounting=True,
        account_expense=kinds["expense"],
        account_revenue=kinds["revenue"],
    )
    unit = one("product.uom", ("name", "=", "Unit"))
    dozen = new("product.uom", name="Dozen", symbol="dz", category=unit.category, factor=12.0, rate=round(1 / 12, 12))
    parts = [product(f"BP-{number}", f"{number - 960}.90", category, unit) for number in range(1001, 1006)]
    bulbs = product("LB-1", "2.50", category, unit, dozen)
    product("OLD-1", "5", category, unit)
    term = get("account.invoice.payment_term")(name="30 days")
    term.lines.new(type="remainder").relativedeltas.new(days=30)
    term.save()
    price_list = new("product.price_list", name="Dealer", price="list_price")
    price_list.lines.new(formula="unit_price")
    price_list.save()
    customers = [
        customer(
            f"C000{number}",
            f"Καλυψώ {number}",
            term,
            credit_limit_amount=Decimal(1000 * number),
            sale_price_list=price_list,
        )
        for number in range(1, 4)
    ]
    first, second, third = customers
    person = get("party.party")(name="Eleni Markou", code="P0001")
    person.contact_mechanisms.new(type="email", value="eleni@example.org")
    person.contact_mechanisms.new(type="phone", value="+302107654321")
    person.save()
    new("party.relation.all", from_=first, to=person, type=new("party.relation.type", name="Purchasing"))
    warehouse = one("stock.location", ("type", "=", "warehouse"))
    new(
        "stock.location",
        name="Shop",
        code="SHOP",
        type="warehouse",
        **{
            f"{kind}_location": new("stock.location", name=f"Shop {kind}", code=f"S-{kind}", type="storage")
            for kind in ("input", "storage", "output")
        },
    )
    stock = get("stock.inventory")(location=warehouse.storage_location)
    for number, each in enumerate([*parts[1:], bulbs]):
        line = stock.lines.new(product=each)
        line.quantity = 10.0 * (number + 1)
    stock.save()
    stock.click("confirm")
    buying = get("purchase.purchase")(party=new("party.party", name="Maker", code="S0001"), warehouse=warehouse)
    line = buying.lines.new()
    parts[0].template.purchasable = True
    parts[0].template.purchase_uom = unit
    parts[0].template.save()
    line.product, line.quantity, line.unit_price = get("product.product")(parts[0].id), 50.0, Decimal("20")
    buying.payment_term = term
    buying.save()
    click(buying, "quote", "confirm", "process")
    cash = get("account.invoice.payment.method")(
        name="Cash",
        company=ours,
        journal=one("account.journal", ("type", "=", "cash")),
        credit_account=kinds["cash"],
        debit_account=kinds["cash"],
    )
    cash.save()
    # Due 30 days later: one overdue and paid in part, one not due yet, one of a text without a product and in dollars.
    pay(invoice(first, 60, [(parts[1], 2, "41.90"), ("Freight", 1, "7.50")], kinds["revenue"]), "50.00", cash)
    invoice(second, 45, [(parts[2], 4, "100.25")], kinds["revenue"], dollar)
    pay(invoice(third, 40, [(parts[3], 1, "80.00")], kinds["revenue"]), "80.00", cash)
    invoice(first, 10, [(parts[1], -1, "41.90")], kinds["revenue"])
    invoice(first, 5, [(bulbs, 3, "30.00")], kinds["revenue"])
    drafted = get("account.invoice")(type="out", party=third)
    drafted.save()
    sale(first, [(parts[1], 4)], "quote")
    sale(first, [(parts[2], 2), (bulbs, 5)], "quote", "confirm", "process")
    sale(second, [(parts[3], 1)], "quote", "cancel")
    sale(second, [(parts[4], 3)])
    returned = sale(third, [(parts[3], -1)], "quote", "confirm", "process")
    assert returned.state == "processing"
    # Somebody who may read parties and nothing of sales, accounts or stock.
    new(
        "res.user",
        name="Reader",
        login="reader",
        password="reader-password",
        email="reader@example.org",
        companies=[ours],
        company=ours,
    )
    other = company("Other Company", dollar)
    use(other)
    sale(second, [(parts[1], 99)], "quote")
    use(ours)


if __name__ == "__main__":
    main(*sys.argv[1:])
