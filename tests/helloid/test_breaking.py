import asyncio
import socket
import ssl

import aiohttp
import httpx
import pytest
from aiohttp.client_reqrep import ConnectionKey

from reconciler.errors import TenantUnreadable
from reconciler.helloid.breaking import broken_by
from reconciler.helloid.exchange import HTTPLine
from reconciler.helloid.pace import Gate
from tests.helloid.test_exchange import line_to
from tests.helloid.times import Time

_KEY = ConnectionKey("tenant.example.org", 443, True, True, None, None, None)


def _untrusted() -> aiohttp.ClientConnectorCertificateError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    return aiohttp.ClientConnectorCertificateError(_KEY, error)


@pytest.mark.parametrize(
    ("error", "reason", "fix"),
    [
        (
            aiohttp.ClientConnectorError(_KEY, OSError(111, "Connect call failed ('::1', 443)")),
            "tenant.example.org:443 cannot be reached (connection refused)",
            "target.base_url",
        ),
        (
            aiohttp.ClientProxyConnectionError(_KEY, OSError(111, "Connect call failed")),
            "the proxy tenant.example.org:443 cannot be reached (connection refused)",
            "HTTPS_PROXY",
        ),
        (
            aiohttp.ClientConnectorDNSError(_KEY, socket.gaierror(-2, "Name not known")),
            "nobody knows a host tenant.example.org: name not known",
            "target.base_url",
        ),
        (
            _untrusted(),
            "the certificate of tenant.example.org:443 is not trusted here: self-signed certificate",
            "SSL_CERT_FILE",
        ),
        (aiohttp.ServerDisconnectedError(), "Server disconnected", "try again"),
    ],
    ids=["refused", "proxy", "name", "certificate", "other"],
)
def test_a_broken_connection_is_told_in_words_that_say_what_to_see_to(
    error: Exception, reason: str, fix: str
) -> None:
    found = broken_by(error)
    assert found.reason == reason
    assert fix in found.fix


def test_a_server_that_speaks_no_tls_is_told_as_such() -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SMTP ready\r\n")
        writer.close()

    async def go() -> None:
        server = await asyncio.start_server(greet, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            async with line_to(f"https://127.0.0.1:{port}/api/v1", Time()) as line:
                await line.get("/users")

    with pytest.raises(TenantUnreadable, match=r"does not speak TLS as it should \(.*version"):
        asyncio.run(go())


def test_a_certificate_that_is_not_trusted_is_not_asked_for_again() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        raise _untrusted()

    async def go() -> None:
        time = Time()
        transport = httpx.MockTransport(answer)
        async with httpx.AsyncClient(transport=transport, base_url="https://t.invalid") as client:
            pace = time.pace()
            gate = Gate(pace, None)
            line = HTTPLine(client, pace=pace, gate=gate, concurrency=1, seconds=5)
            await line.get("/users")

    with pytest.raises(TenantUnreadable, match="SSL_CERT_FILE"):
        asyncio.run(go())
    assert len(asked) == 1
