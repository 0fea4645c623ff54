"""OctoPrint's virtual printer behind TCP: run by the Python of a virtual environment that has OctoPrint, and not this package.

    python octoprint_board.py '{"seed": 1, "errors": {"dont_answer": 0.05}, "mute_oks": 0.3}'

Says its port on the first line of its output. Each further line, as JSON, is something it did: [seconds, what, value]. `errors` are
the printer's own debug commands, each with how likely it is before a line; `damaged` is how likely a line is taken for damaged.
"""

# ruff: noqa: N802  (the names of its methods are its own)
import json
import random
import socket
import sys
import threading
import time
from tempfile import mkdtemp
from types import SimpleNamespace

from octoprint.plugins import virtual_printer
from octoprint.plugins.virtual_printer import virtual

ASKED = json.loads(sys.argv[1])
virtual.plugin_manager = lambda: SimpleNamespace(get_hooks=lambda _: {})


class Settings:
    """The plugin's own defaults, but for what is said here."""

    def __init__(self):
        self.kept = virtual_printer.VirtualPrinterPlugin().get_settings_defaults()
        self.kept |= {"rxBuffer": 4096, "simulated_errors": [], "enable_eeprom": False, "forceChecksum": False, "throttle": 0.0}
        self.kept |= ASKED.get("settings", {})

    def get(self, path, **_):
        return self.kept[path[0]] if path else self.kept

    get_int = get_float = get_boolean = get

    def global_get_basefolder(self, _):
        return mkdtemp()


def note(what, value=0.0):
    sys.stdout.write(json.dumps([time.monotonic(), what, value]) + "\n")
    sys.stdout.flush()


class Printer(virtual.VirtualPrinter):
    """As it is, with a lamp on its fan, and saying what it does."""

    def _gcode_M106(self, data):
        note("lamp", float(data.partition("S")[2]))

    def _gcode_M107(self, data):
        note("lamp", 0.0)

    def _gcode_G28(self, data):
        note("home")
        super()._gcode_G28(data)

    def _gcode_G4(self, data):
        super()._gcode_G4(data)
        note("dwell", float(data.partition("P")[2]) / 1000)

    def _performMove(self, line):
        super()._performMove(line)
        note("move", self._lastZ)

    def _ok(self):
        return None if chance.random() < ASKED.get("mute_oks", 0.0) else super()._ok()

    def trouble(self):
        """Before a line: perhaps one of its own debug commands, perhaps the line is damaged; one at a time."""
        if self._prepared_errors:
            return
        for name, likely in ASKED.get("errors", {}).items():
            if chance.random() < likely:
                note("trouble", name)
                self._debugTrigger(name)
                return
        if chance.random() < ASKED.get("damaged", 0.0):
            note("trouble", "damaged")
            self._prepared_errors.append(lambda cur, last, line: self._triggerResend(expected=cur, checksum=True))


def answer(printer, connection):
    while True:
        line = printer.readline()
        if line:
            try:
                connection.sendall(line.rstrip() + b"\n")
            except OSError:
                return


def hear(printer, connection):
    kept = b""
    while data := connection.recv(4096):
        *lines, kept = (kept + data).split(b"\n")
        for line in lines:
            number = int(line[1:].split(b" ")[0]) if line.startswith(b"N") and b"M110" not in line else -1
            if number >= ASKED.get("from_line", 0):
                printer.trouble()
            printer.write(line + b"\n")


chance = random.Random(ASKED.get("seed", 0))
listener = socket.create_server(("127.0.0.1", 0))
profiles = SimpleNamespace(get_current_or_default=lambda: {"volume": {}})
board = Printer(Settings(), profiles, mkdtemp(), read_timeout=0.5)
sys.stdout.write(f"{listener.getsockname()[1]}\n")
sys.stdout.flush()
while True:
    host, _ = listener.accept()
    host.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    threading.Thread(target=answer, args=(board, host), daemon=True).start()
    try:
        hear(board, host)
    except OSError:
        continue
