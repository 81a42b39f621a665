"""`wiseparts alert`: tells people by e-mail what has gone wrong since they were last told."""

from typing import Annotated, Any

import typer

from wiseparts_pipeline.alerts import wording
from wiseparts_pipeline.alerts.watch import mail_for, watch
from wiseparts_pipeline.cli.output import complain, out, print_report, printable
from wiseparts_pipeline.cli.stack import running_sources
from wiseparts_pipeline.home import home
from wiseparts_pipeline.notify.message import new_message
from wiseparts_pipeline.notify.smtp import send_directly

EXIT_FAULT = 1
EXIT_ATTENTION = 3


def alert(
    test: Annotated[
        bool, typer.Option("--test", help="Send an e-mail to try the settings, and look at nothing.")
    ] = False,
) -> None:
    """Tell those whom the component `Alerts` names what is wrong, if they do not know: by e-mail, and once.

    Dagster does it every five minutes. Where it is not running, call this from cron.

    Exit status: 0 nothing is wrong · 1 the database or the mail server cannot be used · 3 something is wrong ·
    2 configuration, or nobody is to be told.
    """
    with running_sources() as (configuration, _):
        mail = mail_for(configuration)
        if test:
            message = new_message(mail.sender, configuration.alerts.to, "WiseParts: a test")
            message.set_content("Nothing is wrong: somebody has tried whether alerts arrive.\n")
            send_directly(mail, message, configuration.alerts.to)
            out.print(f"Sent to {', '.join(configuration.alerts.to)}.", soft_wrap=True)
            return
        look = watch(configuration, home(), mail)
    rows: list[dict[str, Any]] = [
        {"what": each.place, "wrong": wording.TITLES[each.kind], "why": each.message} for each in look.wrong
    ]
    if rows:
        print_report(rows)
    out.print(printable(f"Told: {look.told}" if look.told else "There is no news to tell."), soft_wrap=True)
    problems = [*([look.delayed] if look.delayed else []), *look.problems]
    for problem in problems:
        complain(problem)
    if problems or look.is_database_down:
        raise typer.Exit(EXIT_FAULT)
    raise typer.Exit(EXIT_ATTENTION if look.wrong else 0)
