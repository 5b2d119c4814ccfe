"""A kernel provisioner for Jupyter: any notebook's kernel, in the sandbox.

For looking into a submission by hand. Chosen by whoever starts the kernel, not by the notebook:
``JUPYTER_DEFAULT_PROVISIONER_NAME=course-sandbox jupyter lab``. The kernel that the notebook asks for is not
started, whatever its name; it is always this Python's. Nothing beside the notebook is visible in it.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jupyter_client.provisioning import LocalProvisioner
from traitlets import Dict

from course_utils.classroom.limits import Limits
from course_utils.classroom.sandbox import command
from course_utils.classroom.sandbox.parent import new_user


class SandboxProvisioner(LocalProvisioner):
    """Starts kernels in bubblewrap; refuses where there is none."""

    limits = Dict(help="limits by name, as in the table [limits] of a class's settings").tag(config=True)

    folder: Path | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Replace the kernel's command by one that starts it inside.

        Raises:
            SandboxError: there is no sandbox on this machine.
        """
        command.require()
        limits = Limits.from_toml(self.limits)
        user = new_user() if os.geteuid() == 0 else 0
        if self.folder is None:
            self.folder = Path(tempfile.mkdtemp(prefix="kernel-"))
        manager: Any = self.parent
        manager.transport, manager.ip = "ipc", str(self.folder / "k")
        manager.connection_file, manager.cache_ports = str(self.folder / "connection.json"), False
        if self.kernel_spec is not None:
            self.kernel_spec.interrupt_mode = "message"  # a signal would reach bubblewrap, not the kernel
        kwargs = await super().pre_launch(**kwargs)
        program = [
            sys.executable,
            "-m",
            "course_utils.classroom.sandbox.kernel",
            f"{command.SHARED}/inside.json",
        ]
        program += [json.dumps(asdict(limits)), str(user)]
        self.hand_over(user)
        inside = command.arguments(command.visible_paths(), shared=self.folder)
        return {**kwargs, "cmd": [*inside, *program], "env": command.environment(limits.threads), "cwd": "/"}

    def hand_over(self, user: int) -> None:
        """Write the connection file as it is inside, where the same sockets have another path."""
        assert self.folder is not None
        details = json.loads((self.folder / "connection.json").read_text(encoding="utf-8"))
        details["ip"] = f"{command.SHARED}/k"
        inside = self.folder / "inside.json"
        inside.write_text(json.dumps(details), encoding="utf-8")
        inside.chmod(0o600)
        if user:
            for path in (self.folder, inside):
                os.chown(path, user, user)

    async def send_signal(self, signum: int) -> None:
        """Interrupts go by message; every other signal ends the sandbox."""
        if signum != signal.SIGINT:
            await super().send_signal(signum)

    async def cleanup(self, restart: bool = False) -> None:
        """Remove the sockets when the kernel is done."""
        await super().cleanup(restart)
        if not restart and self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None
