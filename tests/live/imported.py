"""A little of everything that look-ups ask for, imported."""

from tests.installation import Installation

FILES = {
    "customers": "customer_id,name,credit_limit,currency\nC1,Garage One,1000,EUR\nC2,Garage Two,,EUR\n",
    "due_docs": (
        "doc_id,doc_type,customer_id,issued_on,due_on,amount,open_amount,currency\n"
        "I1,invoice,C1,2020-01-01,2020-01-31,124.00,60.50,EUR\n"
        "P1,payment,C1,2020-01-15,2020-01-15,-10.25,-10.25,EUR\n"
    ),
    "sales": (
        "invoice_id,line_no,invoice_date,customer_id,product_id,quantity,unit_price,net_amount,tax_amount,currency,order_id\n"
        "I1,1,2020-01-01,C1,P1,2,50.00,100.00,24.00,EUR,O1\n"
        "I2,1,2020-02-01,C1,P1,1,50.00,50.00,12.00,EUR,O1\n"
    ),
    "orders": (
        "order_id,line_no,placed_at,channel,status,customer_id,sku,quantity,unit_price,net_amount,currency\n"
        "O1,1,2020-01-01 10:00,web,shipped,C1,S1,3,50.00,150.00,EUR\n"
        "O2,1,2020-03-01 10:00,web,confirmed,C1,S1,1,50.00,50.00,EUR\n"
    ),
    "products": "product_id,sku,name,list_price,currency\nP1,S1,Brake pads,55.00,EUR\n",
    "inventory": "sku,warehouse_id,quantity_available,quantity_on_order,eta\nS1,MAIN,2,10,2999-01-01\n",
    "customer_branches": "branch_id,customer_id,name,route_id\nB1,C1,North,R7\nB2,C2,South,R9\n",
}


def import_a_little(installation: Installation) -> None:
    """Import a file of each entity."""
    for entity, content in FILES.items():
        installation.importer(entity)
        (installation.drop / entity.title() / f"{entity}.csv").write_text(content)
    assert installation.run("import", "--no-progress").status == 0
