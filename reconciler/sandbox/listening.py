"""What uvicorn needs to be told: when it is ready, how it ends, how a connection breaks."""

import asyncio
import signal
import socket
import threading
from asyncio import AbstractEventLoop
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send
from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from reconciler.sandbox.misbehaving import HANG_UP


class TenantServer(Server):
    """A server that says when it really listens, and to which a signal is an ordinary end."""

    def __init__(self, app: Starlette, ready: Callable[[], None]) -> None:
        config = Config(
            app,
            http=TenantProtocol,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=60,
            timeout_graceful_shutdown=2,
        )
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """End at SIGINT and SIGTERM without passing them on; a thread leaves signals alone."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        caught = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in caught}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class TenantProtocol(H11Protocol):
    """HTTP whose connection the application may break."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        application: Any = self.app

        async def breakable(scope: Scope, receive: Receive, send: Send) -> None:
            scope["extensions"] = {**scope.get("extensions", {}), HANG_UP: self._hang_up}
            await application(scope, receive, send)

        self.app: Any = breakable
        self._gone = asyncio.Event()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection is no more."""
        super().connection_lost(exc)
        self._gone.set()

    async def _hang_up(self) -> None:
        self.transport.abort()
        await self._gone.wait()
