"""Arguments of functions and HTTP APIs, as example values."""

from typing import Any

from components.function import FunctionArgs, ImageCode
from components.http_api import Backend, HttpApiArgs, HttpRoute
from components.key import Keys
from tests.support.data import TARGET

ACCOUNT = "111122223333"
REGION = "us-east-1"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/orders@sha256:" + "0123456789abcdef" * 4


def keys(region: str = REGION, account: str = ACCOUNT) -> Keys:
    """A key for each class of data."""
    return Keys(
        **{name: f"arn:aws:kms:{region}:{account}:key/mrk-{name}" for name in ("data", "messages", "logs", "secrets")}
    )


def function_arguments(**changes: Any) -> FunctionArgs:
    """A function from an image, without a network."""
    return FunctionArgs(
        **{
            "code": ImageCode(image=IMAGE),
            "region": REGION,
            "account_id": ACCOUNT,
            "keys": keys(),
            "alarms": TARGET,
            "concurrency": 50,
            **changes,
        }
    )


def api_arguments(**changes: Any) -> HttpApiArgs:
    """An API with one function and one public route."""
    return HttpApiArgs(
        **{
            "domain_names": ["api.example.com"],
            "zone_id": "Z1",
            "functions": {
                "orders": Backend(function_name="orders-1", invoke_arn="arn:invoke:orders", timeout_seconds=25)
            },
            "routes": {"GET /orders": HttpRoute(function="orders", public=True)},
            "logs_key_arn": keys().logs,
            "alarms": TARGET,
            **changes,
        }
    )
