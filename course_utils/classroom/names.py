"""Words that others chose, names above all, made fit for terminals, pages and spreadsheets."""

from __future__ import annotations

import html
import re
import unicodedata

LONGEST_NAME = 100
LOST = "\N{REPLACEMENT CHARACTER}"
ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"  # part of how Persian and Hindi are written
MARKUP = str.maketrans({"<": "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}",
                        ">": "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"})  # fmt: skip


def visible(text: str) -> str:
    """`text` as a terminal may show it: what steers the terminal, or turns or hides letters, is replaced."""
    kept = f"\n{JOINERS}"
    return "".join(letter if letter in kept or shows(letter) else LOST for letter in text)


def shows(letter: str) -> bool:
    """Whether a character is one that is seen, or a space."""
    return letter.isprintable() or unicodedata.category(letter) == "Zs"


def clean_name(text: str) -> str:
    """A person's name without invisible characters, superfluous blanks and the entities of web pages.

    Raises:
        ValueError: it holds what no name does; the message says what.
    """
    name = " ".join(without_invisible(resolved(text)).split())
    if "<" in name or ">" in name:
        raise ValueError(f"the name '{name}' holds markup; a name has no < and >")
    if any(not shows(letter) and letter not in JOINERS for letter in name):
        raise ValueError(f"the name '{visible(name)}' holds control characters")
    if LOST in name or "?" in name:
        raise ValueError(f"a letter of the name '{name}' was lost when the file was written: export it anew")
    if (meant := decoded_twice(name)) != name:
        raise ValueError(f"the name '{name}' was garbled when the file was written; is it '{meant}'?")
    if len(name) > LONGEST_NAME:
        raise ValueError(f"the name '{name[:20]}...' is longer than {LONGEST_NAME} characters")
    return name


def harmless_name(text: str) -> str:
    """A name that is stored already: what `clean_name` refuses is replaced."""
    try:
        return clean_name(text)
    except ValueError:
        return visible(" ".join(without_invisible(resolved(text)).split())).translate(MARKUP)[:LONGEST_NAME]


def resolved(text: str) -> str:
    """`text` without entities (``&uuml;``, ``&#39;``), however often they were put in."""
    while (plainer := ENTITY.sub(lambda match: html.unescape(match[0]), text)) != text:
        text = plainer
    return text


def without_invisible(text: str) -> str:
    """`text` without characters of no width and those that turn the direction of writing."""
    return "".join(
        letter
        for before, letter in zip(f" {text}", text, strict=False)
        if unicodedata.category(letter) != "Cf"
        or (letter in JOINERS and unicodedata.category(before)[0] in "LM" and not before.isascii())
    )


def decoded_twice(text: str) -> str:
    """What was meant where UTF-8 was once read as the Western letters of Windows (``MÃ¼ller``)."""
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text


def looks_garbled(name: str) -> bool:
    """Whether a name was hardly written with the Western letters of Windows, as which it was read."""
    words = re.findall(r"[^\W\d_]+", name)
    return (
        any(letter in "£¤¥¦§¨©¬®¯°±²³¶¸¹¼½¾¿¡×÷†‡‰‹›™•…¢µªº" for letter in name)
        or any(
            len(word) > 2 and 2 * sum(not letter.isascii() for letter in word) > len(word) for word in words
        )
        or any(
            not letter.isascii() and letter.isupper() and not word.isupper()
            for word in words
            for letter in word[1:]
        )
    )
