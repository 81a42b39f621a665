"""What the pipeline imports: one module an entity, `ENTITIES` in dependency order (referenced before referring)."""

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
from wiseparts_pipeline.entities.online_activity import ONLINE_ACTIVITY
from wiseparts_pipeline.entities.orders import ORDERS
from wiseparts_pipeline.entities.products import PRODUCTS
from wiseparts_pipeline.entities.quotes import QUOTES
from wiseparts_pipeline.entities.sales import SALES
from wiseparts_pipeline.entities.schema import Entity

ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for entity in (
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
    )
}
