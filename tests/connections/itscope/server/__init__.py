"""A server that keeps ITscope's contract, as the vendor's description and published pages have it.

`market`: what it knows, and its clock; `serving`: HTTP, with login, quota, rate and blocks; `described`: each answer is
compared with the description before it leaves; one module of routes for each part of the API.
"""

from tests.connections.itscope.server.market import Account, Market
from tests.connections.itscope.server.serving import running

__all__ = ["Account", "Market", "running"]
