"""What `/info/quota` says of the contract. Its answer is XML, and not described: so all of it is told."""

from collections.abc import Iterator

from lxml import etree

from wiseparts_pipeline.connections.errors import UnexpectedAnswer
from wiseparts_pipeline.connections.itscope.client import Client
from wiseparts_pipeline.connections.itscope.operations import QUOTA

_MOST = 40
_LONGEST = 100


def contract(client: Client) -> str:
    """The values of the answer with their names, in one line. Raises ConnectionFailure."""
    content = client.content(QUOTA)
    if not content:
        return "nothing is said about it"
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise UnexpectedAnswer(f"{client.place(QUOTA)}: the answer is not XML") from None
    return ", ".join(list(_told(root))[:_MOST])


def _told(element: "etree._Element") -> Iterator[str]:
    """Attributes and elements without others in them."""
    name = etree.QName(element).localname
    for attribute, value in element.attrib.items():
        yield f"{name} {etree.QName(attribute).localname}: {str(value)[:_LONGEST]}"
    children = [child for child in element if isinstance(child.tag, str)]
    for child in children:
        yield from _told(child)
    text = " ".join((element.text or "").split())
    if text and not children:
        yield f"{name}: {text[:_LONGEST]}"
