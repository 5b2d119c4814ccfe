"""``python -m course_utils.cli`` is the command ``course``."""

from course_utils.cli.app import app

app(prog_name="course")
