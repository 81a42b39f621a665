# mypy: ignore-errors
"""Adds what look-ups are about to a database that has the small distributor: run by the Python that Tryton is in.

    python fill_more.py trytond.conf DATABASE

A customer with a price list of quantity breaks and a credit limit, stock in two warehouses, a purchase that comes in
ten days, orders in every state, and invoices that are open, part paid, paid, credited and cancelled.
"""

import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "connections" / "tryton"))

from fill import TODAY, click, customer, get, invoice, new, one, pay, product, sale
from proteus import Wizard, config

IN_TEN_DAYS = TODAY + timedelta(days=10)


def ship(order: Any, quantities: dict[str, float]) -> None:
    """Ships so much of each product; a second delivery has the rest."""
    (shipment,) = order.shipments
    for move in shipment.inventory_moves:
        if move.product.code in quantities:
            move.quantity = quantities[move.product.code]
    shipment.save()
    click(shipment, "assign_force", "pick", "pack", "do")


def main(settings: str, database: str) -> None:
    config.set_trytond(database, config_file=settings).skip_warning = True
    config.get_config()._context = get("res.user").get_preferences(True, {})
    category = one("product.category", ("accounting", "=", True))
    unit = one("product.uom", ("name", "=", "Unit"))
    revenue = category.account_revenue
    cash = one("account.invoice.payment.method", ("name", "=", "Cash"))
    # Numbers of invoices follow their days, and the last one there is five days old.
    term = get("account.invoice.payment_term")(name="2 days")
    term.lines.new(type="remainder").relativedeltas.new(days=2)
    term.save()
    filters, plugs, oil = (
        product(code, price, category, unit)
        for code, price in [("FI-1", "34.765"), ("SP-1", "8.90"), ("OI-1", "21.00")]
    )
    bulbs = one("product.product", ("code", "=", "LB-1"))
    maker = one("party.party", ("code", "=", "S0001"))
    for each, days in ((filters, 12), (plugs, None)):
        template = each.template
        template.purchasable, template.purchase_uom = True, unit
        supplier = template.product_suppliers.new(party=maker)
        supplier.lead_time = timedelta(days=days) if days else None
        template.save()
    parent = new("product.category", name="Service parts")
    child = new("product.category", name="Filters", parent=parent)
    template = get("product.template")(filters.template.id)
    template.categories.append(get("product.category")(child.id))
    template.save()
    prices = new("product.price_list", name="Workshops", price="list_price")
    for quantity, formula, of in (
        (50, "unit_price * 0.7", {"category": parent}),
        (10, "unit_price * 0.8235", {"product": filters}),
        (6, "unit_price * 0.9", {"product": bulbs}),
        (None, "unit_price", {}),
    ):
        line = prices.lines.new(formula=formula, **of)
        line.quantity = quantity
    prices.save()
    buyer = customer("L0001", "Συνεργείο Αφοί Ωμέγα", term, credit_limit_amount=Decimal("2000"), sale_price_list=prices)
    person = new("party.party", name="Νίκος Δήμου", code="P0002")
    person.contact_mechanisms.new(type="mobile", value="+306900000000")
    person.save()
    new("party.relation.all", from_=buyer, to=person, type=one("party.relation.type", ("name", "=", "Purchasing")))
    main_, shop = one("stock.location", ("code", "=", "WH")), one("stock.location", ("code", "=", "SHOP"))
    shop.lost_found_location = one("stock.location", ("type", "=", "lost_found"))
    shop.save()
    for warehouse, quantities in ((main_, {filters: 25, plugs: 8}), (shop, {filters: 3, oil: 40})):
        stock = get("stock.inventory")(location=warehouse.storage_location)
        for each, quantity in quantities.items():
            line = stock.lines.new(product=get("product.product")(each.id))
            line.quantity = float(quantity)
        stock.save()
        stock.click("confirm")
    buying = get("purchase.purchase")(party=maker, warehouse=main_, payment_term=term)
    line = buying.lines.new()
    line.product, line.quantity, line.unit_price = get("product.product")(plugs.id), 50.0, Decimal("3")
    buying.delivery_date = IN_TEN_DAYS
    buying.save()
    click(buying, "quote", "confirm", "process")
    for move in get("stock.move").find([("origin", "like", "purchase.line,%"), ("product", "=", plugs.id)]):
        move.planned_date = IN_TEN_DAYS
        move.save()

    pay(invoice(buyer, 5, [(filters, 3, "30.00"), ("Freight", 1, "9.90")], revenue), "40.00", cash)
    pay(invoice(buyer, 5, [(oil, 1, "21.00")], revenue), "21.00", cash)
    invoice(buyer, 3, [(plugs, 2, "8.90")], revenue)
    invoice(buyer, 2, [(plugs, 3, "8.90")], revenue)
    credited = invoice(buyer, 1, [(oil, 2, "21.00")], revenue)
    crediting = Wizard("account.invoice.credit", [credited])
    crediting.form.with_refund = True
    crediting.form.invoice_date = TODAY
    crediting.execute("credit")
    invoice(buyer, 0, [(filters, -1, "30.00")], revenue)

    draft = sale(buyer, [(filters, 1)])
    assert draft.state == "draft"
    sale(buyer, [(filters, 2)], "quote", reference="asked by phone")
    sale(buyer, [(oil, 1)], "quote", "confirm", reference="PO-77")
    sale(buyer, [(filters, 4), (plugs, 10)], "quote", "confirm", "process", reference="PO-78")
    partly = sale(buyer, [(filters, 6), (bulbs, 1)], "quote", "confirm", "process", reference="PO-79")
    ship(partly, {"FI-1": 4.0, "LB-1": 0.0})
    done = sale(buyer, [(filters, 2)], "quote", "confirm", "process", reference="PO-80")
    ship(done, {})
    for each in done.reload() or done.invoices:
        each.invoice_date = TODAY
        each.save()
        each.click("post")
    sale(buyer, [(oil, 3)], "quote", "cancel", reference="PO-81")

    delivering = product("SHIP", "5", category, unit, type="service")
    for name in ("Speedex", "Own van"):
        new("carrier", party=new("party.party", name=name), carrier_product=delivering)


if __name__ == "__main__":
    main(*sys.argv[1:])
