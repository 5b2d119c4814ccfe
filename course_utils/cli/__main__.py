"""The command ``course``, also to be started as ``python -m course_utils.cli``."""

import sys
from pathlib import Path

from course_utils.cli import surroundings
from course_utils.cli.installation import CLEAN, STAMP, hand_over


def enter() -> None:
    """Run the command in surroundings that cannot lead it astray."""
    if CLEAN not in sys._xoptions:
        sys.exit(hand_over(Path(sys.executable), Path(sys.prefix), sys.argv[1:]))
    main()


def main() -> None:
    """Run the command; when a package is missing, have the next start of ``course.py`` mend the installation."""
    surroundings.tolerate_any_encoding()
    try:
        from course_utils.cli.app import app

        app(prog_name="course")
    except ImportError as error:
        STAMP.unlink(missing_ok=True)
        sys.exit(
            f"The installation is damaged ({error}).\nStart again with  python course.py lab  and it is mended."
        )


if __name__ == "__main__":
    enter()
