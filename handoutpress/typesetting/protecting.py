"""A password on a finished PDF: AES-256, and still readable to a screen reader.

The encryption is the standard security handler's revision 6 (``/V 5 /R 6``; ISO 32000-2, 7.6.4), which
readers of PDF 1.7 know as Adobe's extension level 8. PDF/UA-1 allows it (ISO 14289-1, 7.16; Matterhorn
Protocol 26-001 and 26-002), PDF/A forbids it (ISO 19005-3, 6.1.3).

What it does not hide: the size of the file and of each stream in it. Who has the same sheet without a
password may tell from these which sheet it is; what was written on it for a patient stays secret.
"""

from __future__ import annotations

import io
import secrets
import unicodedata

from handoutpress.errors import HandoutError

SHORTEST = 8
"""Characters of a password."""
LONGEST = 127
"""Bytes of a password, in ASCII: of more, a reader uses the first 127 (ISO 32000-2, algorithm 2.A)."""

COST = (
    "A copy with a password is no PDF/A any more, so archives may refuse it, and some mail apps on phones "
    "cannot show it. Nobody can open it without the password, which has to reach the patient another way."
)
"""What protecting costs, for staff."""

_MISSING = "a password on the PDF needs more packages: pip install 'handoutpress[email]'"
_CLAIMS = ("pdfaid:part", "pdfaid:conformance", "pdfaid:amd", "pdfaid:corr", "pdfaid:rev")


def check_password(password: str) -> None:
    """Raise ``HandoutError`` for a password that is too weak or cannot be typed everywhere.

    No message repeats it or a part of it. Only printable ASCII is taken: the standard prepares a password by
    SASLprep (RFC 4013), which leaves ASCII as it is, while of a letter with an accent, or from another
    script, two keyboards need not send the same characters.
    """
    if any(unicodedata.category(character) == "Cc" for character in password):
        raise _refused("has a control character, such as a tab or the end of a line", "type it anew")
    if not password.isascii():
        raise _refused(
            "has a character that a phone may type differently, such as a letter with an accent",
            "use letters from a to z, digits and signs such as - and !",
        )
    if password != password.strip():
        raise _refused("begins or ends with a space, which nobody sees", "leave it out")
    if len(password) < SHORTEST:
        raise _refused(
            f"has fewer than {SHORTEST} characters",
            "three or four words are easy to say on the phone, and no date of birth",
        )
    if len(password) > LONGEST:
        raise _refused(f"has more than {LONGEST} characters", "use a shorter one")


def protect(pdf: bytes, password: str) -> bytes:
    """Return a finished PDF that opens only with ``password``; everything on and behind its pages stays.

    It may be read aloud, printed in full and its text copied; changing it is not permitted. Its metadata no
    longer claims PDF/A. The same PDF gives other bytes each time, because keys and salts are random. Raises
    ``HandoutError`` for a password that is refused, a PDF that has one already, or a missing package.
    """
    check_password(password)
    try:
        import pikepdf
    except ImportError:
        raise HandoutError(_MISSING) from None
    allow = pikepdf.Permissions(
        accessibility=True,  # bit 10, which PDF/UA-1 demands
        extract=True,  # bit 5: older screen readers go by this one
        print_lowres=True,
        print_highres=True,
        modify_annotation=False,
        modify_assembly=False,
        modify_form=False,
        modify_other=False,
    )
    # Nobody is told the owner password: there is no one for whom the permissions should not hold.
    owner = secrets.token_urlsafe(32)
    # The metadata is encrypted too: its title names the treatment, and would stand readable in the file.
    encryption = pikepdf.Encryption(user=password, owner=owner, R=6, aes=True, allow=allow, metadata=True)
    written = io.BytesIO()
    try:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as packet:
                for claim in _CLAIMS:
                    if claim in packet:
                        del packet[claim]
            # Both halves of the file's identifier stand readable in it. The engine's is a hash of all that
            # the document says, and one that is made anew is a hash of the title and the time: either would
            # let somebody try out sheets and names without the password. So one half is random, and the
            # other a constant.
            document.trailer.ID = pikepdf.Array([pikepdf.String(secrets.token_bytes(16))] * 2)
            document.save(
                written,
                encryption=encryption,
                static_id=True,
                # Only strings and streams are encrypted. In object streams the rest is too: the names of
                # fonts, the kinds of tags, where links lie.
                object_stream_mode=pikepdf.ObjectStreamMode.generate,
            )
    except pikepdf.PasswordError:
        raise HandoutError("this PDF has a password already: protect the copy without one") from None
    return written.getvalue()


def _refused(what: str, hint: str) -> HandoutError:
    return HandoutError(f"the password for the PDF {what}\n    {hint}")
