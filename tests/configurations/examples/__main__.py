"""Writes the example files; run it after changing one: python -m tests.configurations.examples"""

from tests.configurations.examples import generated_files

for path, text in generated_files().items():
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
