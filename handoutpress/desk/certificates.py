"""Why a certificate and its key cannot be used, said by the option that has to change.

OpenSSL's own words for it are "PEM lib", whatever the matter is.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from handoutpress.errors import Problem

if TYPE_CHECKING:
    from pathlib import Path

_CERTIFICATE, _KEY = b"-----BEGIN CERTIFICATE-----", b"PRIVATE KEY-----"


def why_unusable(certificate: Path, key: Path | None, error: OSError) -> list[Problem]:
    """Return what is wrong with the files that TLS was asked for with, from how they were refused.

    ``key`` is None where the certificate's own file is to hold it. PEM is what RFC 7468 describes.
    """
    found = []
    if (why := _certificate(certificate)) is not None:
        found.append(why)
    if (why := _key(certificate, key)) is not None:
        found.append(why)
    if found:
        return found
    option = f"--key {key}" if key else f"--certificate {certificate}"
    if isinstance(error, ssl.SSLError) and error.reason == "KEY_VALUES_MISMATCH":
        hint = "name the key that this certificate was asked for with"
        return [Problem(f"{option}: the key does not belong to the certificate {certificate}", hint=hint)]
    hint = "the file is damaged, or the passphrase typed for it was another"
    return [Problem(f"{option}: the key cannot be read", hint=hint)]


def _certificate(path: Path) -> Problem | None:
    try:
        if _CERTIFICATE not in path.read_bytes():
            return Problem(
                f"--certificate {path}: there is no certificate in PEM form in it",
                hint="such a file is text, and has a line -----BEGIN CERTIFICATE-----",
            )
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError:
        return Problem(f"--certificate {path}: the certificate in it is damaged", hint="get the file anew")
    except OSError as error:
        return Problem(f"--certificate {path}: it cannot be read ({error.strerror or error})")
    return None


def _key(certificate: Path, key: Path | None) -> Problem | None:
    try:
        if _KEY in (key or certificate).read_bytes():
            return None
    except OSError as error:
        # The certificate's own file has been told already.
        return Problem(f"--key {key}: it cannot be read ({error.strerror or error})") if key else None
    if key is None:
        return Problem(
            f"--certificate {certificate}: the key is missing, as this file holds none",
            hint="name the certificate's key with --key FILE",
        )
    return Problem(
        f"--key {key}: there is no key in PEM form in it",
        hint="such a file is text, and has a line that ends in PRIVATE KEY-----",
    )
