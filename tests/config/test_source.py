"""The settings of a source: what each protocol needs, and secrets that are never shown."""

import pytest
from pydantic import ValidationError

from wiseparts_pipeline.config.source import SourceSettings

SFTP = {
    "name": "erp",
    "protocol": "sftp",
    "host": "files.example.com",
    "username": "erp",
    "password": "torque wrench",
    "known_hosts": "/etc/wiseparts/known_hosts",
}


def test_secrets_are_not_shown() -> None:
    settings = SourceSettings(**{**SFTP, "private_key": "-----BEGIN x", "private_key_passphrase": "wheel nut"})
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert "torque" not in shown
        assert "BEGIN" not in shown
        assert "wheel" not in shown


def test_an_error_in_the_settings_does_not_show_secrets() -> None:
    with pytest.raises(ValidationError) as error:
        SourceSettings(**{**SFTP, "port": "ssh", "known_hosts": ""})
    assert "torque" not in str(error.value)


@pytest.mark.parametrize("protocol", ["ftp", "ftps", "smb"])
def test_an_unknown_protocol_is_an_error_that_lists_the_known_ones(protocol: str) -> None:
    with pytest.raises(ValidationError, match=f"'{protocol}' is not available yet, allowed: sftp, local"):
        SourceSettings(**{**SFTP, "protocol": protocol})


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("host", "host is needed"),
        ("username", "username is needed"),
        ("password", "password or private_key is needed"),
        ("known_hosts", "either known_hosts .* or host_key"),
    ],
)
def test_sftp_needs_a_server_with_its_key_and_credentials(missing: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SourceSettings(**{**SFTP, missing: ""})


def test_a_host_key_is_given_in_only_one_way() -> None:
    with pytest.raises(ValidationError, match="not both"):
        SourceSettings(**SFTP, host_key="SHA256:" + "a" * 43)


def test_a_host_key_is_a_sha256_fingerprint() -> None:
    with pytest.raises(ValidationError, match="host_key"):
        SourceSettings(**{**SFTP, "known_hosts": "", "host_key": "MD5:16:27:ac:a5:76"})


def test_an_unknown_attribute_is_named() -> None:
    with pytest.raises(ValidationError, match="passwort"):
        SourceSettings(**SFTP | {"passwort": "x"})


def test_a_local_source_needs_no_server() -> None:
    assert SourceSettings(name="share", protocol="local", root="/srv/exports").host is None


def test_a_port_from_a_variable_is_a_number() -> None:
    assert SourceSettings(**SFTP, port="2022").port == 2022
