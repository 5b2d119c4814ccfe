#!/usr/bin/env python3
"""The front door of the course.

    python course.py lab      opens the lessons in JupyterLab
    python course.py test     runs every test
    python course.py doctor   looks over this machine and says what to mend

The first start installs everything into the folder .venv beside this file, which takes a few minutes; later
starts take seconds and need no network. `python course.py --help` lists all commands.
"""
# Kept readable for every Python since 2.7, so that an unsuitable one can say so in a sentence.

import os
import sys

SUITABLE = ((3, 13), (3, 12), (3, 11))


def is_on_path(program):
    """Whether a program of this name can be started from here."""
    names = [program, program + ".exe"]
    folders = os.environ.get("PATH", "").split(os.pathsep)
    return any(os.access(os.path.join(folder, name), os.X_OK) for folder in folders for name in names)


def wrong_python():
    """What a person reads who starts the course with a Python that is too old or too new."""
    found = "The course needs Python 3.11, 3.12 or 3.13; this is Python {0}.{1} ({2}).\n".format(
        sys.version_info[0], sys.version_info[1], sys.executable
    )
    for version in SUITABLE:
        name = "python{0}.{1}".format(*version)
        if is_on_path(name):
            return found + "A suitable one is here; type:  " + " ".join([name, "course.py"] + sys.argv[1:])
    return found + "Install one from https://www.python.org/downloads/ and start the course with that."


if sys.version_info[:2] not in SUITABLE:
    sys.exit(wrong_python())

if __name__ == "__main__":
    if os.name != "nt" and not sys.flags.utf8_mode:  # names of folders are UTF-8, whatever the locale says
        os.execv(sys.executable, [sys.executable, "-X", "utf8", os.path.abspath(__file__)] + sys.argv[1:])
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    from course_utils.cli import installation

    sys.exit(installation.main(sys.argv[1:]))
