"""After how long a feed counts as stopped, according to its importer's schedule."""

from datetime import timedelta

import pytest

from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.operations.cadence import stale_after, widest_gap

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("schedule", "gap"),
    [
        ("*/30 * * * *", timedelta(minutes=30)),
        ("20 * * * *", HOUR),
        ("0 6 * * *", DAY),
        # From 18:00 to 08:00.
        ("0 8-18 * * *", 14 * HOUR),
        # From Friday to Monday.
        ("0 6 * * 1-5", 3 * DAY),
        ("0 6,18 * * mon-fri", 2 * DAY + 12 * HOUR),
        ("0 6 1 * *", 31 * DAY),
        # Up to five weeks between two first Fridays.
        ("0 6 * * 5#1", 35 * DAY),
        ("0 6 L * *", 31 * DAY),
        # April, June, September and November have no 31st: from 31 March to 31 May.
        ("0 6 31 * *", 61 * DAY),
        # Cron ticks on a day that matches either field.
        ("0 6 1,15 * 1", 7 * DAY),
        ("0 0 1 1 *", 366 * DAY),
        ("0 6 29 2 *", 1461 * DAY),
        ("0 6 31 2 *", None),
    ],
)
def test_the_widest_gap_of_a_schedule(schedule: str, gap: timedelta | None) -> None:
    assert widest_gap(schedule, "UTC") == gap


@pytest.mark.parametrize(
    ("zone", "gap"), [("Europe/Athens", DAY + HOUR), ("America/New_York", DAY + HOUR), ("UTC", DAY)]
)
def test_a_day_on_which_clocks_go_back_is_longer(zone: str, gap: timedelta) -> None:
    assert widest_gap("0 6 * * *", zone) == gap


def importer(**attributes: str) -> ImporterSettings:
    return ImporterSettings.model_validate(
        {"entity": "sales", "source": "erp", "pattern": "*.csv", "timezone": "UTC", **attributes}
    )


@pytest.mark.parametrize(
    ("attributes", "age"),
    [
        ({"schedule": "0 6 * * 1-5"}, 3 * DAY + 2 * HOUR),
        # Checked every half hour, but files do not arrive at night.
        ({"schedule": "*/30 * * * *"}, DAY + 2 * HOUR),
        ({"schedule": "*/30 * * * *", "stale_after": "90m"}, timedelta(minutes=90)),
        ({"schedule": "0 6 * * *", "stale_after": "4d"}, 4 * DAY),
        ({"stale_after": "26h"}, 26 * HOUR),
        ({"schedule": "0 6 * * *", "stale_after": "never"}, None),
        ({"schedule": "0 6 31 2 *"}, None),
        ({}, None),
    ],
)
def test_the_age_at_which_a_feed_counts_as_stopped(attributes: dict[str, str], age: timedelta | None) -> None:
    assert stale_after(importer(**attributes)) == age


@pytest.mark.parametrize("age", ["26", "a day", "0h", "1w", "-1d"])
def test_an_invalid_age_is_an_error_that_shows_how_to_write_one(age: str) -> None:
    with pytest.raises(ValueError, match=f"'{age}' is not an age; write it like 90m, 26h, 3d or never"):
        importer(stale_after=age)
