"""Texts and numbers of certain forms, which fields of the settings have."""

from typing import Annotated, Literal

from pydantic import StringConstraints

# Names become parts of AWS's resource names, most of which take no more than these characters.
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=40)]
VariableName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=255)]
# A listener's rules take letters only after the last dot.
Hostname = Annotated[
    str, StringConstraints(pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$", max_length=100)
]
UrlPath = Annotated[str, StringConstraints(pattern=r"^/\S*$", max_length=255)]
# The load balancer's own limit and alphabet of a path pattern.
PathPattern = Annotated[str, StringConstraints(pattern=r"^(/[A-Za-z0-9_.$/~\"'@:+&*?-]*|\*)$", max_length=128)]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]
# IAM and ECS take more; these never need quoting.
User = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+(:[A-Za-z0-9_.-]+)?$", max_length=64)]

# PostgreSQL's own, and those of its extensions and of RDS, which have a prefix.
ParameterName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)?$", max_length=63)]

# A secret of the stack's own by its name, or any by its ARN; either with the key of a JSON object. With an ARN also
# what ECS takes as `valueFrom`, without the version, which the platform puts in.
_ARN = r"arn:aws:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}"
_OF_ARN = r"(:[A-Za-z0-9_.-]+|:[A-Za-z0-9_.-]*:AWSCURRENT)?"
_OWN = r"[a-z][a-z0-9]*(-[a-z0-9]+)*(:[A-Za-z0-9_.-]+)?"
SecretReference = Annotated[str, StringConstraints(pattern=rf"^({_ARN}{_OF_ARN}|{_OWN})$")]

# The values PutRetentionPolicy of CloudWatch Logs takes.
RetentionDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]  # fmt: skip
