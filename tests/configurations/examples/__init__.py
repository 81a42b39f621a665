"""The example files of the ready configurations: small exports of each system, with its habits and some faults."""

from pathlib import Path

from tests.configurations.examples import asterisk, greek_erp, shopify, threecx, wizcommerce
from wiseparts_pipeline.home import PACKAGE

CONFIGURATIONS = PACKAGE / "configurations"
EXAMPLES = {
    "3cx": threecx,
    "asterisk": asterisk,
    "greek_erp": greek_erp,
    "shopify": shopify,
    "wizcommerce": wizcommerce,
}


def generated_files() -> dict[Path, str]:
    """The text of each example file, by path."""
    return {
        CONFIGURATIONS / name / "example" / path: text
        for name, example in EXAMPLES.items()
        for path, text in example.files().items()
    }
