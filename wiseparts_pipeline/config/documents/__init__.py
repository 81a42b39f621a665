"""What stands in a `defs.yaml`: its text, its variables, and the settings that are made of it."""

from wiseparts_pipeline.config.documents.folder import components_in
from wiseparts_pipeline.config.documents.parsing import component_attributes, parse, validated
from wiseparts_pipeline.config.documents.variables import resolve_env
from wiseparts_pipeline.config.documents.yaml_text import read_documents

__all__ = ["component_attributes", "components_in", "parse", "read_documents", "resolve_env", "validated"]
