# mypy: ignore-errors
"""Serves Tryton on a free port, which it prints, until its standard input ends. Run by the Python that has it."""

import sys
from threading import Thread

from trytond import config
from werkzeug.serving import WSGIRequestHandler, make_server

config.update_etc(sys.argv[1])

from trytond.pool import Pool  # noqa: E402
from trytond.transaction import Transaction  # noqa: E402
from trytond.wsgi import app  # noqa: E402


class Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Nothing is to be read about it."""


Pool.start()
for name in sys.argv[2:]:
    with Transaction().start(name, 0, readonly=True):
        Pool(name).init()
server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
