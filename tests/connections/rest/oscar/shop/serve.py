# mypy: ignore-errors
"""Serves the shop on a free port, which it prints, until its standard input ends."""

import sys
import warnings
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, make_server

from django.core.servers.basehttp import ThreadedWSGIServer
from django.core.wsgi import get_wsgi_application


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing is to be read about it."""


warnings.simplefilter("ignore")
server = make_server("127.0.0.1", 0, get_wsgi_application(), ThreadedWSGIServer, Quiet)
Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
