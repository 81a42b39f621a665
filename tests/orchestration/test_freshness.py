"""When Dagster shows a table as stale; test_end_to_end.py has the whole path."""

from datetime import timedelta

import dagster as dg
import pytest

from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.importing.importer import Importer
from wiseparts_pipeline.orchestration.imports import import_asset, raw_asset

SOURCE = SourceSettings(name="shop", protocol="local", root="/srv/shop")


def policy(*importers: dict[str, str]) -> dg.FreshnessPolicy | None:
    settings = [
        ImporterSettings.model_validate({"entity": "sales", "name": f"s{n}", "source": "shop", "pattern": "*", **given})
        for n, given in enumerate(importers)
    ]
    asset = import_asset(ENTITIES["sales"], [Importer(each, SOURCE, ()) for each in settings])
    return asset.get_asset_spec(raw_asset("sales")).freshness_policy


@pytest.mark.parametrize(
    ("importers", "window"),
    [
        ([{"schedule": "0 6 * * 1-5"}], timedelta(days=3, hours=2)),
        ([{"schedule": "0 6 1 * *"}, {"schedule": "0 6 * * *"}, {}], timedelta(days=1, hours=2)),
    ],
)
def test_a_table_becomes_stale_with_its_fastest_feed(importers: list[dict[str, str]], window: timedelta) -> None:
    assert policy(*importers) == dg.FreshnessPolicy.time_window(fail_window=window)


def test_a_table_that_expects_no_file_has_no_policy() -> None:
    assert policy({}, {"schedule": "0 6 * * *", "stale_after": "never"}) is None
