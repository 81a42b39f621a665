"""`wiseparts serve api`: look-ups over HTTP, until stopped."""

import signal
import ssl
from pathlib import Path
from typing import Annotated

import typer

from wiseparts_pipeline.cli.output import PLAIN, err, out
from wiseparts_pipeline.cli.ports import is_loopback, refuse_taken
from wiseparts_pipeline.cli.servers.running import url_of
from wiseparts_pipeline.cli.servers.service import is_installed
from wiseparts_pipeline.cli.stack import configuration_at_rest
from wiseparts_pipeline.errors import ConfigurationError, WisepartsError
from wiseparts_pipeline.live.lookups import Lookups
from wiseparts_pipeline.warehouse import Role, Warehouse

serve = typer.Typer(help="Answer other programs, until Ctrl-C.", no_args_is_help=True, **PLAIN)


@serve.callback()
def _serve() -> None:
    pass


@serve.command()
def api(
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen at.")] = 3001,
    tls_cert: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="The certificate for TLS, with its chain, as PEM.")
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="The private key of the certificate, as PEM.")
    ] = None,
    behind_proxy: Annotated[
        bool, typer.Option("--behind-proxy", help="A reverse proxy with TLS is between this and everybody else.")
    ] = False,
    requests_per_second: Annotated[float, typer.Option(min=1, max=10_000, help="How often each key may ask.")] = 30,
) -> None:
    """Answer look-ups over HTTP, as the component Live has them, until Ctrl-C.

    Whoever asks needs a key, see `wiseparts api-key`. Requests that have begun are answered before it ends.
    """
    if not is_installed():
        raise WisepartsError(
            "The service is an optional part that is not installed here: pip install 'wiseparts-pipeline[api]'"
        )
    _check_certificate(tls_cert, tls_key)
    if not (is_loopback(host) or tls_cert or behind_proxy):
        raise ConfigurationError(
            f"--host {host} would have keys and answers travel in the clear: give --tls-cert and --tls-key, or put a"
            " reverse proxy with TLS before it and say so with --behind-proxy."
        )
    refuse_taken(port, host, "the service")
    configuration = configuration_at_rest()
    if not configuration.live:
        err.print("No connection answers look-ups: what is stored is all there is, see docs/api.md.", style="yellow")
    # FastAPI takes a while to load, which other commands do not have to wait for.
    from wiseparts_pipeline.api.server import Server, log_to_stderr
    from wiseparts_pipeline.api.service import Service

    def began() -> None:
        url = url_of(host, port)
        out.print(f"Look-ups    {url.replace('http', 'https', 1) if tls_cert else url}/docs", style="bold")
        out.print("Stop with   Ctrl-C")

    log_to_stderr()
    # Shut down properly on either signal.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with (
            Warehouse.open(role=Role.IMPORTER) as warehouse,
            Lookups(configuration, warehouse) as lookups,
            Service.running(lookups, warehouse, requests_per_second) as service,
        ):
            Server(service, host, port, certificate=tls_cert, private_key=tls_key, began=began).run()
    except KeyboardInterrupt:
        err.print("Stopped")


def _check_certificate(certificate: Path | None, private_key: Path | None) -> None:
    """Raises ConfigurationError if there is one and it cannot be used."""
    if (certificate is None) != (private_key is None):
        raise ConfigurationError("--tls-cert and --tls-key are needed together: a certificate and its private key.")
    if certificate is not None:
        try:
            # Without a password, so that nobody is asked for one.
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, private_key, password="")
        except (ssl.SSLError, OSError) as error:
            raise ConfigurationError(
                f"--tls-cert {certificate} with --tls-key {private_key} cannot be used: {error}. Both are PEM files,"
                " the key without a password."
            ) from None
