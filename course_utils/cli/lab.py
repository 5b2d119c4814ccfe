"""``course lab``: JupyterLab with the file browser on the lessons and lesson 00 open."""

from __future__ import annotations

import errno
import os
import secrets
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence

import click

from course_utils.cli import kernel, project
from course_utils.cli.installation import ROOT

PROMPT_ANSWERS = "--ServerApp.kernel_websocket_connection_class=course_utils.cli.prompt.PromptConnection"
FIRST_PORT = 8888
PORTS_TRIED = 50


def start(
    *, port: int | None, ip: str = "localhost", open_browser: bool = True, jupyter_options: Sequence[str] = ()
) -> int:
    """Run JupyterLab in this process until it is stopped (Ctrl-C); returns its exit code.

    Raises:
        click.ClickException: the port is taken, or the lessons are missing.
    """
    project.require_notebooks()
    kernel.register()
    chosen = choose_port(port, ip)
    os.environ.setdefault("JUPYTER_TOKEN", secrets.token_hex(16))
    threading.Thread(target=announce, args=(host_name(ip),), daemon=True).start()
    from jupyterlab.labapp import LabApp

    arguments = server_arguments(port=chosen, ip=ip, open_browser=open_browser)
    return LabApp.launch_instance([*arguments, *jupyter_options]) or 0


def server_arguments(*, port: int, ip: str = "localhost", open_browser: bool = False) -> list[str]:
    """Options of ``jupyter lab`` that make it the course's: used here and by the browser tests."""
    options = [
        f"--ServerApp.root_dir={ROOT}",
        f"--ServerApp.ip={ip}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.open_browser={open_browser}",
        f"--LabApp.default_url={lesson_path()}",
        f"--LabApp.workspaces_dir={os.path.join(sys.prefix, 'share', 'jupyter', 'lab', 'course-workspaces')}",
        "--LabApp.extension_manager=readonly",
        "--LanguageServerManager.autodetect=False",  # its search runs npm, which may never end
        "--ServerApp.answer_yes=True",
        PROMPT_ANSWERS,
        "--LabApp.log_level=ERROR",
        "--ServerApp.log_level=ERROR",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--ServerApp.allow_root=True")  # containers; Jupyter refuses to run as root otherwise
    return options


def lesson_path() -> str:
    """The address inside the server that opens lesson 00, and with it the file browser on its folder."""
    return "/lab/tree/" + project.FIRST_LESSON.relative_to(ROOT).as_posix()


def choose_port(wanted: int | None, ip: str) -> int:
    """`wanted` if it is free; without a wish the first free one from 8888 on.

    Raises:
        click.ClickException: the wanted port, or every one that was tried, is taken.
    """
    if wanted is not None:
        if is_free(wanted, ip):
            return wanted
        raise click.ClickException(
            f"Port {wanted} cannot be used on {ip}: another program has it, or it is not allowed. "
            "Stop that program, choose another --port, or leave --port out."
        )
    for port in range(FIRST_PORT, FIRST_PORT + PORTS_TRIED):
        if is_free(port, ip):
            return port
    raise click.ClickException(f"No port from {FIRST_PORT} to {port} is free. Name one with --port.")


def is_free(port: int, ip: str) -> bool:
    """Whether a server could listen there."""
    try:
        address = socket.getaddrinfo(ip or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except socket.gaierror as error:
        raise click.ClickException(
            f"'{ip}' is not an address of this machine; try --ip localhost."
        ) from error
    with socket.socket(address[0], address[1]) as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address[4])
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise click.ClickException(f"'{ip}' is not an address of this machine.") from error
            return False
    return True


def host_name(ip: str) -> str:
    """What to type into a browser on this machine for a server that listens on `ip`."""
    return "localhost" if ip in ("", "*", "0.0.0.0", "::") else ip


def announce(host: str, patience: float = 120.0) -> None:
    """Print the address of this process's server as soon as it answers (looking for `patience` seconds)."""
    from jupyter_server.serverapp import ServerApp

    deadline = time.monotonic() + patience
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < deadline:
        time.sleep(0.1)
        if not ServerApp.initialized():
            continue
        server = ServerApp.instance()  # options after -- may have changed its port and its base address
        url = f"http://{host}:{server.port}{server.base_url.rstrip('/')}"
        try:
            opener.open(f"{url}/api", timeout=2).close()
        except (urllib.error.URLError, OSError):
            continue
        url += f"{lesson_path()}?token={os.environ['JUPYTER_TOKEN']}"
        print(f"\nThe course is open at\n\n    {url}\n\nStop it with Ctrl-C.\n", flush=True)
        return
