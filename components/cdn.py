"""A content delivery network: files in a private bucket, served by CloudFront under the stack's names.

Children: the distribution; its bucket, with a policy for this distribution alone; origin access control, cache policy,
response headers policy; by choice access logs: log group, the policy that lets them be delivered, source, destination,
delivery; alarms.
"""

import pulumi
from pulumi_aws import cloudfront, cloudwatch, s3

from components._alarm_definitions import AlarmDefinition, Severity
from components._balancer_alarms import certificate_alarm
from components._bucket_parts import create_bucket, create_policy
from components._cdn_args import LOG_FIELDS, REGION, TTL_MAX_SECONDS, CdnArgs, CdnLogs
from components._delivered_logs import create_delivered_group
from components._iam import Statement
from components._names import check_auto_name, fixed_name
from components._security_headers import HSTS_SECONDS, SecurityHeaders
from components.alarms import Alarms, AlarmsArgs

__all__ = ["REGION", "Cdn", "CdnArgs", "CdnLogs", "SecurityHeaders"]

TLS_VERSION = "TLSv1.2_2021"

# Longest physical names, characters: CloudFront, S3 and CloudWatch Logs APIs.
_ACCESS_CONTROL_MAX = 64
_BUCKET_MAX = 63
_DELIVERY_MAX = 60

_ORIGIN = "bucket"


class Cdn(pulumi.ComponentResource):
    """A CloudFront distribution before a bucket of its own. Its provider must be one of us-east-1.

    Leaves out DNS records: alias records of the names to `domain_name` in zone `hosted_zone_id` belong to the zone's
    owner. By itself it costs its two alarms; CloudFront bills requests and transfer, CloudWatch what is logged.
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
        if args.logs is not None:
            self._create_logs(args.logs, distribution)
        if args.alarms is not None:
            definitions = [server_error_alarm(distribution.id), certificate_alarm(args.certificate_arn)]
            Alarms(f"{name}-alarms", AlarmsArgs(target=args.alarms, definitions=definitions), opts=self._child)
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
                response_headers_policy_id=self._create_headers_policy(args.headers).id,
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
            max_ttl=TTL_MAX_SECONDS,
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

    def _create_headers_policy(self, headers: SecurityHeaders) -> cloudfront.ResponseHeadersPolicy:
        content = headers.content_security_policy
        return cloudfront.ResponseHeadersPolicy(
            f"{self._prefix}-headers",
            comment="Security headers",
            security_headers_config=cloudfront.ResponseHeadersPolicySecurityHeadersConfigArgs(
                strict_transport_security=(
                    cloudfront.ResponseHeadersPolicySecurityHeadersConfigStrictTransportSecurityArgs(
                        access_control_max_age_sec=HSTS_SECONDS,
                        include_subdomains=headers.hsts_include_subdomains,
                        # Hard to undo, and only for the owner of the whole domain to ask for.
                        preload=False,
                        override=True,
                    )
                ),
                content_security_policy=None
                if content is None
                else cloudfront.ResponseHeadersPolicySecurityHeadersConfigContentSecurityPolicyArgs(
                    content_security_policy=content, override=True
                ),
                content_type_options=cloudfront.ResponseHeadersPolicySecurityHeadersConfigContentTypeOptionsArgs(
                    override=True
                ),
                frame_options=cloudfront.ResponseHeadersPolicySecurityHeadersConfigFrameOptionsArgs(
                    frame_option=headers.frame_options, override=True
                ),
                referrer_policy=cloudfront.ResponseHeadersPolicySecurityHeadersConfigReferrerPolicyArgs(
                    referrer_policy="strict-origin-when-cross-origin", override=True
                ),
            ),
            opts=self._child,
        )

    def _create_logs(self, logs: CdnLogs, distribution: cloudfront.Distribution) -> None:
        """Standard logging, version 2: version 1 needs a bucket with ACLs."""
        group, policy = create_delivered_group(
            f"{self._prefix}-logs",
            policy_name=fixed_name(f"{self._prefix}-logs"),
            retention_days=logs.retention_days,
            kms_key_arn=logs.kms_key_arn,
            account_id=logs.account_id,
            region=REGION,
            opts=self._child,
        )
        source = cloudwatch.LogDeliverySource(
            f"{self._prefix}-logs", log_type="ACCESS_LOGS", resource_arn=distribution.arn, opts=self._child
        )
        destination = cloudwatch.LogDeliveryDestination(
            f"{self._prefix}-logs",
            output_format="json",
            delivery_destination_configuration=(
                cloudwatch.LogDeliveryDestinationDeliveryDestinationConfigurationArgs(
                    destination_resource_arn=group.arn
                )
            ),
            opts=self._child,
        )
        cloudwatch.LogDelivery(
            f"{self._prefix}-logs",
            delivery_source_name=source.name,
            delivery_destination_arn=destination.arn,
            record_fields=list(LOG_FIELDS),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
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


def server_error_alarm(distribution_id: pulumi.Input[str]) -> AlarmDefinition:
    """Answers of 5xx, CloudFront's own and its bucket's. CloudFront's metrics are in us-east-1."""
    return AlarmDefinition(
        role="server-errors",
        summary="More than 5 percent of the CDN's answers are server errors: it cannot read its bucket, or S3 is ill.",
        severity=Severity.CRITICAL,
        runbook="cdn-server-errors",
        metric_name="5xxErrorRate",
        namespace="AWS/CloudFront",
        dimensions={"DistributionId": distribution_id, "Region": "Global"},
        statistic="Average",
        comparison="GreaterThanThreshold",
        threshold=5,
        datapoints=5,
        periods=5,
        missing="notBreaching",
    )
