"""What the pipeline imports: one module per entity.

The folder is kept flat, as it is a plain list of entities: to add a column, open the module of its entity. `common` has
the columns that several entities share, `schema/` defines what a type, a column and an entity are, and `codegen` and
`template` generate files from them. After a change: python -m wiseparts_pipeline.entities.codegen
"""

from wiseparts_pipeline.entities.addresses import ADDRESSES
from wiseparts_pipeline.entities.brand_families import BRAND_FAMILIES
from wiseparts_pipeline.entities.calls import CALLS
from wiseparts_pipeline.entities.categories import CATEGORIES
from wiseparts_pipeline.entities.collections import COLLECTIONS
from wiseparts_pipeline.entities.contacts import CONTACTS
from wiseparts_pipeline.entities.customer_branches import CUSTOMER_BRANCHES
from wiseparts_pipeline.entities.customers import CUSTOMERS
from wiseparts_pipeline.entities.due_docs import DUE_DOCS
from wiseparts_pipeline.entities.inventory import INVENTORY
from wiseparts_pipeline.entities.manufacturers import MANUFACTURERS
from wiseparts_pipeline.entities.online_activity import ONLINE_ACTIVITY
from wiseparts_pipeline.entities.orders import ORDERS
from wiseparts_pipeline.entities.products import PRODUCTS
from wiseparts_pipeline.entities.purchase_document_lines import PURCHASE_DOCUMENT_LINES
from wiseparts_pipeline.entities.purchase_documents import PURCHASE_DOCUMENTS
from wiseparts_pipeline.entities.purchase_orders import PURCHASE_ORDERS
from wiseparts_pipeline.entities.purchase_requisitions import PURCHASE_REQUISITIONS
from wiseparts_pipeline.entities.quotes import QUOTES
from wiseparts_pipeline.entities.sales import SALES
from wiseparts_pipeline.entities.sales_reps import SALES_REPS
from wiseparts_pipeline.entities.schema import Entity
from wiseparts_pipeline.entities.supplier_categories import SUPPLIER_CATEGORIES
from wiseparts_pipeline.entities.supplier_offers import SUPPLIER_OFFERS
from wiseparts_pipeline.entities.supplier_products import SUPPLIER_PRODUCTS
from wiseparts_pipeline.entities.suppliers import SUPPLIERS

# In dependency order: an entity comes after those it refers to.
ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for entity in (
        SALES_REPS,
        CUSTOMERS,
        CUSTOMER_BRANCHES,
        CONTACTS,
        ADDRESSES,
        BRAND_FAMILIES,
        CATEGORIES,
        COLLECTIONS,
        PRODUCTS,
        INVENTORY,
        SALES,
        DUE_DOCS,
        QUOTES,
        ORDERS,
        CALLS,
        ONLINE_ACTIVITY,
        SUPPLIERS,
        MANUFACTURERS,
        SUPPLIER_CATEGORIES,
        SUPPLIER_PRODUCTS,
        SUPPLIER_OFFERS,
        PURCHASE_REQUISITIONS,
        PURCHASE_ORDERS,
        PURCHASE_DOCUMENTS,
        PURCHASE_DOCUMENT_LINES,
    )
}
# By entity, its place in that order.
IMPORT_ORDER = {name: place for place, name in enumerate(ENTITIES)}
