"""Changes of who reaches what, and who may do what; and what the policies say."""

from breakwater.review.model import Verdict
from tests.review.changing import Change, Edit, stack

_POLICY = "            iam.RolePolicy(name, role=role.name, policy=policy_document(statements), opts=self._child)"
_WHOLE_SERVICE = """\
            whole = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
            iam.RolePolicy(f"{name}-s3", role=role.name, policy=pulumi.Output.json_dumps(whole), opts=self._child)"""
_PUBLIC = """\
        policy=policy_document(
            [
                *statements,
                Statement(
                    actions=["s3:GetObject"],
                    resources=[pulumi.Output.concat(bucket.arn, "/*")],
                    principals={"AWS": "*"},
                ),
                _tls_only(bucket.arn),
            ]
        ),
"""

CHANGES = (
    Change(
        name="the database open to the internet",
        edits=(
            Edit("components/_database_parts.py", "iam, rds, route53\n", "iam, rds, route53, vpc\n"),
            Edit(
                "components/_database_parts.py",
                "    parameter_group = rds.ParameterGroup(",
                '    vpc.SecurityGroupIngressRule(\n        f"{name}-any",\n'
                "        security_group_id=security_group.id,\n"
                '        cidr_ipv4="0.0.0.0/0",\n        ip_protocol="tcp",\n        from_port=settings.port,\n'
                "        to_port=settings.port,\n        opts=child,\n    )\n    parameter_group = rds.ParameterGroup(",
            ),
        ),
        verdict=Verdict.FAILED,
        must=(
            "❌ ingress-from-anywhere: us-east-1-database-any…is open to the whole internet at "
            "`components/_database_parts.py:…`",
            # Nothing leads there from outside: the subnets have no way to an internet gateway.
            "Nothing to report: dangers, cost, exposure",
        ),
        longest=2_500,
    ),
    Change(
        name="the balancer speaks on another port",
        edits=(Edit("components/load_balancer.py", "HTTP_PORT = 80\n", "HTTP_PORT = 8080\n"),),
        verdict=Verdict.FAILED,
        must=("⛔ internet → …tcp 8080…`internet-exposure`",),
    ),
    Change(
        name="s3:* for tasks",
        edits=(Edit("components/task.py", _POLICY, f"{_POLICY}\n{_WHOLE_SERVICE}"),),
        verdict=Verdict.FAILED,
        must=(
            r"❌ iam-actions-listed: …s3:\* on \*…components/task.py:…",
            r"⚠️ role us-east-1-api-task may s3:\* on \* …`broad-permissions`",
            "**service** role us-east-1-deliver-task: s3: all",
        ),
        must_not=(r"may s3:\* on \* at",),
        longest=5_000,
    ),
    Change(
        name="iam:PassRole for tasks",
        edits=(
            Edit(
                "components/task.py",
                "        if statements:\n            iam.RolePolicy",
                '        statements.append(Statement(actions=["iam:PassRole"], resources=["*"]))\n'
                "        if statements:\n            iam.RolePolicy",
            ),
        ),
        verdict=Verdict.APPROVAL,
        must=(
            r"⚠️ role us-east-1-api-task may iam:PassRole on \* (iam:PassRole: hands a role to a service "
            r"that acts with it)",
            "**escalation** role us-east-1-deliver-task: iam: Write PassRole",
        ),
        must_not=("Exposure",),
        longest=2_500,
    ),
    Change(
        name="a public bucket",
        edits=(
            Edit(
                "components/_bucket_parts.py",
                "        block_public_policy=True,\n",
                "        block_public_policy=False,\n",
            ),
            Edit("components/_bucket_parts.py", "restrict_public_buckets=True", "restrict_public_buckets=False"),
            Edit(
                "components/_bucket_parts.py",
                "        policy=policy_document([*statements, _tls_only(bucket.arn)]),\n",
                _PUBLIC,
            ),
        ),
        verdict=Verdict.FAILED,
        must=(
            "❌ resource-policy-not-public: …a statement admits anybody to s3:GetObject at "
            "`components/_bucket_parts.py:…`",
            "⛔ public may s3:GetObject on …us-east-1-uploads-bucket…`public-permissions`",
            "opened from the internet: `internet` → `us-east-1-uploads-bucket`",
        ),
        must_not=("&#123;aws:",),
        longest=4_500,
    ),
    Change(
        name="no firewall",
        before=(stack("    services:\n", "    waf: {blocked_baseline: 500}\n\n    services:\n"),),
        verdict=Verdict.APPROVAL,
        must=("⚠️ the firewall us-east-1-waf is deleted…`infra/edge.py:…` · `serving-deletion`", "−9.10"),
        must_not=("lost-alarms",),
        longest=4_500,
    ),
)
