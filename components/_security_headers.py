"""Response headers that tell browsers what a site may do; pure. The load balancer and the CDN send the same ones."""

import re
from dataclasses import dataclass

HSTS_SECONDS = 31_536_000
"""A year: browsers use HTTPS only, for that long after each answer."""
FRAME_OPTIONS = ("DENY", "SAMEORIGIN")
SELF_ONLY = "default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
"""Everything from the site itself, in nobody's frame; no inline scripts or styles."""

_ANCESTORS_NONE = re.compile(r"(^|;)\s*frame-ancestors\s+'none'\s*(;|$)")
_ONE_LINE = re.compile(r"[ -~]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class SecurityHeaders:
    """What is added to every answer, besides X-Content-Type-Options: nosniff."""

    content_security_policy: str | None = SELF_ONLY
    """Content-Security-Policy; default: everything from the site itself, in no frame. None: services send their own."""
    frame_options: str = "DENY"
    """X-Frame-Options, DENY or SAMEORIGIN; default DENY."""
    hsts_include_subdomains: bool = True
    """Whether browsers are to use HTTPS for the names below too; default yes. HSTS itself is always sent."""

    def __post_init__(self) -> None:
        check_headers(self.content_security_policy, self.frame_options)

    @property
    def strict_transport_security(self) -> str:
        """Value of the header; without preload, which is hard to undo and for the domain's owner to ask."""
        return f"max-age={HSTS_SECONDS}{'; includeSubDomains' if self.hsts_include_subdomains else ''}"


def check_headers(content_security_policy: str | None, frame_options: str) -> None:
    """Refuse values that no header takes, and two that contradict each other."""
    if frame_options not in FRAME_OPTIONS:
        raise ValueError(f"frame_options: {frame_options!r} is not one of {', '.join(FRAME_OPTIONS)}")
    if content_security_policy is None:
        return
    if not content_security_policy.strip():
        raise ValueError("content_security_policy: it is empty; leave it out for the strict default")
    if not _ONE_LINE.fullmatch(content_security_policy):
        raise ValueError("content_security_policy: it must be one line of ASCII characters; join its lines by spaces")
    if frame_options != "DENY" and _ANCESTORS_NONE.search(content_security_policy):
        raise ValueError(
            f"frame_options: {frame_options} allows frames that frame-ancestors 'none' of content_security_policy "
            "refuses, and browsers heed the latter; write frame-ancestors 'self' there too"
        )


ALL_HEADERS = SecurityHeaders()
"""Those of a component that is told nothing else."""
