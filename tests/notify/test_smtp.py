"""The connection to the mail server: failures are explained, and nothing is ever sent unencrypted."""

from pathlib import Path

import pytest

from tests.notify.postbox import LOGIN, PASSWORD, Certificate, Postbox, certificate
from wiseparts_pipeline.errors import ConfigurationError
from wiseparts_pipeline.notify import MailServerError, MailSettings, mail_settings, probe


def settings_of(url: str, monkeypatch: pytest.MonkeyPatch) -> MailSettings:
    monkeypatch.setenv("WISEPARTS_SMTP_URL", url)
    settings = mail_settings()
    assert settings is not None
    return settings


def test_no_server_is_set_up_without_a_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WISEPARTS_SMTP_URL", raising=False)
    assert mail_settings() is None


@pytest.mark.parametrize(
    ("url", "port", "tls", "starttls"),
    [
        ("smtp://u:p@mail.example.com", 587, False, True),
        ("smtps://u:p@mail.example.com", 465, True, False),
        ("smtp://mail.example.com:25?starttls=no", 25, False, False),
    ],
)
def test_tls_is_used_unless_it_is_forbidden(
    url: str, port: int, tls: bool, starttls: bool, closed_postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(url, monkeypatch)
    assert (settings.port, settings.tls, settings.starttls) == (port, tls, starttls)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mail.example.com", "must begin with one of smtp://, smtps://"),
        ("smtp://", "does not name a server"),
        ("smtp://u:sec/ret@host:587", "is not a URL; % and / in a password are written %25 and %2F"),
        ("smtp://u:secret@host/587", "has something after the port"),
        ("smtp://u@host", "has a user without a password"),
        ("smtp://u:secret@host?starttls=no", "which would send it in the clear"),
        ("smtp://u:secret@host?tls=no", "may only have ?starttls=no after the port"),
    ],
)
def test_a_wrong_url_is_explained_and_not_quoted(
    url: str, message: str, closed_postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WISEPARTS_SMTP_URL", url)
    with pytest.raises(ConfigurationError) as error:
        mail_settings()
    assert str(error.value).startswith("WISEPARTS_SMTP_URL ")
    assert message in str(error.value)
    assert "sec" not in str(error.value)


@pytest.mark.parametrize("sender", ["", "nobody", "a@b\nBcc: c@d", "A <a b@c>"])
def test_the_sender_has_to_be_an_address(sender: str, closed_postbox: Postbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WISEPARTS_MAIL_FROM", sender)
    with pytest.raises(ConfigurationError, match="WISEPARTS_MAIL_FROM"):
        mail_settings()


def test_the_password_is_not_shown(closed_postbox: Postbox) -> None:
    settings = mail_settings()
    assert settings is not None
    assert settings.password == PASSWORD
    assert PASSWORD not in repr(settings)


def test_a_probe_logs_in_and_sends_nothing(postbox: Postbox) -> None:
    settings = mail_settings()
    assert settings is not None
    probe(settings)
    assert postbox.delivered == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_tls_may_be_used_from_the_first_byte(
    closed_postbox: Postbox, trusted: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closed_postbox.open(trusted.context, from_the_start=True):
        probe(settings_of(f"smtps://{LOGIN}@localhost:{closed_postbox.port}", monkeypatch))


def test_a_wrong_password_is_reported_without_it(postbox: Postbox, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of(f"smtp://wiseparts:secret@localhost:{postbox.port}", monkeypatch)
    with pytest.raises(
        ConfigurationError, match=r"Login to the mail server localhost:.* refused for 'wiseparts'"
    ) as error:
        probe(settings)
    assert "secret" not in str(error.value)


def test_an_untrusted_certificate_is_refused(postbox: Postbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate(tmp_path).path))
    settings = mail_settings()
    assert settings is not None
    with pytest.raises(ConfigurationError, match=r"is not trusted: .*SSL_CERT_FILE"):
        probe(settings)


def test_a_certificate_of_another_name_is_refused(postbox: Postbox, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of(f"smtp://{LOGIN}@127.0.0.1:{postbox.port}", monkeypatch)
    with pytest.raises(ConfigurationError, match=r"is not trusted: .*127\.0\.0\.1"):
        probe(settings)


def test_a_server_without_starttls_gets_neither_password_nor_mail(
    closed_postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closed_postbox.open():
        settings = mail_settings()
        assert settings is not None
        with pytest.raises(ConfigurationError, match="STARTTLS extension not supported"):
            probe(settings)
        probe(settings_of(f"smtp://localhost:{closed_postbox.port}?starttls=no", monkeypatch))


def test_a_server_that_is_down_is_named(closed_postbox: Postbox) -> None:
    settings = mail_settings()
    assert settings is not None
    with pytest.raises(MailServerError, match=f"Cannot reach the mail server localhost:{closed_postbox.port}"):
        probe(settings)
