"""What stands in a `defs.yaml` before it is settings: its text and its variables."""

from wiseparts_pipeline.config.documents.variables import resolve_env
from wiseparts_pipeline.config.documents.yaml_text import read_documents

__all__ = ["read_documents", "resolve_env"]
