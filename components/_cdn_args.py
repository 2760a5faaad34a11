"""Arguments of a CDN; refused here is what CloudFront would refuse later."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components._alarm_definitions import AlarmTarget
from components._bucket_args import BucketArgs, ServerAccessLogs
from components._domains import check_domain
from components._security_headers import ALL_HEADERS, SecurityHeaders
from components.flow_log import check_retention

# Where CloudFront's certificates, web ACLs, metrics and log deliveries live.
REGION = "us-east-1"

PRICE_CLASSES = ("PriceClass_100", "PriceClass_200", "PriceClass_All")

# CloudFront API, cache policies.
TTL_MAX_SECONDS = 31_536_000

# CloudFront Developer Guide, standard logging reference: all fields but cs(Cookie), which may hold somebody's session.
LOG_FIELDS = (
    "date", "time", "x-edge-location", "sc-bytes", "c-ip", "cs-method", "cs(Host)", "cs-uri-stem", "sc-status",
    "cs(Referer)", "cs(User-Agent)", "cs-uri-query", "x-edge-result-type", "x-edge-request-id", "x-host-header",
    "cs-protocol", "cs-bytes", "time-taken", "x-forwarded-for", "ssl-protocol", "ssl-cipher",
    "x-edge-response-result-type", "cs-protocol-version", "fle-status", "fle-encrypted-fields", "c-port",
    "time-to-first-byte", "x-edge-detailed-result-type", "sc-content-type", "sc-content-len", "sc-range-start",
    "sc-range-end",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class CdnLogs:
    """Where each request to the CDN is written down, but for its cookies."""

    account_id: pulumi.Input[str]
    """Account of the distribution; logs are delivered for it only."""
    kms_key_arn: pulumi.Input[str]
    """Key of us-east-1 that encrypts the log; its policy must let CloudWatch Logs use it."""
    retention_days: int = 30
    """Days that the log is kept, one of CloudWatch's choices; default 30."""

    def __post_init__(self) -> None:
        check_retention("retention_days", self.retention_days)


@dataclass(frozen=True, kw_only=True, slots=True)
class CdnArgs:
    """The names that are served, how long answers are kept, and which headers go with them."""

    domain_names: Sequence[str]
    """Names that the distribution answers for, all in the certificate; one or more."""
    certificate_arn: pulumi.Input[str]
    """Certificate of ACM in us-east-1, whatever the stack's regions."""
    alarms: AlarmTarget | None
    """Where the alarms go, in us-east-1; none: no alarms."""
    web_acl_arn: pulumi.Input[str] | None = None
    """Web ACL of scope CLOUDFRONT, which lives in us-east-1; default none."""
    default_root_object: str = "index.html"
    """File that answers for `/`; default index.html."""
    fallback_path: str | None = None
    """Page, such as /index.html, that answers 200 for files that are not there, as single-page applications want it;
    default none: 403."""
    default_ttl_seconds: int = 86_400
    """How long a file is kept at the edge if it does not say, 1 s to a year; default a day."""
    headers: SecurityHeaders = ALL_HEADERS
    """Security headers of every answer; default all of them."""
    price_class: str = "PriceClass_100"
    """How many edge locations: PriceClass_100, PriceClass_200 or PriceClass_All; default PriceClass_100."""
    logs: CdnLogs | None = None
    """Access logs; default none."""
    noncurrent_expiration_days: int = 90
    """Days, 1 or more, that a replaced or deleted file can be brought back; default 90."""
    server_access_logs: ServerAccessLogs | None = None
    """Where requests to the bucket itself are logged; default nowhere."""
    protect: bool = True
    """Whether Pulumi refuses to delete the distribution and the bucket; default yes."""
    force_destroy: bool = False
    """Whether deleting the bucket deletes its files; default no, and never with protect."""

    def __post_init__(self) -> None:
        if not self.domain_names:
            raise ValueError("domain_names: at least one name is needed; give the site's")
        for domain in self.domain_names:
            check_domain("domain_names", domain, wildcard=True)
        _check_arn("certificate_arn", self.certificate_arn, f":acm:{REGION}:", f"certificate in {REGION}")
        _check_arn("web_acl_arn", self.web_acl_arn, ":global/webacl/", "web ACL of scope CLOUDFRONT")
        _check_arn("web_acl_arn", self.web_acl_arn, f":wafv2:{REGION}:", "web ACL of scope CLOUDFRONT")
        if not self.default_root_object or self.default_root_object.startswith("/"):
            raise ValueError(
                f"default_root_object: {self.default_root_object!r} must be a file's name without a slash before it"
            )
        if self.fallback_path is not None and not self.fallback_path.startswith("/"):
            raise ValueError(f"fallback_path: {self.fallback_path!r} must begin with /")
        if not 1 <= self.default_ttl_seconds <= TTL_MAX_SECONDS:
            raise ValueError(f"default_ttl_seconds: {self.default_ttl_seconds}; give 1 to {TTL_MAX_SECONDS} seconds")
        if self.price_class not in PRICE_CLASSES:
            raise ValueError(f"price_class: {self.price_class!r} is not one of {', '.join(PRICE_CLASSES)}")
        self.bucket_args()

    def bucket_args(self) -> BucketArgs:
        """The bucket's; ValueError for what it refuses."""
        return BucketArgs(
            # CloudFront could use a key of KMS only if the key's policy named the distribution.
            kms_key_arn=None,
            noncurrent_expiration_days=self.noncurrent_expiration_days,
            server_access_logs=self.server_access_logs,
            protect=self.protect,
            force_destroy=self.force_destroy,
        )


def _check_arn(field: str, value: pulumi.Input[str] | None, part: str, what: str) -> None:
    """Refuse an ARN of the wrong kind or region, where it is known before the run."""
    if isinstance(value, str) and part not in value:
        raise ValueError(f"{field}: {value} is no {what}; CloudFront takes no other")
