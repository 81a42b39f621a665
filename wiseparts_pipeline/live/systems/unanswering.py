"""A system that answers nothing, for those that answer some of the questions to be made from."""

from typing import ClassVar, NoReturn

from wiseparts_pipeline.live.answers import Answer, Financials, Invoice, Offers, Order, OrderType, Page, Products, Route
from wiseparts_pipeline.live.errors import NotSupported
from wiseparts_pipeline.live.questions import (
    CustomerQuestion,
    FinancialsQuestion,
    InvoiceQuestion,
    InvoicesQuestion,
    OffersQuestion,
    OrderQuestion,
    OrdersQuestion,
    OrderTypesQuestion,
    ProductsQuestion,
    Question,
    RoutesQuestion,
)


class Unanswering:
    """The methods of `questions.Answering`, each of which raises NotSupported. `system`: what it is called."""

    system: ClassVar[str]

    def customer(self, asked: CustomerQuestion) -> Answer:
        self._refuse(asked)

    def financials(self, asked: FinancialsQuestion) -> Financials:
        self._refuse(asked)

    def invoices(self, asked: InvoicesQuestion) -> Page[Invoice]:
        self._refuse(asked)

    def invoice(self, asked: InvoiceQuestion) -> Invoice:
        self._refuse(asked)

    def orders(self, asked: OrdersQuestion) -> Page[Order]:
        self._refuse(asked)

    def order(self, asked: OrderQuestion) -> Order:
        self._refuse(asked)

    def products(self, asked: ProductsQuestion) -> Products:
        self._refuse(asked)

    def routes(self, asked: RoutesQuestion) -> Page[Route]:
        self._refuse(asked)

    def order_types(self, asked: OrderTypesQuestion) -> Page[OrderType]:
        self._refuse(asked)

    def offers(self, asked: OffersQuestion) -> Offers:
        self._refuse(asked)

    def _refuse(self, asked: Question) -> NoReturn:
        raise NotSupported(f"{self.system} answers no questions about {asked.kind.replace('_', ' ')}.")
