"""The lessons' times, judged after they ran."""

import pytest


@pytest.mark.after_lessons
def test_lessons_keep_their_time(lesson_clock, build_server):
    """Elsewhere than on a build server a slow lesson is only reported: the machine may be busy."""
    assert not (build_server and lesson_clock.late()), lesson_clock.late()
