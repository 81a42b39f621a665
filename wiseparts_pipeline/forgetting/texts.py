"""Texts that say who someone is, and their removal from other texts: logs, messages, JSON."""

import json
import re
from collections.abc import Iterable
from typing import Any

from wiseparts_pipeline.entities.schema import FORGOTTEN
from wiseparts_pipeline.forgetting.person import SHORTEST_TEXT
from wiseparts_pipeline.forgetting.words import whole

# In JSON of Dagster, what a value is of.
_KINDS = ("__class__", "__enum__")


class Texts:
    """Texts that are to be replaced wherever they are whole words; shorter ones than four letters are left out."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.all = sorted({text for text in texts if len(text) >= SHORTEST_TEXT}, key=len, reverse=True)
        self._pattern = re.compile(whole(self.forms))

    @property
    def forms(self) -> list[str]:
        """The texts as they are, and as they are within JSON, the longest first."""
        forms = {
            form
            for text in self.all
            for form in (text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1])
        }
        return sorted(forms, key=len, reverse=True)

    def are_in(self, text: str) -> bool:
        return self._pattern.search(text) is not None

    def hidden(self, text: str) -> str:
        """The text without them."""
        return self._pattern.sub(FORGOTTEN, text)

    def hidden_json(self, text: str) -> str:
        """JSON without them, in which only values are changed; any other text as `hidden` has it."""
        try:
            document = json.loads(text)
        except ValueError:
            return self.hidden(text)
        return json.dumps(self._hidden(document))

    def _hidden(self, value: Any) -> Any:
        match value:
            case str():
                return self.hidden(value)
            case list():
                return [self._hidden(each) for each in value]
            case dict():
                return {name: each if name in _KINDS else self._hidden(each) for name, each in value.items()}
        return value
