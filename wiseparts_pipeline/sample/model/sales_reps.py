"""The distributor's sales representatives: two lead the others, and one has retired."""

import pandas as pd

from wiseparts_pipeline.sample.model.telephones import number
from wiseparts_pipeline.sample.model.vocabulary import FIRST_NAMES, SURNAMES

# Those who look after customers now.
SALES_REPS = tuple(f"R{position:02}" for position in range(1, 15))
# Retired in November 2025; others took over these customers on 1 December.
RETIRED_REP = "R15"
_LEADERS = ("R01", "R08")


def make_sales_reps() -> pd.DataFrame:
    """The same for every seed, as their keys are."""
    rows = []
    for position, sales_rep_id in enumerate((*SALES_REPS, RETIRED_REP)):
        leader = _LEADERS[position >= len(SALES_REPS) // 2]
        rows.append(
            {
                "sales_rep_id": sales_rep_id,
                "name": f"{FIRST_NAMES[position % len(FIRST_NAMES)]} {SURNAMES[position * 5 % len(SURNAMES)]}",
                "email": f"{sales_rep_id.lower()}@distributor.example",
                "phone": number("+30 690", 71 * position),
                "manager_id": "" if sales_rep_id in _LEADERS else leader,
                "is_active": "false" if sales_rep_id == RETIRED_REP else "true",
            }
        )
    return pd.DataFrame(rows)
