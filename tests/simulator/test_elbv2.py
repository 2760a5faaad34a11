"""Load balancers, target groups, listeners, rules."""

from typing import Any

from pulumi_aws import acm, ec2, lb

from tests.simulator.support import ACCOUNT, EU, US, Simulate, Where, World, tags_of

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
NOT_FOUND = {"type": "fixed-response", "fixed_response": {"content_type": "text/plain", "status_code": "404"}}


class Net:
    """A VPC with an internet gateway and public subnets in two zones."""

    def __init__(self, on: Where) -> None:
        self.vpc = ec2.Vpc("net", cidr_block="10.0.0.0/16", opts=on.us)
        gateway = ec2.InternetGateway("net", vpc_id=self.vpc.id, opts=on.us)
        self.here = on.after(on.us, gateway)
        self.subnets = [
            ec2.Subnet(zone, vpc_id=self.vpc.id, cidr_block=cidr, availability_zone=f"{US}{zone}", opts=self.here)
            for zone, cidr in (("a", "10.0.0.0/24"), ("b", "10.0.1.0/24"))
        ]

    def balancer(self, name: str = "web", /, **more: Any) -> lb.LoadBalancer:
        return lb.LoadBalancer(name, subnets=[s.id for s in self.subnets], opts=self.here, **more)

    def targets(self, name: str = "api", /, **more: Any) -> lb.TargetGroup:
        given = {"port": 5555, "protocol": "HTTP", "target_type": "ip", "vpc_id": self.vpc.id} | more
        return lb.TargetGroup(name, opts=self.here, **given)

    def certificate(self, name: str = "web", issued: bool = True) -> Any:
        certificate = acm.Certificate(name, domain_name="example.com", validation_method="DNS", opts=self.here)
        if not issued:
            return certificate.arn
        return acm.CertificateValidation(name, certificate_arn=certificate.arn, opts=self.here).certificate_arn


def _attributes(world: World, operation: str, **subject: str) -> dict[str, str]:
    return tags_of(getattr(world.client("elbv2"), operation)(**subject)["Attributes"])


def test_a_load_balancer(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        net = Net(on)
        group = ec2.SecurityGroup("web", vpc_id=net.vpc.id, opts=net.here)
        net.balancer(
            security_groups=[group.id],
            idle_timeout=120,
            drop_invalid_header_fields=True,
            enable_deletion_protection=True,
            enable_cross_zone_load_balancing=True,
            access_logs={"bucket": "logs", "enabled": True, "prefix": "web"},
            health_check_logs={"bucket": "checks", "enabled": True},
            tags={"Name": "web"},
        )

    world = simulate(program)
    found = world.only(BALANCER)
    (balancer,) = world.client("elbv2").describe_load_balancers()["LoadBalancers"]
    assert balancer["LoadBalancerArn"] == found.id == found.outputs["arn"]
    assert balancer["LoadBalancerName"] == found.outputs["name"]
    assert (balancer["Type"], balancer["Scheme"]) == ("application", "internet-facing")
    assert (balancer["DNSName"], balancer["VpcId"]) == (found.outputs["dnsName"], found.outputs["vpcId"])
    assert balancer["SecurityGroups"] == [world.only("aws:ec2/securityGroup:SecurityGroup").id]
    assert [zone["ZoneName"] for zone in balancer["AvailabilityZones"]] == [f"{US}a", f"{US}b"]
    # AWS's zone of load balancers there, which an alias record names.
    assert found.outputs["zoneId"] == balancer["CanonicalHostedZoneId"] == "Z35SXDOTRQ7X7K"
    assert found.id == f"arn:aws:elasticloadbalancing:{US}:{ACCOUNT}:loadbalancer/{found.outputs['arnSuffix']}"
    assert found.outputs["arnSuffix"].startswith(f"app/{found.outputs['name']}/")
    (tags,) = world.client("elbv2").describe_tags(ResourceArns=[found.id])["TagDescriptions"]
    assert tags_of(tags["Tags"]) == {"Name": "web", "owner": "tests"}
    attributes = _attributes(world, "describe_load_balancer_attributes", LoadBalancerArn=found.id)
    assert attributes == {
        "access_logs.s3.bucket": "logs",
        "access_logs.s3.enabled": "true",
        "access_logs.s3.prefix": "web",
        "client_keep_alive.seconds": "3600",
        "connection_logs.s3.enabled": "false",
        "deletion_protection.enabled": "true",
        "health_check_logs.s3.bucket": "checks",
        "health_check_logs.s3.enabled": "true",
        "health_check_logs.s3.prefix": "",
        "idle_timeout.timeout_seconds": "120",
        "load_balancing.cross_zone.enabled": "true",
        "routing.http.desync_mitigation_mode": "defensive",
        "routing.http.drop_invalid_header_fields.enabled": "true",
        "routing.http.preserve_host_header.enabled": "false",
        "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
        "routing.http.xff_client_port.enabled": "false",
        "routing.http.xff_header_processing.mode": "append",
        "routing.http2.enabled": "true",
        "waf.fail_open.enabled": "false",
        "zonal_shift.config.enabled": "false",
    }


def test_a_network_load_balancer(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        Net(on).balancer(load_balancer_type="network", internal=True, enable_cross_zone_load_balancing=True)

    world = simulate(program)
    found = world.only(BALANCER)
    (balancer,) = world.client("elbv2").describe_load_balancers()["LoadBalancers"]
    assert (balancer["Type"], balancer["Scheme"]) == ("network", "internal")
    assert found.outputs["zoneId"] == "Z26RNL4JYFTOTI"
    attributes = _attributes(world, "describe_load_balancer_attributes", LoadBalancerArn=found.id)
    assert attributes["load_balancing.cross_zone.enabled"] == "true"
    assert "idle_timeout.timeout_seconds" not in attributes


def test_target_groups(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        net = Net(on)
        net.targets(
            health_check={
                "path": "/health/ready",
                "interval": 10,
                "timeout": 5,
                "healthy_threshold": 2,
                "matcher": "200",
            },
            deregistration_delay=60,
            load_balancing_algorithm_type="least_outstanding_requests",
            slow_start=30,
            stickiness={"type": "lb_cookie", "cookie_duration": 600},
            target_group_health={"unhealthy_state_routing": {"minimum_healthy_targets_count": 2}},
        )
        net.targets("rpc", protocol_version="GRPC", health_check={"matcher": "0-99", "path": "/health"})
        net.targets("plain")
        net.targets("tcp", protocol="TCP", health_check={"protocol": "TCP", "path": "/", "matcher": "200"})
        net.targets("function", target_type="lambda", lambda_multi_value_headers_enabled=True)

    world = simulate(program)
    groups = {g["TargetGroupArn"]: g for g in world.client("elbv2").describe_target_groups()["TargetGroups"]}
    found = {r.name: r for r in world.outcome.graph.of("aws:lb/targetGroup:TargetGroup")}
    api = groups[found["api"].id]
    assert (api["Port"], api["Protocol"], api["TargetType"]) == (5555, "HTTP", "ip")
    assert (api["HealthCheckPath"], api["HealthCheckPort"]) == ("/health/ready", "traffic-port")
    assert (api["HealthCheckIntervalSeconds"], api["HealthCheckTimeoutSeconds"]) == (10, 5)
    # The provider's own default for the second one: AWS's is 2.
    assert (api["HealthyThresholdCount"], api["UnhealthyThresholdCount"]) == (2, 3)
    assert api["Matcher"] == {"HttpCode": "200"}
    assert groups[found["rpc"].id]["Matcher"] == {"GrpcCode": "0-99"}
    assert groups[found["plain"].id]["UnhealthyThresholdCount"] == 2
    # What does not belong to the protocol or to the kind of target is not sent.
    assert "Matcher" not in groups[found["tcp"].id]
    assert "Port" not in groups[found["function"].id]
    suffix = found["api"].outputs["arnSuffix"]
    assert found["api"].id == f"arn:aws:elasticloadbalancing:{US}:{ACCOUNT}:{suffix}"
    assert suffix.startswith("targetgroup/")
    attributes = _attributes(world, "describe_target_group_attributes", TargetGroupArn=found["api"].id)
    expected = {
        "deregistration_delay.timeout_seconds": "60",
        "load_balancing.algorithm.type": "least_outstanding_requests",
        "slow_start.duration_seconds": "30",
        "stickiness.enabled": "true",
        "stickiness.type": "lb_cookie",
        "stickiness.lb_cookie.duration_seconds": "600",
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "2",
    }
    assert {key: attributes[key] for key in expected} == expected


def test_listeners_and_rules(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        net = Net(on)
        balancer, targets, other = net.balancer(), net.targets(), net.targets("other")
        https = lb.Listener(
            "https",
            load_balancer_arn=balancer.arn,
            port=443,
            protocol="HTTPS",
            ssl_policy="ELBSecurityPolicy-TLS13-1-2-2021-06",
            certificate_arn=net.certificate(),
            default_actions=[NOT_FOUND],
            mutual_authentication={"mode": "passthrough"},
            routing_http_response_strict_transport_security_header_value="max-age=31536000",
            opts=net.here,
        )
        lb.ListenerCertificate("more", listener_arn=https.arn, certificate_arn=net.certificate("more"), opts=net.here)
        redirect = {"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "status_code": "HTTP_301"}}
        lb.Listener("http", load_balancer_arn=balancer.arn, port=80, default_actions=[redirect], opts=net.here)
        weights = [{"arn": targets.arn, "weight": 90}, {"arn": other.arn}]
        lb.ListenerRule(
            "split",
            listener_arn=https.arn,
            priority=100,
            actions=[{"type": "forward", "forward": {"target_groups": weights}}],
            conditions=[
                {"host_header": {"values": ["api.example.com"]}},
                {"path_pattern": {"values": ["/v1/*", "/v2/*"]}},
                {"query_strings": [{"key": "debug", "value": "1"}]},
            ],
            transforms=[{"type": "url-rewrite", "url_rewrite_config": {"rewrite": {"regex": "^/v1", "replace": "/"}}}],
            opts=net.here,
        )
        lb.ListenerRule(
            "next",
            listener_arn=https.arn,
            actions=[{"type": "forward", "target_group_arn": targets.arn}],
            conditions=[{"source_ip": {"values": ["10.0.0.0/8"]}}],
            opts=net.here,
        )

    world = simulate(program)
    client = world.client("elbv2")
    listeners = client.describe_listeners(LoadBalancerArn=world.only(BALANCER).id)["Listeners"]
    https, http = ({listener["Port"]: listener for listener in listeners}[port] for port in (443, 80))
    found = world.get("aws:lb/listener:Listener", "https")
    assert (https["ListenerArn"], https["Protocol"]) == (found.id, "HTTPS")
    assert https["SslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    assert https["MutualAuthentication"] == {"Mode": "passthrough"}
    assert https["DefaultActions"][0]["FixedResponseConfig"] == {"ContentType": "text/plain", "StatusCode": "404"}
    attributes = _attributes(world, "describe_listener_attributes", ListenerArn=found.id)
    assert attributes["routing.http.response.strict_transport_security.header_value"] == "max-age=31536000"
    certificates = [
        c["CertificateArn"] for c in client.describe_listener_certificates(ListenerArn=found.id)["Certificates"]
    ]
    assert certificates == [world.get("aws:acm/certificate:Certificate", name).id for name in ("web", "more")]
    more = world.only("aws:lb/listenerCertificate:ListenerCertificate")
    assert more.id == f"{found.id}_{certificates[1]}"
    assert http["Protocol"] == "HTTP"
    assert "SslPolicy" not in http
    assert http["DefaultActions"][0]["RedirectConfig"] == {
        "Protocol": "HTTPS",
        "Port": "443",
        "Host": "#{host}",
        "Path": "/#{path}",
        "Query": "#{query}",
        "StatusCode": "HTTP_301",
    }
    rules = {rule["RuleArn"]: rule for rule in client.describe_rules(ListenerArn=found.id)["Rules"]}
    split = world.get("aws:lb/listenerRule:ListenerRule", "split")
    rule = rules[split.id]
    assert (split.outputs["arn"], rule["Priority"]) == (split.id, "100")
    assert rule["Conditions"] == [
        {"Field": "host-header", "HostHeaderConfig": {"Values": ["api.example.com"]}},
        {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/v1/*", "/v2/*"]}},
        {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "debug", "Value": "1"}]}},
    ]
    groups = {r.name: r.id for r in world.outcome.graph.of("aws:lb/targetGroup:TargetGroup")}
    (action,) = rule["Actions"]
    assert action["Order"] == 1
    assert [(g["TargetGroupArn"], g["Weight"]) for g in action["ForwardConfig"]["TargetGroups"]] == [
        (groups["api"], 90),
        (groups["other"], 1),
    ]
    assert rule["Transforms"][0]["UrlRewriteConfig"] == {"Rewrites": [{"Regex": "^/v1", "Replace": "/"}]}
    assert world.get("aws:lb/listenerRule:ListenerRule", "next").outputs["priority"] == 101


def test_refused_load_balancers_and_target_groups(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        net = Net(on)
        opts, ids = net.here, [s.id for s in net.subnets]
        lb.LoadBalancer("one-zone", subnets=ids[:1], opts=opts)
        lb.LoadBalancer("same-zone", subnets=[ids[0], ids[0]], load_balancer_type="network", opts=opts)
        lb.LoadBalancer("closed", subnets=_closed(on), opts=on.us)
        net.balancer("name", name="internal-web")
        net.balancer("group", security_groups=["sg-00000000000000000"])
        net.balancer("idle", idle_timeout=4001)
        net.balancer("mode", desync_mitigation_mode="lax")
        net.balancer("kind", load_balancer_type="classic")
        net.balancer("address", ip_address_type="ipv6")
        net.targets("delay", deregistration_delay=3601)
        net.targets("slow", slow_start=10)
        net.targets("often", health_check={"interval": 4})
        net.targets("late", health_check={"interval": 5, "timeout": 5})
        net.targets("protocol", protocol="SMTP")
        net.targets("sticky", stickiness={"type": "source_ip"})

    simulate(program, fails=True).assert_refused(
        {
            "one-zone": "At least two subnets in two different Availability Zones",
            "same-zone": "multiple subnets in the same Availability Zone",
            "closed": "has no internet gateway",
            "name": "internal-",
            "group": "InvalidSecurityGroup",
            "idle": "'idle_timeout.timeout_seconds' value '4001' must be between '1-4000' inclusive",
            "mode": "'lax' is not one of monitor, defensive, strictest",
            "kind": "Type: 'classic' is not one of application, network, gateway",
            "address": "IpAddressType: 'ipv6' is not one of",
            "delay": "must be between '0-3600' inclusive",
            "slow": "must be 0 or between '30-900' inclusive",
            "often": "HealthCheckIntervalSeconds: 4 is less than 5",
            "late": "must be smaller than the interval",
            "protocol": "Protocol: 'SMTP' is not one of",
            "sticky": "'source_ip' is not supported",
        }
    )


def _closed(on: Where) -> list[Any]:
    """Subnets of a VPC without an internet gateway."""
    vpc = ec2.Vpc("inside", cidr_block="10.1.0.0/16", opts=on.us)
    return [
        ec2.Subnet(f"inside-{z}", vpc_id=vpc.id, cidr_block=c, availability_zone=f"{US}{z}", opts=on.us).id
        for z, c in (("a", "10.1.0.0/24"), ("b", "10.1.1.0/24"))
    ]


def test_refused_listeners_and_rules(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        net = Net(on)
        balancer, opts = net.balancer(), net.here
        given: dict[str, Any] = {"load_balancer_arn": balancer.arn, "default_actions": [NOT_FOUND], "opts": opts}
        certificate = net.certificate()
        listener = lb.Listener("http", port=80, **given)
        lb.Listener("twice", port=80, **given)
        lb.Listener("bare", port=443, protocol="HTTPS", **given)
        lb.Listener(
            "early", port=443, protocol="HTTPS", certificate_arn=net.certificate("later", issued=False), **given
        )
        foreign = f"arn:aws:acm:{EU}:{ACCOUNT}:certificate/11111111-2222-3333-4444-555555555555"
        lb.Listener("foreign", port=443, protocol="HTTPS", certificate_arn=foreign, **given)
        lb.Listener("plain", port=81, protocol="HTTP", certificate_arn=certificate, **given)
        lb.Listener("policy", port=443, protocol="HTTPS", certificate_arn=certificate, ssl_policy="TLS1.3", **given)
        lb.Listener("port", port=65536, **given)
        rule: dict[str, Any] = {"listener_arn": listener.arn, "opts": opts, "actions": [NOT_FOUND]}
        hosts = [{"host_header": {"values": ["a.example.com"]}}]
        lb.ListenerRule("first", priority=1, conditions=hosts, **rule)
        lb.ListenerRule("again", priority=1, conditions=hosts, **rule)
        lb.ListenerRule("high", priority=50001, conditions=hosts, **rule)
        lb.ListenerRule("many", priority=2, conditions=[{"path_pattern": {"values": list("abcdef")}}], **rule)
        lb.ListenerRule("both", priority=3, conditions=[hosts[0] | {"path_pattern": {"values": ["/"]}}], **rule)
        forward = {"type": "forward", "target_group_arn": balancer.arn}
        lb.ListenerRule("target", priority=4, conditions=hosts, **(rule | {"actions": [forward]}))

    simulate(program, fails=True).assert_refused(
        {
            "twice": "DuplicateListener",
            "bare": "A certificate must be specified for HTTPS listeners",
            "early": "use the certificate_arn of a CertificateValidation",
            "foreign": "CertificateNotFound",
            "plain": "A certificate cannot be specified for HTTP listeners",
            "policy": "SSLPolicyNotFound",
            "port": "Port: 65536 is more than 65535",
            "again": "PriorityInUse",
            "high": "Priority: 50001 is more than 50000",
            "many": "6 condition values, a rule has at most 5",
            "both": "exactly one of",
            "target": "TargetGroupNotFound",
        }
    )
