"""Why a connection failed, in words that name what to see to."""

import os
import ssl
from dataclasses import dataclass
from typing import Final

import aiohttp

LATER: Final = "Check target.base_url, or try again when the tenant is well."
_CERTIFICATE: Final = (
    "Check target.base_url; where a proxy or an authority of your own signs, name the file with its"
    " certificates in SSL_CERT_FILE."
)


@dataclass(frozen=True, slots=True)
class Break:
    """What broke, what to do about it, and whether it may pass by itself."""

    reason: str
    fix: str = LATER
    passes: bool = True


def broken_by(error: Exception) -> Break:
    """Return what a failed exchange says; what the library writes, where we have no better words."""
    if not isinstance(error, aiohttp.ClientConnectorError):
        return Break(str(error) or type(error).__name__)
    connection: aiohttp.ClientConnectorError = error
    where = f"{error.host}:{error.port}" if error.port else f"{error.host}"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        why = getattr(error.certificate_error, "verify_message", "") or "it is not valid"
        reason = f"the certificate of {where} is not trusted here: {why}"
        return Break(reason, _CERTIFICATE, passes=False)
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return Break(f"{where} does not speak TLS as it should ({_said(connection.os_error)})")
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        fix = "Check HTTPS_PROXY and NO_PROXY in the environment."
        return Break(f"the proxy {where} cannot be reached ({_said(connection.os_error)})", fix)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return Break(f"nobody knows a host {error.host}: {_said(connection.os_error)}")
    return Break(f"{where} cannot be reached ({_said(connection.os_error)})")


def _said(error: OSError) -> str:
    """Return the system's words; asyncio and OpenSSL put their own in their place."""
    if isinstance(error, ssl.SSLError):
        return str(error.reason or error).replace("_", " ").lower()
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno).lower()
    return (error.strerror or str(error)).lower()
