"""The `attributes` of a defs.yaml before they are settings: texts may still hold `{{ env... }}`."""

from typing import Any, ClassVar

from pydantic import BaseModel, RootModel

# A text may replace a number or a truth value only if it contains a variable.
_TEMPLATE = {"type": "string", "pattern": r"\{\{"}


class Attributes(RootModel[dict[str, Any]]):
    """Attributes as written; `settings` is what they become, and gives the schema that editors and `dg check` use."""

    settings: ClassVar[type[BaseModel]]

    @classmethod
    def model_json_schema(cls, *args: Any, **options: Any) -> dict[str, Any]:
        schema: dict[str, Any] = _with_templates(cls.settings.model_json_schema(*args, **options))
        return schema


def _with_templates(node: Any) -> Any:
    if isinstance(node, list):
        return [_with_templates(item) for item in node]
    if not isinstance(node, dict):
        return node
    changed = {key: _with_templates(value) for key, value in node.items()}
    if node.get("type") in ("integer", "number", "boolean"):
        about = {key: changed.pop(key) for key in ("default", "description", "title") if key in changed}
        return {**about, "anyOf": [changed, _TEMPLATE]}
    return changed
