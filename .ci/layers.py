#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Checks who includes whom; prints one line for each violation: file:line: reason."""

import pathlib
import re
import sys

PRODUCT = ("common", "server", "client")
SOURCES = PRODUCT + ("tests", "bench")

# Folders by rank: each includes itself and folders of lower ranks.  "": the top files.
SERVER = (("process",), ("request",), ("access",), ("stats", "sandbox"), ("transfer", "config"),
          ("workers",), ("",))
COMMAND = (("base",), ("cli",), ("select",), ("show",), ("output",), ("",))

EXAMPLE = "client/lib/example.c"  # for users of the installed library
SYSV = "common/sysv/"  # the only callers of msg*, shm* and sem*

# Files above the seam that find and remove the objects of dead processes, and the state of a door.
FINDERS = ("server/clean.c", "server/workers/orphan.h", "server/workers/reaper.c",
           "server/workers/ring_budget.c", "client/lib/diagnose.c", "client/lib/diagnosis.h", "client/lib/diagnosis_limits.h",
           "common/door.h")
IPC_CALL = re.compile(r"\b((?:msg|shm|sem)(?:get|snd|rcv|ctl|at|dt|op|timedop))\s*\(")
INCLUDE = re.compile(r'\s*#\s*include\s+(["<])([^">]+)[">]')
COMMENT_OR_TEXT = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'', re.S)


def rank(ranks, folder):
    """Returns the rank of a folder, or None if the folder has none."""
    return next((i for i, names in enumerate(ranks) if folder in names), None)


def room(path, base):
    """Returns the folder of path below base: "" for files directly in base."""
    folder = str(pathlib.PurePath(path).parent)
    return folder[len(base) + 1:]


def ranked(path, header, base, ranks):
    """Returns why path may not include header, both below base, or None."""
    here, there = room(path, base), room(header, base)
    if rank(ranks, here) is None:
        return f"{base}/{here} has no rank in .ci/layers.py"
    if rank(ranks, there) is None:
        return f"{base}/{there} has no rank in .ci/layers.py"
    if here != there and rank(ranks, there) >= rank(ranks, here):
        return f"{base}/{here or '*'} may not include {base}/{there or '*'}"
    return None


def allowed_area(path, header):
    """Returns why path may not include header by their top folders, or None."""
    area, other = path.split("/")[0], header.split("/")[0]
    if area == "tests" or other == area or (area in PRODUCT and other == "common"):
        return None
    if area == "bench" and other in ("common", "client"):
        return None
    return f"{area} may not include {other}"


def misplaced(path, header):
    """Returns why path may not include header, or None."""
    reason = allowed_area(path, header)
    if reason or path.split("/")[0] != header.split("/")[0]:
        return reason
    if path.startswith("server/"):
        return ranked(path, header, "server", SERVER)
    if path.startswith("client/command/"):
        if header.startswith("client/command/"):
            return ranked(path, header, "client/command", COMMAND)
        if header != "client/lib/msgfetch.h":
            return "client/command may include only msgfetch.h of the library"
    if path.startswith("client/lib/") and not header.startswith("client/lib/"):
        return "client/lib may not include client/command"
    return None


def beneath_seam(path, header):
    """Returns why path may not include header, which may be of one family of IPC, or None."""
    if not header.startswith(SYSV) or path.startswith((SYSV, "tests/", "bench/")) or path in FINDERS:
        return None
    return f"only {SYSV} and {', '.join(FINDERS)} may include {header}"


def includes(path):
    """Yields (line number, "<" or '"', name) for each include of a file."""
    for number, line in enumerate(pathlib.Path(path).read_text().splitlines(), 1):
        found = INCLUDE.match(line)
        if found:
            yield number, found[1], found[2]


def check_order(path, found):
    """Checks that a file includes config.h, its own header, the project's, the system's."""
    own = path[:-2] + ".h"
    names = [name for _, _, name in found]
    if path.endswith(".c") and names[:1] != ["config.h"]:
        yield 1, '"config.h" is not the first include'
    elif own in names and names[1] != own:
        yield found[names.index(own)][0], f'"{own}" is not the second include'
    for (_, before, _), (number, kind, name) in zip(found, found[1:]):
        if before == "<" and kind == '"' and "/" in name:
            yield number, f'"{name}" comes after a header of the system'


def check_includes(path):
    """Yields (line number, reason) for the includes of one file."""
    found = list(includes(path))
    if path != EXAMPLE:
        yield from check_order(path, found)
    for number, kind, name in found:
        if name == "confuse.h" and not path.startswith(("server/config/", "tests/fuzz/")):
            yield number, "only server/config may include libconfuse"
        if name == "jansson.h" and path != "client/command/show/json.c":
            yield number, "only client/command/show/json may include libjansson"
        if kind == '"' and name == "config.h" and path.endswith(".h"):
            yield number, "a header may not include config.h"
        if kind == '"' and "/" in name:
            reason = misplaced(path, name) or beneath_seam(path, name)
            if reason:
                yield number, reason


def check_calls(path):
    """Yields (line number, reason) for System V calls outside their folder."""
    if path.startswith(SYSV) or not path.startswith(tuple(area + "/" for area in PRODUCT)):
        return
    blank = lambda found: "\n" * found[0].count("\n")
    code = COMMENT_OR_TEXT.sub(blank, pathlib.Path(path).read_text())
    for number, line in enumerate(code.splitlines(), 1):
        for call in IPC_CALL.finditer(line):
            yield number, f"{call[1]}() may be called only in {SYSV}"


def module(path):
    """Returns the name that a source file and its header share."""
    return path[:-2]


def check_cycles(paths):
    """Yields a text for each cycle of modules, a module being x.c with x.h."""
    edges = {}
    for path in paths:
        targets = edges.setdefault(module(path), {})
        for number, kind, name in includes(path):
            if kind == '"' and name in paths and module(name) != module(path):
                targets.setdefault(module(name), f"{path}:{number}")
    done = set()

    def visit(node, trail):
        if node in trail:
            cycle = trail[trail.index(node):] + [node]
            yield f"{edges[cycle[0]][cycle[1]]}: include cycle: {' -> '.join(cycle)}"
        elif node not in done:
            for target in edges.get(node, {}):
                yield from visit(target, trail + [node])
            done.add(node)

    for node in sorted(edges):
        yield from visit(node, [])


def main():
    paths = sorted(str(path) for area in SOURCES for path in pathlib.Path(area).rglob("*.[ch]"))
    findings = [f"{path}:{number}: {reason}" for path in paths
                for check in (check_includes, check_calls) for number, reason in check(path)]
    findings += check_cycles(paths)
    print("\n".join(findings), end="\n" if findings else "")
    return bool(findings)


if __name__ == "__main__":
    sys.exit(main())
