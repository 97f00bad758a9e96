"""A real browser for tests: Debian's Chromium, without a window, asking no other host for anything."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Literal

from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

Scheme = Literal["dark", "light"]
_SCHEMES: dict[Scheme, int] = {"dark": 0, "light": 1}
"""As Blink counts them."""


def screenshot(page: Path, folder: Path, scheme: Scheme, width: int, height: int) -> Image.Image:
    """Return a page as a browser shows it, in pixels of the given size; ``folder`` is for its own files."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    assert browser, "these tests need Chromium: apt-get install chromium"
    picture = folder / f"{page.stem}-{scheme}-{width}.png"
    words = [
        browser,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--hide-scrollbars",
        "--force-device-scale-factor=1",
        f"--user-data-dir={folder / 'profile'}",
        f"--blink-settings=preferredColorScheme={_SCHEMES[scheme]}",
        f"--window-size={width},{height}",
        f"--screenshot={picture}",
        page.as_uri(),
    ]
    # The engine hides the system's fonts from this process; the browser is to see them.
    own = {name: value for name, value in os.environ.items() if not name.startswith("FONTCONFIG")}
    subprocess.run(words, check=True, capture_output=True, timeout=60, env=own)
    with Image.open(picture) as shown:
        return shown.convert("RGB")
