"""Reads private keys and their certificates, from files or from text, and explains what is wrong with them."""

import base64
import io
from pathlib import Path

import paramiko
from pydantic import SecretStr

from wiseparts_pipeline.config.source import SshServer
from wiseparts_pipeline.transport.base import PermanentError


def private_key(settings: SshServer, where: str) -> paramiko.PKey | None:
    """The server's private key with its certificate; errors begin with `where`. Raises PermanentError."""
    text = _secret(settings.private_key)
    if text is None:
        return None
    if "-----BEGIN" not in text and "PuTTY-User-Key-File" not in text:
        try:
            text = Path(text).expanduser().read_text(encoding="ascii")
        except OSError as error:
            # Without the value and the error that quotes it: it may be part of a key.
            raise PermanentError(f"{where} is neither a key nor a readable file: {error.strerror}") from None
        except UnicodeDecodeError as error:
            raise PermanentError(f"{where} is not a private key") from error
    if text.startswith("PuTTY-User-Key-File"):
        raise PermanentError(f"{where} is a PuTTY key: convert it with `puttygen KEY -O private-openssh -o NEW`")
    # Environment variables often have it on one line.
    text = text.replace("\\n", "\n").strip() + "\n"
    passphrase = _secret(settings.private_key_passphrase)
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            key = kind.from_private_key(io.StringIO(text), password=passphrase)
            break
        except paramiko.PasswordRequiredException as error:
            raise PermanentError(f"{where} is encrypted: set private_key_passphrase") from error
        except (paramiko.SSHException, ValueError):
            continue
    else:
        if passphrase is not None:
            raise PermanentError(f"{where} cannot be opened with private_key_passphrase: check both")
        raise PermanentError(
            f"{where} is not a private key: it must be ed25519, ecdsa or rsa, in OpenSSH or PEM format"
        )
    if settings.private_key_certificate is not None:
        _add_certificate(key, settings.private_key_certificate, f"{where}_certificate")
    return key


def _add_certificate(key: paramiko.PKey, certificate: str, where: str) -> None:
    """`certificate`: a path, or the text, which begins with its type."""
    text = certificate
    if "-cert-v01@openssh.com " not in text:
        try:
            text = Path(text).expanduser().read_text(encoding="ascii")
        except OSError as error:
            raise PermanentError(f"{where} is neither a certificate nor a readable file: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise PermanentError(f"{where} is not a certificate") from error
    kind, _, encoded_text = text.strip().partition(" ")
    if not kind.endswith("-cert-v01@openssh.com"):
        raise PermanentError(f"{where} is not a certificate: it is the file ending with -cert.pub")
    try:
        key.load_certificate(paramiko.Message(base64.b64decode(encoded_text.split()[0])))
    except (ValueError, IndexError, paramiko.SSHException) as error:
        raise PermanentError(f"{where} is damaged, or not of the private key: {error}") from error


def _secret(value: SecretStr | None) -> str | None:
    return None if value is None else value.get_secret_value()
