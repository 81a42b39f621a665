"""What exporters of purchase requisitions have besides: who orders."""

from pydantic import Field

from wiseparts_pipeline.config.attributes import Settings, Text

# The supplier of ITscope that takes orders which nobody delivers.
TEST_SUPPLIER = "10000735"


class Buyer(Settings):
    """Who orders, and where goods go that are not sent to somebody else."""

    name: Text = Field(description="The company.")
    name_2: Text | None = Field(default=None, description="A second line of its name.")
    contact: Text | None = Field(default=None, description="Whom to ask.")
    street: Text = Field(description="Street and number.")
    postal_code: Text = Field(description="Postal code.")
    city: Text = Field(description="City or town.")
    country_code: str = Field(pattern=r"^[A-Z]{2}$", description="Country, ISO 3166-1 alpha-2.")
    phone: Text | None = Field(default=None, description="Telephone number.")
    email: Text | None = Field(default=None, description="E-mail address.")
