"""Sales representatives: who looks after customers, and sells."""

from wiseparts_pipeline.entities.schema import Entity, Person, Personal, Type, column, text, warn

SALES_REPS = Entity(
    name="sales_reps",
    description="One row per sales representative: who looks after customers, and sells.",
    key=("sales_rep_id",),
    master=True,
    group="master_data",
    person=Person("sales_reps", "sales_rep_id"),
    columns=(
        text("sales_rep_id", "Key of the sales representative in the ERP.", on_create=True, example="R07"),
        text(
            "name",
            "Name of the sales representative.",
            on_create=True,
            example="Eleni Georgiou",
            personal=Personal.IDENTITY,
        ),
        text("email", "E-mail address.", example="eleni@distributor.example", personal=Personal.IDENTITY),
        text("phone", "Telephone number, as received.", example="+30 210 7654321", personal=Personal.IDENTITY),
        text(
            "manager_id",
            "Key of the sales representative's manager, who is one of them as well.",
            reference=warn("sales_reps", "sales_rep_id"),
            example="R01",
        ),
        column("is_active", Type.BOOL, "Whether the sales representative still sells.", example="true"),
    ),
)
