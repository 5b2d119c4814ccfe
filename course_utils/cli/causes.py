"""What went wrong in an installation, in plain words. Standard library only."""

import re
import sys

FULL_DISK = (
    r"No space left on device|Errno 28\b|WinError 112|Disk quota exceeded|Errno 122\b|os error (28|112|122)\b"
)

# What pip or venv printed -> what a person needs to know. The first that matches is shown.
CAUSES = (
    (
        FULL_DISK,
        "The disk is full: the course needs about 5 GB while it installs. Make room and start again; "
        "what is already there is kept.",
    ),
    (
        r"ensurepip is not|No module named '?ensurepip",
        "This Python lacks 'ensurepip', which makes environments. On Debian and Ubuntu:  sudo apt install "
        f"python3.{sys.version_info[1]}-venv   Then start again.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError|SSLCertVerificationError",
        "The secure connection for the download was refused (certificate). Behind a company or school proxy, "
        "point pip to its certificate (pip config set global.cert FILE) and start again.",
    ),
    (
        r"NewConnectionError|NameResolutionError|Temporary failure in name resolution|getaddrinfo failed"
        r"|Name or service not known|nodename nor servname|Network is unreachable|Connection refused"
        r"|Connection reset|ConnectTimeoutError|ReadTimeoutError|Read timed out|ProxyError|IncompleteRead"
        r"|RemoteDisconnected|Connection broken",
        "No connection for the download. The first start needs the network (about 1 GB); later ones do not. "
        "Connect and start again: it goes on where it stopped.",
    ),
    (
        r"Windows Long Path support",
        "The path of this folder is too long for Windows. Move the course to a short one, such as "
        "C:\\course, or switch long paths on (https://pip.pypa.io/warnings/enable-long-paths).",
    ),
    (
        r"No matching distribution found|Could not find a version",
        "A package of the lock does not exist for this machine (operating system, processor or Python). "
        "TensorFlow needs a 64-bit Linux, Windows, or macOS on Apple silicon.",
    ),
    (
        r"Permission denied|Errno 13\b|WinError 5\b",
        "A file could not be written. Check that this folder belongs to you and that no program has .venv "
        "open, then start again.",
    ),
)


class SetupError(Exception):
    """The installation cannot go on; the message tells a person why and what to do."""


def is_full_disk(output: str) -> bool:
    """Whether pip or uv stopped because there is no room."""
    return re.search(FULL_DISK, output, flags=re.IGNORECASE) is not None


def explain(output: str, failure: str) -> str:
    """Plain words for what pip or venv printed.

    `failure` says what could not be done; it is shown with the last lines of `output` when the cause is
    not known.
    """
    for pattern, sentence in CAUSES:
        if re.search(pattern, output, flags=re.IGNORECASE):
            return sentence
    last = "\n".join(f"    {line}" for line in output.strip().splitlines()[-8:])
    return f"{failure}. The last words were:\n{last}\nMend that and start again; what is there is kept."
