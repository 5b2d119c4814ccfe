"""Answers of the kernel without a delay of 40 ms.

Jupyter's server leaves Nagle's algorithm on: after the short message "busy" the kernel's answer waits until the
browser's system has acknowledged it, which it puts off for 40 ms.
"""

from __future__ import annotations

from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class PromptConnection(ZMQChannelsWebsocketConnection):
    """The usual connection between browser and kernel, each message sent at once."""

    def connect(self) -> Any:
        """Connect, and tell the socket not to gather small messages."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()
