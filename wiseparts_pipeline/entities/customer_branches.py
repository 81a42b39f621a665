"""Customer branches: the locations of a customer."""

from wiseparts_pipeline.entities.common import ADDRESS, customer_id
from wiseparts_pipeline.entities.schema import Entity, Person, Personal, Type, column, text, wait

CUSTOMER_BRANCHES = Entity(
    name="customer_branches",
    description="One row per branch of a customer: a location that is visited and delivered to.",
    key=("branch_id",),
    master=True,
    group="master_data",
    person=Person("customers", "customer_id"),
    columns=(
        text("branch_id", "Key of the branch in the ERP.", on_create=True, example="C00123-01"),
        customer_id(wait("customers", "customer_id"), required=True),
        text("name", "Name of the branch.", on_create=True, example="Papadopoulos Piraeus", personal=Personal.DETAIL),
        *ADDRESS,
        text("phone", "Telephone number, as received.", example="+30 210 7654321", personal=Personal.IDENTITY),
        text("email", "E-mail address.", example="piraeus@papadopoulos.example", personal=Personal.IDENTITY),
        text("contact_name", "Contact person.", example="Maria Papadopoulou", personal=Personal.DETAIL),
        text("route_id", "Key of the delivery route.", example="ROUTE-3"),
        column("is_active", Type.BOOL, "Whether the branch is in use.", example="true"),
    ),
)
