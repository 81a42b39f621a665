"""A server that answers as Microsoft's does, which is in no Debian package, and misbehaves when a test wants it to."""

import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wiseparts_pipeline.config.source import SourceSettings

PASSWORD = "torque wrench"


@dataclass
class WindowsFtp:
    """No MLSD and no MLST. `answers`: what it says to a command instead, by its first word."""

    root: Path
    features: tuple[str, ...] = ("SIZE", "MDTM")
    answers: dict[str, str] = field(default_factory=dict)
    listing: str = ""
    commands: list[str] = field(default_factory=list)
    # Set: it goes on. A test clears it to have listings wait.
    may_list: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.may_list.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def settings(self, **changes: Any) -> SourceSettings:
        usual = {"name": "erp", "protocol": "ftp", "allow_plaintext": True, "host": "127.0.0.1", "port": self.port}
        return SourceSettings.model_validate(usual | {"username": "erp", "password": PASSWORD} | changes)

    def close(self) -> None:
        self.may_list.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        data = None
        with connection, connection.makefile("rwb", buffering=0) as control:

            def say(text: str) -> None:
                control.write(f"{text}\r\n".encode("latin-1"))

            say(self.answers.get("", "220 Microsoft FTP Service"))
            for line in control:
                command, _, value = line.decode("latin-1").rstrip("\r\n").partition(" ")
                self.commands.append(command)
                if command in self.answers:
                    if data is not None:
                        data.close()
                    say(self.answers[command])
                    continue
                file = self.root / value.lstrip("/")
                match command:
                    case "USER":
                        say("331 Password required")
                    case "PASS":
                        say("230 User logged in." if value == PASSWORD else f"530 User cannot log in with {value}.")
                    case "FEAT":
                        say("\r\n".join(["211-Extended features supported:", *(f" {each}" for each in self.features)]))
                        say("211 END")
                    case "TYPE" | "CWD" | "NOOP":
                        say("250 OK" if command != "CWD" or file.is_dir() else "550 The system cannot find the file.")
                    case "PASV":
                        data = socket.create_server(("127.0.0.1", 0))
                        port = data.getsockname()[1]
                        say(f"227 Entering Passive Mode (10,0,0,1,{port // 256},{port % 256}).")
                    case "LIST" | "RETR" if data is not None:
                        say("125 Data connection already open; Transfer starting.")
                        end, _ = data.accept()
                        self.may_list.wait()
                        end.sendall(self.listing.encode("latin-1") if command == "LIST" else file.read_bytes())
                        end.close()
                        data.close()
                        say("226 Transfer complete.")
                    case "SIZE" if file.is_file():
                        say(f"213 {file.stat().st_size}")
                    case "MDTM" if file.is_file():
                        say("213 20261127100000")
                    case "SIZE" | "MDTM":
                        say("550 The system cannot find the file specified.")
                    case "QUIT":
                        say("221 Goodbye.")
                    case _:
                        say("500 Command not understood.")
