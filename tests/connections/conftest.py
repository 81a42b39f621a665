"""What the tests of connections share."""

from collections.abc import Iterator

import pytest

from tests.connections import systems


@pytest.fixture
def system() -> Iterator[systems.System]:
    """A server whose answers the test chooses."""
    with systems.running() as system:
        yield system
