"""Times as learning platforms write them for people, in whatever language, read without guessing."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo

YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
ISO = re.compile(r"(20\d\d)-(\d\d)-(\d\d)")
EAST_ASIAN = re.compile(r"(20\d\d)\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]")
NUMBERS = re.compile(r"(?<!\d)(\d{1,2})\s*([./-])\s*(\d{1,2})\s*\2\s*(20\d\d)(?!\d)")
CLOCKS = (
    re.compile(r"(?<!\d)(\d{1,2}):(\d\d)(?::(\d\d))?(?!\d)"),
    re.compile(r"(?<!\d)(\d{1,2})\s?[h시时時点]\s?(\d\d)(?:\s?[m분分]\s?(\d\d))?(?!\d)"),
    re.compile(r"(?<![\d.])(\d{1,2})\.(\d\d)(?:\.(\d\d))?(?![\d.])"),
)
WORDS = re.compile(r"[^\W\d_]+(?:[-'\u2019][^\W\d_]+)*")
ENGLISH_HALVES = {"am": 0, "pm": 12}

Names = Mapping[str, set[tuple[str, int]]]  # a word -> which languages mean which month or weekday by it


def moments(texts: Iterable[str], where: ZoneInfo) -> dict[str, datetime]:
    """The times, in UTC, that the texts of one column name on the clocks of `where`.

    What is no time, or could mean several, is missing. The texts help one another: 13/11 says that the day
    comes first in 12/11, too, and 23:59 that nobody counts to twelve.
    """
    cleaned = {text: clean(text) for text in texts}
    dates = {text: list(dates_in(short)) for text, short in cleaned.items()}
    clocks = {text: clock_in(short) for text, short in cleaned.items()}
    day_first = any(len(found) == 1 and found[0][0] == "day" for found in dates.values())
    month_first = any(len(found) == 1 and found[0][0] == "month" for found in dates.values())
    by_24 = any(clock is not None and clock[0].hour in (0, *range(13, 24)) for clock in clocks.values())
    result = {}
    for text, found in dates.items():
        if len(found) > 1 and day_first != month_first:
            found = [each for each in found if each[0] == ("day" if day_first else "month")]
        clock = clocks[text]
        if (told := with_zone(text)) is not None:
            result[text] = told
        elif len(found) == 1 and clock is not None and (by_24 or clock[1]):
            result[text] = datetime.combine(found[0][1], clock[0], where).astimezone(UTC)
    return result


def with_zone(text: str) -> datetime | None:
    """The time that a text names together with its zone, as programs write it."""
    try:
        told = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return None if told.tzinfo is None else told.astimezone(UTC)


def clean(text: str) -> str:
    """A text without capitals and characters that do not print, digits as 0 to 9."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    shown = (letter for letter in plain if unicodedata.category(letter) not in ("Cf", "Cc"))
    return "".join(str(unicodedata.digit(letter)) if letter.isdigit() else letter for letter in shown)


def dates_in(text: str) -> Iterator[tuple[str, date]]:
    """The dates that a text may mean, each with what comes first in it: the day, the month, or nothing to say."""
    for pattern in (ISO, EAST_ASIAN):
        if match := pattern.search(text):
            yield from dated("", *map(int, match.groups()))
            return
    if match := NUMBERS.search(text):
        first, sign, second, year = match.groups()
        yield from dated("day", int(year), int(second), int(first))
        if sign != "." and first != second:
            yield from dated("month", int(year), int(first), int(second))
        return
    if year := YEAR.search(text):
        rest = text[: year.start()] + " " + text[year.end() :]
        for clock in CLOCKS:
            rest, replaced = clock.subn(" ", rest, count=1)
            if replaced:
                break
        numbers = re.findall(r"\d+", rest)
        if len(numbers) == 1:
            for month in months_in(rest, int(year[1]), int(numbers[0])):
                yield from dated("", int(year[1]), month, int(numbers[0]))


def dated(first: str, year: int, month: int, day: int) -> Iterator[tuple[str, date]]:
    """The date with these numbers, if there is one."""
    try:
        yield first, date(year, month, day)
    except ValueError:
        return


def months_in(text: str, year: int, day: int) -> set[int]:
    """The months that a text may name, in any language whose name of the weekday fits as well."""
    words = [*WORDS.findall(text), *(word.replace(".", "") for word in text.split())]
    sure, _ = fitting(words, year, day, "en")
    if sure:
        return sure
    sure, likely = fitting(words, year, day)
    return sure or likely


def fitting(words: list[str], year: int, day: int, only: str = "") -> tuple[set[int], set[int]]:
    """The months that the words name where the weekday fits, and those where there is no word for a weekday."""
    months, weekdays = names(only)
    named = {language_and_month for word in words for language_and_month in months.get(word, ())}
    days = {each for word in words for each in weekdays.get(word, ())}
    checked = {
        (language, month)
        for language, month in named
        for _, when in dated("", year, month, day)
        if (language, when.weekday()) in days
    }
    contradicted = {language for language, _ in named} & {language for language, _ in days}
    return {month for _, month in checked}, set() if contradicted else {month for _, month in named}


@cache
def names(only: str = "") -> tuple[Names, Names]:
    """The names of months (1 to 12) and of weekdays (Monday: 0) in one language, or in all that Unicode knows."""
    from babel import Locale

    months: dict[str, set[tuple[str, int]]] = defaultdict(set)
    weekdays: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for language in [only] if only else languages():
        locale = Locale.parse(language)
        for found, table in ((months, locale.months), (weekdays, locale.days)):
            for width in ("wide", "abbreviated"):
                for number, name in [*table["format"][width].items(), *table["stand-alone"][width].items()]:
                    for word in {clean(name), clean(name).replace(".", ""), *WORDS.findall(clean(name))[:1]}:
                        found[word].add((language, number))
    return months, weekdays


def languages() -> list[str]:
    """Every language that Unicode's data know."""
    from babel import localedata

    return [each for each in localedata.locale_identifiers() if "_" not in each]


@cache
def halves() -> Mapping[str, int]:
    """The words for the hours before (0) and after noon (12), without dots and blanks."""
    from babel import Locale

    found: dict[str, int] = {}
    for language in languages():
        for widths in Locale.parse(language).day_periods.values():
            for words in widths.values():
                for name, hours in (("am", 0), ("pm", 12)):
                    if name in words:
                        found.setdefault(re.sub(r"[\s.]", "", clean(words[name])), hours)
    return found


def clock_in(text: str) -> tuple[time, bool] | None:
    """The time of day in a text, and whether it is sure which half of the day is meant."""
    without_date = NUMBERS.sub(" ", ISO.sub(" ", text))
    for pattern in CLOCKS:
        if match := pattern.search(without_date):
            break
    else:
        return None
    hour, minute, second = (int(each or 0) for each in match.groups())
    after = re.sub(r"[\s.,]", "", without_date[match.end() :])
    before = re.sub(r"[\s.,]", "", without_date[: match.start()])
    if hour > 23 or minute > 59 or second > 59:
        return None
    half = half_of(after, before) if 1 <= hour <= 12 else None
    if half is not None:
        hour = hour % 12 + half
    sure = half is not None or hour in (0, *range(13, 24)) or not WORDS.search(after)
    return time(hour, minute, second), sure


def half_of(after: str, before: str) -> int | None:
    """Which half of the day (0 or 12) the text after a clock's time, or before it, names."""
    if after in ENGLISH_HALVES:
        return ENGLISH_HALVES[after]
    words = [word for word in (after, *suffixes(before)) if word]
    return next((halves()[word] for word in words if word in halves()), None) if words else None


def suffixes(text: str) -> Iterator[str]:
    """The ends of a text, without its digits, that are words for a half of the day in East Asia."""
    for length in (2, 3):
        end = text[-length:]
        if not end.isascii():
            yield end
