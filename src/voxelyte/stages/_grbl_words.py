"""What GRBL 1.1 means by its numbers: doc/csv/error_codes_en_US.csv and alarm_codes_en_US.csv, in our words."""

from __future__ import annotations

ERRORS = {
    1: "a g-code word without its letter",
    2: "a number that cannot be read",
    3: "a '$' command that it does not know",
    4: "a negative number where none may be",
    5: "homing is not switched on in its settings ($22=1)",
    6: "a step pulse shorter than 3 microseconds",
    7: "its memory could not be read; settings are as new",
    8: "it must be idle for that command",
    9: "locked: it is in alarm, or moves; home it",
    10: "soft limits need homing ($22=1)",
    11: "the line is too long",
    12: "the step rate is higher than it can make",
    13: "the safety door is open",
    14: "a start-up line is too long",
    15: "the jog goes beyond the machine's travel",
    16: "a jog command without '=', or with forbidden words",
    17: "laser mode needs a PWM output",
    20: "a g-code that it does not know",
    21: "two g-codes of one group in one line",
    22: "the feed rate is not set",
    23: "a g-code that needs a whole number",
    24: "two g-codes that both want axis words",
    25: "a word said twice in one line",
    26: "axis words are missing",
    27: "a line number out of range",
    28: "a g-code that needs P or L",
    29: "only the work coordinates G54 to G59 are known",
    30: "G53 needs G0 or G1",
    31: "axis words that nothing uses",
    32: "an arc without axis words in its plane",
    33: "a target that cannot be reached by that motion",
    34: "an arc whose radius cannot be",
    35: "an arc without its offsets",
    36: "words that nothing uses",
    37: "a tool length offset for another axis",
    38: "a tool number out of range",
}

ALARMS = {
    1: "a limit switch was hit; its place is likely lost",
    2: "the target lies beyond the machine's travel",
    3: "reset while it moved; its place is lost",
    4: "the probe was not in its initial state",
    5: "the probe did not touch",
    6: "homing failed: reset during homing",
    7: "homing failed: the safety door was opened",
    8: "homing failed: the limit switch was not left when pulling off",
    9: "homing failed: no limit switch was found",
}


def in_words(line: str) -> str:
    """`error:9` or `ALARM:1`, with what it means."""
    kind, _, code = line.partition(":")
    words = (ERRORS if kind == "error" else ALARMS).get(int(code) if code.isdecimal() else 0)
    return f"{line} ({words})" if words else line
