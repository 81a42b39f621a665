"""The seed of public holidays, from the library holidays: `python -m tests.dbt.public_holidays` regenerates it.

One row per holiday and not per day: dbt takes 5 s to load 15,000 rows.
"""

import csv
import io
from pathlib import Path

from holidays import country_holidays

from wiseparts_pipeline.home import DBT_PROJECT

SEED: Path = DBT_PROJECT / "seeds" / "public_holidays.csv"
YEARS = range(2010, 2041)
# In all of these the weekend is Saturday and Sunday, as in dim_dates.
COUNTRIES = (
    *("AL", "AT", "AU", "BA", "BE", "BG", "CA", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR"),
    *("HR", "HU", "IE", "IS", "IT", "LT", "LU", "LV", "ME", "MK", "MT", "NL", "NO", "PL", "PT", "RO", "RS", "SE"),
    *("SI", "SK", "TR", "US"),
)


def seed() -> str:
    """The text of the seed: nationwide holidays by their English names, with the dates of each."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["country_code", "name", "days"])
    for country in COUNTRIES:
        named: dict[str, list[str]] = {}
        for day, name in sorted(country_holidays(country, years=YEARS, language="en_US").items()):
            if day.year in YEARS:
                named.setdefault(name, []).append(day.isoformat())
        writer.writerows([country, name, " ".join(days)] for name, days in named.items())
    return text.getvalue()


if __name__ == "__main__":
    SEED.write_text(seed(), encoding="utf-8")
