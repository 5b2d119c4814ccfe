"""A Chrome-like browser for the browser tests: found, or installed where that is welcome."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click

PROGRAMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
)
MAC_PROGRAMS = ("Google Chrome", "Chromium", "Microsoft Edge")
WINDOWS_PROGRAMS = ("Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe")
DEBIAN_PACKAGES = {"chromium": "chromium", "bwrap": "bubblewrap", "pg_ctlcluster": "postgresql"}


def find() -> Path | None:
    """The browser for the tests: ``COURSE_BROWSER``, an installed one, or Playwright's download; or None."""
    return next((path for path in candidates() if path.is_file()), None)


def candidates() -> Iterator[Path]:
    """Where a browser may be, best first."""
    if os.environ.get("COURSE_BROWSER"):
        yield Path(os.environ["COURSE_BROWSER"])
    yield from (Path(found) for name in PROGRAMS if (found := shutil.which(name)))
    for name in MAC_PROGRAMS:
        yield Path("/Applications") / f"{name}.app" / "Contents" / "MacOS" / name
    for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        if os.environ.get(variable):
            yield from (Path(os.environ[variable]) / program for program in WINDOWS_PROGRAMS)
    if (downloaded := playwright_download()) is not None:
        yield downloaded


def playwright_download() -> Path | None:
    """Where Playwright keeps the Chromium that it downloads itself; None without Playwright."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path)


def provide() -> Path | None:
    """Find a browser or install one (apt on Debian as root, else Playwright's); None if that failed."""
    if is_debian_root():
        missing = [package for program, package in DEBIAN_PACKAGES.items() if not shutil.which(program)]
        if missing:
            apt_install(missing)
    if find() is None:
        click.echo("No Chrome, Chromium or Edge on this machine; Playwright downloads Chromium (170 MB).")
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    return find()


def is_debian_root() -> bool:
    """Whether packages of Debian may be installed: Debian itself (Ubuntu's chromium is a snap), as root."""
    release = Path("/etc/os-release")
    if os.name == "nt" or os.geteuid() != 0 or not release.exists():
        return False
    return "ID=debian" in release.read_text(encoding="utf-8").splitlines()


def apt_install(packages: list[str]) -> None:
    """Install Debian packages; a failure is told and left to the caller, who looks whether they are there."""
    click.echo(f"Installing {', '.join(packages)} with apt for the tests.")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run(
            ["apt-get", *command], env=environment, capture_output=True, text=True, errors="replace"
        )
        if done.returncode != 0:
            click.echo(f"apt-get {command[0]} failed: {done.stderr.strip()[-500:]}", err=True)
            return
