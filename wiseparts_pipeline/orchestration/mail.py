"""Sends queued e-mail, which the mail server did not accept at once, and alerts."""

import dagster as dg

from wiseparts_pipeline.alerts.watch import NobodyIsTold, mail_for, watch
from wiseparts_pipeline.config.loader import load_configuration
from wiseparts_pipeline.home import home
from wiseparts_pipeline.notify import mail_settings, send_queued
from wiseparts_pipeline.orchestration.errors import UserFacingError, report_user_errors
from wiseparts_pipeline.warehouse import Role, Warehouse

EVERY_SECONDS = 120
# Dagster ends a tick after 60 s.
_SECONDS = 30.0
ALERTS_SECONDS = 300


@dg.sensor(
    name="send_mail",
    minimum_interval_seconds=EVERY_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Sends the queued e-mails (ops.outbox) as soon as the mail server accepts them.",
)
def send_mail() -> dg.SkipReason:
    """Starts no run; a server that is down is a reason to skip, and what someone has to fix is an error."""
    with report_user_errors():
        settings = mail_settings()
        if settings is None:
            return dg.SkipReason("No mail server is set up.")
        with Warehouse.open(role=Role.IMPORTER) as warehouse:
            sent = send_queued(warehouse, settings, _SECONDS)
    if sent.problems:
        raise UserFacingError("\n".join(sent.notices), kind="Mail")
    done = {0: "No e-mail is due.", 1: "1 e-mail was sent."}.get(sent.mails, f"{sent.mails} e-mails were sent.")
    return dg.SkipReason(sent.delayed or done)


@dg.sensor(
    name="alerts",
    minimum_interval_seconds=ALERTS_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells those whom the component Alerts names what is wrong, if they do not know (ops.alerts).",
)
def alerts() -> dg.SkipReason:
    """Starts no run. Skips with what is wrong now; that people cannot be told is an error."""
    with report_user_errors():
        configuration = load_configuration()
        try:
            mail = mail_for(configuration)
        except NobodyIsTold as nobody:
            return dg.SkipReason(str(nobody))
        look = watch(configuration, home(), mail)
    wrong = [f"{each.place}: {each.message}" for each in look.wrong] or ["Nothing is wrong."]
    told = [f"Told: {look.told}"] if look.told else []
    told += [look.delayed] if look.delayed else []
    if look.problems:
        raise UserFacingError("\n".join([*look.problems, *wrong]), kind="Mail")
    return dg.SkipReason("\n".join([*told, *wrong]))
