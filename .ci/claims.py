#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Checks tests/CLAIMS: each claim stands in SECURITY.md, and each test that it names exists.

A line is CLAIM: PROGRAM:CASE, or CLAIM: PROGRAM for all cases.  Prints file:line: reason for
each line that is wrong.
"""

import pathlib
import re
import sys

CLAIMS = pathlib.Path("tests/CLAIMS")
LINE = re.compile(r"(?P<claim>[^:]+): (?P<program>tests/[\w/.]+)(?::(?P<case>\w+))?")


def source_of(program):
    """Returns the text of a test program or script, or None."""
    for path in (pathlib.Path(program + ".c"), pathlib.Path(program)):
        if path.is_file():
            return path.read_text()
    return None


def has_case(program, source, case):
    """Returns whether a C source has TEST(case), or a script a function of this name."""
    name = rf"TEST\({case}\)" if pathlib.Path(program).suffix == "" else rf"\b(?:step_)?{case}\b"
    return re.search(name, source) is not None


def fault(line, security):
    """Returns the reason why a line is wrong, or None."""
    found = LINE.fullmatch(line)
    if not found:
        return "not a line of the form CLAIM: PROGRAM:CASE"
    if f"**{found['claim']}.**" not in security:
        return f'SECURITY.md makes no claim "{found["claim"]}"'
    source = source_of(found["program"])
    if source is None:
        return f"no test {found['program']}"
    if found["case"] and not has_case(found["program"], source, found["case"]):
        return f"{found['program']} has no case {found['case']}"
    return None


def main():
    failed = False
    security = pathlib.Path("SECURITY.md").read_text()
    for number, line in enumerate(CLAIMS.read_text().splitlines(), 1):
        reason = fault(line, security) if line and not line.startswith("#") else None
        if reason:
            print(f"{CLAIMS}:{number}: {reason}")
            failed = True
    return failed


if __name__ == "__main__":
    sys.exit(main())
