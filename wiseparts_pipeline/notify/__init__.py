"""E-mail to those who send files and those who look after imports: what became of a run's files."""

from wiseparts_pipeline.notify.outbox import Sent
from wiseparts_pipeline.notify.report import report, send_waiting
from wiseparts_pipeline.notify.settings import MailSettings, mail_settings
from wiseparts_pipeline.notify.smtp import MailServerError, probe

__all__ = ["MailServerError", "MailSettings", "Sent", "mail_settings", "probe", "report", "send_waiting"]
