"""From an address to a link; what is wrong is said in plain words, as wrong input or as nobody there."""

import os
import select
import socket
import subprocess
import sys
import threading
from contextlib import suppress

import pytest
from driver_fake import Fake, a_frame, a_job

from voxelyte.drivers import connect
from voxelyte.drivers._port import SCHEMES, Address
from voxelyte.errors import PrinterUnreachable, RecipeError


@pytest.mark.parametrize(
    ("text", "url", "baud", "line"),
    [
        ("socket://127.0.0.1:7624", "socket://127.0.0.1:7624", 115200, False),
        ("socket://[::1]:7624", "socket://[::1]:7624", 115200, False),
        ("serial:///dev/ttyACM0?baud=9600", "/dev/ttyACM0", 9600, True),
        ("serial:///dev/ttyACM0", "/dev/ttyACM0", 115200, True),
        ("serial://COM3?baud=250000", "COM3", 250000, True),
        ("/dev/pts/5", "/dev/pts/5", 115200, True),
        ("COM3", "COM3", 115200, True),
        ("rfc2217://host:2217", "rfc2217://host:2217", 115200, True),
        ("sim://asiga-max?speed=60&fault=mute@2", "sim://asiga-max?speed=60&fault=mute@2", 115200, False),
    ],
)
def test_addresses(text, url, baud, line):
    assert Address.of(text) == Address(text, url, baud, line)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("socket://127.0.0.1:7624?key=/etc/a%20key", "socket://127.0.0.1:7624"),
        ("serial:///dev/ttyACM0?key=/etc/a%20key&baud=9600", "/dev/ttyACM0"),
        ("/dev/pts/5?key=/etc/a%20key", "/dev/pts/5"),
        ("rfc2217://host:2217?timeout=3&key=/etc/a%20key", "rfc2217://host:2217?timeout=3"),
        ("sim://asiga-max?key=/etc/a%20key&speed=60", "sim://asiga-max?speed=60"),
    ],
)
def test_any_address_may_name_a_key_file(text, url):
    address = Address.of(text)
    assert (address.text, address.url, address.key_file) == (text, url, "/etc/a key")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("sokcet://h:1", "did you mean 'socket'"),
        ("socket://h", "HOST:PORT"),
        ("socket://:7624", "HOST:PORT"),
        ("socket://h:0", "1 to 65535"),
        ("socket://h:65536", "h:65536"),
        ("socket://h:seven", "h:seven"),
        ("socket://h:1/path", "HOST:PORT"),
        ("socket://h:1?logging=debug", "HOST:PORT"),
        ("socket://[::1:5", "socket"),
        ("serial://?baud=9600", "must name a device"),
        ("serial:///dev/x?baud=fast", "baud='fast'"),
        ("serial:///dev/x?baud=-1", "baud='-1'"),
        ("serial:///dev/x?baud=0", "greater than 0"),
        ("serial:///dev/x?baud=999999999999", "whole number"),
        ("serial:///dev/x?bawd=9600", "did you mean 'baud'"),
    ],
)
def test_a_wrong_address_is_wrong_input_and_is_named(text, why):
    with pytest.raises(RecipeError, match=why) as caught:
        connect(text)
    assert "\n" not in str(caught.value)
    assert text.strip() in str(caught.value)


@pytest.mark.parametrize("text", ["spy://", "rfc2217://nohost", "alt://x?class=Nothing", "sim://no-such"])
def test_an_address_that_only_pyserial_finds_wrong(text):
    with pytest.raises((RecipeError, PrinterUnreachable), match=text.partition("?")[0]), connect(text):
        pass


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as door:
        address = f"socket://127.0.0.1:{door.getsockname()[1]}"
    with pytest.raises(PrinterUnreachable, match=f"{address}: nobody listens there"), connect(address):
        pass


@pytest.mark.parametrize(
    ("address", "why"),
    [("/dev/no-such-device", "there is no such device"), ("serial:///dev/null", "not a serial device")],
)
def test_no_serial_device(address, why):
    with pytest.raises(PrinterUnreachable, match=why), connect(address):
        pass


def test_a_driver_that_is_not_open_says_so():
    driver = connect("socket://127.0.0.1:1")
    with pytest.raises(PrinterUnreachable, match="with statement"):
        driver.status()
    with pytest.raises(PrinterUnreachable, match="with statement"):
        list(driver.run(a_job([[0]])))


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="this system has no pseudo-terminals")
def test_a_whole_job_over_a_pseudo_terminal_with_an_older_sessions_bytes_on_the_line():
    """What an earlier session or a board's boot text left on the line is skipped until the greeting."""
    old = b"echo: boot ok\r\nVXL1" + a_frame(0x84, 7, b'{"event":"state","clock_s":1,"state":"printing"}')
    old += a_frame(0x84, 0, b"{}") + a_frame(0x85, 0, b"{}")[:17]
    master, slave = os.openpty()
    over = threading.Event()
    with Fake() as machine:

        def relay():
            port = int(machine.address.rpartition(":")[2])
            first = True
            with socket.create_connection(("127.0.0.1", port)) as wire, suppress(OSError):
                while not over.is_set():
                    ready = select.select([master, wire], [], [], 0.01)[0]
                    if master in ready:
                        wire.sendall(os.read(master, 4096))
                    if wire in ready:
                        data = wire.recv(4096)
                        os.write(master, old * first + data)
                        first = False

        thread = threading.Thread(target=relay, daemon=True)
        thread.start()
        try:
            with connect(os.ttyname(slave)) as driver:
                assert [p.what for p in driver.run(a_job([[0], [1, 0]]))].count("done") == 1
        finally:
            over.set()
            thread.join(10)
            os.close(master)
            os.close(slave)
        assert machine.all_names("PING")[-1] == "BYE"


def test_importing_the_drivers_loads_no_port_and_no_picture_library():
    code = "import sys, voxelyte.drivers; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {"serial", "PIL", "isal", "trimesh", "shapely", "rich"}.isdisjoint(loaded)
    assert "voxelyte.drivers" in loaded


def test_an_unknown_scheme_names_the_known_ones():
    with pytest.raises(RecipeError, match="known: " + ", ".join(sorted(SCHEMES))):
        connect("qqqqqq://x")
