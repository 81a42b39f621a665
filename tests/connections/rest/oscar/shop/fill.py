# mypy: ignore-errors
"""Makes the shop's tables, its products and customers, and orders as customers place them over its API."""

import warnings
from decimal import Decimal

import django

django.setup()

from django.contrib.auth.models import Permission, User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from oscar.core.loading import get_model  # noqa: E402

PASSWORD = "for tests only"
PRODUCTS = [
    ("BP-0986", "Brake pad set", "48.90"),
    ("OF-1042", "Oil filter", "7.35"),
    ("WB-550", "Wiper blade", "12.00"),
]
# Who orders what: SKU and quantity.
ORDERS = [
    ("ann", [("BP-0986", 2), ("OF-1042", 1)]),
    ("bob", [("WB-550", 3)]),
    ("ann", [("OF-1042", 10)]),
]


def products() -> None:
    class_ = get_model("catalogue", "ProductClass").objects.create(name="Part", track_stock=True)
    partner = get_model("partner", "Partner").objects.create(name="Warehouse", code="W1")
    for sku, title, price in PRODUCTS:
        product = get_model("catalogue", "Product").objects.create(product_class=class_, upc=sku, title=title)
        product.stockrecords.create(
            partner=partner, partner_sku=sku, price=Decimal(price), price_currency="EUR", num_in_stock=100
        )


def people() -> None:
    for name in ("ann", "bob"):
        User.objects.create_user(name, f"{name}@shop.example", PASSWORD)
    reader = User.objects.create_user("reader", "reader@shop.example", PASSWORD, is_staff=True)
    reader.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    # May log in, and see nothing but what is its own.
    User.objects.create_user("nobody", "nobody@shop.example", PASSWORD, is_staff=True)


def order(customer: str, lines: list[tuple[str, int]]) -> None:
    client = Client(HTTP_HOST="127.0.0.1")
    client.login(username=customer, password=PASSWORD)
    ids = dict(get_model("catalogue", "Product").objects.values_list("upc", "id"))
    for sku, quantity in lines:
        product = {"url": f"http://127.0.0.1/api/products/{ids[sku]}/", "quantity": quantity}
        added = client.post("/api/basket/add-product/", product, content_type="application/json")
        assert added.status_code == 200, added.content
    address = {
        "first_name": customer,
        "last_name": "Smith",
        "line1": "Main Street 1",
        "line4": "Athens",
        "postcode": "10552",
        "country": "http://127.0.0.1/api/countries/GR/",
    }
    checkout = {"basket": client.get("/api/basket/").json()["url"], "shipping_address": address}
    placed = client.post("/api/checkout/", checkout, content_type="application/json")
    assert placed.status_code == 200, placed.content


# It has no payment provider and no search engine.
warnings.simplefilter("ignore")
call_command("migrate", run_syncdb=True, verbosity=0)
get_model("address", "Country").objects.create(
    iso_3166_1_a2="GR", iso_3166_1_a3="GRC", name="Greece", printable_name="Greece", is_shipping_country=True
)
products()
people()
for customer, lines in ORDERS:
    order(customer, lines)
