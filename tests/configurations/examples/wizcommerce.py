"""Files in the format of WizCommerce, one folder per entity."""

from tests.configurations.examples.writing import table

BRAKES, PADS = "Car parts > Brakes", "Car parts > Brakes > Brake pads"
ORDERS = [f"6f1e2a3b-0000-4000-8000-00000000000{number}" for number in range(1, 4)]
_MAIL = "orders@papadopoulos.example"

_TABLES: dict[str, tuple[str, list[list[str]]]] = {
    "Categories/CATEGORY": (
        "System_ID|Reference ID|Name|Category Path|Parent Reference ID",
        [
            ["", PADS, "Brake pads", PADS, BRAKES],
            ["", "Car parts", "Car parts", "Car parts"],
            ["", BRAKES, "Brakes", BRAKES, "Car parts"],
            # Its parent is in no file.
            ["", "Tools > Jacks", "Jacks", "Tools > Jacks", "Tools"],
        ],
    ),
    "Collections/COLLECTION": (
        "System_ID|Reference ID|Name|Description",
        [["", "WINTER", "Winter service", "Batteries, wipers and antifreeze"], ["", "BRAKES", "Brake service"]],
    ),
    "Products/PRODUCT": (
        "System_ID|Reference ID|SKU_ID|Name|Description|Brand|Category|Collection|MOQ|IOQ|UOM|UPC|Price|Currency|Status"
        "|Images",
        [
            ["", "100234", "BP-0986", "Brake pad set, front axle", "With wear sensor, 4 pieces", "Bosch", PADS,
             "BRAKES|WINTER", "2", "2", "set", "4047024000018", "48.90", "EUR", "Active",
             "https://media.example/1.jpg|https://media.example/2.jpg"],
            ["", "100235", "00123", 'Wiper blade 24"', "", "Valeo", "Wipers", "WINTER", "1", "1", "pcs",
             "4047024000025", "12.40", "EUR", "Active"],
            ["", "100236", "EO-5W30", "Engine oil 5W-30 1 l", "", "Castrol", "", "", "4", "4", "bottle", "", "9.95",
             "EUR", "Discontinued"],
            ["", "100237", "", "Without SKU", "", "Bosch", "", "", "1", "1", "pcs", "", "5.00", "EUR", "Active"],
            ["", "100238", "BP-0987", "Minimum in words", "", "Bosch", BRAKES, "", "one", "1", "set", "", "48.90",
             "EUR", "Active"],
        ],
    ),
    "Inventory/INVENTORY": (
        "SKU_ID|Warehouse|Available Quantity|Incoming Quantity|ETA|Allow Backorder|Backorder Limit",
        [
            ["BP-0986", "MAIN", "24", "50", "2024-10-10", "true", "20"],
            ["00123", "", "7", "", "", "false"],
            ["EO-5W30", "MAIN", "many", "", "", "false"],
        ],
    ),
    "Customers/CUSTOMER": (
        "System_ID|Reference ID|Name|Company Name|Tax ID|Customer Group|Status|Sales Rep|Price Tier|Currency"
        "|Payment Terms|Credit Limit|Email|Phone",
        [
            ["", "C00123", "Garage Papadopoulos", "Papadopoulos Bros. S.A.", "094014201", "Workshops", "Active", "R07",
             "PL-B", "EUR", "Net 30", "15000.00", _MAIL, "+30 210 1234567"],
            ["", "C00124", "Autoteile Müller", "Müller GmbH", "DE123456789", "Retailers", "Blocked", "R02", "PL-A",
             "EUR", "Prepaid", "", "info@mueller.example"],
            ["", "C00125", "", "Nobody knows", "", "Retailers", "Active"],
        ],
    ),
    "Addresses/ADDRESS": (
        "System_ID|Reference ID|Customer Reference ID|Type|Name|Address Line 1|Address Line 2|City|State|Zip|Country"
        "|Default",
        [
            ["", "A1", "C00123", "Billing", "Garage Papadopoulos", "Ermou 12", "", "Athina", "Attiki", "10563",
             "Greece", "true"],
            ["", "A2", "C00123", "Shipping", "Garage Papadopoulos", "Akti Miaouli 3", "Gate B", "Piraeus", "Attiki",
             "18535", "GR", "true"],
            ["", "A3", "C00124", "Shipping", "Autoteile Müller", "Hauptstraße 1", "", "Köln", "", "50667", "Germania",
             "false"],
        ],
    ),
    "Contacts/CONTACT": (
        "System_ID|Reference ID|Customer Reference ID|First Name|Last Name|Designation|Email|Phone|Default",
        [
            ["", "P1", "C00123", "Maria", "Papadopoulou", "Purchasing manager", "maria@papadopoulos.example",
             "+30 210 1234567", "true"],
            ["", "P2", "C00124", "Jürgen", "Müller", "", "j@mueller.example", "", "maybe"],
        ],
    ),
    "Orders/ORDER": (
        "Reference ID|Order Date|Source|Status|Customer Reference ID|SKU_ID|Name|Quantity|Unit Price|Currency"
        "|Shipping Address Reference ID|Email|Notes",
        [
            [ORDERS[0], "2024-09-18 09:32:05", "WizOrder", "Submitted", "C00123", "BP-0986",
             "Brake pad set, front axle", "2", "48.90", "EUR", "A2", _MAIL, "Before noon"],
            [ORDERS[0], "2024-09-18 09:32:05", "WizOrder", "Submitted", "C00123", "00123", 'Wiper blade 24"', "3",
             "12.40", "EUR", "A2", _MAIL],
            [ORDERS[1], "2024-09-18 10:00:00", "WizShop", "Cancelled", "C00124", "EO-5W30", "Engine oil 5W-30 1 l", "4",
             "9.95", "EUR"],
            [ORDERS[2], "yesterday", "WizShop", "Submitted", "C00124", "EO-5W30", "Engine oil 5W-30 1 l", "4", "9.95",
             "EUR"],
        ],
    ),
}  # fmt: skip


def files() -> dict[str, str]:
    return {f"{name}_18_09_2024.csv": table(columns.split("|"), rows) for name, (columns, rows) in _TABLES.items()}
