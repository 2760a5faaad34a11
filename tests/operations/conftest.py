"""A GitHub that keeps comments and issues, on this machine."""

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

BOT = {"login": "github-actions[bot]"}
PAGE = 2


@dataclass
class Hub:
    """What it keeps, and what it was asked."""

    url: str = ""
    comments: list[dict[str, Any]] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    refuse: int | None = None

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[Any, bool]:
        """The answer, and whether there is another page."""
        if match := re.fullmatch(r"/repos/acme/platform/issues/(\d+)/comments", path):
            if method == "POST":
                self.comments.append({"id": len(self.comments) + 1, "body": body["body"], "user": BOT, "on": match[1]})
                return self._shown(self.comments[-1]), False
            return self._page(self.comments, query)
        if match := re.fullmatch(r"/repos/acme/platform/issues/comments/(\d+)", path):
            comment = next(c for c in self.comments if c["id"] == int(match[1]))
            comment.update(body)
            return self._shown(comment), False
        if path == "/repos/acme/platform/issues":
            if method == "POST":
                self.issues.append({"number": len(self.issues) + 1, "state": "open", "user": BOT, **body})
                return self._shown(self.issues[-1]), False
            return self._page([i for i in self.issues if i["state"] == query["state"][0]], query)
        match = re.fullmatch(r"/repos/acme/platform/issues/(\d+)", path)
        assert match, path
        self.issues[int(match[1]) - 1].update(body)
        return self._shown(self.issues[int(match[1]) - 1]), False

    def _page(self, items: list[Any], query: dict[str, list[str]]) -> tuple[Any, bool]:
        first = (int(query.get("page", ["1"])[0]) - 1) * PAGE
        return [self._shown(item) for item in items[first : first + PAGE]], first + PAGE < len(items)

    def _shown(self, item: dict[str, Any]) -> dict[str, Any]:
        return item | {"html_url": f"https://github.example/{item.get('number', item.get('id'))}"}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    kept = Hub()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def _respond(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            kept.calls.append(f"{self.command} {parts.path}")
            assert self.headers["Authorization"] == "Bearer secret-token"
            if kept.refuse:
                return self._send(kept.refuse, {"message": "Resource not accessible by integration"}, None)
            query = parse_qs(parts.query)
            answer, more = kept.answer(self.command, parts.path, query, body)
            page = int(query.get("page", ["1"])[0]) + 1
            link = f'<{kept.url}{parts.path}?state=open&page={page}>; rel="next"' if more else None
            return self._send(200, answer, link)

        def _send(self, status: int, document: Any, link: str | None) -> None:
            text = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            if link:
                self.send_header("Link", link)
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = _respond  # noqa: N815 (names of http.server)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    kept.url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("GITHUB_API_URL", kept.url)
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/platform")
    monkeypatch.setenv("GITHUB_TOKEN", "secret-token")
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.example")
    monkeypatch.setenv("GITHUB_RUN_ID", "77")
    yield kept
    server.shutdown()
    server.server_close()
