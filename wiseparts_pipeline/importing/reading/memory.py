"""Where the batches of a file are: in memory that is given back as soon as they are done with."""

import pyarrow as pa


def give_back_at_once() -> None:
    """Has Arrow give back what is freed; its usual allocator keeps that for each of the threads of a batch."""
    if "jemalloc" in pa.supported_memory_backends():
        pa.set_memory_pool(pa.jemalloc_memory_pool())
        pa.jemalloc_set_decay_ms(0)
