"""E-mail about the outcome of imports, to the people who send the files and those who run the imports."""

from wiseparts_pipeline.notify.outbox import SendResult
from wiseparts_pipeline.notify.report import report, send_queued
from wiseparts_pipeline.notify.settings import MailSettings, mail_settings
from wiseparts_pipeline.notify.smtp import MailServerError, probe

__all__ = ["MailServerError", "MailSettings", "SendResult", "mail_settings", "probe", "report", "send_queued"]
