"""The recorded session in docs/ is a true one: the virtual machine answers its host frames as recorded."""

from __future__ import annotations

import json
import socket
import struct
import zlib
from math import inf
from pathlib import Path
from threading import Thread

from record_session import HEAD, NAMES, recorded, said

from voxelyte import png
from voxelyte.machine.links import SocketLink
from voxelyte.machine.session import serve_link
from voxelyte.members import member

FILE = Path(__file__).parent.parent / "docs" / "stream-session.txt"
BY_CHANCE = {"session", "clock_s", "nonce"}
BY_ENCODER = {"bytes", "sha256"}
"""Of a MASK: igzip may compress otherwise on another processor; the pixels are compared instead."""


def read() -> list[tuple[str, str, bytes]]:
    """Way, words and bytes of each frame in the file."""
    found = []
    for block in FILE.read_text(encoding="utf-8").split("\n\n"):
        lines = block.strip().splitlines()
        if lines[0][:2] in ("> ", "< "):
            found.append((lines[0][0], lines[0][2:], bytes.fromhex("".join(lines[1:]))))
    return found


def meaning(frame: bytes) -> tuple[int, object]:
    """Type and payload, without what differs from run to run."""
    payload = frame[HEAD:-4]
    if frame[4] == 0x04:
        return frame[4], (payload[:8], png.decode(payload[8:]).tobytes())
    keys = json.loads(payload or b"{}")
    return frame[4], {key: value for key, value in keys.items() if key not in BY_CHANCE | BY_ENCODER}


def test_frames_are_whole_and_say_what_is_written():
    session = read()
    assert len(session) > 20
    for _, words, frame in session:
        assert frame[:4] == b"VXL1"
        assert zlib.crc32(frame[:16]) == struct.unpack_from("<I", frame, 16)[0]
        assert zlib.crc32(frame[HEAD:-4]) == struct.unpack("<I", frame[-4:])[0]
        assert said(frame) == words
    assert {NAMES[frame[4]] for _, _, frame in session} >= {
        "HELLO",
        "WELCOME",
        "MASK",
        "DATA",
        "LAYER",
        "START",
        "EVENT",
        "BYE",
    }


def test_driver_still_says_the_same():
    """By type and meaning: events come when they come, so each way is compared for itself, events as a sequence of their own."""
    then = [(way, meaning(frame)) for way, _, frame in read()]
    now = [(way, meaning(frame)) for way, frame in recorded()]
    for way in "<>":
        for is_event in (False, True):

            def chosen(session, way=way, is_event=is_event):
                return [what for at, what in session if at == way and (what[0] == 0x84) == is_event]

            assert chosen(now) == chosen(then)


def test_machine_answers_as_recorded():
    """Answers in their order; sent as fast as the machine takes them, which no answer depends on."""
    machine = member("sim", "asiga-max").with_panel(width_px=12, height_px=8).start(speed=inf)
    ours, theirs = socket.socketpair()
    thread = Thread(target=serve_link, args=(machine, SocketLink(theirs)))
    thread.start()
    ours.settimeout(10)
    answers, held = [], b""
    try:
        for way, _, frame in read():
            if way == ">":
                ours.sendall(frame)
            elif frame[4] != 0x84 or meaning(frame)[1]["event"] == "done":
                while True:
                    while len(held) < HEAD or len(held) < HEAD + struct.unpack_from("<I", held, 12)[0] + 4:
                        data = ours.recv(65536)
                        assert data, "the machine hung up"
                        held += data
                    size = HEAD + struct.unpack_from("<I", held, 12)[0] + 4
                    got, held = held[:size], held[size:]
                    is_done = got[4] == 0x84 and meaning(got)[1]["event"] == "done"
                    if got[4] != 0x84 or is_done:
                        answers.append((meaning(frame), meaning(got)))
                        break
    finally:
        ours.close()
        thread.join(10)
        machine.close()
    assert answers
    assert all(then == now for then, now in answers)
