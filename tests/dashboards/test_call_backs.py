"""The list of calls to return, in the order in which an agent works through it."""

from flask import Flask

from wiseparts_pipeline.dashboards.service import Service


def test_the_biggest_customers_are_called_back_first(server: Flask, service: Service) -> None:
    with server.test_request_context():
        shown = service.shown("call_centre/call_backs", {"days": "364"}, limited=False)
    assert shown.result is not None, shown.problem
    calls = [dict(zip(shown.result.columns, row, strict=True)) for row in shown.result.rows]

    strangers = [call["customer_key"] == "(unknown)" for call in calls]
    classes = [call["abc_class"] or "none" for call in calls if call["customer_key"] != "(unknown)"]
    first = [call for call in calls if call["abc_class"] == "A" and call["currency"] == calls[0]["currency"]]
    amounts = [call["last_12_months_net_amount"] for call in first]

    assert len(calls) > 100
    assert strangers == sorted(strangers)
    assert classes == sorted(classes)
    assert amounts == sorted(amounts, reverse=True)
    assert first == calls[: len(first)]
