"""TLS to the database: whoever asks for a server that proves its name gets no other, in each way of connecting."""

import datetime
import os
import pwd
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
import sqlalchemy
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests import debian, oldest_postgresql
from tests.dbt.building import Dbt
from wiseparts_pipeline.errors import WarehouseError
from wiseparts_pipeline.warehouse import Warehouse

Key = ec.EllipticCurvePrivateKey


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path, Path]]:
    """A server with a certificate for `localhost`, the file of the authority that made it, and one of another."""
    debian.need(oldest_postgresql.BINARIES / "postgres", oldest_postgresql.PACKAGE)
    folder = tmp_path_factory.mktemp("tls")
    authority, another = Authority("the authority"), Authority("another one")
    trusted, other = folder / "trusted.pem", folder / "other.pem"
    trusted.write_bytes(authority.pem)
    other.write_bytes(another.pem)
    with oldest_postgresql.running(None, ["fsync=off"]) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            row = connection.execute("show data_directory").fetchone()
            assert row
            authority.certify("localhost", Path(row[0]))
            connection.execute("alter system set ssl = on")
            connection.execute("select pg_reload_conf()")
        Warehouse(url).prepare()
        yield url.replace("127.0.0.1", "localhost"), trusted, other


def verified(url: str, ca: Path) -> Warehouse:
    return Warehouse(f"{url}?sslmode=verify-full&sslrootcert={quote(str(ca), safe='')}")


def test_an_import_connects_with_tls_and_checks_the_server(server: tuple[str, Path, Path]) -> None:
    url, trusted, other = server
    with verified(url, trusted).connect() as connection:
        assert connection.execute("select ssl from pg_stat_ssl where pid = pg_backend_pid()").fetchone() == (True,)
    with pytest.raises(WarehouseError, match="certificate verify failed"):
        verified(url, other).connect()


def test_the_name_of_the_server_is_checked(server: tuple[str, Path, Path]) -> None:
    url, trusted, _ = server
    with pytest.raises(WarehouseError, match="does not match host name"):
        verified(url.replace("localhost", "127.0.0.1"), trusted).connect()


def test_an_analyst_connects_with_tls(server: tuple[str, Path, Path]) -> None:
    url, trusted, _ = server
    with verified(url, trusted).connect(read_only_analyst=True) as connection:
        assert connection.info.get_parameters()["sslmode"] == "verify-full"


def test_dagsters_storage_connects_with_tls_and_checks_the_server(server: tuple[str, Path, Path]) -> None:
    url, trusted, other = server
    of_dagster = verified(url, trusted).dagster_url()
    engine = sqlalchemy.create_engine(of_dagster)
    with engine.connect() as connection:
        query = sqlalchemy.text("select ssl from pg_stat_ssl where pid = pg_backend_pid()")
        assert connection.execute(query).scalar() is True
    engine.dispose()
    distrustful = sqlalchemy.create_engine(of_dagster.replace(quote(str(trusted), safe=""), quote(str(other), safe="")))
    with pytest.raises(sqlalchemy.exc.OperationalError, match="certificate verify failed"):
        distrustful.connect()


def test_dbt_connects_with_tls_and_checks_the_server(
    server: tuple[str, Path, Path], dbt_target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, trusted, other = server
    dbt = Dbt(verified(url, trusted), dbt_target)
    assert dbt("debug", "--connection").returncode == 0
    environment = dbt.warehouse.dbt_environment() | {"WISEPARTS_PG_SSLROOTCERT": str(other)}
    monkeypatch.setattr(Warehouse, "dbt_environment", lambda _: environment)
    refused = dbt("debug", "--connection")
    assert refused.returncode != 0
    assert "certificate verify failed" in refused.stdout


class Authority:
    """Makes certificates."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = self._builder(self._name, self._key)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.pem = builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def certify(self, host: str, folder: Path) -> None:
        """Puts a key and its certificate for the host into a server's data folder."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        builder = self._builder(subject, key)
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        signed = builder.sign(self._key, hashes.SHA256())
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        for name, content in (
            ("server.crt", signed.public_bytes(serialization.Encoding.PEM)),
            ("server.key", private),
        ):
            (folder / name).write_bytes(content)
            (folder / name).chmod(0o600)
            if os.geteuid() == 0:
                user = pwd.getpwnam("postgres")
                os.chown(folder / name, user.pw_uid, user.pw_gid)

    def _builder(self, subject: x509.Name, key: Key) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
        )
