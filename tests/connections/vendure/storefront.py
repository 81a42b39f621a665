"""What customers and staff do in the shop, over its own APIs."""

from typing import Any, Self

import httpx2

_ORDER = "... on Order { id code state totalWithTax } ... on ErrorResult { errorCode message }"
_ADDRESS = {
    "fullName": "Maria Petridou",
    "streetLine1": "Kifisias 100",
    "city": "Athens",
    "postalCode": "11526",
    "countryCode": "GR",
}


class Client:
    """Asks one of the shop's APIs, as one visitor. `channel`: the token of another one than the default channel."""

    def __init__(self, url: str, api: str, channel: str | None = None) -> None:
        self._client = httpx2.Client(timeout=60, headers={"vendure-token": channel} if channel else {})
        self._url = f"{url}/{api}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._client.close()

    def ask(self, query: str, **variables: Any) -> Any:
        """The only value of the answer, which must not be an error."""
        answer = self._client.post(self._url, json={"query": query, "variables": variables})
        if token := answer.headers.get("vendure-auth-token"):
            self._client.headers["Authorization"] = f"Bearer {token}"
        told = answer.json()
        assert "errors" not in told, told["errors"]
        (value,) = told["data"].values()
        if isinstance(value, dict):
            assert "errorCode" not in value, value
        return value


class Visitor(Client):
    """A guest of the shop, with a cart."""

    def __init__(self, url: str, channel: str | None = None) -> None:
        super().__init__(url, "shop-api", channel)

    def add(self, variant: str, quantity: int = 1) -> Any:
        return self.ask(
            f"mutation($v: ID!, $q: Int!) {{ addItemToOrder(productVariantId: $v, quantity: $q) {{ {_ORDER} }} }}",
            v=variant,
            q=quantity,
        )

    def apply_coupon(self, code: str) -> None:
        self.ask(f"mutation($c: String!) {{ applyCouponCode(couponCode: $c) {{ {_ORDER} }} }}", c=code)

    def check_out(self, email: str, first_name: str = "Maria", last_name: str = "Petridou") -> None:
        """Says who it is and where to send it, and goes to pay."""
        customer = {"firstName": first_name, "lastName": last_name, "emailAddress": email}
        self.ask(
            "mutation($i: CreateCustomerInput!) { setCustomerForOrder(input: $i) { __typename ... on ErrorResult"
            " { errorCode message } } }",
            i=customer,
        )
        self.ask(
            f"mutation($i: CreateAddressInput!) {{ setOrderShippingAddress(input: $i) {{ {_ORDER} }} }}", i=_ADDRESS
        )
        method = self.ask("{ eligibleShippingMethods { id } }")[0]["id"]
        self.ask(f"mutation($i: [ID!]!) {{ setOrderShippingMethod(shippingMethodId: $i) {{ {_ORDER} }} }}", i=[method])
        self.ask(f'mutation {{ transitionOrderToState(state: "ArrangingPayment") {{ {_ORDER} }} }}')

    def pay(self, method: str = "card") -> Any:
        return self.ask(
            f"mutation($m: String!) {{ addPaymentToOrder(input: {{method: $m, metadata: {{}}}}) {{ {_ORDER} }} }}",
            m=method,
        )


def place(url: str, variants: dict[str, int], email: str, method: str = "card", channel: str | None = None) -> Any:
    """An order that is paid, of a guest."""
    with Visitor(url, channel) as visitor:
        for variant, quantity in variants.items():
            visitor.add(variant, quantity)
        visitor.check_out(email)
        return visitor.pay(method)


class Staff(Client):
    """Who works with the orders."""

    def __init__(self, url: str) -> None:
        super().__init__(url, "admin-api")
        self.ask('mutation { login(username: "superadmin", password: "superadmin") { __typename } }')

    def open_channel(self, code: str, currency: str) -> None:
        """One with everything of the default channel, where prices include tax; its code is its token as well."""
        zone = self.ask("{ zones { items { id } } }")["items"][0]["id"]
        channel = {"code": code, "token": code, "defaultLanguageCode": "en", "pricesIncludeTax": True}
        money = {"defaultCurrencyCode": currency, "availableCurrencyCodes": [currency]}
        zones = {"defaultTaxZoneId": zone, "defaultShippingZoneId": zone}
        made = self.ask(
            "mutation($i: CreateChannelInput!) { createChannel(input: $i) { ... on Channel { id } ... on ErrorResult"
            " { errorCode message } } }",
            i=channel | money | zones,
        )["id"]
        assigned: dict[str, dict[str, Any]] = {
            "Products": {"productIds": self._ids("products"), "priceFactor": 1.1},
            "ShippingMethods": {"shippingMethodIds": self._ids("shippingMethods")},
            "PaymentMethods": {"paymentMethodIds": self._ids("paymentMethods")},
            "StockLocations": {"stockLocationIds": self._ids("stockLocations")},
        }
        for kind, given in assigned.items():
            self.ask(
                f"mutation($i: Assign{kind}ToChannelInput!) {{ assign{kind}ToChannel(input: $i) {{ id }} }}",
                i={"channelId": made, **given},
            )

    def _ids(self, name: str) -> list[str]:
        return [each["id"] for each in self.ask(f"{{ {name}(options: {{take: 1000}}) {{ items {{ id }} }} }}")["items"]]

    def api_key(self) -> str:
        """A key that may do everything."""
        role = self.ask("{ roles(options: {sort: {id: ASC}, take: 1}) { items { id } } }")["items"][0]["id"]
        named = {"roleIds": [role], "translations": [{"languageCode": "en", "name": "wiseparts"}]}
        made = self.ask("mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { apiKey } }", i=named)
        return str(made["apiKey"])

    def variants(self) -> dict[str, str]:
        """By SKU, the ids."""
        items = self.ask("{ productVariants(options: {take: 1000, sort: {id: ASC}}) { items { id sku } } }")["items"]
        return {item["sku"]: item["id"] for item in items}

    def orders(self) -> dict[str, Any]:
        """By code, what the shop says of the orders that were placed."""
        found = self.ask(
            "{ orders(options: {take: 1000, filter: {orderPlacedAt: {isNull: false}}}) { items { id code state"
            " currencyCode subTotal shipping totalWithTax updatedAt payments { id state amount }"
            " fulfillments { id state } lines { id quantity orderPlacedQuantity proratedLinePrice"
            " proratedLinePriceWithTax } } } }"
        )
        return {each["code"]: each for each in found["items"]}

    def order(self, code: str) -> Any:
        return self.orders()[code]

    def lines(self, code: str) -> list[dict[str, Any]]:
        return [{"orderLineId": each["id"], "quantity": each["quantity"]} for each in self.order(code)["lines"]]

    def fulfil(self, code: str, state: str = "Shipped") -> None:
        """Hands everything over; `state` may go on to Delivered."""
        handler = {
            "code": "manual-fulfillment",
            "arguments": [{"name": "method", "value": "x"}, {"name": "trackingCode", "value": "T1"}],
        }
        made = self.ask(
            "mutation($i: FulfillOrderInput!) { addFulfillmentToOrder(input: $i) { ... on Fulfillment { id } ... on"
            " ErrorResult { errorCode message } } }",
            i={"lines": self.lines(code), "handler": handler},
        )
        for each in ("Shipped", "Delivered")[: 1 if state == "Shipped" else 2]:
            self.ask(
                "mutation($i: ID!, $s: String!) { transitionFulfillmentToState(id: $i, state: $s) { __typename ... on"
                " ErrorResult { errorCode message } } }",
                i=made["id"],
                s=each,
            )

    def cancel(self, code: str, lines: list[dict[str, Any]] | None = None) -> None:
        given = {} if lines is None else {"lines": lines}
        self.ask(
            f"mutation($i: CancelOrderInput!) {{ cancelOrder(input: $i) {{ {_ORDER} }} }}",
            i={"orderId": self.order(code)["id"], "reason": "out of stock", "cancelShipping": lines is None, **given},
        )

    def move(self, code: str, state: str) -> None:
        self.ask(
            f"mutation($i: ID!, $s: String!) {{ transitionOrderToState(id: $i, state: $s) {{ {_ORDER} }} }}",
            i=self.order(code)["id"],
            s=state,
        )

    def refund(self, code: str, amount: int) -> None:
        self.ask(
            "mutation($i: RefundOrderInput!) { refundOrder(input: $i) { ... on Refund { id } ... on ErrorResult"
            " { errorCode message } } }",
            i={
                "lines": [],
                "shipping": 0,
                "adjustment": 0,
                "amount": amount,
                "paymentId": self.order(code)["payments"][0]["id"],
                "reason": "late",
            },
        )

    def modify(self, code: str, **what: Any) -> None:
        """Changes an order that was placed; a higher price is then paid by hand."""
        self.move(code, "Modifying")
        self.ask(
            f"mutation($i: ModifyOrderInput!) {{ modifyOrder(input: $i) {{ {_ORDER} }} }}",
            i={"dryRun": False, "orderId": self.order(code)["id"], **what},
        )
