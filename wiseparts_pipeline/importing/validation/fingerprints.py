"""What a row says, in 128 bits: the same cells under the same settings and code become the same values."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import cache
from hashlib import blake2b

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.records.duplicates import Combine
from wiseparts_pipeline.home import PACKAGE
from wiseparts_pipeline.importing.reading import ERROR_COLUMNS, Batch

FINGERPRINT = "_fingerprint"

# The settings, packages and parts of the code that decide what cells become.
_SETTINGS = {"entity", "name", "timezone", "file", "match_columns", "columns", "sign_by"}
_CODE = ("config", "entities", "importing/reading", "importing/validation")
_SEPARATOR = "\x1f"


class Fingerprints:
    """Fingerprints of the rows of files with one header. `columns`: those of them that values are made of."""

    def __init__(self, importer: ImporterSettings, header: Sequence[str], columns: Collection[str]) -> None:
        self._columns = [name for name in header if name in columns]
        settings = importer.model_dump_json(include=_SETTINGS)
        # In which century a year of two digits is depends on today's.
        year = datetime.now(UTC).year if "%y" in settings else None
        digest = blake2b(repr((settings, list(header), self._columns, year, _code())).encode(), digest_size=16)
        key = digest.hexdigest()
        self._keys = (key[:16], key[16:])

    def of(self, batch: Batch) -> np.ndarray | None:
        """Two 64-bit numbers per row; None where it is not sure which cells these stand for."""
        counts_from_1904 = batch.sheet is not None and batch.sheet.has_1904_dates
        if batch.has_bad_bytes or counts_from_1904 or not len(batch):
            return None
        cells = [batch.columns[name] for name in self._columns]
        joined = pc.binary_join_element_wise(*cells, _SEPARATOR)
        separators = np.count_nonzero(np.frombuffer(joined.buffers()[2], np.uint8) == ord(_SEPARATOR))
        if joined.null_count or separators != (len(cells) - 1) * len(batch):
            return None
        texts = joined.cast(pa.binary()).to_numpy(zero_copy_only=False)
        hashes = [pd.util.hash_array(texts, hash_key=key, categorize=False) for key in self._keys]
        return np.stack(hashes, axis=1).astype("<u8", copy=False)


def fingerprints_of(importer: ImporterSettings, header: Sequence[str], columns: Collection[str]) -> Fingerprints | None:
    """Those of an importer's file; None where more than a row's own cells decides what becomes of it."""
    entity = importer.entity_definition
    numbered = any(rule.sequence_within for rule in importer.columns.values())
    merged = isinstance(importer.duplicates, Combine) or importer.protect or importer.fill_down
    made = importer.unpivot or importer.file.rows_in
    # Master data is also found by other names than its key, or has other unique columns.
    identified = entity.master or entity.hierarchy or entity.unique
    own = any(reference.entity == entity.name for reference in entity.references.values())
    if numbered or merged or made or identified or own or importer.snapshot_within or ERROR_COLUMNS[0] in header:
        return None
    return Fingerprints(importer, header, columns)


def as_uuids(fingerprints: np.ndarray, present: np.ndarray) -> pa.Array:
    """Fingerprints as PostgreSQL reads them; null where not present."""
    digits = fingerprints.tobytes().hex().encode()
    offsets = np.arange(len(fingerprints) + 1, dtype=np.int32) * np.int32(32)
    texts = pa.StringArray.from_buffers(len(fingerprints), pa.py_buffer(offsets), pa.py_buffer(digits))
    return texts if present.all() else pc.if_else(pa.array(present), texts, None)


@cache
def _code() -> str:
    """A digest of what converts cells: the code of this package, and the versions of those that it uses."""
    digest = blake2b(f"{pa.__version__} {pd.__version__}".encode(), digest_size=16)
    for folder in _CODE:
        for path in sorted((PACKAGE / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
