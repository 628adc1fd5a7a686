"""The tenant over HTTP, on this machine only."""

import queue
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path

from reconciler.sandbox.app import PREFIX, create_app
from reconciler.sandbox.errors import ServeError
from reconciler.sandbox.faults import Faults
from reconciler.sandbox.settings import TenantSettings
from reconciler.sandbox.store import credentials

_HOST = "127.0.0.1"


def serve(
    state: Path | str,
    port: int,
    settings: TenantSettings | None,
    faults: Faults | None,
    announce: Callable[[dict[str, str]], None],
) -> None:
    """Serve a tenant on loopback until SIGINT or SIGTERM; port 0 is any that is free.

    As soon as it really answers, `announce` gets base_url, api_key and api_secret. Raises StateError,
    or ServeError where the port cannot be had.
    """
    from reconciler.sandbox.listening import TenantServer  # uvicorn costs; only serving needs it

    app = create_app(state, settings, faults)
    try:
        with closing(_listener(port)) as listener:
            address = _address(state, listener)
            TenantServer(app, lambda: announce(address)).run(sockets=[listener])
    finally:
        app.state.close()


@contextmanager
def serving(
    state: Path | str,
    settings: TenantSettings | None = None,
    faults: Faults | None = None,
) -> Generator[dict[str, str]]:
    """Serve a tenant on a free port from a thread, for as long as the block runs.

    Gives base_url, api_key and api_secret.
    """
    from reconciler.sandbox.listening import TenantServer  # uvicorn costs; only serving needs it

    app = create_app(state, settings, faults)
    ready: queue.SimpleQueue[bool] = queue.SimpleQueue()
    with closing(_listener(0)) as listener:
        server = TenantServer(app, lambda: ready.put(True))

        def run() -> None:
            try:
                server.run(sockets=[listener])
            finally:
                ready.put(False)

        thread = threading.Thread(target=run, name="sandbox", daemon=True)
        thread.start()
        try:
            if not ready.get():
                raise ServeError("The embedded tenant could not be served.")
            yield _address(state, listener)
        finally:
            server.should_exit = True
            thread.join()
            app.state.close()


def _listener(port: int) -> socket.socket:
    # asyncio turns Nagle's delay off only where the protocol is named: 40 ms a request.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((_HOST, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise ServeError(f"The embedded tenant cannot listen on port {port}: {error}.") from error
    return listener


def _address(state: Path | str, listener: socket.socket) -> dict[str, str]:
    key, secret = credentials(state)
    port = listener.getsockname()[1]
    return {"base_url": f"http://{_HOST}:{port}{PREFIX}", "api_key": key, "api_secret": secret}
