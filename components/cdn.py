"""A content delivery network: files in a private bucket, served by CloudFront under the stack's names.

Children: the distribution; its bucket, with a policy for this distribution alone; origin access control, cache policy,
response headers policy; by choice the delivery of access logs: source, destination, delivery.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudfront, cloudwatch, s3

from components._bucket_args import BucketArgs, ServerAccessLogs
from components._bucket_parts import create_bucket, create_policy
from components._domains import check_domain
from components._iam import Statement
from components._names import check_auto_name

# Where CloudFront's certificates, web ACLs and log deliveries live.
REGION = "us-east-1"
TLS_VERSION = "TLSv1.2_2021"
YEAR_SECONDS = 31_536_000

# Longest physical names, characters: CloudFront, S3 and CloudWatch Logs APIs.
_ACCESS_CONTROL_MAX = 64
_BUCKET_MAX = 63
_DELIVERY_MAX = 60

_ORIGIN = "bucket"
_PRICE_CLASSES = ("PriceClass_100", "PriceClass_200", "PriceClass_All")
_FRAME_OPTIONS = ("DENY", "SAMEORIGIN")
_SELF_ONLY = "default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"


@dataclass(frozen=True, kw_only=True, slots=True)
class CdnArgs:
    """The names that are served, how long answers are kept, and which headers go with them."""

    domain_names: Sequence[str]
    """Names that the distribution answers for, all in the certificate; one or more."""
    certificate_arn: pulumi.Input[str]
    """Certificate of ACM in us-east-1, whatever the stack's regions."""
    web_acl_arn: pulumi.Input[str] | None = None
    """Web ACL of scope CLOUDFRONT, which lives in us-east-1; default none."""
    default_root_object: str = "index.html"
    """File that answers for `/`; default index.html."""
    fallback_path: str | None = None
    """Page, such as /index.html, that answers 200 for files that are not there, as single-page applications want it;
    default none: 403."""
    default_ttl_seconds: int = 86_400
    """How long a file is kept at the edge if it does not say, 1 s to a year; default a day."""
    content_security_policy: str = _SELF_ONLY
    """Header of that name; default: everything from the site itself, in no frame."""
    frame_options: str = "DENY"
    """DENY or SAMEORIGIN; default DENY."""
    hsts_include_subdomains: bool = True
    """Whether browsers are to use HTTPS for the names below these too; default yes."""
    price_class: str = "PriceClass_100"
    """How many edge locations: PriceClass_100, PriceClass_200 or PriceClass_All; default PriceClass_100."""
    log_destination_arn: pulumi.Input[str] | None = None
    """Log group, bucket or Firehose stream for access logs as JSON, which lets delivery.logs.amazonaws.com write;
    default none: no access logs."""
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
        if not 1 <= self.default_ttl_seconds <= YEAR_SECONDS:
            raise ValueError(f"default_ttl_seconds: {self.default_ttl_seconds}; give 1 to {YEAR_SECONDS} seconds")
        if not self.content_security_policy.strip():
            raise ValueError("content_security_policy: it is empty; leave it out for the strict default")
        if self.frame_options not in _FRAME_OPTIONS:
            raise ValueError(f"frame_options: {self.frame_options!r} is not one of {', '.join(_FRAME_OPTIONS)}")
        if self.price_class not in _PRICE_CLASSES:
            raise ValueError(f"price_class: {self.price_class!r} is not one of {', '.join(_PRICE_CLASSES)}")
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


class Cdn(pulumi.ComponentResource):
    """A CloudFront distribution before a bucket of its own. Its provider must be one of us-east-1.

    Leaves out DNS records: alias records of the names to `domain_name` in zone `hosted_zone_id` belong to the zone's
    owner. By itself it costs nothing; CloudFront bills requests and transfer.
    """

    arn: pulumi.Output[str]
    distribution_id: pulumi.Output[str]
    """Names the distribution in invalidations."""
    domain_name: pulumi.Output[str]
    hosted_zone_id: pulumi.Output[str]
    """AWS's zone for alias records, not the stack's."""
    bucket_name: pulumi.Output[str]
    """Where the files go."""
    bucket_arn: pulumi.Output[str]

    def __init__(self, name: str, args: CdnArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        check_auto_name(f"{name}-origin", _BUCKET_MAX, "its bucket")
        check_auto_name(f"{name}-access", _ACCESS_CONTROL_MAX, "its origin access control")
        check_auto_name(f"{name}-logs", _DELIVERY_MAX, "its log delivery")
        super().__init__("breakwater:cdn:Cdn", name, None, opts)
        self._prefix, self._child = name, pulumi.ResourceOptions(parent=self)
        bucket, block = create_bucket(f"{name}-origin", args.bucket_args(), self._child)
        distribution = self._create_distribution(args, bucket)
        policy = create_policy(f"{name}-origin", bucket, block, [_reader(bucket.arn, distribution.arn)], self._child)
        if args.log_destination_arn is not None:
            self._create_logs(args.log_destination_arn, distribution)
        self.arn, self.distribution_id = distribution.arn, distribution.id
        self.domain_name, self.hosted_zone_id = distribution.domain_name, distribution.hosted_zone_id
        self.bucket_name, self.bucket_arn = policy.bucket, bucket.arn
        self.register_outputs(
            {
                "arn": self.arn,
                "distribution_id": self.distribution_id,
                "domain_name": self.domain_name,
                "hosted_zone_id": self.hosted_zone_id,
                "bucket_name": self.bucket_name,
                "bucket_arn": self.bucket_arn,
            }
        )

    def _create_distribution(self, args: CdnArgs, bucket: s3.Bucket) -> cloudfront.Distribution:
        access = cloudfront.OriginAccessControl(
            f"{self._prefix}-access",
            description="Signs the requests of a distribution to its bucket",
            origin_access_control_origin_type="s3",
            signing_behavior="always",
            signing_protocol="sigv4",
            opts=self._child,
        )
        return cloudfront.Distribution(
            self._prefix,
            comment=self._prefix,
            enabled=True,
            is_ipv6_enabled=True,
            http_version="http2and3",
            price_class=args.price_class,
            aliases=list(args.domain_names),
            default_root_object=args.default_root_object,
            web_acl_id=args.web_acl_arn,
            origins=[
                cloudfront.DistributionOriginArgs(
                    origin_id=_ORIGIN,
                    domain_name=bucket.bucket_regional_domain_name,
                    origin_access_control_id=access.id,
                )
            ],
            default_cache_behavior=cloudfront.DistributionDefaultCacheBehaviorArgs(
                target_origin_id=_ORIGIN,
                allowed_methods=["GET", "HEAD"],
                cached_methods=["GET", "HEAD"],
                viewer_protocol_policy="redirect-to-https",
                compress=True,
                cache_policy_id=self._create_cache_policy(args).id,
                response_headers_policy_id=self._create_headers_policy(args).id,
            ),
            custom_error_responses=_fallback(args.fallback_path),
            restrictions=cloudfront.DistributionRestrictionsArgs(
                geo_restriction=cloudfront.DistributionRestrictionsGeoRestrictionArgs(restriction_type="none")
            ),
            viewer_certificate=cloudfront.DistributionViewerCertificateArgs(
                acm_certificate_arn=args.certificate_arn,
                minimum_protocol_version=TLS_VERSION,
                ssl_support_method="sni-only",
            ),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )

    def _create_cache_policy(self, args: CdnArgs) -> cloudfront.CachePolicy:
        # Files are the same for everybody: nothing of the request but its path is part of the key.
        return cloudfront.CachePolicy(
            f"{self._prefix}-cache",
            comment="Files by path",
            min_ttl=0,
            default_ttl=args.default_ttl_seconds,
            max_ttl=YEAR_SECONDS,
            parameters_in_cache_key_and_forwarded_to_origin=(
                cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginArgs(
                    cookies_config=cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginCookiesConfigArgs(
                        cookie_behavior="none"
                    ),
                    headers_config=cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginHeadersConfigArgs(
                        header_behavior="none"
                    ),
                    query_strings_config=(
                        cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginQueryStringsConfigArgs(
                            query_string_behavior="none"
                        )
                    ),
                    enable_accept_encoding_brotli=True,
                    enable_accept_encoding_gzip=True,
                )
            ),
            opts=self._child,
        )

    def _create_headers_policy(self, args: CdnArgs) -> cloudfront.ResponseHeadersPolicy:
        return cloudfront.ResponseHeadersPolicy(
            f"{self._prefix}-headers",
            comment="Security headers",
            security_headers_config=cloudfront.ResponseHeadersPolicySecurityHeadersConfigArgs(
                strict_transport_security=(
                    cloudfront.ResponseHeadersPolicySecurityHeadersConfigStrictTransportSecurityArgs(
                        access_control_max_age_sec=YEAR_SECONDS,
                        include_subdomains=args.hsts_include_subdomains,
                        # Hard to undo, and only for the owner of the whole domain to ask for.
                        preload=False,
                        override=True,
                    )
                ),
                content_security_policy=(
                    cloudfront.ResponseHeadersPolicySecurityHeadersConfigContentSecurityPolicyArgs(
                        content_security_policy=args.content_security_policy, override=True
                    )
                ),
                content_type_options=cloudfront.ResponseHeadersPolicySecurityHeadersConfigContentTypeOptionsArgs(
                    override=True
                ),
                frame_options=cloudfront.ResponseHeadersPolicySecurityHeadersConfigFrameOptionsArgs(
                    frame_option=args.frame_options, override=True
                ),
                referrer_policy=cloudfront.ResponseHeadersPolicySecurityHeadersConfigReferrerPolicyArgs(
                    referrer_policy="strict-origin-when-cross-origin", override=True
                ),
            ),
            opts=self._child,
        )

    def _create_logs(self, destination_arn: pulumi.Input[str], distribution: cloudfront.Distribution) -> None:
        """Standard logging, version 2: version 1 needs a bucket with ACLs."""
        source = cloudwatch.LogDeliverySource(
            f"{self._prefix}-logs", log_type="ACCESS_LOGS", resource_arn=distribution.arn, opts=self._child
        )
        destination = cloudwatch.LogDeliveryDestination(
            f"{self._prefix}-logs",
            output_format="json",
            delivery_destination_configuration=(
                cloudwatch.LogDeliveryDestinationDeliveryDestinationConfigurationArgs(
                    destination_resource_arn=destination_arn
                )
            ),
            opts=self._child,
        )
        cloudwatch.LogDelivery(
            f"{self._prefix}-logs",
            delivery_source_name=source.name,
            delivery_destination_arn=destination.arn,
            opts=self._child,
        )


def _reader(bucket_arn: pulumi.Output[str], distribution_arn: pulumi.Output[str]) -> Statement:
    return Statement(
        sid="Distribution",
        principals={"Service": "cloudfront.amazonaws.com"},
        actions=["s3:GetObject"],
        resources=[pulumi.Output.concat(bucket_arn, "/*")],
        conditions={"StringEquals": {"aws:SourceArn": distribution_arn}},
    )


def _fallback(path: str | None) -> list[cloudfront.DistributionCustomErrorResponseArgs] | None:
    if path is None:
        return None
    # S3 answers 403 for a file that is not there to those who may not list the bucket.
    return [cloudfront.DistributionCustomErrorResponseArgs(error_code=403, response_code=200, response_page_path=path)]


def _check_arn(field: str, value: pulumi.Input[str] | None, part: str, what: str) -> None:
    """Refuse an ARN of the wrong kind or region, where it is known before the run."""
    if isinstance(value, str) and part not in value:
        raise ValueError(f"{field}: {value} is no {what}; CloudFront takes no other")
