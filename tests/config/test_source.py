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


@pytest.mark.parametrize("protocol", ["smb", "FTP"])
def test_an_unknown_protocol_is_an_error_that_lists_the_known_ones(protocol: str) -> None:
    with pytest.raises(ValidationError, match=f"'{protocol}' is not available yet, allowed: sftp, ftps, ftp, local"):
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


FTPS = {"name": "erp", "protocol": "ftps", "host": "files.example.com", "username": "erp", "password": "torque wrench"}
FTP = FTPS | {"protocol": "ftp", "allow_plaintext": True}


@pytest.mark.parametrize(
    ("settings", "port"),
    [
        (SFTP, 22),
        (FTPS, 21),
        (FTPS | {"tls": "implicit"}, 990),
        (FTP, 21),
        (FTPS | {"port": ""}, 21),
        (FTPS | {"tls": "implicit", "port": 2121}, 2121),
    ],
)
def test_the_usual_port_depends_on_the_protocol(settings: dict[str, object], port: int) -> None:
    assert SourceSettings.model_validate(settings).port == port


@pytest.mark.parametrize("accepted", [None, False])
def test_plain_ftp_has_to_be_accepted(accepted: bool | None) -> None:
    settings = {name: value for name, value in FTP.items() if name != "allow_plaintext"}
    with pytest.raises(ValidationError, match=r"without encryption: use ftps or sftp; .*`allow_plaintext: true`"):
        SourceSettings.model_validate(settings | ({} if accepted is None else {"allow_plaintext": accepted}))


@pytest.mark.parametrize("missing", ["host", "username", "password"])
@pytest.mark.parametrize("settings", [FTP, FTPS])
def test_an_ftp_server_needs_a_user_with_a_password(settings: dict[str, object], missing: str) -> None:
    with pytest.raises(ValidationError, match=f"{missing} is needed with protocol {settings['protocol']}"):
        SourceSettings.model_validate(settings | {missing: ""})


@pytest.mark.parametrize(
    ("settings", "attribute", "value"),
    [
        (FTPS, "allow_plaintext", True),
        (FTPS, "private_key", "key"),
        (FTPS, "host_key", "SHA256:" + "a" * 43),
        (FTP, "ca_file", "ca.pem"),
        (FTP, "tls", "implicit"),
        (SFTP, "tls", "implicit"),
        (SFTP, "allow_plaintext", True),
        (SFTP, "listing_timezone", "Europe/Athens"),
    ],
)
def test_an_attribute_of_another_protocol_is_an_error(
    settings: dict[str, object], attribute: str, value: object
) -> None:
    with pytest.raises(ValidationError, match=f"{attribute}: is for protocol"):
        SourceSettings.model_validate(settings | {attribute: value})


@pytest.mark.parametrize("attribute", ["verify", "insecure", "check_hostname"])
def test_there_is_no_way_to_turn_off_the_check_of_certificates(attribute: str) -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        SourceSettings.model_validate(FTPS | {attribute: False})


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "cp1253", "cp850", "latin-1"])
def test_names_have_an_encoding(encoding: str) -> None:
    assert SourceSettings.model_validate(FTPS | {"name_encoding": encoding}).name_encoding


@pytest.mark.parametrize("encoding", ["utf-16", "cp037", "hex", "greek letters"])
def test_an_encoding_of_names_has_the_letters_of_ascii(encoding: str) -> None:
    with pytest.raises(ValidationError, match=f"'{encoding}' is no encoding of file names"):
        SourceSettings.model_validate(FTPS | {"name_encoding": encoding})


def test_an_unknown_zone_is_named() -> None:
    with pytest.raises(ValidationError, match="'Athens' is no time zone such as Europe/Athens"):
        SourceSettings.model_validate(FTPS | {"listing_timezone": "Athens"})
