"""Routes of HTTP APIs, who may use them, and what API Gateway would refuse of them; pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# API Gateway Developer Guide, quotas of HTTP APIs.
TIMEOUT_MAX_SECONDS = 30
ROUTES_MAX = 300
CORS_AGE_MAX = 86_400

METHODS = ("ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
CATCH_ALL = "$default"

_SEGMENT = r"[A-Za-z0-9._~:@!&'()*,;=%-]+|\{[A-Za-z0-9._:-]+\}"
_PATH = re.compile(rf"/|(/({_SEGMENT}))+(/\{{[A-Za-z0-9._:-]+\+\}})?|/\{{[A-Za-z0-9._:-]+\+\}}")
_ORIGIN = re.compile(r"https?://[^/\s*]+")
_HEADER = re.compile(r"[A-Za-z0-9-]+")
_SCOPE = re.compile(r"[^\s\"]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpRoute:
    """Where the requests of one kind go."""

    function: str
    """Key of the function among the API's."""
    public: bool = False
    """Whether requests need no token; default no."""
    scopes: Sequence[str] = ()
    """Scopes of which a token must hold one; default any token of the issuer will do."""
    requests_per_second: float | None = None
    """Requests a second of this route, of all callers together; default the API's."""
    burst: int | None = None
    """Requests at once above that rate; default the API's."""

    def __post_init__(self) -> None:
        if self.public and self.scopes:
            raise ValueError("scopes: a public route sees no token; leave the scopes out, or public")
        for scope in self.scopes:
            if not _SCOPE.fullmatch(scope):
                raise ValueError(f"scopes: {scope!r} may hold no spaces and quotes; write one scope per item")
        check_throttle(self.requests_per_second, self.burst)


@dataclass(frozen=True, kw_only=True, slots=True)
class Jwt:
    """Whose tokens are good."""

    issuer: str
    """Address of the identity provider, https://…, as in the tokens' `iss`; its keys are read below it."""
    audiences: Sequence[str]
    """Whom the tokens are for: their `aud`, or `client_id`, must be one of these."""

    def __post_init__(self) -> None:
        if not self.issuer.startswith("https://"):
            raise ValueError(f"issuer: {self.issuer!r} must be an https:// address")
        if isinstance(self.audiences, str) or not self.audiences or not all(self.audiences):
            raise ValueError("audiences: give one at least; without any, tokens for other programs would do")


@dataclass(frozen=True, kw_only=True, slots=True)
class Cors:
    """Which other sites' pages may call the API from a browser."""

    origins: Sequence[str]
    """Origins such as https://app.example.com, or `*` alone for every site."""
    methods: Sequence[str] = ("GET", "POST", "PUT", "PATCH", "DELETE")
    """Methods they may use; default GET, POST, PUT, PATCH, DELETE."""
    headers: Sequence[str] = ("authorization", "content-type")
    """Headers they may send; default authorization and content-type."""
    exposed_headers: Sequence[str] = ()
    """Headers of the answer that they may read; default the few that are always read."""
    credentials: bool = False
    """Whether cookies are sent along; default no."""
    max_age_seconds: int = 3_600
    """Seconds for which browsers keep the answer to a preflight request, 0 to 86400; default 3600."""

    def __post_init__(self) -> None:
        if not self.origins:
            raise ValueError("origins: give one at least, or leave CORS out")
        if "*" in self.origins:
            if len(self.origins) > 1:
                raise ValueError("origins: * is every origin; leave the others out")
            if self.credentials:
                raise ValueError("origins: browsers send no cookies where * is allowed; name the origins")
        for origin in self.origins:
            if origin != "*" and not _ORIGIN.fullmatch(origin):
                raise ValueError(f"origins: {origin!r} must be a scheme and a host, such as https://app.example.com")
        for method in self.methods:
            if method not in METHODS or method == "ANY":
                raise ValueError(f"methods: {method!r} is not one of {', '.join(METHODS[1:])}")
        for field, headers in (("headers", self.headers), ("exposed_headers", self.exposed_headers)):
            for header in headers:
                if not _HEADER.fullmatch(header):
                    raise ValueError(f"{field}: {header!r} is no name of a header")
        if not 0 <= self.max_age_seconds <= CORS_AGE_MAX:
            raise ValueError(f"max_age_seconds: {self.max_age_seconds}; give 0 to {CORS_AGE_MAX}")


def check_route_key(key: str) -> None:
    """Refuse what is no route of an HTTP API."""
    method, _, path = key.partition(" ")
    if key != CATCH_ALL and (method not in METHODS or not _PATH.fullmatch(path)):
        raise ValueError(
            f"routes: {key!r} must be a method ({', '.join(METHODS)}), a space and a path, such as GET /orders/{{id}}, "
            f"or {CATCH_ALL}"
        )


def check_routes(routes: Mapping[str, HttpRoute], functions: Mapping[str, object], *, secured: bool) -> None:
    """Refuse routes that lead nowhere or lie open by mistake, and functions without any."""
    if not 1 <= len(routes) <= ROUTES_MAX:
        raise ValueError(f"routes: {len(routes)}; give 1 to {ROUTES_MAX}")
    for key, route in routes.items():
        check_route_key(key)
        if route.function not in functions:
            raise ValueError(f"routes: {key} leads to {route.function!r}; functions has {', '.join(sorted(functions))}")
        if not route.public and not secured:
            raise ValueError(f"routes: {key} would be open to everybody; give jwt, or say that it is meant: public")
    if unused := sorted(set(functions) - {route.function for route in routes.values()}):
        raise ValueError(f"functions: no route leads to {unused[0]}; add one, or leave the function out")


def check_timeouts(function: str, function_seconds: int, api_seconds: int) -> None:
    """Refuse a function that works on after the API has given up."""
    if function_seconds >= api_seconds:
        raise ValueError(
            f"timeout_seconds: {function} may take {function_seconds} s and the API waits {api_seconds} s; "
            f"give the function {api_seconds - 1} s at most"
        )


def check_throttle(requests_per_second: float | None, burst: int | None) -> None:
    """Refuse rates that would let nothing pass."""
    if requests_per_second is not None and requests_per_second <= 0:
        raise ValueError(f"requests_per_second: {requests_per_second:g} lets nothing pass; give more than 0")
    if burst is not None and burst < 1:
        raise ValueError(f"burst: {burst} lets nothing pass; give 1 or more")
