"""The calls that were made over the Asterisk whose tables are kept, and that are made again over a living one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Made:
    """A call by what the telephones did. `begins`, `hangs_up_after`: seconds; the latter from the answer on."""

    caller: str
    number: str
    begins: float
    hangs_up_after: float
    disposition: str
    wait: int | None = None
    talk: int | None = None
    queue: str | None = None
    agent: str | None = None


LONG = "2100000001"
CALLS = [
    # It lasts longer than all the others, which begin later.
    Made(LONG, "101", 0, 24, "answered", talk=24, agent="101"),
    Made("2100000002", "102", 1.3, 2, "busy", wait=0),
    Made("2100000003", "600", 1.3, 6, "answered", wait=1, talk=5, queue="sales", agent="101"),
    Made("2100000004", "700", 1.3, 2, "lost", wait=2, queue="service"),
    Made("2100000005", "700", 1.3, 9, "lost", wait=3, queue="service"),
    Made("2100000006", "103", 1.3, 9, "lost", wait=4),
    *(
        Made(f"21000000{10 + each}", "101", 1.3 + 1.5 * each, 1 + each % 3, "answered", talk=1 + each % 3, agent="101")
        for each in range(10)
    ),
]
