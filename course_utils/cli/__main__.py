"""``python -m course_utils.cli`` is the command ``course``."""

import sys

from course_utils.cli.installation import STAMP


def main() -> None:
    """Run the command; when a package is missing, have the next start of ``course.py`` mend the installation."""
    try:
        from course_utils.cli.app import app

        app(prog_name="course")
    except ImportError as error:
        STAMP.unlink(missing_ok=True)
        sys.exit(
            f"The installation is damaged ({error}).\nStart again with  python course.py lab  and it is mended."
        )


if __name__ == "__main__":
    main()
