"""Lambda functions and the HTTP APIs before them."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from infra.settings._types import Hostname, SecretReference, UrlPath, VariableName
from infra.settings.models._model import Model


class PackageSource(Model):
    """Where a region finds an archive: Lambda takes it from a bucket of its own region only."""

    bucket: str = Field(examples=["breakwater-builds-us-east-1"])
    """Bucket, which keeps versions."""
    version: str = Field(min_length=1, examples=["3HL4kqtJvjVBH40Nrjfkd"])
    """Id of the archive's version: another one is another deployment."""


class Package(Model):
    """A zip archive in S3 that a build has put there."""

    key: str = Field(examples=["orders/function.zip"])
    """Key of the archive, the same in every bucket."""
    runtime: str = Field(examples=["python3.13"])
    """Runtime of Lambda."""
    handler: str = Field(examples=["app.handler"])
    """Entry point in the archive."""
    sources: Mapping[str, PackageSource] = Field(
        min_length=1, examples=[{"us-east-1": {"bucket": "breakwater-builds-us-east-1", "version": "3HL4kqtJvjVBH40"}}]
    )
    """Region -> bucket and version; each region of the stack needs one."""


class Function(Model):
    """A Lambda function, in each region."""

    image: str | None = Field(
        default=None,
        examples=["111122223333.dkr.ecr.us-east-1.amazonaws.com/breakwater/orders@sha256:" + "0" * 64],
    )
    """Container image in ECR, pinned by digest, pulled from the same repository in the function's own region; default
    none: `package`."""
    package: Package | None = None
    """Zip archive in S3; default none: `image`."""
    command: tuple[str, ...] = ()
    """Words that replace the image's own command; default none."""
    architecture: Literal["ARM64", "X86_64"] = "ARM64"
    """CPU architecture the code was built for; default ARM64, the cheaper."""
    memory: int = Field(default=512, ge=128, le=10240)
    """MiB, 128 to 10240; CPU comes with it, a vCPU for each 1769. Default 512."""
    timeout_seconds: int = Field(default=25, ge=1, le=900)
    """Seconds until an execution is stopped, 1 to 900, less than an API before it waits; default 25."""
    concurrency: int = Field(ge=1, examples=[50])
    """Executions reserved, and the most at once. Of the account's 1000 in a region 100 must stay unreserved."""
    environment: Mapping[VariableName, str] = Field(default_factory=dict)
    """Environment variables in clear, text only: quote numbers. 4 KB in all; default none."""
    secrets: Mapping[VariableName, SecretReference] = Field(default_factory=dict, examples=[{"TOKEN_ARN": "api-token"}])
    """Environment variable -> secret: one of `secrets` by name, or an ARN in the primary region. The variable holds the
    ARN; the function reads the value itself. Default none."""
    connects: tuple[Literal["database", "cache"], ...] = ()
    """What the function opens connections to; default nothing."""
    produces: tuple[str, ...] = ()
    """Queues, topics and buses the function may send to; default none."""
    in_network: bool = False
    """Whether it is connected to the network even where it connects to nothing in it: it then leaves by the addresses
    of the NAT gateways. Default false."""
    retries: int = Field(default=2, ge=0, le=2)
    """Further attempts of an asynchronous invocation that failed, 0 to 2; default 2."""


class HttpRoute(Model):
    """Where the requests of one kind go."""

    function: str = Field(examples=["orders"])
    """Function that answers."""
    public: bool = False
    """Whether requests need no token; default false."""
    scopes: tuple[str, ...] = ()
    """Scopes of which a token must hold one; default any token will do."""
    requests_per_second: float | None = Field(default=None, gt=0)
    """Requests a second of this route, of all callers together; default the API's."""
    burst: int | None = Field(default=None, ge=1)
    """Requests at once above that rate; default the API's."""


class Jwt(Model):
    """Whose tokens are good."""

    issuer: Annotated[str, StringConstraints(pattern=r"^https://\S+$")] = Field(examples=["https://id.example.com"])
    """Address of the identity provider, as in the tokens' `iss`."""
    audiences: tuple[str, ...] = Field(min_length=1, examples=[["breakwater"]])
    """Whom the tokens are for: one must be their `aud` or `client_id`."""


class Cors(Model):
    """Which other sites' pages may call an API from a browser."""

    origins: tuple[str, ...] = Field(min_length=1, examples=[["https://app.example.com"]])
    """Origins such as https://app.example.com, or `*` alone for every site."""
    methods: tuple[Literal["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"], ...] = (
        "GET", "POST", "PUT", "PATCH", "DELETE",
    )  # fmt: skip
    """Methods they may use; default GET, POST, PUT, PATCH, DELETE."""
    headers: tuple[str, ...] = ("authorization", "content-type")
    """Headers they may send; default authorization and content-type."""
    credentials: bool = False
    """Whether cookies are sent along; default false."""


class HttpApi(Model):
    """An HTTP API of API Gateway before functions, in each region; its name fails over as the services' names do."""

    host: Hostname = Field(examples=["orders.prod.breakwater.example"])
    """Its name, directly under the domain; no service may have it."""
    routes: Mapping[str, HttpRoute] = Field(min_length=1, examples=[{"GET /orders/{id}": {"function": "orders"}}])
    """`METHOD /path` -> where it goes; ANY for every method, `$default` for what no other route matches."""
    jwt: Jwt | None = None
    """Whose tokens are good for routes that are not public; default none: then all routes must be public."""
    cors: Cors | None = None
    """Other sites' pages that may call it; default none."""
    requests_per_second: float = Field(default=100, gt=0)
    """Requests a second of each route, of all callers together; default 100."""
    burst: int = Field(default=200, ge=1)
    """Requests at once above that rate; default 200."""
    timeout_seconds: int = Field(default=30, ge=1, le=30)
    """Seconds that a request may take, 1 to 30; default 30."""
    health_path: UrlPath = "/health/ready"
    """Path that answers 200 to anybody while the region can serve; a public GET route must lead there. Default
    /health/ready."""
