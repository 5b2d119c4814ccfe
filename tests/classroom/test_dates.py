"""Times as platforms write them for people."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from course_utils.classroom import dates

BERLIN = ZoneInfo("Europe/Berlin")
LAST_MINUTE = datetime(2026, 11, 30, 22, 59, tzinfo=UTC)


def read(*texts):
    found = dates.moments(texts, BERLIN)
    return [found.get(text) for text in texts]


@pytest.mark.parametrize(
    "text",
    [
        "Monday, 30 November 2026, 11:59 PM",
        "Monday, November 30, 2026, 11:59 PM",
        "Mon, 30 Nov 2026, 23:59",
        "Montag, 30. November 2026, 23:59",
        "lundi 30 novembre 2026, 23:59",
        "lundi 30 novembre 2026, 23h59",
        "lunes, 30 de noviembre de 2026, 23:59",
        "segunda, 30 nov. 2026, 23:59",
        "lunedì, 30 novembre 2026, 23:59",
        "mandag den 30. november 2026 kl. 23:59",
        "poniedziałek, 30 listopada 2026, 23:59",  # listopad is October in Croatia: the weekday decides
        "pondělí, 30. listopadu 2026, 23.59",
        "Понедельник, 30 ноября 2026, 23:59",
        "Pazartesi, 30 Kasım 2026, 23:59",
        "Δευτέρα, 30 Νοεμβρίου 2026, 11:59 μμ",
        "الاثنين، 30 نوفمبر 2026، 11:59 م",
        "2026年11月30日 星期一 下午11:59",
        "2026년 11월 30일 월요일 오후 11:59",
        "Hétfő, 2026. november 30. 23:59",
        "30.11.2026 23:59",
        "30.11.2026 23.59",
        "30/11/2026, 23:59",
        "11/30/2026 11:59 pm",
        "2026-11-30 23:59",
        "2026-11-30T22:59:00Z",
    ],
)
def test_one_minute_in_many_languages(text):
    assert read(text) == [LAST_MINUTE]


@pytest.mark.parametrize(
    "text",
    [
        "-",
        "",
        "Never",
        "30 listopada 2026, 23:59",  # Polish or Croatian?
        "11/12/2026 23:59",  # November or December?
        "Tuesday, 30 November 2026, 23:59",  # it is a Monday
        "30 November 2026, 11:59 xx",  # which half of the day?
        "31 November 2026, 23:59",
        "30 November 2026, 24:59",
        "30 November 2026",
        "23:59",
        "วันจันทร์, 30 พฤศจิกายน 2569, 23:59",  # of another era
        "1 2 3 4 November 2026 23:59",
    ],
)
def test_nothing_is_guessed(text):
    assert read(text) == [None]


def test_a_column_tells_what_a_text_does_not():
    assert read("13/11/2026 10:00", "11/12/2026 11:00")[1] == datetime(2026, 12, 11, 10, tzinfo=UTC)
    assert read("11/13/2026 10:00", "11/12/2026 11:00")[1] == datetime(2026, 11, 12, 10, tzinfo=UTC)
    assert read("13/11/2026 10:00", "11/13/2026 10:00", "11/12/2026 11:00")[2] is None
    assert read("30 November 2026, 22:59 Uhr", "30 November 2026, 11:59 Uhr")[1].hour == 10
