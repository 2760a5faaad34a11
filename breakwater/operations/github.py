"""GitHub's REST API, as far as one comment and one issue need it; the token is that of the workflow's run."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen

from breakwater.operations.errors import OperationError

BODY_LIMIT = 65_536
"""Characters of a comment's or an issue's text at most."""
_SECONDS = 30
_BOT = "github-actions[bot]"


@dataclass(frozen=True, slots=True)
class GitHub:
    """One repository."""

    url: str
    repository: str
    token: str

    @classmethod
    def of_run(cls) -> "GitHub":
        """From the variables of a workflow's run."""
        token, repository = os.environ.get("GITHUB_TOKEN", ""), os.environ.get("GITHUB_REPOSITORY", "")
        url = os.environ.get("GITHUB_API_URL", "https://api.github.com")
        if not token:
            raise OperationError(
                "GITHUB_TOKEN is not set; a workflow gives it with `env: GITHUB_TOKEN: ${{ github.token }}`"
            )
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
            raise OperationError("GITHUB_REPOSITORY must be owner/name, as it is in every workflow")
        if urlsplit(url).scheme not in ("https", "http"):
            raise OperationError(f"GITHUB_API_URL is {url!r}, no web address")
        return cls(url.rstrip("/"), repository, token)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One request below /repos/<owner>/<name>; OperationError where it is refused."""
        return self._send(method, f"{self.url}/repos/{self.repository}{path}", body)[0]

    def listed(self, path: str) -> Iterator[Any]:
        """All items of a list, page by page."""
        url: str | None = f"{self.url}/repos/{self.repository}{path}{'&' if '?' in path else '?'}per_page=100"
        while url:
            items, link = self._send("GET", url, None)
            yield from items
            following = re.search(r'<([^>]+)>;\s*rel="next"', link or "")
            url = following[1] if following and following[1].startswith(self.url + "/") else None

    def marked(self, items: Iterator[Any], marker: str) -> Any:
        """The first that begins with the marker and was written by a workflow: anyone may write the marker."""
        written = (i for i in items if str(i.get("body") or "").startswith(marker) and "pull_request" not in i)
        return next((i for i in written if (i.get("user") or {}).get("login") == _BOT), None)

    def _send(self, method: str, url: str, body: Any) -> tuple[Any, str | None]:
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
            "User-Agent": "breakwater",
            **({"Content-Type": "application/json"} if body is not None else {}),
        }
        data = json.dumps(body).encode() if body is not None else None
        try:
            with urlopen(Request(url, data, headers, method=method), timeout=_SECONDS) as answer:  # noqa: S310 (http, https)
                text = answer.read()
                return (json.loads(text) if text else None), answer.headers.get("Link")
        except HTTPError as error:
            raise OperationError(_refused(method, url, error)) from error
        except (URLError, TimeoutError, OSError) as error:
            raise OperationError(
                f"{urlsplit(url).netloc} does not answer: {getattr(error, 'reason', error)}"
            ) from error


def run_url() -> str | None:
    """The page of the workflow's run."""
    parts = [os.environ.get(name) for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")]
    return "{}/{}/actions/runs/{}".format(*parts) if all(parts) else None


def shortened(text: str, limit: int = BODY_LIMIT) -> str:
    """The text, or its beginning in whole lines with a word on what is missing."""
    if len(text) <= limit:
        return text
    where = f" ([the run]({run_url()}) has all of it)" if run_url() else ""
    end = f"\n\n**Cut here: {len(text)} characters are more than GitHub takes{where}.**\n"
    kept = text[: limit - len(end) - len(_CLOSING)]
    kept = kept[: kept.rfind("\n") + 1] if "\n" in kept else kept
    open_details = kept.count("<details>") - kept.count("</details>")
    fence = "```\n" if sum(line.startswith("```") for line in kept.splitlines()) % 2 else ""
    return kept + fence + "</details>\n" * max(0, min(open_details, 8)) + end


_CLOSING = "```\n" + "</details>\n" * 8


def encoded(value: str) -> str:
    """A value inside an address."""
    return quote(value, safe="")


def _refused(method: str, url: str, error: HTTPError) -> str:
    try:
        message = str(json.loads(error.read()).get("message", ""))
    except (ValueError, OSError, AttributeError):
        message = str(error.reason)
    hint = {
        401: "; the token is not valid",
        403: "; the job's `permissions` do not allow it, or the pull request comes from a fork",
        404: "; there is no such thing, or the token may not see it",
        422: "",
    }.get(error.code, "")
    return f"GitHub refused {method} {urlsplit(url).path}: {error.code} {message}{hint}"
